# weir_join(TARGET [MOST]): TARGET's sources are compiled up to MOST (30) at a time, each group as if it were one file,
# for what takes long is to instantiate the same templates once for each file: a clean build takes a third of the time.
# So names in anonymous namespaces are unique in their folder. The debug preset builds without this.
# Nor does a machine with less than 4 GB: the largest group takes the compiler 2.5.
cmake_host_system_information(RESULT weir_memory_mb QUERY TOTAL_PHYSICAL_MEMORY)
if(weir_memory_mb GREATER 3800)
  option(WEIR_JOIN "Compile sources in groups" ON)
else()
  option(WEIR_JOIN "Compile sources in groups" OFF)
endif()

function(weir_join target)
  if(WEIR_JOIN)
    set(most ${ARGN} 30)
    list(GET most 0 most)
    set_target_properties(${target} PROPERTIES UNITY_BUILD ON UNITY_BUILD_BATCH_SIZE ${most})
    # Types of anonymous namespaces used by what has linkage are in one source all the same; GCC sees them included.
    target_compile_options(${target} PRIVATE $<$<CXX_COMPILER_ID:GNU>:-Wno-subobject-linkage>)
  endif()
endfunction()
