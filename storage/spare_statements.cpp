#include "storage/spare_statements.hpp"

#include <sqlite3.h>

#include <algorithm>
#include <cstring>

namespace weir::storage
{

spare_statements::~spare_statements()
{
    for (auto* const statement : kept_) sqlite3_finalize(statement);
}

sqlite3_stmt* spare_statements::take(std::string_view sql)
{
    auto const found = std::ranges::find_if(kept_, [sql](sqlite3_stmt* each) { return sql == sqlite3_sql(each); });
    if (found == kept_.end()) return nullptr;
    auto* const statement = *found;
    kept_.erase(found);
    return statement;
}

void spare_statements::give(sqlite3_stmt* statement)
{
    constexpr std::size_t most_text = 16'384; // a statement takes some 15 times as much memory
    if (std::strlen(sqlite3_sql(statement)) > most_text) {
        sqlite3_finalize(statement);
        return;
    }
    sqlite3_reset(statement);
    sqlite3_clear_bindings(statement);
    kept_.push_front(statement);
    if (kept_.size() <= most) return;
    sqlite3_finalize(kept_.back());
    kept_.pop_back();
}

} // namespace weir::storage
