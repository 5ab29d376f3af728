#include "api/read_json.hpp"

#include "net/nearest.hpp"
#include "net/text.hpp"
#include "prompts/template.hpp"

#include <boost/json/serialize.hpp>
#include <boost/json/stream_parser.hpp>
#include <boost/json/value.hpp>

#include <algorithm>
#include <charconv>
#include <cmath>

namespace json = boost::json;

namespace weir::api
{
namespace
{

/// Where the reader stands: a list on its own stack, made into text only when something is wrong.
struct place {
    place const* up = nullptr;
    std::string_view key{};
    std::optional<std::size_t> index{};
};

using reading_problem = std::optional<std::string>;

bool is_plain(std::string_view key)
{
    return !key.empty() && key.size() <= 64 && std::ranges::all_of(key, [](char c) {
        return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || (c >= '0' && c <= '9') || c == '_' || c == '-';
    });
}

/// A client's own text inside an error: quoted, escaped, and cut where it is long.
std::string quoted(std::string_view text)
{
    constexpr std::size_t longest = 64;
    if (text.size() <= longest) return json::serialize(json::string_view(text));
    auto cut = longest;
    while (cut > 0 && (static_cast<unsigned char>(text[cut]) & 0xc0) == 0x80) --cut;
    return json::serialize(json::string_view(text.substr(0, cut))) + "…";
}

void append_path(place const& at, std::string& to)
{
    if (at.up) append_path(*at.up, to);
    if (at.index) {
        to += '[';
        to += std::to_string(*at.index);
        to += ']';
    } else if (is_plain(at.key)) {
        if (!to.empty()) to += '.';
        to += at.key;
    } else if (!at.key.empty()) {
        to += '[';
        to += quoted(at.key);
        to += ']';
    }
}

struct json_reader {
    std::string_view name;
    unknown_members unknown;
    bool is_in_variant = false; ///< where a member is absent only if it is not there

    reading_problem wrong(place const& at, std::string_view what) const
    {
        std::string text;
        append_path(at, text);
        if (text.empty()) text = name;
        text += ": ";
        text += what;
        return text;
    }

    reading_problem read(json::value const& from, shape const& what, void* into, place const& at) const;
    reading_problem read_integer(json::value const& from, shape const& what, void* into, place const& at) const;
    reading_problem read_number(json::value const& from, void* into, place const& at) const;
    reading_problem read_word(json::value const& from, shape const& what, void* into, place const& at) const;
    reading_problem read_array(json::value const& from, shape const& what, void* into, place const& at) const;
    reading_problem read_map(json::value const& from, shape const& what, void* into, place const& at) const;
    reading_problem read_object(json::value const& from, shape const& what, void* into, place const& at) const;
    reading_problem read_optional(json::value const& from, shape const& what, void* into, place const& at) const;
    reading_problem unknown_field(std::string_view key, shape const& what, place const& at) const;
};

std::string_view kind_name(json::value const& value)
{
    switch (value.kind()) {
    case json::kind::null: return "null";
    case json::kind::bool_: return "a boolean";
    case json::kind::int64:
    case json::kind::uint64:
    case json::kind::double_: return "a number";
    case json::kind::string: return "a string";
    case json::kind::array: return "an array";
    case json::kind::object: return "an object";
    }
    return "something else";
}

std::string expected(std::string_view what, json::value const& got)
{
    return std::string("expected ").append(what).append(", got ").append(kind_name(got));
}

std::optional<bool> as_boolean(json::value const& value)
{
    if (auto const* b = value.if_bool()) return *b;
    auto const* s = value.if_string();
    if (!s) return std::nullopt;
    if (net::iequals(*s, "true")) return true;
    if (net::iequals(*s, "false")) return false;
    return std::nullopt;
}

std::optional<double> as_number(json::value const& value)
{
    if (auto const* s = value.if_string()) {
        double parsed = 0;
        auto const text = net::trimmed(*s);
        auto const [end, error] = std::from_chars(text.data(), text.data() + text.size(), parsed);
        if (error != std::errc{} || end != text.data() + text.size() || !std::isfinite(parsed)) return std::nullopt;
        return parsed;
    }
    if (auto const* i = value.if_int64()) return static_cast<double>(*i);
    if (auto const* u = value.if_uint64()) return static_cast<double>(*u);
    if (auto const* d = value.if_double()) return *d;
    return std::nullopt;
}

/// Exactly, where a double would round.
std::optional<std::int64_t> as_exact_integer(json::value const& value)
{
    if (auto const* i = value.if_int64()) return *i;
    auto const* s = value.if_string();
    if (!s) return std::nullopt;
    std::int64_t parsed = 0;
    auto const [end, error] = std::from_chars(s->data(), s->data() + s->size(), parsed);
    if (error != std::errc{} || end != s->data() + s->size()) return std::nullopt;
    return parsed;
}

shape const& unwrapped(shape const& what)
{
    auto const* s = &what;
    while (s->is == kind::optional || s->is == kind::nullable || s->is == kind::boxed) s = s->inner;
    return *s;
}

bool accepts_null(shape const& what)
{
    auto const* s = &what;
    for (; s->is == kind::optional || s->is == kind::boxed; s = s->inner)
        ;
    if (s->is == kind::variant)
        return std::ranges::any_of(s->choices, [](shape const* choice) { return accepts_null(*choice); });
    return s->is == kind::nullable || s->is == kind::null || s->is == kind::any || s->is == kind::raw;
}

field const* find_field(shape const& what, std::string_view key)
{
    auto const found = std::ranges::find(what.fields, key, &field::name);
    return found == what.fields.end() ? nullptr : &*found;
}

/// How well a value fits one alternative of a variant: 0 not at all, 1 by coercion, then 2 and what its kind and its
/// known members add. Chosen first and read afterwards, so that an error keeps its path.
std::size_t fit(json::value const& value, shape const& choice)
{
    auto const& what = unwrapped(choice);
    if (value.is_null()) return accepts_null(choice) ? 2 : 0;
    switch (what.is) {
    case kind::null:
    case kind::bytes:
    case kind::file: return 0;
    case kind::boolean: return value.is_bool() ? 2 : as_boolean(value) ? 1 : 0;
    case kind::literal_true: return value.is_bool() ? 2 : 0;
    case kind::integer:
    case kind::number: return value.is_number() ? 2 : as_number(value) ? 1 : 0;
    case kind::string: return value.is_string() ? 2 : 0;
    case kind::word: {
        auto const* s = value.if_string();
        if (!s) return 0;
        return std::ranges::find(what.words, std::string_view(*s)) != what.words.end() ? 3 : 2;
    }
    case kind::any:
    case kind::raw: return 1;
    case kind::array: return value.is_array() ? 2 : fit(value, *what.inner) ? 1 : 0;
    case kind::map: return value.is_object() ? 2 : 0;
    case kind::object: {
        auto const* object = value.if_object();
        if (!object) return 0;
        auto const is_there = [object](field const& f) { return object->contains(f.name); };
        return 2 + static_cast<std::size_t>(std::ranges::count_if(what.fields, is_there));
    }
    case kind::variant: {
        std::size_t best = 0;
        for (auto const* inner : what.choices) best = std::max(best, fit(value, *inner));
        return best;
    }
    case kind::optional:
    case kind::nullable:
    case kind::boxed: break; // unwrapped
    }
    return 0;
}

/// The best choice; where nothing fits, the first, whose reader then says what is wrong.
std::size_t choose(json::value const& value, shape const& what)
{
    std::size_t best = 0, best_fit = 0;
    for (std::size_t i = 0; i < what.choices.size(); ++i)
        if (auto const f = fit(value, *what.choices[i]); f > best_fit) {
            best = i;
            best_fit = f;
        }
    return best;
}

reading_problem json_reader::read_integer(json::value const& from, shape const& what, void* into, place const& at) const
{
    auto const number = as_number(from);
    if (!number) return wrong(at, expected("a number", from));
    auto exact = as_exact_integer(from);
    if (!exact && std::trunc(*number) != *number) return wrong(at, "must be a whole number");
    // 2^63 is a double, 2^63-1 is not: hence the strict comparison.
    if (!exact && *number >= -9223372036854775808.0 && *number < 9223372036854775808.0)
        exact = static_cast<std::int64_t>(*number);
    if (!exact || *exact < what.low || *exact > what.high)
        return wrong(at, "must be between " + std::to_string(what.low) + " and " + std::to_string(what.high));
    what.put(into, *exact);
    return {};
}

reading_problem json_reader::read_number(json::value const& from, void* into, place const& at) const
{
    auto const number = as_number(from);
    if (!number) return wrong(at, expected("a number", from));
    *static_cast<double*>(into) = *number;
    return {};
}

/// Which known word was most likely meant; else all of them, where they are few.
std::string hint(std::string_view given, std::span<std::string_view const> known)
{
    constexpr std::size_t few = 8;
    if (auto const meant = net::nearest(given, known); !meant.empty())
        return "; did you mean \"" + std::string(meant) + "\"?";
    std::string text;
    if (known.size() > few) return text;
    for (auto const& word : known) {
        text += text.empty() ? "; expected " : &word == &known.back() ? " or " : ", ";
        text.append("\"").append(word).append("\"");
    }
    return text;
}

reading_problem json_reader::read_word(json::value const& from, shape const& what, void* into, place const& at) const
{
    auto const* s = from.if_string();
    if (!s) return wrong(at, expected("a string", from));
    std::string_view const given = *s;
    if (auto const found = std::ranges::find(what.words, given); found != what.words.end()) {
        what.put(into, found - what.words.begin());
        return {};
    }
    return wrong(at, "unknown value " + quoted(given) + hint(given, what.words));
}

reading_problem json_reader::read_array(json::value const& from, shape const& what, void* into, place const& at) const
{
    auto const* array = from.if_array();
    if (!array) {
        if (!fit(from, *what.inner)) return wrong(at, expected("an array", from));
        return read(from, *what.inner, what.grow(into, {}, 0), at);
    }
    for (std::size_t i = 0; i < array->size(); ++i) {
        place const here{&at, {}, i};
        if (auto bad = read((*array)[i], *what.inner, what.grow(into, {}, i), here)) return bad;
    }
    return {};
}

reading_problem json_reader::read_map(json::value const& from, shape const& what, void* into, place const& at) const
{
    auto const* object = from.if_object();
    if (!object) return wrong(at, expected("an object", from));
    for (auto const& member : *object) {
        place const here{&at, member.key(), {}};
        if (auto bad = read(member.value(), *what.inner, what.grow(into, member.key(), 0), here)) return bad;
    }
    return {};
}

reading_problem json_reader::unknown_field(std::string_view key, shape const& what, place const& at) const
{
    std::vector<std::string_view> known;
    for (auto const& f : what.fields) known.push_back(f.name);
    return wrong({&at, key, {}}, "unknown field" + hint(key, known));
}

reading_problem json_reader::read_object(json::value const& from, shape const& what, void* into, place const& at) const
{
    auto const* object = from.if_object();
    if (!object) return wrong(at, expected("an object", from));
    for (auto const& member : *object) {
        auto const* f = find_field(what, member.key());
        if (!f && (unknown == unknown_members::ignored || what.is_open)) continue;
        if (!f) return unknown_field(member.key(), what, at);
        place const here{&at, f->name, {}};
        if (auto bad = read(member.value(), *f->of, f->at(into), here)) return bad;
    }
    for (auto const& f : what.fields)
        if (f.required && !object->contains(f.name)) return wrong({&at, f.name, {}}, "is required");
    return {};
}

/// Null reads as absent, unless what is inside can be null itself. What a filter's null would leave out would be a
/// condition, so there it is wrong; but a boolean's is false, as it is in the reference.
reading_problem json_reader::read_optional(json::value const& from, shape const& what, void* into,
                                           place const& at) const
{
    if (from.is_null() && !accepts_null(*what.inner)) {
        if (!is_in_variant) return {};
        if (what.inner->is == kind::boolean) {
            *static_cast<bool*>(what.grow(into, {}, 0)) = false;
            return {};
        }
    }
    return read(from, *what.inner, what.grow(into, {}, 0), at);
}

reading_problem json_reader::read(json::value const& from, shape const& what, void* into, place const& at) const
{
    switch (what.is) {
    case kind::null:
        if (!from.is_null()) return wrong(at, expected("null", from));
        return {};
    case kind::boolean: {
        auto const b = as_boolean(from);
        if (!b) return wrong(at, expected("a boolean", from));
        *static_cast<bool*>(into) = *b;
        return {};
    }
    case kind::literal_true:
        if (as_boolean(from) != true) return wrong(at, "must be true or left out");
        return {};
    case kind::integer: return read_integer(from, what, into, at);
    case kind::number: return read_number(from, into, at);
    case kind::string: {
        auto const* s = from.if_string();
        if (!s) return wrong(at, expected("a string", from));
        static_cast<std::string*>(into)->assign(s->data(), s->size());
        return {};
    }
    case kind::bytes:
    case kind::file: return {}; // a whole body, which is not read
    case kind::any: *static_cast<json::value*>(into) = from; return {};
    case kind::raw: static_cast<raw_json*>(into)->text = json::serialize(from); return {};
    case kind::word: return read_word(from, what, into, at);
    case kind::optional: return read_optional(from, what, into, at);
    case kind::nullable:
        if (from.is_null()) return {};
        return read(from, *what.inner, what.grow(into, {}, 0), at);
    case kind::boxed: return read(from, *what.inner, what.grow(into, {}, 0), at);
    case kind::array: return read_array(from, what, into, at);
    case kind::map: return read_map(from, what, into, at);
    case kind::object: return read_object(from, what, into, at);
    case kind::variant: {
        auto const chosen = choose(from, what);
        auto inner = *this;
        inner.is_in_variant = true;
        return inner.read(from, *what.choices[chosen], what.grow(into, {}, chosen), at);
    }
    }
    return wrong(at, "cannot be read");
}

/// A value takes some 50 bytes where its text may have two, so a text alone is no bound of memory. These marks stand
/// before each value but the first; some may stand in strings.
std::size_t most_values_in(std::string_view text)
{
    auto const marks = std::ranges::count_if(text, [](char c) { return c == ',' || c == '[' || c == '{'; });
    return static_cast<std::size_t>(marks) + 1;
}

constexpr std::size_t most_values = 4'000'000;

} // namespace

reading_problem read_json(json::value const& from, shape const& what, void* into, std::string_view name, bool prefixed,
                          unknown_members unknown)
{
    json_reader const with{name, unknown};
    return with.read(from, what, into, prefixed ? place{nullptr, name, {}} : place{});
}

reading_problem parse_json(std::string_view text, json::value& into, std::string_view name)
{
    if (text.find_first_not_of(" \t\r\n") == text.npos) {
        into = json::object();
        return {};
    }
    if (most_values_in(text) > most_values)
        return std::string(name) + ": has more than " + std::to_string(most_values) + " values";
    json::parse_options options;
    options.max_depth = max_depth;
    json::stream_parser parser({}, options);
    boost::system::error_code error;
    auto const used = parser.write(text.data(), text.size(), error);
    if (!error) parser.finish(error);
    if (error)
        return std::string(name) + ": is not valid JSON at byte " + std::to_string(used) + ": " + error.message();
    into = parser.release();
    if (!prompts::can_be_written(into)) return std::string(name) + ": has a number that is too large";
    return {};
}

} // namespace weir::api
