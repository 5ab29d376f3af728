#pragma once

/// Databases in memory, for connections that only read.
namespace weir::storage
{

/// The name of a VFS for sqlite3_open_v2(): SQLite's own, but for the database it gives pages of a `file_mapping` to
/// connections whose `PRAGMA mmap_size` is not 0, whatever that is. SQLite's own mapping is undone whenever others have
/// written, which is each transaction while calls are recorded, and ends at 2 GB; so most of a reader's time went by in
/// the kernel. Null, which stands for the usual VFS, where there is nothing to build on. Any thread.
char const* mapped_files();

} // namespace weir::storage
