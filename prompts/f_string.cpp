#include "prompts/f_string.hpp"

#include "prompts/jinja/value.hpp"

#include <boost/json/serialize.hpp>

#include <algorithm>
#include <set>

namespace weir::prompts
{
namespace
{

bool begins_name(char c)
{
    return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || c == '_' || static_cast<unsigned char>(c) >= 0x80;
}

bool is_name(std::string_view text)
{
    return !text.empty() && begins_name(text.front()) && text.back() != ' ' &&
           std::all_of(text.begin(), text.end(), [](char c) {
               return begins_name(c) || (c >= '0' && c <= '9') || c == '-' || c == '.' || c == ' ';
           });
}

/// Calls `text(view)` for what stands there, in order, and `variable(name, whole)` for each variable. Both return
/// whether to go on.
template <class Text, class Variable>
void scan(std::string_view source, Text const& text, Variable const& variable)
{
    std::size_t copied = 0;
    for (auto at = source.find_first_of("{}"); at != source.npos; at = source.find_first_of("{}", at)) {
        if (source.substr(at + 1, 1) == source.substr(at, 1)) { // an escape: one of the two braces stays
            if (!text(source.substr(copied, at + 1 - copied))) return;
            copied = at += 2;
            continue;
        }
        auto const next = source[at] == '{' ? source.find_first_of("{}", at + 1) : source.npos;
        if (next == source.npos || source[next] == '{' || !is_name(source.substr(at + 1, next - at - 1))) {
            ++at;
            continue;
        }
        if (!text(source.substr(copied, at - copied))) return;
        if (!variable(source.substr(at + 1, next - at - 1), source.substr(at, next + 1 - at))) return;
        copied = at = next + 1;
    }
    text(source.substr(copied));
}

} // namespace

rendering<std::string> render_f_string(std::string_view source, boost::json::object const& variables,
                                       render_budget& budget)
{
    std::string out;
    bool fits = spend(budget.work, source.size());
    auto const put = [&](std::string_view text) {
        fits = fits && spend(budget.output, text.size());
        if (fits) out += text;
        return fits;
    };
    scan(source, put, [&](std::string_view name, std::string_view whole) {
        auto const* const given = variables.if_contains({name.data(), name.size()});
        if (!given) return put(whole);
        if (auto const* const text = given->if_string()) return put({text->data(), text->size()});
        auto const json = given->is_double() ? jinja::real_text(given->get_double()) : boost::json::serialize(*given);
        return put(json) && spend(budget.work, json.size());
    });
    if (!fits) return template_error("the text becomes too large", 0);
    return out;
}

std::vector<template_piece> f_string_pieces(std::string_view source)
{
    std::vector<template_piece> pieces;
    scan(
        source,
        [&](std::string_view text) {
            if (text.empty()) return true;
            if (pieces.empty() || pieces.back().is_variable) pieces.emplace_back();
            pieces.back().text += text;
            return true;
        },
        [&](std::string_view name, std::string_view) {
            pieces.push_back({std::string(name), true});
            return true;
        });
    return pieces;
}

std::string f_string_of(std::vector<template_piece> const& pieces)
{
    std::string source;
    for (auto const& [text, is_variable] : pieces) {
        if (is_variable) {
            source += '{' + text + '}';
            continue;
        }
        for (char const c : text) {
            if (c == '{' || c == '}') source += c;
            source += c;
        }
    }
    return source;
}

std::vector<std::string> f_string_variables(std::string_view source)
{
    std::vector<std::string> names;
    std::set<std::string_view> seen;
    scan(
        source, [](std::string_view) { return true; },
        [&](std::string_view name, std::string_view) {
            if (seen.insert(name).second) names.emplace_back(name);
            return true;
        });
    return names;
}

} // namespace weir::prompts
