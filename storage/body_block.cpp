#include "storage/body_block.hpp"

#include <zstd.h>

#include <algorithm>
#include <array>
#include <cstdint>

namespace weir::storage
{
namespace
{

constexpr char form_plain = 0, form_zstd = 1, form_sections = 2;

/// Level 1 is as fast on such texts as the levels below it, and smaller by a third.
constexpr int compression_level = 1;

/// Measured on chat calls of 2.7 KB: larger blocks are hardly smaller for each call, and reading one call unpacks all.
constexpr std::size_t enough_bytes = 64UL * 1024, enough_calls = 128;

/// No block is larger than the bodies of one call may be; a frame that says so is damaged.
constexpr unsigned long long most_unpacked = 12ULL << 30U;

constexpr std::size_t id_bytes = 8, length_bytes = 4, section_length_bytes = 8;
constexpr std::size_t entry_bytes = id_bytes + body_part_count * length_bytes;

void append_number(std::string& to, std::uint64_t value, std::size_t bytes)
{
    for (std::size_t i = 0; i < bytes; ++i) to += static_cast<char>(value >> (8 * i) & 0xFFU);
}

std::uint64_t number_at(std::string_view text, std::size_t at, std::size_t bytes)
{
    std::uint64_t value = 0;
    for (std::size_t i = bytes; i-- > 0;) value = value << 8U | static_cast<unsigned char>(text[at + i]);
    return value;
}

/// An entry of a directory.
struct entry {
    row_id id{};
    std::array<std::uint64_t, body_part_count> lengths{};
};

/// Takes the first entry away; none when there is no whole one.
std::optional<entry> take_entry(std::string_view& from)
{
    if (from.size() < entry_bytes) return std::nullopt;
    entry one{.id = static_cast<row_id>(number_at(from, 0, id_bytes))};
    for (std::size_t part = 0; part < body_part_count; ++part)
        one.lengths[part] = number_at(from, id_bytes + part * length_bytes, length_bytes);
    from.remove_prefix(entry_bytes);
    return one;
}

} // namespace

struct body_packer::context {
    ZSTD_CCtx* compress = ZSTD_createCCtx();

    context() { ZSTD_CCtx_setParameter(compress, ZSTD_c_compressionLevel, compression_level); }
    context(context const&) = delete;
    context& operator=(context const&) = delete;
    ~context() { ZSTD_freeCCtx(compress); }

    /// Appends a form and the content.
    void append_packed(std::string_view content, std::string& to) const
    {
        auto const begin = to.size();
        if (content.empty()) {
            to += form_plain;
            return;
        }
        to.resize(begin + 1 + ZSTD_compressBound(content.size()));
        auto* const out = to.data() + begin + 1;
        auto const size = ZSTD_compress2(compress, out, to.size() - begin - 1, content.data(), content.size());
        bool const is_smaller = ZSTD_isError(size) == 0 && size < content.size();
        to[begin] = is_smaller ? form_zstd : form_plain;
        to.resize(begin + 1 + (is_smaller ? size : 0));
        if (!is_smaller) to += content;
    }

    void append_section(std::string_view content, std::string& to) const
    {
        auto const begin = to.size();
        to.append(section_length_bytes, '\0');
        append_packed(content, to);
        std::string length;
        append_number(length, to.size() - begin - section_length_bytes, section_length_bytes);
        to.replace(begin, section_length_bytes, length);
    }
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
    append_number(directory_, static_cast<std::uint64_t>(id), id_bytes);
    std::string_view const parts[body_part_count] = {of.request, of.response, of.raw_stream};
    for (std::size_t n = 0; n < body_part_count; ++n) {
        auto const part = parts[n].substr(0, UINT32_MAX);
        append_number(directory_, part.size(), length_bytes);
        texts_[n] += part;
    }
    greatest_ = std::max(greatest_, id);
    ++calls_;
}

bool body_packer::is_full() const
{
    std::size_t size = directory_.size();
    for (auto const& text : texts_) size += text.size();
    return size >= enough_bytes || calls_ >= enough_calls;
}

std::string_view body_packer::pack()
{
    packed_.assign(1, form_sections);
    context_->append_section(directory_, packed_);
    directory_.clear();
    for (auto& text : texts_) {
        context_->append_section(text, packed_);
        if (text.capacity() > 4 * enough_bytes) text = {}; // a large one does not hold its memory
        text.clear();
    }
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

    /// The content behind a form: `packed` itself, or `plain`, whose memory is used again.
    result<std::string_view> unpack(std::string_view packed, std::string& plain) const
    {
        if (packed.empty()) return make_error_code(errc::damaged);
        auto const content = packed.substr(1);
        if (packed.front() == form_plain) return content;
        if (packed.front() != form_zstd) return make_error_code(errc::damaged);
        auto const size = ZSTD_getFrameContentSize(content.data(), content.size());
        if (size == ZSTD_CONTENTSIZE_ERROR || size == ZSTD_CONTENTSIZE_UNKNOWN || size > most_unpacked ||
            size > content.size() * 100'000) // zstd's best is far from that: what claims more is damaged
            return make_error_code(errc::damaged);
        plain.resize(size);
        auto const n = ZSTD_decompressDCtx(decompress, plain.data(), plain.size(), content.data(), content.size());
        if (ZSTD_isError(n) != 0 || n != size) return make_error_code(errc::damaged);
        return plain;
    }
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
    places_.clear();
    for (auto& each : sections_) each.text.reset();
    if (block.empty()) return make_error_code(errc::damaged);
    return block.front() == form_sections ? open_sections(block.substr(1)) : open_whole(block);
}

result<void> body_unpacker::open_sections(std::string_view block)
{
    std::string_view packed_directory;
    for (auto* packed : {&packed_directory, &sections_[0].packed, &sections_[1].packed, &sections_[2].packed}) {
        if (block.size() < section_length_bytes) return make_error_code(errc::damaged);
        auto const length = number_at(block, 0, section_length_bytes);
        block.remove_prefix(section_length_bytes);
        if (block.size() < length) return make_error_code(errc::damaged);
        *packed = block.substr(0, length);
        block.remove_prefix(length);
    }
    if (!block.empty()) return make_error_code(errc::damaged);
    auto rest = context_->unpack(packed_directory, directory_);
    if (!rest) return rest.error();
    std::array<std::uint64_t, body_part_count> ends{};
    while (!rest->empty()) {
        auto const one = take_entry(*rest);
        if (!one) return make_error_code(errc::damaged);
        calls_.push_back(one->id);
        auto& places = places_.emplace_back();
        for (std::size_t part = 0; part < body_part_count; ++part) {
            places[part] = {ends[part], one->lengths[part]};
            ends[part] += one->lengths[part];
        }
    }
    return {};
}

result<void> body_unpacker::open_whole(std::string_view block)
{
    auto const content = context_->unpack(block, sections_[0].plain);
    if (!content) return content.error();
    for (auto& each : sections_) each.text = *content;
    for (auto rest = *content; !rest.empty();) {
        auto const one = take_entry(rest);
        if (!one) return make_error_code(errc::damaged);
        calls_.push_back(one->id);
        auto& places = places_.emplace_back();
        for (std::size_t part = 0; part < body_part_count; ++part) {
            places[part] = {content->size() - rest.size(), one->lengths[part]};
            if (rest.size() < one->lengths[part]) return make_error_code(errc::damaged);
            rest.remove_prefix(one->lengths[part]);
        }
    }
    return {};
}

result<std::string_view> body_unpacker::text(row_id id, body_part which)
{
    auto const found = std::ranges::find(calls_, id);
    if (found == calls_.end()) return make_error_code(errc::not_found);
    auto const part = static_cast<std::size_t>(which);
    auto const& [at, size] = places_[static_cast<std::size_t>(found - calls_.begin())][part];
    auto& from = sections_[part];
    if (!from.text) {
        auto const unpacked = context_->unpack(from.packed, from.plain);
        if (!unpacked) return unpacked.error();
        from.text = *unpacked;
    }
    if (from.text->size() < at || from.text->size() - at < size) return make_error_code(errc::damaged);
    return from.text->substr(at, size);
}

result<bodies> body_unpacker::find(std::string_view block, row_id id)
{
    if (auto const opened = open(block); !opened) return opened.error();
    bodies found;
    struct {
        body_part which;
        std::string* to;
    } const parts[] = {{body_part::request, &found.request},
                       {body_part::response, &found.response},
                       {body_part::raw_stream, &found.raw_stream}};
    for (auto const& part : parts) {
        auto const one = text(id, part.which);
        if (!one) return one.error();
        part.to->assign(*one);
    }
    return found;
}

} // namespace weir::storage
