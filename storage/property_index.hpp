#pragma once

#include "storage/errors.hpp"

#include <string>
#include <string_view>
#include <vector>

/// Indices of chosen properties. Each costs every call some microseconds, so there are only those that an operator
/// names
/// (`storage.indexed_properties`).
namespace weir::storage
{

class connection;

/// Whether a name is letters, digits, `_` and `-` only, at most 64 of them: what may stand in SQL as it is.
bool is_plain_property(std::string_view name);

/// The value of a property with a plain name, as SQL over a column that holds properties.
std::string property_expression(std::string_view column, std::string_view name);

/// Whether a property has one.
result<bool> has_property_index(connection& db, std::string_view name);

/// Makes the indices of these properties, which must be plain, and drops all others. Takes seconds for each million of
/// calls where one is new.
result<void> index_properties(connection& db, std::vector<std::string> const& names);

} // namespace weir::storage
