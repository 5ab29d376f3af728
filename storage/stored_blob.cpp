#include "storage/stored_blob.hpp"

#include "storage/connection.hpp"

#include <sqlite3.h>

namespace weir::storage
{

void stored_blob::closer::operator()(sqlite3_blob* blob) const { sqlite3_blob_close(blob); }

result<stored_blob> stored_blob::open(connection& db, char const* table, char const* column, std::int64_t row)
{
    sqlite3_blob* blob = nullptr;
    int const code = sqlite3_blob_open(db.handle(), "main", table, column, row, 0, &blob);
    if (code != SQLITE_OK) return error_of(code);
    return stored_blob(blob);
}

result<void> stored_blob::move_to(std::int64_t row)
{
    int const code = sqlite3_blob_reopen(blob_.get(), row);
    if (code != SQLITE_OK) return error_of(code);
    return {};
}

std::size_t stored_blob::size() const { return static_cast<std::size_t>(sqlite3_blob_bytes(blob_.get())); }

result<void> stored_blob::read(std::size_t at, std::span<char> to) const
{
    int const code = sqlite3_blob_read(blob_.get(), to.data(), static_cast<int>(to.size()), static_cast<int>(at));
    if (code != SQLITE_OK) return error_of(code);
    return {};
}

} // namespace weir::storage
