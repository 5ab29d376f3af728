# weir_precompile(TARGET LIBRARIES … HEADERS …): the headers of other people's that most files include, and these, are
# read once for all files of the targets that reuse TARGET, which must link the same LIBRARIES. Files still include what
# they use: the debug preset builds without this.
option(WEIR_PRECOMPILE "Precompile the headers of libraries" ON)
if(NOT CMAKE_CXX_COMPILER_ID STREQUAL "GNU")
  set(WEIR_PRECOMPILE OFF) # Clang compiles the fuzz targets alone
endif()
set(weir_common_headers
    <algorithm>
    <array>
    <atomic>
    <charconv>
    <chrono>
    <cmath>
    <cstddef>
    <cstdint>
    <functional>
    <map>
    <memory>
    <mutex>
    <optional>
    <set>
    <span>
    <string>
    <string_view>
    <thread>
    <utility>
    <variant>
    <vector>
    <boost/asio/as_tuple.hpp>
    <boost/asio/awaitable.hpp>
    <boost/asio/co_spawn.hpp>
    <boost/asio/io_context.hpp>
    <boost/asio/ip/tcp.hpp>
    <boost/asio/post.hpp>
    <boost/asio/steady_timer.hpp>
    <boost/asio/use_awaitable.hpp>
    <boost/asio/write.hpp>
    <boost/describe/class.hpp>
    <boost/describe/enum.hpp>
    <boost/json/array.hpp>
    <boost/json/object.hpp>
    <boost/json/parse.hpp>
    <boost/json/serialize.hpp>
    <boost/json/value.hpp>
    <boost/system/result.hpp>)

function(weir_precompile target)
  cmake_parse_arguments(PARSE_ARGV 1 arg "" "" "LIBRARIES;HEADERS")
  if(WEIR_PRECOMPILE)
    file(WRITE ${CMAKE_CURRENT_BINARY_DIR}/${target}.cpp.new "")
    file(COPY_FILE ${CMAKE_CURRENT_BINARY_DIR}/${target}.cpp.new ${CMAKE_CURRENT_BINARY_DIR}/${target}.cpp
         ONLY_IF_DIFFERENT)
    add_library(${target} OBJECT ${CMAKE_CURRENT_BINARY_DIR}/${target}.cpp)
    target_link_libraries(${target} PRIVATE weir_compiler ${arg_LIBRARIES})
    target_precompile_headers(${target} PRIVATE ${weir_common_headers} ${arg_HEADERS})
  endif()
endfunction()

# Has a target use what weir_precompile(FROM …) made; both must be compiled with the same options, but for which
# optimisation.
function(weir_reuse_precompiled target from)
  if(WEIR_PRECOMPILE)
    target_precompile_headers(${target} REUSE_FROM ${from})
    target_compile_options(${target} PRIVATE -fpch-preprocess) # so that ccache sees it
  endif()
endfunction()
