#include "storage/like.hpp"

#include <algorithm>
#include <cwctype>
#include <locale.h>

namespace weir::storage
{
namespace
{

/// The next character of UTF-8; a byte that is none stands for itself, beyond what Unicode has.
char32_t next_character(std::string_view& text)
{
    auto const byte = [&](std::size_t i) { return static_cast<unsigned char>(text[i]); };
    unsigned const first = byte(0);
    std::size_t const length = first < 0x80   ? 1
                               : first < 0xC2 ? 0
                               : first < 0xE0 ? 2
                               : first < 0xF0 ? 3
                               : first < 0xF5 ? 4
                                              : 0;
    bool good = length > 0 && length <= text.size();
    for (std::size_t i = 1; good && i < length; ++i) good = (byte(i) & 0xC0U) == 0x80;
    if (!good) {
        text.remove_prefix(1);
        return 0x110000 + first;
    }
    char32_t character = length == 1 ? first : first & (0x7FU >> length);
    for (std::size_t i = 1; i < length; ++i) character = character << 6U | (byte(i) & 0x3FU);
    text.remove_prefix(length);
    return character;
}

char32_t folded(char32_t c, bool ignore_case)
{
    if (!ignore_case || c >= 0x110000) return c;
    if (c < 0x80) return c >= 'A' && c <= 'Z' ? c + ('a' - 'A') : c;
    static locale_t const unicode = newlocale(LC_CTYPE_MASK, "C.UTF-8", nullptr);
    return unicode ? static_cast<char32_t>(towlower_l(static_cast<wint_t>(c), unicode)) : c;
}

/// Takes away what cannot begin with the pattern: most of a text that does not have it. Beyond ASCII there are
/// characters whose lower case is an ASCII letter, so these bytes stay when case is ignored.
void skip_to_candidate(std::string_view& text, std::string_view pattern, bool ignore_case)
{
    if (pattern.empty()) return;
    auto const first = static_cast<unsigned char>(pattern.front());
    if (first >= 0x80 || first == '%' || first == '_' || first == '\\') return;
    bool const is_letter = ignore_case && ((first | 0x20U) >= 'a' && (first | 0x20U) <= 'z');
    std::size_t at = 0;
    if (is_letter) {
        unsigned const lower = first | 0x20U;
        for (; at < text.size(); ++at)
            if (auto const byte = static_cast<unsigned char>(text[at]); (byte | 0x20U) == lower || byte >= 0x80) break;
    } else {
        at = std::min(text.find(pattern.front()), text.size());
    }
    text.remove_prefix(at);
}

} // namespace

std::optional<bool> is_like(std::string_view text, std::string_view pattern, bool ignore_case,
                            interruption const& early)
{
    constexpr unsigned asking_interval = 16 * 1024;
    // Where to go on when a character does not fit: behind the last '%', one character of text further.
    std::string_view retry_text, retry_pattern;
    bool can_retry = false;
    for (unsigned steps = 1;; ++steps) {
        if (steps % asking_interval == 0 && early.wanted()) return std::nullopt;
        if (!pattern.empty() && pattern.front() == '%') {
            pattern.remove_prefix(1);
            if (pattern.empty()) return true;
            can_retry = true;
            skip_to_candidate(text, pattern, ignore_case);
            retry_text = text;
            retry_pattern = pattern;
            continue;
        }
        if (text.empty()) return pattern.empty(); // starting further on leaves even less text for the rest
        bool fits = false;
        if (!pattern.empty()) {
            bool const is_any = pattern.front() == '_';
            if (pattern.front() == '\\' && pattern.size() > 1) pattern.remove_prefix(1);
            auto const wanted = next_character(pattern);
            auto const found = next_character(text);
            fits = is_any || folded(wanted, ignore_case) == folded(found, ignore_case);
        }
        if (fits) continue;
        if (!can_retry || retry_text.empty()) return false;
        static_cast<void>(next_character(retry_text));
        skip_to_candidate(retry_text, retry_pattern, ignore_case);
        text = retry_text;
        pattern = retry_pattern;
    }
}

} // namespace weir::storage
