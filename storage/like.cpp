#include "storage/like.hpp"

#include <algorithm>
#include <cstdint>
#include <cstring>
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

void append_utf8(char32_t c, std::string& to)
{
    if (c < 0x80) {
        to += static_cast<char>(c);
        return;
    }
    auto const tail = [&](unsigned shift) { to += static_cast<char>(0x80U | (c >> shift & 0x3FU)); };
    if (c < 0x800) {
        to += static_cast<char>(0xC0U | c >> 6U);
    } else if (c < 0x10000) {
        to += static_cast<char>(0xE0U | c >> 12U);
        tail(6);
    } else {
        to += static_cast<char>(0xF0U | c >> 18U);
        tail(12);
        tail(6);
    }
    tail(0);
}

char32_t folded(char32_t c, bool ignore_case)
{
    if (!ignore_case || c >= 0x110000) return c;
    if (c < 0x80) return c >= 'A' && c <= 'Z' ? c + ('a' - 'A') : c;
    static locale_t const unicode = newlocale(LC_CTYPE_MASK, "C.UTF-8", nullptr);
    return unicode ? static_cast<char32_t>(towlower_l(static_cast<wint_t>(c), unicode)) : c;
}

/// What a byte of the text must be for one of the pattern: `value` but for some bits, or `other`.
struct byte_test {
    unsigned char bits, value, other;
};
constexpr byte_test any_byte{0xFF, 0xFF, 0xFF};

/// Whether that is so of a byte, or of each byte of a lane.
template <class Bytes>
auto passes(byte_test const& test, Bytes bytes)
{
    return ((bytes | test.bits) == test.value) | (bytes == test.other);
}

/// The test for the beginning of a pattern. Beyond ASCII there are two characters whose lower case is an ASCII letter:
/// U+0130 and U+212A, of which the first bytes stand here.
byte_test test_of(std::string_view pattern, bool ignore_case)
{
    if (pattern.empty()) return any_byte;
    auto const first = static_cast<unsigned char>(pattern.front());
    if (first >= 0x80 || first == '%' || first == '_' || first == '\\') return any_byte;
    constexpr unsigned char case_bit = 0x20;
    auto const lower = static_cast<unsigned char>(first | case_bit);
    if (!ignore_case || lower < 'a' || lower > 'z') return {0, first, first};
    if (lower == 'i') return {case_bit, lower, 0xC4};
    if (lower == 'k') return {case_bit, lower, 0xE2};
    return {case_bit, lower, lower};
}

using lane = unsigned char __attribute__((vector_size(16)));

/// Whether one of 16 places has a byte that passes, and another one behind it that does.
bool is_candidate_in_lane(byte_test const& first, char const* from, byte_test const& other, std::size_t behind)
{
    lane here, there;
    std::memcpy(&here, from, sizeof(lane));
    std::memcpy(&there, from + behind, sizeof(lane));
    auto const found = passes(first, here) & passes(other, there);
    std::uint64_t halves[2];
    std::memcpy(halves, &found, sizeof(lane));
    return (halves[0] | halves[1]) != 0;
}

/// Takes away what cannot begin with the pattern, by its first two bytes: most of a text that does not have it.
void skip_to_candidate(std::string_view& text, std::string_view pattern, bool ignore_case)
{
    auto const first = test_of(pattern, ignore_case);
    if (first.bits == any_byte.bits) return;
    // Behind a first character of several bytes there is no telling where the second one is.
    bool const is_fixed = first.other == first.value;
    auto const second = is_fixed ? test_of(pattern.substr(1), ignore_case) : any_byte;

    std::size_t at = 0;
    while (at + sizeof(lane) < text.size() && !is_candidate_in_lane(first, text.data() + at, second, 1))
        at += sizeof(lane);
    auto const byte_at = [&](std::size_t i) { return static_cast<unsigned char>(text[i]); };
    while (at < text.size() &&
           !(passes(first, byte_at(at)) && (at + 1 == text.size() || passes(second, byte_at(at + 1)))))
        ++at;
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

like_pattern::like_pattern(std::string pattern, bool ignore_case)
    : pattern_(std::move(pattern))
    , ignore_case_(ignore_case)
{
    std::string_view literal = pattern_;
    begins_anyhow_ = literal.starts_with('%');
    while (literal.starts_with('%')) literal.remove_prefix(1);
    ends_anyhow_ = literal.ends_with('%');
    while (literal.ends_with('%')) literal.remove_suffix(1);
    constexpr std::size_t longest = 255;
    is_literal_ = !literal.empty() && literal.size() <= longest && std::ranges::all_of(literal, [](char c) {
        return static_cast<unsigned char>(c) < 0x80 && c != '%' && c != '_' && c != '\\';
    });
    if (!is_literal_) return;
    for (std::size_t byte = 0; byte < folded_.size(); ++byte) {
        bool const is_upper = ignore_case && byte >= 'A' && byte <= 'Z';
        folded_[byte] = static_cast<unsigned char>(is_upper ? byte + ('a' - 'A') : byte);
    }
    for (char const c : literal) literal_ += static_cast<char>(folded_[static_cast<unsigned char>(c)]);
    may_be_other_bytes_ = ignore_case && literal_.find_first_of("ik") != literal_.npos; // see test_of
    skip_.fill(static_cast<unsigned char>(literal_.size()));
    for (std::size_t i = 0; i + 1 < literal_.size(); ++i)
        skip_[static_cast<unsigned char>(literal_[i])] = static_cast<unsigned char>(literal_.size() - 1 - i);
}

bool like_pattern::is_literal_at(char const* text) const
{
    for (std::size_t i = literal_.size(); i-- > 0;)
        if (folded_[static_cast<unsigned char>(text[i])] != static_cast<unsigned char>(literal_[i])) return false;
    return true;
}

bool like_pattern::has_literal(std::string_view text) const
{
    auto const length = literal_.size();
    if (text.size() < length) return false;
    if (!begins_anyhow_) return (ends_anyhow_ || text.size() == length) && is_literal_at(text.data());
    if (!ends_anyhow_) return is_literal_at(text.data() + (text.size() - length));
    return find_literal(text) != text.npos;
}

std::size_t like_pattern::find_literal(std::string_view bytes) const
{
    constexpr std::size_t least_in_lanes = 256;
    if (bytes.size() >= least_in_lanes) return find_literal_in_lanes(bytes);
    auto const length = literal_.size();
    for (std::size_t at = 0; at + length <= bytes.size();) {
        if (is_literal_at(bytes.data() + at)) return at;
        at += skip_[folded_[static_cast<unsigned char>(bytes[at + length - 1])]];
    }
    return bytes.npos;
}

/// Looks at 16 places at once for the literal's first and last byte.
std::size_t like_pattern::find_literal_in_lanes(std::string_view bytes) const
{
    auto const behind = literal_.size() - 1;
    auto const first = test_of(literal_, ignore_case_);
    auto const last = test_of(std::string_view(literal_).substr(behind), ignore_case_);
    for (std::size_t at = 0; at + behind < bytes.size(); at += sizeof(lane)) {
        bool const is_whole = at + behind + sizeof(lane) <= bytes.size();
        if (is_whole && !is_candidate_in_lane(first, bytes.data() + at, last, behind)) continue;
        auto const end = std::min(at + sizeof(lane), bytes.size() - behind);
        for (auto place = at; place < end; ++place)
            if (is_literal_at(bytes.data() + place)) return place;
    }
    return bytes.npos;
}

std::size_t like_pattern::find_within(std::string_view bytes) const
{
    return !is_literal_ || may_be_other_bytes_ ? 0 : find_literal(bytes);
}

std::optional<bool> like_pattern::fits(std::string_view text, interruption const& early) const
{
    if (!is_literal_) return is_like(text, pattern_, ignore_case_, early);
    if (has_literal(text)) return true;
    bool const may_be_other =
        may_be_other_bytes_ && std::ranges::any_of(text, [](char c) { return static_cast<unsigned char>(c) >= 0x80; });
    return may_be_other ? is_like(text, pattern_, ignore_case_, early) : false;
}

void append_folded(std::string_view text, std::string& to)
{
    while (!text.empty()) {
        auto const is_ascii = [](char c) { return static_cast<unsigned char>(c) < 0x80; };
        auto const ascii = std::ranges::find_if_not(text, is_ascii);
        auto const begin = static_cast<std::ptrdiff_t>(to.size());
        to.append(text.begin(), ascii);
        std::ranges::transform(to.begin() + begin, to.end(), to.begin() + begin,
                               [](char c) { return c >= 'A' && c <= 'Z' ? static_cast<char>(c | 0x20) : c; });
        text.remove_prefix(static_cast<std::size_t>(ascii - text.begin()));
        if (text.empty()) return;
        auto const first = text.front();
        auto const character = folded(next_character(text), true);
        if (character >= 0x110000)
            to += first;
        else
            append_utf8(character, to);
    }
}

} // namespace weir::storage
