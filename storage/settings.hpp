#pragma once

#include "storage/connection.hpp"

#include <string>
#include <string_view>

namespace weir::storage
{

/// A value that belongs to the database as a whole; errc::not_found when there is none of that name. `hash_key` is a
/// random secret, made with the database.
result<std::string> find_setting(connection& db, std::string_view name);

} // namespace weir::storage
