#pragma once

#include "api/shape.hpp"

#include <boost/json/fwd.hpp>

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>

namespace weir::api
{

/// How deep JSON may be nested, which also bounds the recursion of what walks it. A filter of 64 levels fits.
inline constexpr std::size_t max_depth = 72;

/// What becomes of members that a type does not have.
enum class unknown_members : std::uint8_t { refused, ignored };

/// Reads `from` into the object at `into`, which is a fresh one of the type that `what` describes.
///
/// Strings are taken for numbers and booleans where those are expected, and a single value for an array of one. Returns
/// nothing, or what is wrong and where, for the client: `filter.left.operator: is required`. `name` stands for the
/// whole in such a text; members of it are named without it unless it is `prefixed`.
std::optional<std::string> read_json(boost::json::value const& from, shape const& what, void* into,
                                     std::string_view name, bool prefixed = false,
                                     unknown_members unknown = unknown_members::refused);

/// Parses text of at most `max_depth` levels; an empty or blank one is `{}`. The error says at which byte: `body: is
/// not valid JSON at byte 17: syntax error`.
std::optional<std::string> parse_json(std::string_view text, boost::json::value& into, std::string_view name);

template <class T>
std::optional<std::string> read_json(boost::json::value const& from, T& into)
{
    return read_json(from, shape_of<T>, &into, "body");
}

} // namespace weir::api
