#pragma once

#include "storage/connection.hpp"
#include "storage/request_record.hpp"

#include <optional>
#include <set>
#include <string_view>

namespace weir::storage
{

/// Gives a call whose id another row may have an id that no row has, nor any of those `given` out before, and adds it
/// to them. Before its bodies are packed into a block, which names calls by their ids. For the recorder, which alone
/// adds rows.
result<void> find_free_id(connection& db, request_record& record, std::set<row_id>& given);

/// Inserts one call, inside the caller's transaction, in place of its pending row if it had one, whose id it keeps.
/// When the client chose an id that a row has already, the row gets a fresh one and keeps the wanted one as property
/// `Helicone-Request-Id-Duplicate`. `block`: the one that holds its bodies, if there are any.
result<void> insert_request(connection& db, request_record& record, std::optional<row_id> block);

/// Inserts a block of bodies (storage/body_block.hpp), likewise.
result<void> insert_block(connection& db, row_id id, std::string_view content);

} // namespace weir::storage
