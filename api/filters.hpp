#pragma once

#include "api/failure.hpp"
#include "api/filter_types.hpp"
#include "api/shape.hpp"
#include "storage/filter.hpp"

namespace weir::api
{

/// A filter as it stood in a body, for the store: any of the nodes of filter_types.hpp. `path` is where it stood, such
/// as "filter": what is wrong is named by its path below it. Wrong are times and scores that are none, texts that are
/// too long, a column without an operator, and more than `most_conditions` conditions.
result<storage::filter> read_filter(void const* from, shape const& what, std::string_view path);

template <class Node>
result<storage::filter> read_filter(Node const& from, std::string_view path)
{
    return read_filter(&from, shape_of<Node>, path);
}

/// The same for a filter as text: JSON, or the word `all`.
result<storage::filter> parse_filter(std::string_view text, std::string_view path);

inline constexpr std::size_t most_conditions = 250;
/// Bytes of a text to compare with: what is longer takes long to look for, and no name is.
inline constexpr std::size_t most_operand = 1000;

} // namespace weir::api
