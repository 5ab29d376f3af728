#include "mock/encoder.hpp"

#include <array>
#include <new>

#include <zlib.h>

namespace weir::mock
{

struct encoder::state {
    z_stream z{};

    std::string run(std::string& piece, int flush)
    {
        std::string result;
        std::array<char, 16 * 1024> room;
        z.next_in = static_cast<Bytef*>(static_cast<void*>(piece.data()));
        z.avail_in = static_cast<uInt>(piece.size());
        do {
            z.next_out = static_cast<Bytef*>(static_cast<void*>(room.data()));
            z.avail_out = static_cast<uInt>(room.size());
            deflate(&z, flush);
            result.append(room.data(), room.size() - z.avail_out);
        } while (z.avail_out == 0);
        return result;
    }
};

encoder::encoder(encoding how)
{
    if (how == encoding::none || how == encoding::gzip_label_only) return;
    state_ = std::make_unique<state>();
    auto const window_bits = how == encoding::deflate ? 15 : 15 + 16; // 16 more: gzip instead of zlib
    if (deflateInit2(&state_->z, Z_DEFAULT_COMPRESSION, Z_DEFLATED, window_bits, 8, Z_DEFAULT_STRATEGY) != Z_OK)
        throw std::bad_alloc();
}

encoder::~encoder()
{
    if (state_) deflateEnd(&state_->z);
}

std::string encoder::encode(std::string piece)
{
    return state_ && !piece.empty() ? state_->run(piece, Z_SYNC_FLUSH) : piece;
}

std::string encoder::finish()
{
    std::string nothing;
    return state_ ? state_->run(nothing, Z_FINISH) : nothing;
}

std::string_view content_encoding(encoding how)
{
    switch (how) {
    case encoding::gzip:
    case encoding::gzip_label_only: return "gzip";
    case encoding::deflate: return "deflate";
    default: return {};
    }
}

} // namespace weir::mock
