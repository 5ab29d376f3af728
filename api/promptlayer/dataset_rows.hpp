#pragma once

#include "api/failure.hpp"
#include "api/promptlayer/call_filters.hpp"
#include "storage/call_search.hpp"
#include "storage/dataset_versions.hpp"

#include <boost/json/value.hpp>

#include <cstddef>
#include <span>
#include <string>
#include <string_view>
#include <vector>

/// What becomes a dataset's rows.
namespace weir::api::promptlayer
{

/// Texts of a dataset's rows together, and columns of one dataset.
inline constexpr std::size_t most_dataset_bytes = 256ULL * 1024 * 1024, most_dataset_columns = 1000;

/// Calls as rows: `request_id`, `input`, `output`, `tags`, `metadata`, and a `variable.NAME` for each variable of the
/// prompt. Gives the calls numbers, so in a transaction that may write.
storage::result<std::vector<storage::dataset_version_row>> rows_of_calls(storage::connection& db,
                                                                         storage::organization_id whose,
                                                                         std::span<storage::history_row const> calls);

/// The records of a CSV file by the names in its first one, or the objects of a JSON array by their members. The error
/// names what is wrong.
result<std::vector<storage::dataset_version_row>> rows_of_csv(std::string_view text);
result<std::vector<storage::dataset_version_row>> rows_of_json(std::string_view text);

/// Standard base64, with its padding; none when it is not that.
std::optional<std::string> decoded_base64(std::string_view text);

} // namespace weir::api::promptlayer
