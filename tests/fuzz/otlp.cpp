#include "api/otlp.hpp"

#include <cstdint>

/// The input is a TracesData message.
extern "C" int LLVMFuzzerTestOneInput(std::uint8_t const* data, std::size_t size)
{
    auto const spans = weir::api::spans_of_protobuf({reinterpret_cast<char const*>(data), size});
    if (!spans) return 0;
    for (auto const& span : *spans) static_cast<void>(weir::api::async_log_of(span));
    return 0;
}
