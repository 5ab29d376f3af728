# weir_join(TARGET): TARGET's sources are compiled up to 30 at a time, each group as if it were one file, for what
# takes long is to instantiate the same templates once for each file: a clean build takes a third of the time. So names
# in anonymous namespaces are unique in their folder. The debug preset builds without this.
option(WEIR_JOIN "Compile sources in groups" ON)

function(weir_join target)
  if(WEIR_JOIN)
    set_target_properties(${target} PROPERTIES UNITY_BUILD ON UNITY_BUILD_BATCH_SIZE 30)
    # Types of anonymous namespaces used by what has linkage are in one source all the same; GCC sees them included.
    target_compile_options(${target} PRIVATE $<$<CXX_COMPILER_ID:GNU>:-Wno-subobject-linkage>)
  endif()
endfunction()
