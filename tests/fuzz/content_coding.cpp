#include "net/content_coding.hpp"

#include <cstdint>
#include <cstdlib>

extern "C" int LLVMFuzzerTestOneInput(std::uint8_t const* data, std::size_t size)
{
    if (size < 2) return 0;
    static constexpr std::string_view codings[] = {"gzip", "deflate", "br", "zstd", "gzip, br", "zstd, deflate, gzip"};
    constexpr std::size_t limit = 1'000'000;
    std::string_view const bytes{reinterpret_cast<char const*>(data) + 1, size - 1};
    auto const decoder = weir::net::content_decoder::make(codings[data[0] % std::size(codings)]);
    std::string out;
    std::size_t const piece = 1U + data[0] * 16U;
    for (std::size_t i = 0; i < bytes.size(); i += piece)
        if (!decoder->decode(bytes.substr(i, piece), out, limit)) break;
    if (out.size() > limit) std::abort();
    return 0;
}
