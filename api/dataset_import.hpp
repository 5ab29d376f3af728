#pragma once

#include "api/export_steps.hpp"
#include "api/failure.hpp"
#include "api/types.hpp"
#include "storage/dataset_rows.hpp"
#include "storage/uuid.hpp"

#include <cstddef>
#include <functional>
#include <optional>
#include <string_view>

namespace weir::api
{

/// A row on its way into a dataset.
struct row_to_import {
    std::optional<storage::uuid> origin; ///< the call that it was copied from, where the text says it
    storage::row_bodies content;
};

/// Rows that one import may have, and bytes that one line, or record of CSV, may be long.
inline constexpr std::size_t most_imported_rows = 100'000, longest_line = 16 * 1024 * 1024;

/// Takes each row as it is read; what it returns an error for ends the reading.
using row_user = std::function<result<null>(row_to_import const&)>;

/// Reads what an export of a dataset wrote, or somebody else in its form, one row at a time, and returns how many there
/// are. The error is `use`'s, or names the first line that is wrong.
result<std::size_t> read_rows(std::string_view text, export_format format, row_user const& use);

} // namespace weir::api
