#include "tests/support/encode.hpp"

#include <brotli/encode.h>
#include <zlib.h>
#include <zstd.h>

#include <stdexcept>

namespace weir::test
{

std::vector<std::string> deflated_in_flushes(std::vector<std::string> const& parts, wrapping in)
{
    z_stream state{};
    int const bits = in == wrapping::gzip ? 15 + 16 : in == wrapping::zlib ? 15 : -15;
    if (deflateInit2(&state, 6, Z_DEFLATED, bits, 8, Z_DEFAULT_STRATEGY) != Z_OK) throw std::runtime_error("zlib");
    std::vector<std::string> out;
    for (std::size_t i = 0; i < parts.size(); ++i) {
        std::string bytes(parts[i].size() + parts[i].size() / 1000 + 200, '\0');
        state.next_in = reinterpret_cast<Bytef*>(const_cast<char*>(parts[i].data()));
        state.avail_in = static_cast<uInt>(parts[i].size());
        state.next_out = reinterpret_cast<Bytef*>(bytes.data());
        state.avail_out = static_cast<uInt>(bytes.size());
        deflate(&state, i + 1 == parts.size() ? Z_FINISH : Z_SYNC_FLUSH);
        bytes.resize(bytes.size() - state.avail_out);
        out.push_back(std::move(bytes));
    }
    deflateEnd(&state);
    return out;
}

std::string deflated(std::string_view text, wrapping in)
{
    return deflated_in_flushes({std::string(text)}, in).front();
}

std::string zstd(std::string_view text)
{
    std::string out(ZSTD_compressBound(text.size()), '\0');
    out.resize(ZSTD_compress(out.data(), out.size(), text.data(), text.size(), 3));
    return out;
}

std::string brotli(std::string_view text)
{
    std::string out(BrotliEncoderMaxCompressedSize(text.size()) + 16, '\0');
    auto size = out.size();
    if (BrotliEncoderCompress(5, BROTLI_DEFAULT_WINDOW, BROTLI_DEFAULT_MODE, text.size(),
                              reinterpret_cast<std::uint8_t const*>(text.data()), &size,
                              reinterpret_cast<std::uint8_t*>(out.data())) == BROTLI_FALSE)
        throw std::runtime_error("brotli");
    out.resize(size);
    return out;
}

} // namespace weir::test
