#include "prompts/jinja/value.hpp"

#include <algorithm>
#include <array>
#include <charconv>
#include <cmath>
#include <string.h> // memmem

namespace weir::prompts::jinja
{
namespace
{

void append_quoted(std::string_view text, std::string& out)
{
    char const quote = text.find('\'') != text.npos && text.find('"') == text.npos ? '"' : '\'';
    out += quote;
    for (char const c : text) {
        switch (c) {
        case '\n': out += "\\n"; break;
        case '\r': out += "\\r"; break;
        case '\t': out += "\\t"; break;
        case '\\': out += "\\\\"; break;
        default:
            if (c == quote) {
                (out += '\\') += c;
            } else if (static_cast<unsigned char>(c) < ' ' || c == 0x7F) {
                constexpr std::string_view digits = "0123456789abcdef";
                out += "\\x";
                out += digits[static_cast<unsigned char>(c) >> 4U];
                out += digits[static_cast<unsigned char>(c) & 15U];
            } else {
                out += c;
            }
        }
    }
    out += quote;
}

int sign_of(double difference) { return difference < 0 ? -1 : difference > 0 ? 1 : 0; }

void weigh(json::value const& of, std::size_t depth, std::size_t most, weight& sum)
{
    sum.bytes += sizeof(json::value);
    sum.depth = std::max(sum.depth, depth);
    if (auto const* const text = of.if_string()) sum.bytes += text->size();
    if (auto const* const list = of.if_array())
        for (auto const& element : *list) {
            if (sum.bytes > most) return;
            weigh(element, depth + 1, most, sum);
        }
    if (auto const* const dict = of.if_object())
        for (auto const& member : *dict) {
            if (sum.bytes > most) return;
            sum.bytes += member.key().size();
            weigh(member.value(), depth + 1, most, sum);
        }
}

} // namespace

json::value const& value::get() const
{
    static json::value const nothing;
    return is_ ? *is_ : nothing;
}

bool is_true(value const& of)
{
    auto const& v = of.get();
    switch (v.kind()) {
    case json::kind::null: return false;
    case json::kind::bool_: return v.get_bool();
    case json::kind::string: return !v.get_string().empty();
    case json::kind::array: return !v.get_array().empty();
    case json::kind::object: return !v.get_object().empty();
    default: return *number_of(v) != 0;
    }
}

std::string text_of(value const& of)
{
    if (of.is_undefined()) return {};
    if (auto const* const text = of.text()) return std::string(view(*text));
    std::string out;
    append_repr(of.get(), out);
    return out;
}

void append_repr(json::value const& of, std::string& out)
{
    bool is_first = true;
    auto const separate = [&] {
        if (!std::exchange(is_first, false)) out += ", ";
    };
    switch (of.kind()) {
    case json::kind::null: out += "None"; break;
    case json::kind::bool_: out += of.get_bool() ? "True" : "False"; break;
    case json::kind::int64: out += std::to_string(of.get_int64()); break;
    case json::kind::uint64: out += std::to_string(of.get_uint64()); break;
    case json::kind::double_: out += real_text(of.get_double()); break;
    case json::kind::string: append_quoted(view(of.get_string()), out); break;
    case json::kind::array:
        out += '[';
        for (auto const& element : of.get_array()) {
            separate();
            append_repr(element, out);
        }
        out += ']';
        break;
    case json::kind::object:
        out += '{';
        for (auto const& member : of.get_object()) {
            separate();
            append_quoted({member.key().data(), member.key().size()}, out);
            out += ": ";
            append_repr(member.value(), out);
        }
        out += '}';
        break;
    }
}

std::optional<std::int64_t> integer_of(json::value const& of)
{
    if (of.is_int64()) return of.get_int64();
    if (of.is_bool()) return of.get_bool() ? 1 : 0;
    return std::nullopt;
}

std::optional<double> number_of(json::value const& of)
{
    if (of.is_double()) return of.get_double();
    if (of.is_uint64()) return static_cast<double>(of.get_uint64());
    if (auto const integer = integer_of(of)) return static_cast<double>(*integer);
    return std::nullopt;
}

std::string real_text(double number)
{
    std::array<char, 400> digits;
    auto const scientific =
        std::to_chars(digits.data(), digits.data() + digits.size(), number, std::chars_format::scientific);
    std::string const text(digits.data(), scientific.ptr);
    int const exponent = number == 0 ? 0 : std::atoi(text.c_str() + text.find('e') + 1);
    if (exponent < -4 || exponent >= 16) return text;
    auto const fixed = std::to_chars(digits.data(), digits.data() + digits.size(), number, std::chars_format::fixed);
    std::string plain(digits.data(), fixed.ptr);
    return plain.find('.') == plain.npos ? plain + ".0" : plain;
}

bool equal(json::value const& a, json::value const& b)
{
    auto const x = number_of(a);
    auto const y = number_of(b);
    if (x && y) return a.is_int64() && b.is_int64() ? a.get_int64() == b.get_int64() : *x == *y;
    if (a.kind() != b.kind()) return false;
    if (a.is_array())
        return std::equal(a.get_array().begin(), a.get_array().end(), b.get_array().begin(), b.get_array().end(),
                          equal);
    if (!a.is_object()) return a == b;
    auto const& other = b.get_object();
    return a.get_object().size() == other.size() &&
           std::all_of(a.get_object().begin(), a.get_object().end(), [&other](auto const& member) {
               auto const* const same = other.if_contains(member.key());
               return same && equal(member.value(), *same);
           });
}

std::optional<int> compared(json::value const& a, json::value const& b)
{
    if (a.is_int64() && b.is_int64()) return a.get_int64() < b.get_int64() ? -1 : a.get_int64() > b.get_int64() ? 1 : 0;
    auto const x = number_of(a);
    auto const y = number_of(b);
    if (x && y) return sign_of(*x - *y);
    if (a.is_string() && b.is_string()) return view(a.get_string()).compare(view(b.get_string()));
    if (!a.is_array() || !b.is_array()) return std::nullopt;
    auto const &left = a.get_array(), &right = b.get_array();
    for (std::size_t i = 0; i < std::min(left.size(), right.size()); ++i) {
        if (equal(left[i], right[i])) continue;
        return compared(left[i], right[i]);
    }
    return sign_of(static_cast<double>(left.size()) - static_cast<double>(right.size()));
}

weight weigh(json::value const& of, std::size_t most)
{
    weight sum;
    weigh(of, 1, most, sum);
    return sum;
}

std::string_view character_at(std::string_view text, std::size_t at)
{
    auto end = at + 1;
    if (static_cast<unsigned char>(text[at]) >= 0xC0)
        while (end < text.size() && end < at + 4 && (static_cast<unsigned char>(text[end]) & 0xC0U) == 0x80) ++end;
    return text.substr(at, end - at);
}

std::size_t characters(std::string_view text)
{
    std::size_t count = 0;
    for (std::size_t at = 0; at < text.size(); at += character_at(text, at).size()) ++count;
    return count;
}

std::size_t offset_of(std::string_view text, std::size_t character)
{
    std::size_t at = 0;
    for (; at < text.size() && character > 0; --character) at += character_at(text, at).size();
    return at;
}

std::size_t find_text(std::string_view text, std::string_view part, std::size_t from)
{
    if (from > text.size()) return text.npos;
    auto const* const found =
        static_cast<char const*>(::memmem(text.data() + from, text.size() - from, part.data(), part.size()));
    return found ? static_cast<std::size_t>(found - text.data()) : text.npos;
}

} // namespace weir::prompts::jinja
