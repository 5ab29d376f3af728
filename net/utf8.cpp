#include "net/utf8.hpp"

namespace weir::net
{

std::size_t utf8_length(std::string_view text)
{
    auto const at = [&](std::size_t i) { return i < text.size() ? static_cast<unsigned char>(text[i]) : 0U; };
    auto const follows = [&](std::size_t i) { return (at(i) & 0xC0U) == 0x80U; };
    unsigned const c = at(0);
    if (c < 0x80) return 1;
    if (c >= 0xC2 && c <= 0xDF) return follows(1) ? 2 : 0;
    if (c >= 0xE0 && c <= 0xEF) {
        bool const overlong = c == 0xE0 && at(1) < 0xA0;
        bool const surrogate = c == 0xED && at(1) >= 0xA0;
        return follows(1) && follows(2) && !overlong && !surrogate ? 3 : 0;
    }
    if (c >= 0xF0 && c <= 0xF4) {
        bool const overlong = c == 0xF0 && at(1) < 0x90;
        bool const beyond = c == 0xF4 && at(1) >= 0x90;
        return follows(1) && follows(2) && follows(3) && !overlong && !beyond ? 4 : 0;
    }
    return 0;
}

} // namespace weir::net
