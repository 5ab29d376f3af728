#include "prompts/jinja/call.hpp"

#include "prompts/jinja/filters.hpp"
#include "prompts/jinja/syntax.hpp"

#include <algorithm>
#include <charconv>

namespace weir::prompts::jinja
{
namespace
{

filter_entry const* find_filter(std::string_view name)
{
    for (auto const filters : {text_filters, list_filters})
        for (auto const& one : filters)
            if (one.name == name) return &one;
    return nullptr;
}

value text_method(call const& with, account& costs)
{
    auto const text = view(*with.subject.text());
    auto const part = with.text(0, "", "");
    auto const filter = [&](std::string_view name) {
        auto again = with;
        again.name = name;
        return apply_filter(again, costs);
    };
    if (with.name == "strip") return trim(with, costs);
    for (std::string_view const same : {"upper", "lower", "title", "capitalize", "replace"})
        if (with.name == same) return filter(same);
    if (!part) return costs.fail(quoted(with.name) + " takes a text");
    if (with.name == "startswith") return json::value(text.starts_with(*part));
    if (with.name == "endswith") return json::value(text.ends_with(*part));
    if (with.name != "split") return costs.fail("the method " + quoted(with.name) + " of texts is not supported");
    if (!costs.spend(text.size() * 3)) return {};
    json::array pieces;
    auto const separator = part->empty() ? std::string_view(" ") : std::string_view(*part);
    for (std::size_t at = 0; at <= text.size();) {
        auto const end = std::min(find_text(text, separator, at), text.size());
        if (!costs.spend(2 * sizeof(json::value))) return {};
        if (!part->empty() || end > at) pieces.emplace_back(view(text.substr(at, end - at)));
        at = end + separator.size();
    }
    return json::value(std::move(pieces));
}

value dict_method(call const& with, account& costs)
{
    if (with.name == "items") return apply_filter(with, costs);
    if (with.name == "get") {
        auto const name = with.text(0, "", "");
        auto const found = name ? member(with.subject, *name) : value();
        if (!found.is_undefined()) return found;
        return with.positional.size() > 1 ? with.positional[1] : value(json::value());
    }
    bool const is_keys = with.name == "keys";
    if (!is_keys && with.name != "values")
        return costs.fail("the method " + quoted(with.name) + " of dicts is not supported");
    if (!costs.spend_on(with.subject.get())) return {};
    json::array all;
    for (auto const& one : *with.subject.dict()) {
        if (is_keys)
            all.emplace_back(one.key());
        else
            all.push_back(one.value());
    }
    return json::value(std::move(all));
}

} // namespace

bool account::spend(std::size_t bytes)
{
    if (failed()) return false;
    if (prompts::spend(budget_.work, bytes)) return true;
    fail("the template does too much");
    return false;
}

bool account::spend_on(json::value const& of)
{
    if (failed()) return false;
    auto const all = weigh(of, budget_.work);
    if (all.depth < most_depth) return spend(all.bytes);
    fail("a value nests too deeply");
    return false;
}

bool account::put_out(std::size_t bytes)
{
    if (failed()) return false;
    if (prompts::spend(budget_.output, bytes)) return true;
    fail("the text becomes too large");
    return false;
}

value account::fail(std::string what)
{
    if (!error_) error_ = template_error(std::move(what), line);
    return {};
}

value call::argument(std::size_t place, std::string_view name_of_it) const
{
    if (place < positional.size()) return positional[place];
    for (auto const& [key, given] : named)
        if (key == name_of_it) return given;
    return {};
}

std::optional<std::int64_t> call::integer(std::size_t place, std::string_view name_of_it) const
{
    return integer_of(argument(place, name_of_it).get());
}

bool call::flag(std::size_t place, std::string_view name_of_it, bool otherwise) const
{
    auto const given = argument(place, name_of_it);
    return given.is_undefined() ? otherwise : is_true(given);
}

std::optional<std::string> call::text(std::size_t place, std::string_view name_of_it, std::string_view otherwise) const
{
    auto const given = argument(place, name_of_it);
    if (given.is_undefined()) return std::string(otherwise);
    auto const* const text = given.text();
    return text ? std::optional(std::string(view(*text))) : std::nullopt;
}

std::string quoted(std::string_view name) { return "`" + std::string(name.substr(0, 40)) + "`"; }

bool has_filter(std::string_view name) { return find_filter(name) != nullptr; }

value apply_filter(call const& with, account& costs)
{
    auto const* const filter = find_filter(with.name);
    return costs.failed() || !filter ? value() : filter->apply(with, costs);
}

value apply_method(call const& with, account& costs)
{
    if (costs.failed() || with.subject.is_undefined()) return {};
    if (with.subject.text())
        return with.name == "join" ? costs.fail("the method `join` is not supported; use the filter")
                                   : text_method(with, costs);
    if (with.subject.dict()) return dict_method(with, costs);
    return costs.fail("the method " + quoted(with.name) + " is not supported");
}

value member(value const& of, std::string_view name)
{
    auto const* const dict = of.dict();
    auto const* const found = dict ? dict->if_contains(view(name)) : nullptr;
    if (found) return of.part(*found);
    std::int64_t number = 0;
    auto const read = std::from_chars(name.data(), name.data() + name.size(), number);
    if (!dict && read.ec == std::errc() && read.ptr == name.data() + name.size()) return element(of, number);
    return {};
}

value element(value const& of, std::int64_t number)
{
    if (auto const* const list = of.list()) {
        auto const size = static_cast<std::int64_t>(list->size());
        if (number < 0) number += size;
        return number < 0 || number >= size ? value() : of.part((*list)[static_cast<std::size_t>(number)]);
    }
    auto const* const text = of.text();
    if (!text) return {};
    if (number < 0) number += static_cast<std::int64_t>(characters(view(*text)));
    if (number < 0) return {};
    auto const at = offset_of(view(*text), static_cast<std::size_t>(number));
    return at == text->size() ? value() : value(json::value(view(character_at(view(*text), at))));
}

value at_path(value const& of, std::string_view path)
{
    auto found = of;
    for (std::size_t at = 0; at <= path.size();) {
        auto const end = std::min(path.find('.', at), path.size());
        found = member(found, path.substr(at, end - at));
        at = end + 1;
    }
    return found;
}

std::optional<std::vector<value>> items_of(value const& of, account& costs)
{
    std::vector<value> all;
    if (auto const* const list = of.list()) {
        if (!costs.spend(list->size() * sizeof(value))) return std::nullopt;
        for (auto const& one : *list) all.push_back(of.part(one));
    } else if (auto const* const dict = of.dict()) {
        for (auto const& one : *dict) {
            if (!costs.spend(4 * sizeof(value) + one.key().size())) return std::nullopt;
            all.emplace_back(json::value(one.key()));
        }
    } else if (auto const* const text = of.text()) {
        for (std::size_t at = 0; at < text->size();) {
            if (!costs.spend(4 * sizeof(value))) return std::nullopt;
            auto const one = character_at(view(*text), at);
            all.emplace_back(json::value(view(one)));
            at += one.size();
        }
    } else if (!of.is_undefined()) {
        costs.fail("what is no list, dict or text cannot be gone through");
        return std::nullopt;
    }
    return all;
}

} // namespace weir::prompts::jinja
