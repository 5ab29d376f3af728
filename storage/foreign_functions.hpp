#pragma once

#include "storage/errors.hpp"

#include <string_view>

/// The SQL functions of users' own queries (docs/sql.md).
namespace weir::storage
{

class connection;

/// Whether users may call it. Not those that make giants, write, look around or take longer than the time that a query
/// has without being stopped.
bool is_foreign_function(std::string_view name);

/// Puts functions that can be stopped, or take time in proportion to their texts, in place of SQLite's own: LIKE, which
/// is `is_like` without regard to case, instr and replace. The forms with a set of characters, or with ESCAPE, fail.
result<void> replace_slow_functions(connection& db);

} // namespace weir::storage
