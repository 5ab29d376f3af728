# What every target of weir is compiled with.
add_library(weir_compiler INTERFACE)
target_compile_features(weir_compiler INTERFACE cxx_std_20)
target_compile_options(weir_compiler INTERFACE -Wall -Wextra -Wpedantic -Wold-style-cast
                       -Wcast-qual -Wconversion -Wno-sign-conversion -Werror -pthread)
if(CMAKE_CXX_COMPILER_ID STREQUAL "GNU")
  # Of sources that are compiled together only what a function itself declares can be shadowed.
  target_compile_options(weir_compiler INTERFACE -Wshadow$<$<BOOL:${WEIR_JOIN}>:=local>)
  # False alarms of GCC 12: the first on the frames of Asio's coroutines, the others on strings that are joined.
  target_compile_options(weir_compiler INTERFACE -Wno-mismatched-new-delete -Wno-restrict -Wno-array-bounds
                         -Wno-stringop-overflow)
  # Two gigabytes before the compiler first looks for garbage, which saves it an eighth of its time.
  if(WEIR_JOIN)
    target_compile_options(weir_compiler INTERFACE "SHELL:--param ggc-min-heapsize=2000000")
  endif()
endif()
# Asio and Beast are compiled once, in net/, not in every file.
target_compile_definitions(
  weir_compiler INTERFACE BOOST_ASIO_SEPARATE_COMPILATION BOOST_BEAST_SEPARATE_COMPILATION BOOST_ASIO_NO_DEPRECATED
                          BOOST_ASIO_RECYCLING_ALLOCATOR_CACHE_SIZE=8 # coroutines nest deeper than the usual 2
                          BOOST_ASIO_DISABLE_BOOST_ARRAY BOOST_ASIO_DISABLE_BOOST_BIND WEIR_VERSION="${PROJECT_VERSION}")
target_link_libraries(weir_compiler INTERFACE Boost::headers Boost::json Threads::Threads)

set(WEIR_SANITIZE "" CACHE STRING "Sanitizers to build with: address or thread")
if(WEIR_SANITIZE)
  # GCC's flow analysis raises false alarms about uninitialised values in instrumented code.
  add_compile_options(-fsanitize=${WEIR_SANITIZE} -fno-omit-frame-pointer -Wno-maybe-uninitialized)
  add_link_options(-fsanitize=${WEIR_SANITIZE})
  if(WEIR_SANITIZE STREQUAL "thread")
    add_compile_options(-Wno-tsan # Asio's fences, which GCC's tsan does not model
                        -Wno-stringop-overread) # of strings moved in a result, another false alarm
  endif()
endif()

find_program(ccache_program ccache)
if(ccache_program)
  set(CMAKE_CXX_COMPILER_LAUNCHER env CCACHE_SLOPPINESS=pch_defines,time_macros ${ccache_program}) # for precompiled headers
  set(CMAKE_C_COMPILER_LAUNCHER ${ccache_program})
endif()

find_program(mold_program mold)
if(mold_program)
  add_link_options(-fuse-ld=mold)
endif()
