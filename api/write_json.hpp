#pragma once

#include "api/shape.hpp"

#include <string>
#include <string_view>

namespace weir::api
{

/// Appends the object at `from`, of the type that `what` describes, as JSON. Empty optional members are left out,
/// numbers that JSON does not have (NaN, infinities) become null, and bytes that are not UTF-8 become U+FFFD.
void write_json(void const* from, shape const& what, std::string& to);

/// Appends text as a JSON string.
void write_string(std::string_view text, std::string& to);

template <class T>
std::string to_json(T const& value)
{
    std::string text;
    write_json(&value, shape_of<T>, text);
    return text;
}

} // namespace weir::api
