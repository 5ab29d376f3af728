#pragma once

#include "storage/errors.hpp"
#include "storage/request_record.hpp"

#include <cstdint>
#include <optional>
#include <vector>

namespace weir::storage
{

class connection;

/// Rows of one organisation, newest first.
///
/// Runs on a reader thread (see storage/readers.hpp), as all functions here do.
result<std::vector<request_record>> newest_requests(connection& db, organization_id organization, std::int64_t limit,
                                                    std::int64_t offset);

/// The row with that public id; errc::not_found when the organisation has none.
result<request_record> find_request(connection& db, organization_id organization, uuid const& request_id);

/// The greatest row id there is; 0 in an empty record.
result<row_id> last_row_id(connection& db);

/// The bodies of a row; errc::not_found when none are kept.
result<bodies> find_bodies(connection& db, row_id id);

} // namespace weir::storage
