# weir_library(NAME [COLD] SOURCES … USES folder… LIBRARIES target…)
#
# One library for one folder. A source sees only its own folder and those named in USES: each library has an include
# directory of its own that holds links to just these, so that an include against the direction of dependencies does not
# compile. USES must name everything a header of the folder includes. COLD is what no call through the gateway
# passes: optimised less, it compiles in two thirds of the time.
function(weir_folder_view target folder_names)
  set(view ${CMAKE_BINARY_DIR}/include/${target})
  file(MAKE_DIRECTORY ${view})
  foreach(folder ${folder_names})
    file(CREATE_LINK ${PROJECT_SOURCE_DIR}/${folder} ${view}/${folder} SYMBOLIC)
  endforeach()
  target_include_directories(${target} PRIVATE ${view})
endfunction()

function(weir_cold target)
  # -Og raises false alarms about values of optionals that have none.
  target_compile_options(${target} PRIVATE $<$<CONFIG:Release>:-Og> $<$<CONFIG:Release>:-Wno-maybe-uninitialized>)
endfunction()

function(weir_library name)
  cmake_parse_arguments(PARSE_ARGV 1 arg "COLD" "" "SOURCES;USES;LIBRARIES")
  add_library(weir_${name} STATIC ${arg_SOURCES})
  weir_folder_view(weir_${name} "${name};${arg_USES}")
  list(TRANSFORM arg_USES PREPEND weir_ OUTPUT_VARIABLE used)
  target_link_libraries(weir_${name} PUBLIC weir_compiler ${used} ${arg_LIBRARIES})
  weir_reuse_precompiled(weir_${name} weir_precompiled)
  weir_join(weir_${name})
  if(arg_COLD)
    weir_cold(weir_${name})
  endif()
endfunction()
