#pragma once

#include "storage/errors.hpp"

#include <string>

namespace weir::storage
{

class connection;

/// Gives a connection the functions that weir's own queries use; no schema may refer to them.
///
///     weir_like(text, pattern, ignore_case)  1 or 0 as `is_like` says; NULL when text or pattern is
///     weir_uuid_text(id)                     the 36 characters of 16 bytes; NULL of what is no id
///     weir_body(block_id, row_id, part)      of a body block, a call's request (part 0) or response (1); NULL when it
///                                            is not there
///     weir_asset_ids(row_id, count)          the ids of a row's images, as a JSON array
///     weir_response_id(row_id)               the id of a row's response, as text
///
/// and those of storage/call_functions.hpp.
///
/// weir_like and weir_body end early, with SQLITE_INTERRUPT, when the connection's progress handler says so.
result<void> add_sql_functions(connection& db);

/// What weir_body, weir_asset_ids and weir_response_id are called. They differ in their parameters, so one name may do.
struct row_function_names {
    std::string body, asset_ids, response_id;
};

/// Gives a connection these by other names, for the bodies in the database of `from`, which must outlive it. Both
/// connections belong to one thread.
result<void> add_row_functions(connection& to, row_function_names const& names, connection& from);

} // namespace weir::storage
