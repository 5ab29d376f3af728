#include "storage/body_block.hpp"

#include "storage/little_endian.hpp"

#include <zstd.h>

#include <algorithm>
#include <array>
#include <cstdint>

namespace weir::storage
{
namespace
{

constexpr char form_plain = 0, form_zstd = 1;

/// Level 1 is as fast on such texts as the levels below it, and smaller by a third.
constexpr int compression_level = 1;

/// Measured on chat calls of 2.7 KB: larger blocks are hardly smaller for each call, and reading one call unpacks all.
constexpr std::size_t enough_bytes = 64UL * 1024, enough_calls = 128;

/// No block is larger than the bodies of one call may be; a frame that says so is damaged.
constexpr unsigned long long most_unpacked = 12ULL << 30U;

constexpr std::size_t part_count = 3, entry_head = 8 + part_count * 4;

template <class Parts>
std::array<std::string_view, part_count> parts_of(Parts const& of)
{
    return {of.request, of.response, of.raw_stream};
}

} // namespace

struct body_packer::context {
    ZSTD_CCtx* compress = ZSTD_createCCtx();

    context() { ZSTD_CCtx_setParameter(compress, ZSTD_c_compressionLevel, compression_level); }
    context(context const&) = delete;
    context& operator=(context const&) = delete;
    ~context() { ZSTD_freeCCtx(compress); }
};

body_packer::body_packer()
    : context_(std::make_unique<context>())
{
}
body_packer::~body_packer() = default;
body_packer::body_packer(body_packer&&) noexcept = default;
body_packer& body_packer::operator=(body_packer&&) noexcept = default;

void body_packer::add(row_id id, bodies const& of)
{
    auto parts = parts_of(of);
    for (auto& part : parts) part = part.substr(0, UINT32_MAX);
    append_number(plain_, static_cast<std::uint64_t>(id), 8);
    for (auto const part : parts) append_number(plain_, part.size(), 4);
    for (auto const part : parts) plain_ += part;
    greatest_ = std::max(greatest_, id);
    ++calls_;
}

bool body_packer::is_full() const { return plain_.size() >= enough_bytes || calls_ >= enough_calls; }

std::string_view body_packer::pack()
{
    packed_.resize(1 + ZSTD_compressBound(plain_.size()));
    auto const n =
        ZSTD_compress2(context_->compress, packed_.data() + 1, packed_.size() - 1, plain_.data(), plain_.size());
    if (ZSTD_isError(n) == 0 && n < plain_.size()) {
        packed_.front() = form_zstd;
        packed_.resize(1 + n);
    } else {
        packed_.assign(1, form_plain).append(plain_);
    }
    if (plain_.capacity() > 4 * enough_bytes) plain_ = {}; // a large one does not hold its memory
    plain_.clear();
    calls_ = 0;
    greatest_ = {};
    return packed_;
}

struct body_unpacker::context {
    ZSTD_DCtx* decompress = ZSTD_createDCtx();

    context() = default;
    context(context const&) = delete;
    context& operator=(context const&) = delete;
    ~context() { ZSTD_freeDCtx(decompress); }
};

body_unpacker::body_unpacker()
    : context_(std::make_unique<context>())
{
}
body_unpacker::~body_unpacker() = default;
body_unpacker::body_unpacker(body_unpacker&&) noexcept = default;
body_unpacker& body_unpacker::operator=(body_unpacker&&) noexcept = default;

result<void> body_unpacker::open(std::string_view block)
{
    calls_.clear();
    if (auto const unpacked = unpack(block); !unpacked) return unpacked;
    return list_calls();
}

/// Its content becomes `plain_`, whose memory is used again.
result<void> body_unpacker::unpack(std::string_view block)
{
    if (block.empty()) return make_error_code(errc::damaged);
    auto const content = block.substr(1);
    if (block.front() == form_plain) {
        plain_ = content;
        return {};
    }
    if (block.front() != form_zstd) return make_error_code(errc::damaged);
    auto const size = ZSTD_getFrameContentSize(content.data(), content.size());
    if (size == ZSTD_CONTENTSIZE_ERROR || size == ZSTD_CONTENTSIZE_UNKNOWN || size > most_unpacked ||
        size > content.size() * 100'000) // zstd's best is far from that: what claims more is damaged
        return make_error_code(errc::damaged);
    plain_.resize(size);
    auto const n =
        ZSTD_decompressDCtx(context_->decompress, plain_.data(), plain_.size(), content.data(), content.size());
    if (ZSTD_isError(n) != 0 || n != size) return make_error_code(errc::damaged);
    return {};
}

result<void> body_unpacker::list_calls()
{
    for (std::string_view rest = plain_; !rest.empty();) {
        if (rest.size() < entry_head) return make_error_code(errc::damaged);
        call one{.id = static_cast<row_id>(number_at(rest.data(), 8)), .texts = {}};
        auto lengths = rest.substr(8, entry_head - 8);
        rest.remove_prefix(entry_head);
        for (auto* text : {&one.texts.request, &one.texts.response, &one.texts.raw_stream}) {
            auto const length = number_at(lengths.data(), 4);
            if (rest.size() < length) return make_error_code(errc::damaged);
            *text = rest.substr(0, length);
            rest.remove_prefix(length);
            lengths.remove_prefix(4);
        }
        calls_.push_back(one);
    }
    return {};
}

result<body_unpacker::views> body_unpacker::at(row_id id) const
{
    auto const found = std::ranges::find(calls_, id, &call::id);
    if (found == calls_.end()) return make_error_code(errc::not_found);
    return found->texts;
}

result<bodies> body_unpacker::find(std::string_view block, row_id id)
{
    if (auto const opened = open(block); !opened) return opened.error();
    auto const found = at(id);
    if (!found) return found.error();
    return bodies{std::string(found->request), std::string(found->response), std::string(found->raw_stream)};
}

} // namespace weir::storage
