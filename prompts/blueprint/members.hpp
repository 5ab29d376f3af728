#pragma once

#include <boost/json/array.hpp>
#include <boost/json/object.hpp>
#include <boost/json/value.hpp>

#include <string_view>

/// Members of JSON objects by what they are.
namespace weir::prompts::members
{

namespace json = boost::json;

inline std::string_view view(json::string const& text) { return {text.data(), text.size()}; }
inline json::string_view view(std::string_view text) { return {text.data(), text.size()}; }

/// Null when there is none of that name and kind.
inline json::array const* array(json::object const& of, json::string_view name)
{
    auto const* const found = of.if_contains(name);
    return found ? found->if_array() : nullptr;
}
inline json::object const* object(json::object const& of, json::string_view name)
{
    auto const* const found = of.if_contains(name);
    return found ? found->if_object() : nullptr;
}
inline json::string const* string(json::object const& of, json::string_view name)
{
    auto const* const found = of.if_contains(name);
    return found ? found->if_string() : nullptr;
}

/// Empty when there is none of that name and kind.
inline std::string_view text(json::object const& of, json::string_view name)
{
    auto const* const found = string(of, name);
    return found ? view(*found) : std::string_view();
}

/// Whether it is there and not null.
inline bool has(json::object const& of, json::string_view name)
{
    auto const* const found = of.if_contains(name);
    return found && !found->is_null();
}

/// Copies a member where it is there and not null.
inline void copy(json::object const& from, json::string_view name, json::object& to)
{
    if (has(from, name)) to[name] = from.at(name);
}

} // namespace weir::prompts::members
