#pragma once

#include "storage/body_codec.hpp"
#include "storage/connection.hpp"
#include "storage/request_record.hpp"

namespace weir::storage
{

/// Inserts one call, inside the caller's transaction. When the client chose an id that a row has already, the row gets
/// a fresh one and keeps the wanted one as property `Helicone-Request-Id-Duplicate`.
result<void> insert_request(connection& db, body_codec& codec, request_record& record, bodies const& content);

} // namespace weir::storage
