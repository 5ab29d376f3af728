#include "prompts/json_text.hpp"

#include "prompts/tags.hpp"

#include <cstdint>
#include <string.h> // memmem
#include <vector>

namespace weir::prompts
{
namespace
{

/// In every tag; its letters and dashes are never escaped by a JSON writer.
constexpr std::string_view markup_mark = "helicone-prompt-";

/// Where a mark stands. std::string_view looks at each of the mark's first letter, of which prose has many.
std::size_t find_mark(std::string_view text, std::size_t from)
{
    auto const* found = static_cast<char const*>(
        ::memmem(text.data() + from, text.size() - from, markup_mark.data(), markup_mark.size()));
    return found ? static_cast<std::size_t>(found - text.data()) : text.npos;
}

/// The text that a JSON string stands for, and from where in the string each of its bytes comes. What is no character
/// by itself, as half of a surrogate pair, becomes a byte that no tag has: the text is for finding tags only.
struct unescaped {
    std::string text;
    std::vector<std::uint32_t> from; ///< one more than bytes: the last is the string's end
};

std::optional<unsigned> hex_digits(std::string_view digits)
{
    unsigned value = 0;
    for (char const c : digits) {
        value <<= 4U;
        if (c >= '0' && c <= '9')
            value |= static_cast<unsigned>(c - '0');
        else if ((c | 0x20) >= 'a' && (c | 0x20) <= 'f')
            value |= static_cast<unsigned>((c | 0x20) - 'a' + 10);
        else
            return std::nullopt;
    }
    return digits.size() == 4 ? std::optional(value) : std::nullopt;
}

char short_escape(char letter)
{
    switch (letter) {
    case 'b': return '\b';
    case 'f': return '\f';
    case 'n': return '\n';
    case 'r': return '\r';
    case 't': return '\t';
    default: return letter;
    }
}

std::optional<unescaped> unescape(std::string_view string)
{
    constexpr char no_ascii = '\x1a';
    unescaped out;
    out.text.reserve(string.size());
    out.from.reserve(string.size() + 1);
    for (std::size_t at = 0; at < string.size();) {
        out.from.push_back(static_cast<std::uint32_t>(at));
        if (string[at] != '\\') {
            out.text += string[at++];
        } else if (string.substr(at + 1, 1) == "u") {
            auto const code = hex_digits(string.substr(at + 2, 4));
            if (!code) return std::nullopt;
            out.text += *code < 0x80 ? static_cast<char>(*code) : no_ascii;
            at += 6;
        } else {
            if (at + 1 == string.size()) return std::nullopt;
            out.text += short_escape(string[at + 1]);
            at += 2;
        }
    }
    out.from.push_back(static_cast<std::uint32_t>(string.size()));
    return out;
}

/// The end of the string that begins behind the quote at `begin - 1`.
std::size_t end_of_string(std::string_view json_text, std::size_t begin)
{
    auto at = json_text.find_first_of("\"\\", begin);
    while (at != json_text.npos && json_text[at] == '\\') at = json_text.find_first_of("\"\\", at + 2);
    return at;
}

} // namespace

std::optional<std::string> without_markup(std::string_view json_text)
{
    auto marked = find_mark(json_text, 0);
    if (marked == json_text.npos) return std::nullopt;
    std::string out;
    std::size_t copied = 0;
    std::size_t at = 0;
    while (marked != json_text.npos) {
        auto const quote = json_text.find('"', at);
        if (quote == json_text.npos) return std::nullopt; // a mark, but not in a string
        auto const begin = quote + 1;
        auto const end = end_of_string(json_text, begin);
        if (end == json_text.npos) return std::nullopt;
        at = end + 1;
        if (marked > end) continue;
        auto const string = json_text.substr(begin, end - begin);
        auto const plain = unescape(string);
        if (!plain) return std::nullopt;
        for (auto const& piece : markup_of(plain->text)) {
            out += json_text.substr(copied, begin + plain->from[piece.begin] - copied);
            copied = begin + plain->from[piece.end];
        }
        marked = find_mark(json_text, end);
    }
    if (copied == 0) return std::nullopt;
    return out.append(json_text.substr(copied));
}

} // namespace weir::prompts
