#pragma once

#include "gateway/formats/json_values.hpp"

#include <string_view>

/// Putting streamed pieces together again.
namespace weir::gateway::formats
{

/// Appends to the text `to[key]`, which becomes one if it is missing or null. Where the member is a list of content
/// parts (Mistral), the text becomes a part of it.
void append_text(json::object& to, std::string_view key, std::string_view text);

/// Appends a part of a message to a list, or continues the last part if both are texts of the same type and index.
void append_part(json::array& to, json::value const& part);

/// Appends all of `from` to the list `to[key]`.
void append_all(json::object& to, std::string_view key, json::array const& from);

/// Puts the members of `from` that are not null into `to`.
void put_members(json::object& to, json::object const& from);

/// The element `index` of a list as an object, appended if the list ends just before it. None for any other index:
/// a stream numbers its parts without gaps, and a hostile one must not choose how long the list gets.
json::object* element(json::array& of, std::int64_t index);

} // namespace weir::gateway::formats
