#pragma once

#include <cstddef>
#include <string>

namespace weir::api::promptlayer
{

/// Appends the cells of a stored row of a dataset, which is a JSON array, with commas between: `{"type":"dataset",
/// "value":…}`, as many as there are columns. A short row is filled up with nulls.
void append_dataset_cells(std::string const& stored, std::size_t columns, std::string& to);

} // namespace weir::api::promptlayer
