#pragma once

#include <string>
#include <string_view>

namespace weir::storage
{

/// A statement in which `properties['App']`, as ClickHouse has it, is `properties->>'App'`. SQLite would take the
/// brackets for an alias and answer something else. Texts, quoted names and comments stay as they are.
std::string with_members_as_sqlite_has_them(std::string_view statement);

} // namespace weir::storage
