#include "prompts/jinja/filters.hpp"

#include <algorithm>
#include <array>
#include <charconv>
#include <cmath>

namespace weir::prompts::jinja
{
namespace
{

constexpr std::string_view blanks = " \t\r\n\f\v";

char upper(char c) { return c >= 'a' && c <= 'z' ? static_cast<char>(c - 'a' + 'A') : c; }
char lower(char c) { return c >= 'A' && c <= 'Z' ? static_cast<char>(c - 'A' + 'a') : c; }

value made(std::string_view text) { return json::value(view(text)); }

/// The subject as text, paid for as often as that.
std::optional<std::string> subject_text(call const& with, account& costs, std::size_t times = 2)
{
    auto const* const text = with.subject.text();
    if (!text && !costs.spend_on(with.subject.get())) return std::nullopt;
    auto plain = text_of(with.subject);
    if (!costs.spend(plain.size() * times)) return std::nullopt;
    return plain;
}

template <class Change>
value changed(call const& with, account& costs, Change change)
{
    auto text = subject_text(with, costs);
    if (!text) return {};
    change(*text);
    return made(*text);
}

value upper(call const& with, account& costs)
{
    return changed(with, costs, [](std::string& text) {
        for (auto& c : text) c = upper(c);
    });
}

value lower(call const& with, account& costs)
{
    return changed(with, costs, [](std::string& text) {
        for (auto& c : text) c = lower(c);
    });
}

value capitalize(call const& with, account& costs)
{
    return changed(with, costs, [](std::string& text) {
        for (auto& c : text) c = lower(c);
        if (!text.empty()) text.front() = upper(text.front());
    });
}

value title(call const& with, account& costs)
{
    return changed(with, costs, [](std::string& text) {
        bool begins = true;
        for (auto& c : text) {
            c = begins ? upper(c) : lower(c);
            begins = std::string_view(" \t\r\n\f\v-({[<").find(c) != std::string_view::npos;
        }
    });
}

value escape(call const& with, account& costs)
{
    auto const text = subject_text(with, costs, 6);
    if (!text) return {};
    std::string out;
    for (char const c : *text) {
        switch (c) {
        case '&': out += "&amp;"; break;
        case '<': out += "&lt;"; break;
        case '>': out += "&gt;"; break;
        case '\'': out += "&#39;"; break;
        case '"': out += "&#34;"; break;
        default: out += c;
        }
    }
    return made(out);
}

value string(call const& with, account& costs)
{
    auto const text = subject_text(with, costs);
    return text ? made(*text) : value();
}

value safe(call const& with, account&) { return with.subject; }

value truncate(call const& with, account& costs)
{
    auto const text = subject_text(with, costs, 3);
    auto const end = with.text(2, "end", "...");
    if (!text) return {};
    if (!end) return costs.fail("`end` of `truncate` must be a text");
    auto const length = with.integer(0, "length").value_or(255);
    auto const leeway = with.integer(3, "leeway").value_or(5);
    auto const kept = length - static_cast<std::int64_t>(characters(*end));
    if (leeway < 0 || kept < 0) return costs.fail("`truncate` cannot make it that short");
    auto const size = static_cast<std::int64_t>(characters(*text));
    if (size <= length || size - length <= leeway) return made(*text);
    auto part = text->substr(0, offset_of(*text, static_cast<std::size_t>(kept)));
    if (!with.flag(1, "killwords", false)) part = part.substr(0, part.rfind(' '));
    return made(part + *end);
}

value wordcount(call const& with, account& costs)
{
    auto const text = subject_text(with, costs);
    if (!text) return {};
    std::int64_t count = 0;
    bool was_word = false;
    for (char const c : *text) {
        bool const is_word = (lower(c) >= 'a' && lower(c) <= 'z') || (c >= '0' && c <= '9') || c == '_' ||
                             static_cast<unsigned char>(c) >= 0x80;
        if (is_word && !was_word) ++count;
        was_word = is_word;
    }
    return json::value(count);
}

value indent(call const& with, account& costs)
{
    auto const text = subject_text(with, costs);
    auto const width = with.integer(0, "width").value_or(4);
    if (!text) return {};
    if (width < 0 || width > 1000) return costs.fail("`indent` takes a width of 0 to 1000");
    bool const with_first = with.flag(1, "first", false), with_blank = with.flag(2, "blank", false);
    std::string const margin(static_cast<std::size_t>(width), ' ');
    std::string out;
    for (std::size_t at = 0; at <= text->size();) {
        auto const end = std::min(text->find('\n', at), text->size());
        auto const line = std::string_view(*text).substr(at, end - at);
        bool const is_indented = at == 0 ? with_first : with_blank || !line.empty();
        if (!costs.spend(margin.size() + line.size())) return {};
        if (at > 0) out += '\n';
        if (is_indented) out += margin;
        out += line;
        at = end + 1;
    }
    return made(out);
}

/// The number that a text says, all of it but white space around it.
template <class Number>
std::optional<Number> number_in(std::string_view text)
{
    text.remove_prefix(std::min(text.find_first_not_of(blanks), text.size()));
    text = text.substr(0, text.find_last_not_of(blanks) + 1);
    if (text.starts_with('+')) text.remove_prefix(1);
    Number number{};
    auto const read = std::from_chars(text.data(), text.data() + text.size(), number);
    if (read.ec != std::errc() || read.ptr != text.data() + text.size()) return std::nullopt;
    return number;
}

std::optional<double> real_in(value const& of)
{
    auto const number = of.text() ? number_in<double>(view(*of.text())) : number_of(of.get());
    return number && std::isfinite(*number) ? number : std::nullopt;
}

value to_real(call const& with, account&)
{
    if (auto const number = real_in(with.subject)) return json::value(*number);
    auto const otherwise = with.argument(0, "default");
    return otherwise.is_undefined() ? value(json::value(0.0)) : otherwise;
}

value integer(call const& with, account&)
{
    auto const whole =
        with.subject.text() ? number_in<std::int64_t>(view(*with.subject.text())) : integer_of(with.subject.get());
    if (whole) return json::value(*whole);
    auto const number = real_in(with.subject);
    if (number && std::abs(*number) < 9e18) return json::value(static_cast<std::int64_t>(*number));
    auto const otherwise = with.argument(0, "default");
    return otherwise.is_undefined() ? value(json::value(0)) : otherwise;
}

value absolute(call const& with, account& costs)
{
    auto const whole = integer_of(with.subject.get());
    if (whole && *whole != std::numeric_limits<std::int64_t>::min()) return json::value(std::abs(*whole));
    auto const number = number_of(with.subject.get());
    return number ? value(json::value(std::abs(*number))) : costs.fail("`abs` takes a number");
}

value round(call const& with, account& costs)
{
    auto const number = number_of(with.subject.get());
    auto const digits = with.integer(0, "precision").value_or(0);
    auto const how = with.text(1, "method", "common");
    if (!number) return costs.fail("`round` takes a number");
    if (digits < -18 || digits > 18) return costs.fail("`round` takes a precision of -18 to 18");
    auto const scale = std::pow(10.0, static_cast<double>(digits));
    auto const scaled = *number * scale;
    double rounded = 0;
    if (how == "common")
        rounded = std::nearbyint(scaled);
    else if (how == "ceil")
        rounded = std::ceil(scaled);
    else if (how == "floor")
        rounded = std::floor(scaled);
    else
        return costs.fail("the method of `round` must be common, ceil or floor");
    return json::value(std::isfinite(scaled) ? rounded / scale : *number);
}

} // namespace

value trim(call const& with, account& costs)
{
    auto const text = subject_text(with, costs);
    auto const unwanted = with.text(0, "chars", blanks);
    if (!text) return {};
    if (!unwanted) return costs.fail("`trim` takes a text");
    if (!costs.spend(unwanted->size() * 16)) return {};
    std::array<bool, 256> takes{};
    for (char const c : *unwanted) takes[static_cast<unsigned char>(c)] = true;
    auto const is_kept = [&](char c) { return !takes[static_cast<unsigned char>(c)]; };
    auto const begin = std::find_if(text->begin(), text->end(), is_kept);
    auto const end = std::find_if(text->rbegin(), std::make_reverse_iterator(begin), is_kept).base();
    return made(std::string_view(begin, end));
}

value replace(call const& with, account& costs)
{
    auto const text = subject_text(with, costs);
    auto const old = with.text(0, "old", ""), put = with.text(1, "new", "");
    auto most = with.integer(2, "count").value_or(-1);
    if (!text) return {};
    if (!old || !put || old->empty()) return costs.fail("`replace` takes two texts, of which the first is not empty");
    if (!costs.spend(old->size() + put->size())) return {};
    std::string out;
    std::size_t copied = 0;
    for (auto at = find_text(*text, *old); at != text->npos && most != 0; at = find_text(*text, *old, copied), --most) {
        if (!costs.spend(put->size() + 16)) return {};
        out.append(*text, copied, at - copied).append(*put);
        copied = at + old->size();
    }
    return made(out.append(*text, copied));
}

constexpr filter_entry all_text_filters[] = {
    {"abs", absolute},  {"capitalize", capitalize}, {"e", escape},    {"escape", escape},   {"float", to_real},
    {"indent", indent}, {"int", integer},           {"lower", lower}, {"replace", replace}, {"round", round},
    {"safe", safe},     {"string", string},         {"title", title}, {"trim", trim},       {"truncate", truncate},
    {"upper", upper},   {"wordcount", wordcount},
};
std::span<filter_entry const> const text_filters = all_text_filters;

} // namespace weir::prompts::jinja
