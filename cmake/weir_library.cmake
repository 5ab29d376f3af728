# weir_library(NAME SOURCES … COLD_SOURCES … USES folder… LIBRARIES target…)
#
# One library for one folder. A source sees only its own folder and those named in USES: each library has an include
# directory of its own that holds links to just these, so that an include against the direction of dependencies does not
# compile. USES must name everything a header of the folder includes. COLD_SOURCES are what few calls through the
# gateway pass: optimised less, they compile in two thirds of the time.
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
  cmake_parse_arguments(PARSE_ARGV 1 arg "" "" "SOURCES;COLD_SOURCES;USES;LIBRARIES")
  list(TRANSFORM arg_USES PREPEND weir_ OUTPUT_VARIABLE used)
  add_library(weir_${name} STATIC ${arg_SOURCES})
  set(targets weir_${name})
  if(arg_COLD_SOURCES)
    add_library(weir_${name}_cold OBJECT ${arg_COLD_SOURCES})
    weir_cold(weir_${name}_cold)
    target_sources(weir_${name} PRIVATE $<TARGET_OBJECTS:weir_${name}_cold>)
    set_target_properties(weir_${name} PROPERTIES LINKER_LANGUAGE CXX)
    list(APPEND targets weir_${name}_cold)
  endif()
  foreach(target ${targets})
    weir_folder_view(${target} "${name};${arg_USES}")
    target_link_libraries(${target} PUBLIC weir_compiler ${used} ${arg_LIBRARIES})
    weir_reuse_precompiled(${target} weir_precompiled)
    weir_join(${target})
  endforeach()
endfunction()
