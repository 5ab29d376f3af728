#pragma once

#include <sqlite3.h>

#include <string_view>

/// What weir's own SQL functions share. Only they see this header, since it has SQLite's types.
namespace weir::storage
{

/// Of functions that make the same of the same, and to which no schema may refer.
constexpr int own_function_flags = SQLITE_UTF8 | SQLITE_DETERMINISTIC | SQLITE_DIRECTONLY;

/// The bytes of a text or a BLOB that a function was given, for the length of its call; none of NULL.
inline std::string_view bytes_of(sqlite3_value* value)
{
    auto const* data = static_cast<char const*>(sqlite3_value_blob(value));
    return {data ? data : "", static_cast<std::size_t>(sqlite3_value_bytes(value))};
}

} // namespace weir::storage
