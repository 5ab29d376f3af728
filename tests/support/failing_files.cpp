// SQLite's usual files, with writing and syncing between.
#include "tests/support/failing_files.hpp"

#include <sqlite3.h>

#include <map>
#include <mutex>
#include <stdexcept>
#include <utility>

namespace weir::test
{
namespace
{

failing_files* now = nullptr;
sqlite3_vfs* usual = nullptr;
sqlite3_vfs between;
int (*usual_write)(sqlite3_file*, void const*, int, sqlite3_int64) = nullptr;
int (*usual_sync)(sqlite3_file*, int) = nullptr;

int write(sqlite3_file* file, void const* bytes, int count, sqlite3_int64 at)
{
    return now->writes_fail ? SQLITE_IOERR_WRITE : usual_write(file, bytes, count, at);
}

int sync(sqlite3_file* file, int flags)
{
    ++now->syncs;
    return now->syncs_fail ? SQLITE_IOERR_FSYNC : usual_sync(file, flags);
}

/// The methods of a file, with ours among them; there are few sets of them.
sqlite3_io_methods const* with_ours(sqlite3_io_methods const* methods)
{
    static std::mutex mutex;
    static std::map<sqlite3_io_methods const*, sqlite3_io_methods> known;
    std::scoped_lock const lock(mutex);
    auto const [at, fresh] = known.try_emplace(methods, *methods);
    if (fresh) {
        usual_write = std::exchange(at->second.xWrite, write); // the same of each set
        usual_sync = std::exchange(at->second.xSync, sync);
    }
    return &at->second;
}

int open(sqlite3_vfs*, char const* name, sqlite3_file* file, int flags, int* opened)
{
    int const code = usual->xOpen(usual, name, file, flags, opened);
    if (code == SQLITE_OK && file->pMethods) file->pMethods = with_ours(file->pMethods);
    return code;
}

} // namespace

failing_files::failing_files()
{
    now = this;
    usual = sqlite3_vfs_find(nullptr);
    if (!usual) throw std::runtime_error("SQLite has no files");
    between = *usual;
    between.pNext = nullptr;
    between.zName = "weir-failing-files";
    between.xOpen = open;
    sqlite3_vfs_register(&between, 1);
}

failing_files::~failing_files()
{
    sqlite3_vfs_unregister(&between);
    sqlite3_vfs_register(usual, 1);
}

} // namespace weir::test
