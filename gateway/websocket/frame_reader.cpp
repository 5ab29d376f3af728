#include "gateway/websocket/frame_reader.hpp"

#include <algorithm>

namespace weir::gateway::websocket
{
namespace
{

constexpr unsigned char continuation = 0, text = 1, binary = 2, close = 8, ping = 9, pong = 10;
constexpr std::size_t most_control_bytes = 125;

bool is_control(unsigned opcode) { return opcode >= close; }

} // namespace

void piece::append_to(std::string& to) const
{
    auto const begin = to.size();
    to += bytes;
    if (mask == std::array<unsigned char, 4>{}) return;
    for (std::size_t i = 0; i < bytes.size(); ++i) to[begin + i] = static_cast<char>(to[begin + i] ^ mask[i % 4]);
}

/// How long the head is, as far as its first two bytes tell.
std::size_t frame_reader::head_size() const
{
    if (head_bytes_ < 2) return 2;
    unsigned const length = head_[1] & 0x7FU;
    std::size_t const extended = length == 126 ? 2 : length == 127 ? 8 : 0;
    return 2 + extended + (from_ == side::client ? 4 : 0);
}

/// What the first two bytes of a head cannot be.
std::string_view frame_reader::wrong_with_start() const
{
    unsigned const opcode = head_[0] & 0x0FU, length = head_[1] & 0x7FU;
    bool const is_final = (head_[0] & 0x80U) != 0, is_masked = (head_[1] & 0x80U) != 0;
    if ((head_[0] & 0x70U) != 0) return "reserved bits, which belong to extensions";
    if ((opcode > binary && opcode < close) || opcode > pong) return "an opcode that nothing stands for";
    if (is_masked != (from_ == side::client)) return is_masked ? "a masked frame of a server" : "an unmasked frame";
    if (is_control(opcode) && (!is_final || length > most_control_bytes)) return "a control frame that is too large";
    if (opcode == close && length == 1) return "half a close code";
    if (opcode == continuation && !unfinished_) return "a fragment of no message";
    if ((opcode == text || opcode == binary) && unfinished_) return "a message within another";
    return {};
}

/// Takes what `bytes` has of a head. True when it is complete and right.
bool frame_reader::read_head(std::string_view& bytes)
{
    while (head_bytes_ < head_size()) {
        if (bytes.empty()) return false;
        head_[head_bytes_++] = static_cast<unsigned char>(bytes.front());
        bytes.remove_prefix(1);
        if (head_bytes_ == 2) problem_ = wrong_with_start();
        if (!problem_.empty()) return false;
    }
    begin_frame();
    return problem_.empty();
}

void frame_reader::begin_frame()
{
    head_bytes_ = 0;
    unsigned const short_length = head_[1] & 0x7FU;
    std::size_t at = 2;
    left_ = short_length;
    if (short_length > most_control_bytes) {
        std::size_t const end = short_length == 126 ? 4 : 10;
        for (left_ = 0; at < end; ++at) left_ = left_ << 8U | head_[at];
        std::uint64_t const least = short_length == 126 ? 126 : 65536;
        if (left_ < least || left_ >> 63U != 0) {
            problem_ = "a length that is not written in its shortest form";
            return;
        }
    }
    mask_ = {};
    if (from_ == side::client) std::copy_n(head_.begin() + static_cast<std::ptrdiff_t>(at), 4, mask_.begin());

    final_ = (head_[0] & 0x80U) != 0;
    first_ = true;
    switch (head_[0] & 0x0FU) {
    case continuation:
        kind_ = *unfinished_;
        first_ = false;
        break;
    case text: kind_ = kind::text; break;
    case binary: kind_ = kind::binary; break;
    case close: kind_ = kind::close; break;
    case ping: kind_ = kind::ping; break;
    default: kind_ = kind::pong; break;
    }
    if (!is_control(head_[0] & 0x0FU)) unfinished_ = final_ ? std::nullopt : std::optional(kind_);
    in_frame_ = true;
}

std::optional<piece> frame_reader::next(std::string_view& bytes)
{
    if (closed_ || !problem_.empty()) return std::nullopt;
    if (!in_frame_ && !read_head(bytes)) return std::nullopt;
    if (left_ > 0 && bytes.empty()) return std::nullopt;

    auto const size = static_cast<std::size_t>(std::min<std::uint64_t>(left_, bytes.size()));
    left_ -= size;
    in_frame_ = left_ > 0;
    piece const found{kind_, first_, final_ && !in_frame_, bytes.substr(0, size), mask_};
    bytes.remove_prefix(size);
    first_ = false;
    std::rotate(mask_.begin(), mask_.begin() + static_cast<std::ptrdiff_t>(size % 4), mask_.end());
    if (found.last && kind_ == kind::close) closed_ = true;
    return found;
}

} // namespace weir::gateway::websocket
