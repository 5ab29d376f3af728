#pragma once

#include "storage/errors.hpp"

#include <string>

namespace weir::storage
{

class connection;

/// Gives a connection the functions that weir's own queries use; no schema may refer to them.
///
///     weir_like(text, pattern, ignore_case)  1 or 0 as `is_like` says; NULL when text or pattern is
///     weir_body(block_id, row_id, part)      of a body block, a call's request (part 0) or response (1); NULL when it
///                                            is not there
///     weir_asset_ids(row_id, count)          the ids of a row's images, as a JSON array
///
/// The first two end early, with SQLITE_INTERRUPT, when the connection's progress handler says so.
result<void> add_sql_functions(connection& db);

/// Gives a connection the last two by other names, for the bodies in the database of `from`, which must outlive it.
/// Both connections belong to one thread.
result<void> add_row_functions(connection& to, std::string const& body_name, std::string const& assets_name,
                               connection& from);

} // namespace weir::storage
