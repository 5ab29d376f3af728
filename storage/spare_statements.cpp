#include "storage/spare_statements.hpp"

#include <sqlite3.h>

#include <cstring>
#include <utility>

namespace weir::storage
{

spare_statements::~spare_statements()
{
    for (auto* const statement : kept_) sqlite3_finalize(statement);
}

sqlite3_stmt* spare_statements::take(std::string_view sql)
{
    for (auto*& kept : kept_)
        if (kept && sql == sqlite3_sql(kept)) return std::exchange(kept, nullptr);
    return nullptr;
}

void spare_statements::give(sqlite3_stmt* statement) noexcept
{
    constexpr std::size_t most_text = 16'384; // a statement takes some 15 times as much memory
    if (std::strlen(sqlite3_sql(statement)) > most_text) {
        sqlite3_finalize(statement);
        return;
    }
    sqlite3_reset(statement);
    sqlite3_clear_bindings(statement);
    for (auto*& place : kept_) // those behind the first free place stay
        if (statement = std::exchange(place, statement); !statement) return;
    sqlite3_finalize(statement);
}

} // namespace weir::storage
