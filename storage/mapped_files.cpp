#include "storage/mapped_files.hpp"

#include "storage/file_mapping.hpp"

#include <sqlite3.h>

#include <cstddef>
#include <memory>
#include <new>

#include <sys/stat.h>

namespace weir::storage
{
namespace
{

sqlite3_vfs* usual_files = nullptr;

/// Behind each file of SQLite's that is a database.
struct mapped_file {
    sqlite3_io_methods const* usual;
    sqlite3_io_methods methods;
    int file; ///< SQLite's own descriptor, which is closed with the file
    bool is_wanted = false;
    bool is_refused = false; ///< by the system, in this snapshot
    bool has_misread = false;
    sqlite3_int64 size = 0; ///< that the file had in this snapshot, as far as it was asked for
    int pages_given = 0;    ///< that SQLite has not given back
    std::shared_ptr<file_mapping const> map{};

    /// Whether pages came as zeros, for good.
    bool misreads()
    {
        has_misread = has_misread || (map && map->has_failed());
        return has_misread;
    }
};

std::size_t offset_of_mapped()
{
    auto const size = static_cast<std::size_t>(usual_files->szOsFile);
    return (size + alignof(mapped_file) - 1) / alignof(mapped_file) * alignof(mapped_file);
}

mapped_file& mapped_of(sqlite3_file* file)
{
    return *std::launder(reinterpret_cast<mapped_file*>(reinterpret_cast<std::byte*>(file) + offset_of_mapped()));
}

int close_file(sqlite3_file* file)
{
    auto& mapped = mapped_of(file);
    file->pMethods = mapped.usual;
    std::destroy_at(&mapped);
    return file->pMethods->xClose(file);
}

/// SQLite's own operations are below 100.
constexpr int operation_has_misread = 1000;

int control_file(sqlite3_file* file, int operation, void* argument)
{
    auto& mapped = mapped_of(file);
    if (operation == operation_has_misread) {
        *static_cast<bool*>(argument) = mapped.misreads();
        return SQLITE_OK;
    }
    if (operation != SQLITE_FCNTL_MMAP_SIZE) return mapped.usual->xFileControl(file, operation, argument);
    auto& most = *static_cast<sqlite3_int64*>(argument); // negative: only asks
    bool const was_wanted = mapped.is_wanted;
    if (most >= 0) mapped.is_wanted = most > 0;
    most = was_wanted ? 1 : 0;
    mapped.size = 0;
    return SQLITE_OK;
}

/// Whether the mapping has the file's bytes up to `end`.
bool maps(mapped_file& mapped, sqlite3_file* file, sqlite3_int64 end)
{
    if (end > mapped.size && mapped.usual->xFileSize(file, &mapped.size) != SQLITE_OK) mapped.size = 0;
    if (end > mapped.size || mapped.misreads()) return false;
    if (mapped.map && mapped.map->length() >= static_cast<std::size_t>(end)) return true;
    if (mapped.pages_given > 0 || mapped.is_refused) return false;
    mapped.map = file_mapping::of(mapped.file, static_cast<std::size_t>(mapped.size));
    mapped.is_refused = !mapped.map;
    return !mapped.is_refused;
}

int fetch_page(sqlite3_file* file, sqlite3_int64 at, int count, void** page)
{
    constexpr sqlite3_int64 read_behind = 256; // by SQLite, of a damaged page
    auto& mapped = mapped_of(file);
    *page = nullptr; // it is read as usual then
    try {
        if (!mapped.is_wanted || !maps(mapped, file, at + count + read_behind)) return SQLITE_OK;
    } catch (std::bad_alloc const&) { // SQLite knows of no exceptions
        return SQLITE_OK;
    }
    ++mapped.pages_given;
    *page = const_cast<std::byte*>(mapped.map->begin() + at); // SQLite does not write to pages of its readers
    return SQLITE_OK;
}

/// `page`: null when others have written; then the file may be shorter than it was.
int give_page_back(sqlite3_file* file, sqlite3_int64, void* page)
{
    auto& mapped = mapped_of(file);
    if (page) {
        --mapped.pages_given;
    } else {
        mapped.size = 0;
        mapped.is_refused = false;
    }
    return SQLITE_OK;
}

/// The file that SQLite looked at last on this thread: it does not tell the descriptors of its files, but looks at each
/// that it opens, also where it takes one that it had kept.
thread_local int last_looked_at = -1;

int fstat_noted(int file, struct stat* status)
{
    last_looked_at = file;
    return ::fstat(file, status);
}

int open_file(sqlite3_vfs*, char const* path, sqlite3_file* file, int flags, int* opened)
{
    last_looked_at = -1;
    int const code = usual_files->xOpen(usual_files, path, file, flags, opened);
    bool const is_mapped = code == SQLITE_OK && (flags & SQLITE_OPEN_MAIN_DB) != 0 && last_looked_at >= 0;
    if (!is_mapped) return code;
    auto* const mapped = new (reinterpret_cast<std::byte*>(file) + offset_of_mapped())
        mapped_file{.usual = file->pMethods, .methods = *file->pMethods, .file = last_looked_at};
    mapped->methods.iVersion = 3;
    mapped->methods.xClose = close_file;
    mapped->methods.xFileControl = control_file;
    mapped->methods.xFetch = fetch_page;
    mapped->methods.xUnfetch = give_page_back;
    file->pMethods = &mapped->methods;
    return code;
}

} // namespace

char const* mapped_files()
{
    static sqlite3_vfs ours;
    static bool const is_there = [] {
        usual_files = sqlite3_vfs_find("unix");
        if (!usual_files || usual_files->iVersion < 3) return false;
        auto* const noted = reinterpret_cast<sqlite3_syscall_ptr>(fstat_noted);
        if (usual_files->xSetSystemCall(usual_files, "fstat", noted) != SQLITE_OK) return false;
        ours = *usual_files;
        ours.pNext = nullptr;
        ours.zName = "weir-mapped";
        ours.szOsFile = static_cast<int>(offset_of_mapped() + sizeof(mapped_file));
        ours.xOpen = open_file;
        return sqlite3_vfs_register(&ours, 0) == SQLITE_OK;
    }();
    return is_there ? ours.zName : nullptr;
}

bool has_misread(sqlite3* db)
{
    bool misread = false;
    static_cast<void>(
        sqlite3_file_control(db, "main", operation_has_misread, &misread)); // other files know nothing of it
    return misread;
}

} // namespace weir::storage
