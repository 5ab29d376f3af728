#pragma once

#include "storage/errors.hpp"

#include <string>
#include <utility>

namespace weir::storage
{

/// The right to write a database, for one process at a time: two that write one record would give out the same ids.
/// Held while this lives, and given up by the system when the process dies.
class file_lock
{
public:
    /// Takes it, creating an empty file if there is none; errc::busy when another process has it. Before the database
    /// is opened: on Linux, closing any descriptor of a file gives up SQLite's own locks on it.
    static result<file_lock> take(std::string const& path);

    file_lock(file_lock&& other) noexcept
        : descriptor_(std::exchange(other.descriptor_, -1))
    {
    }
    file_lock& operator=(file_lock&&) = delete;
    ~file_lock();

private:
    explicit file_lock(int descriptor)
        : descriptor_(descriptor)
    {
    }
    int descriptor_;
};

} // namespace weir::storage
