#include "storage/body_codec.hpp"

#include <zstd.h>

namespace weir::storage
{
namespace
{

constexpr char form_plain = 0, form_zstd = 1;

/// Below this a frame is hardly smaller than the text.
constexpr std::size_t least_compressed = 128;

/// No body is larger than what the gateway may keep; a frame that says so is damaged.
constexpr unsigned long long most_decoded = 4ULL << 30U;

} // namespace

struct body_codec::contexts {
    ZSTD_CCtx* compress = ZSTD_createCCtx();
    ZSTD_DCtx* decompress = ZSTD_createDCtx();
    std::string buffer;

    contexts() = default;
    contexts(contexts const&) = delete;
    contexts& operator=(contexts const&) = delete;
    ~contexts()
    {
        ZSTD_freeCCtx(compress);
        ZSTD_freeDCtx(decompress);
    }
};

body_codec::body_codec()
    : contexts_(std::make_unique<contexts>())
{
}
body_codec::~body_codec() = default;
body_codec::body_codec(body_codec&&) noexcept = default;
body_codec& body_codec::operator=(body_codec&&) noexcept = default;

std::string_view body_codec::encode(std::string_view text)
{
    auto& out = contexts_->buffer;
    if (text.size() >= least_compressed) {
        out.resize(1 + ZSTD_compressBound(text.size()));
        auto const n =
            ZSTD_compressCCtx(contexts_->compress, out.data() + 1, out.size() - 1, text.data(), text.size(), 1);
        if (ZSTD_isError(n) == 0 && n < text.size()) {
            out.front() = form_zstd;
            return std::string_view(out).substr(0, 1 + n);
        }
    }
    out.assign(1, form_plain);
    out.append(text);
    return out;
}

result<std::string> body_codec::decode(std::string_view stored)
{
    if (stored.empty()) return make_error_code(errc::damaged);
    auto const content = stored.substr(1);
    if (stored.front() == form_plain) return std::string(content);
    if (stored.front() != form_zstd) return make_error_code(errc::damaged);
    auto const size = ZSTD_getFrameContentSize(content.data(), content.size());
    if (size == ZSTD_CONTENTSIZE_ERROR || size == ZSTD_CONTENTSIZE_UNKNOWN || size > most_decoded)
        return make_error_code(errc::damaged);
    std::string text(size, '\0');
    auto const n = ZSTD_decompressDCtx(contexts_->decompress, text.data(), text.size(), content.data(), content.size());
    if (ZSTD_isError(n) != 0 || n != size) return make_error_code(errc::damaged);
    return text;
}

} // namespace weir::storage
