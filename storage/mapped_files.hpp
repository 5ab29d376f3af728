#pragma once

struct sqlite3;

/// Databases in memory, for connections that only read.
namespace weir::storage
{

/// The name of a VFS for sqlite3_open_v2(): SQLite's own, but for the database it gives pages of a `file_mapping` to
/// connections whose `PRAGMA mmap_size` is not 0, whatever that is. SQLite's own mapping is undone whenever others have
/// written, which is each transaction while calls are recorded, and ends at 2 GB; so most of a reader's time went by in
/// the kernel. Null, which stands for the usual VFS, where there is nothing to build on. Any thread; to be called
/// before the first database is opened, since it takes the place of a system call of SQLite's.
char const* mapped_files();

/// Whether this connection may have been given pages that the disk could not read, or that were cut off, as zeros:
/// SQLite does not notice that of each. From then on it is to be given up.
bool has_misread(sqlite3* db);

} // namespace weir::storage
