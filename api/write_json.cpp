#include "api/write_json.hpp"

#include "net/utf8.hpp"

#include <boost/json/serialize.hpp>
#include <boost/json/value.hpp>

#include <charconv>
#include <cmath>
#include <utility>

namespace json = boost::json;

namespace weir::api
{
namespace
{

void write_escape(unsigned char c, std::string& to)
{
    switch (c) {
    case '"': to += "\\\""; return;
    case '\\': to += "\\\\"; return;
    case '\b': to += "\\b"; return;
    case '\f': to += "\\f"; return;
    case '\n': to += "\\n"; return;
    case '\r': to += "\\r"; return;
    case '\t': to += "\\t"; return;
    default: break;
    }
    constexpr std::string_view digits = "0123456789abcdef";
    to += "\\u00";
    to += digits[c >> 4];
    to += digits[c & 15];
}

template <class Number>
void write_number(Number number, std::string& to)
{
    char text[32];
    auto const [end, error] = std::to_chars(text, text + sizeof text, number);
    to.append(text, end);
}

/// What `each` carries from one inner value to the next.
struct writing {
    std::string& to;
    shape const& inner;
    bool first = true;
};

void write_item(void* with, std::string_view, void const* item)
{
    auto& state = *static_cast<writing*>(with);
    if (!std::exchange(state.first, false)) state.to += ',';
    write_json(item, state.inner, state.to);
}

void write_entry(void* with, std::string_view key, void const* item)
{
    auto& state = *static_cast<writing*>(with);
    if (!std::exchange(state.first, false)) state.to += ',';
    write_string(key, state.to);
    state.to += ':';
    write_json(item, state.inner, state.to);
}

/// The one inner value, or null where there is none.
void write_inner(void const* from, shape const& what, shape const& inner, std::string& to)
{
    writing state{to, inner};
    what.each(from, &state, write_item);
    if (state.first) to += "null";
}

bool is_absent(void const* from, shape const& what)
{
    if (what.is != kind::optional) return false;
    bool absent = true;
    what.each(from, &absent, [](void* with, std::string_view, void const*) { *static_cast<bool*>(with) = false; });
    return absent;
}

void write_object(void const* from, shape const& what, std::string& to)
{
    to += '{';
    bool first = true;
    for (auto const& f : what.fields) {
        void const* member = f.at(const_cast<void*>(from)); // only read, below
        if (is_absent(member, *f.of)) continue;
        if (!std::exchange(first, false)) to += ',';
        write_string(f.name, to);
        to += ':';
        write_json(member, *f.of, to);
    }
    to += '}';
}

} // namespace

void write_string(std::string_view text, std::string& to)
{
    to += '"';
    std::size_t plain = 0; // from here on nothing is written yet
    for (std::size_t i = 0; i < text.size();) {
        auto const c = static_cast<unsigned char>(text[i]);
        if (c >= 0x20 && c < 0x80 && c != '"' && c != '\\') {
            ++i;
            continue;
        }
        auto const length = net::utf8_length(text.substr(i));
        if (length > 1) {
            i += length;
            continue;
        }
        to.append(text, plain, i - plain);
        if (length == 1)
            write_escape(c, to);
        else
            to += "\xef\xbf\xbd"; // U+FFFD
        plain = ++i;
    }
    to.append(text, plain);
    to += '"';
}

void write_json(void const* from, shape const& what, std::string& to)
{
    switch (what.is) {
    case kind::null: to += "null"; return;
    case kind::boolean: to += *static_cast<bool const*>(from) ? "true" : "false"; return;
    case kind::literal_true: to += "true"; return;
    case kind::integer: write_number(what.take(from), to); return;
    case kind::number:
        if (auto const number = *static_cast<double const*>(from); std::isfinite(number))
            write_number(number, to);
        else
            to += "null";
        return;
    case kind::string: write_string(*static_cast<std::string const*>(from), to); return;
    case kind::any: to += json::serialize(*static_cast<json::value const*>(from)); return;
    case kind::bytes:
    case kind::file: return; // only ever a question's
    case kind::raw: to += static_cast<raw_json const*>(from)->text; return;
    case kind::word: write_string(what.words[static_cast<std::size_t>(what.take(from))], to); return;
    case kind::optional:
    case kind::nullable:
    case kind::boxed: write_inner(from, what, *what.inner, to); return;
    case kind::variant: write_inner(from, what, *what.choices[what.index(from)], to); return;
    case kind::object: write_object(from, what, to); return;
    case kind::array: {
        to += '[';
        writing state{to, *what.inner};
        what.each(from, &state, write_item);
        to += ']';
        return;
    }
    case kind::map: {
        to += '{';
        writing state{to, *what.inner};
        what.each(from, &state, write_entry);
        to += '}';
        return;
    }
    }
}

} // namespace weir::api
