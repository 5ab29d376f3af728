#pragma once

#include "gateway/formats/format.hpp"
#include "gateway/formats/json_values.hpp"

#include <string_view>

namespace weir::gateway::formats
{

/// Reads an error where a body or an event has one in a place kept for errors: `error`, or `type` being "error".
/// Returns whether there was one. Safe on any message: `error: null` and the like are none.
bool read_stated_error(json::object const& body, reading& into);

/// Reads the error of a response with a status of 400 or above, in whatever shape the vendor has: also `message`,
/// `detail` and the one-element array of Google's. The whole text, shortened, if it is none of these.
void read_failure(json::value const* body, std::string_view text, reading& into);

} // namespace weir::gateway::formats
