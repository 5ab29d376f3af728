#pragma once

#include "storage/ids.hpp"

#include <span>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

namespace weir::storage
{

using text_pairs = std::vector<std::pair<std::string, std::string>>;

/// A JSON object with text values, in order.
std::string to_json(text_pairs const& pairs);

/// Gives the pair of that name another value, or adds one behind the others.
void put_property(text_pairs& to, std::string_view name, std::string_view value);

/// Reads what to_json wrote; anything else yields what could be read.
text_pairs pairs_of_json(std::string_view json);

/// A JSON array of texts, in order.
std::string json_of_texts(std::vector<std::string> const& texts);

/// A JSON array of row ids, in order.
std::string json_of_rows(std::span<row_id const> rows);
/// Reads what that wrote, or SQLite of such rows; none of anything else.
std::optional<std::vector<row_id>> rows_of_json(std::string_view json);

/// Reads what json_of_texts wrote; anything else yields what could be read.
std::vector<std::string> texts_of_json(std::string_view json);

} // namespace weir::storage
