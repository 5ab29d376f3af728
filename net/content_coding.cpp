#include "net/content_coding.hpp"

#include "net/text.hpp"

#include <brotli/decode.h>
#include <zlib.h>
#include <zstd.h>

#include <algorithm>
#include <array>
#include <utility>
#include <vector>

namespace weir::net
{
namespace
{

constexpr std::size_t step_size = 16 * 1024;
using step_buffer = std::array<unsigned char, step_size>;

/// Adds what one step of a decoder produced; false past the limit.
bool append(std::string& out, step_buffer const& step, std::size_t n, std::size_t limit)
{
    auto const room = limit - std::min(limit, out.size());
    out.append(reinterpret_cast<char const*>(step.data()), std::min(n, room));
    return n <= room;
}

class zlib_decoder final : public content_decoder
{
public:
    /// 32 more than the window's size: gzip and zlib are told apart by their heads.
    explicit zlib_decoder(int window_bits = 15 + 32)
        : good_(inflateInit2(&state_, window_bits) == Z_OK)
    {
    }
    zlib_decoder(zlib_decoder const&) = delete;
    zlib_decoder& operator=(zlib_decoder const&) = delete;
    ~zlib_decoder() override { inflateEnd(&state_); }

    bool decode(std::string_view piece, std::string& out, std::size_t limit) override
    {
        if (!good_) return false;
        // "deflate" means zlib's form, but some servers send the bare one.
        if (!begun_ && !piece.empty()) {
            begun_ = true;
            is_gzip_ = static_cast<unsigned char>(piece.front()) == gzip_mark;
            if (!is_gzip_ && (piece.front() & 0x0F) != 8) inflateReset2(&state_, -15);
        }
        state_.next_in = reinterpret_cast<Bytef*>(const_cast<char*>(piece.data()));
        state_.avail_in = static_cast<uInt>(piece.size());
        step_buffer step;
        while (state_.avail_in > 0) {
            if (ended_ && !begins_another_member()) break;
            state_.next_out = step.data();
            state_.avail_out = step.size();
            int const code = inflate(&state_, Z_SYNC_FLUSH);
            good_ = append(out, step, step.size() - state_.avail_out, limit) &&
                    (code == Z_OK || code == Z_STREAM_END || code == Z_BUF_ERROR);
            ended_ = code == Z_STREAM_END;
            if (!good_) return false;
            if (code == Z_BUF_ERROR) break;
        }
        return true;
    }
    bool is_complete() const override { return ended_ && !has_more_; }

private:
    static constexpr unsigned char gzip_mark = 0x1F;

    /// Behind one gzip member another may follow (RFC 1952, 2.2).
    bool begins_another_member()
    {
        has_more_ = !is_gzip_ || *state_.next_in != gzip_mark;
        if (has_more_) return false;
        inflateReset(&state_);
        ended_ = false;
        return true;
    }

    z_stream state_{};
    bool good_, begun_ = false, is_gzip_ = false, ended_ = false;
    bool has_more_ = false; ///< something else came behind the end
};

class brotli_decoder final : public content_decoder
{
public:
    brotli_decoder()
        : state_(BrotliDecoderCreateInstance(nullptr, nullptr, nullptr))
    {
    }
    brotli_decoder(brotli_decoder const&) = delete;
    brotli_decoder& operator=(brotli_decoder const&) = delete;
    ~brotli_decoder() override { BrotliDecoderDestroyInstance(state_); }

    bool decode(std::string_view piece, std::string& out, std::size_t limit) override
    {
        auto const* next = reinterpret_cast<std::uint8_t const*>(piece.data());
        auto left = piece.size();
        for (;;) {
            step_buffer step;
            auto* to = step.data();
            auto room = step.size();
            auto const code = BrotliDecoderDecompressStream(state_, &left, &next, &room, &to, nullptr);
            if (!append(out, step, step.size() - room, limit) || code == BROTLI_DECODER_RESULT_ERROR) return false;
            if (code == BROTLI_DECODER_RESULT_NEEDS_MORE_OUTPUT) continue;
            has_more_ = has_more_ || left > 0;
            return true;
        }
    }
    bool is_complete() const override { return BrotliDecoderIsFinished(state_) == BROTLI_TRUE && !has_more_; }

private:
    BrotliDecoderState* state_;
    bool has_more_ = false; ///< something came behind the end
};

class zstd_decoder final : public content_decoder
{
public:
    zstd_decoder()
        : state_(ZSTD_createDStream())
    {
        ZSTD_DCtx_setParameter(state_, ZSTD_d_windowLogMax, 24);
    }
    zstd_decoder(zstd_decoder const&) = delete;
    zstd_decoder& operator=(zstd_decoder const&) = delete;
    ~zstd_decoder() override { ZSTD_freeDStream(state_); }

    bool decode(std::string_view piece, std::string& out, std::size_t limit) override
    {
        ZSTD_inBuffer in{piece.data(), piece.size(), 0};
        step_buffer step;
        ZSTD_outBuffer to{step.data(), step.size(), 0};
        do {
            to.pos = 0;
            auto const code = ZSTD_decompressStream(state_, &to, &in);
            if (ZSTD_isError(code) != 0 || !append(out, step, to.pos, limit)) return false;
            at_end_ = code == 0;
        } while (in.pos < in.size || to.pos == to.size);
        return true;
    }
    bool is_complete() const override { return at_end_; }

private:
    ZSTD_DStream* state_;
    bool at_end_ = false; ///< of a frame
};

/// Codings applied in turn, undone in the reverse order.
class chain final : public content_decoder
{
public:
    explicit chain(std::vector<std::unique_ptr<content_decoder>> applied)
        : applied_(std::move(applied))
    {
    }

    bool decode(std::string_view piece, std::string& out, std::size_t limit) override
    {
        std::string current(piece);
        for (auto i = applied_.size(); i-- > 1;) {
            std::string next;
            if (!applied_[i]->decode(current, next, limit)) return false;
            current = std::move(next);
        }
        return applied_.front()->decode(current, out, limit);
    }
    bool is_complete() const override
    {
        return std::all_of(applied_.begin(), applied_.end(), [](auto const& one) { return one->is_complete(); });
    }

private:
    std::vector<std::unique_ptr<content_decoder>> applied_;
};

} // namespace

std::unique_ptr<content_decoder> content_decoder::make(std::string_view content_encoding)
{
    std::vector<std::unique_ptr<content_decoder>> applied;
    bool known = true;
    for_each_element(content_encoding, [&](std::string_view coding) {
        if (iequals(coding, "gzip") || iequals(coding, "x-gzip") || iequals(coding, "deflate"))
            applied.push_back(std::make_unique<zlib_decoder>());
        else if (iequals(coding, "br"))
            applied.push_back(std::make_unique<brotli_decoder>());
        else if (iequals(coding, "zstd"))
            applied.push_back(std::make_unique<zstd_decoder>());
        else
            known = known && iequals(coding, "identity");
    });
    if (!known || applied.empty() || applied.size() > 3) return nullptr;
    if (applied.size() == 1) return std::move(applied.front());
    return std::make_unique<chain>(std::move(applied));
}

} // namespace weir::net
