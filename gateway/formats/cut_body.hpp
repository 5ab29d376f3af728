#pragma once

#include "gateway/formats/format.hpp"

#include <string>
#include <string_view>

/// Bodies of which only the beginning and the end were kept, so that they do not parse as a whole.
namespace weir::gateway::formats
{

/// Reads usage, model and finish reason out of the pieces: the members of these names are looked for in the text, and
/// only what they hold is parsed. Returns whether usage was found. Linear in the size of the pieces.
bool read_cut_body(call_view const& call, reading& into);

/// The value of the first or the last member `key` of `text` that is a string, without looking at the nesting.
std::string first_string_member(std::string_view text, std::string_view key);
std::string last_string_member(std::string_view text, std::string_view key);

/// Whether a member `key` of `text` is true, without looking at the nesting.
bool has_true_member(std::string_view text, std::string_view key);

} // namespace weir::gateway::formats
