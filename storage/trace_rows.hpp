#pragma once

#include "storage/dataset_versions.hpp"
#include "storage/errors.hpp"

#include <string_view>

namespace weir::storage
{

class connection;

/// A trace as a row of a dataset: `trace_id`, the `name`, `input` and `output` of its first span that has no parent, as
/// far as its attributes say them, and all `spans`, in the order in which they began, at most 1,000. errc::not_found
/// when the organisation has no such trace.
result<dataset_version_row> row_of_trace(connection& db, organization_id organization, std::string_view trace_id);

} // namespace weir::storage
