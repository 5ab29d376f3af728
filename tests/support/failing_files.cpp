// SQLite's usual files, with writing and syncing between.
#include "tests/support/failing_files.hpp"

#include <sqlite3.h>

#include <map>
#include <mutex>
#include <set>
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

/// The open files that are databases, and neither logs nor journals.
std::mutex databases_mutex;
std::set<sqlite3_file*> databases;

void note(sqlite3_file* file, bool is_database)
{
    std::scoped_lock const lock(databases_mutex);
    if (is_database)
        databases.insert(file);
    else
        databases.erase(file); // another may have been there before
}

bool is_database(sqlite3_file* file)
{
    std::scoped_lock const lock(databases_mutex);
    return databases.contains(file);
}

int write(sqlite3_file* file, void const* bytes, int count, sqlite3_int64 at)
{
    if (now->checkpoints_wait && is_database(file)) {
        now->waiting_checkpoint = std::this_thread::get_id();
        now->checkpoints_wait.wait(true);
        now->waiting_checkpoint = std::thread::id();
    }
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
    note(file, (flags & SQLITE_OPEN_MAIN_DB) != 0);
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
