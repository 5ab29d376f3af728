#pragma once

#include <boost/system/error_code.hpp>
#include <boost/system/result.hpp>

namespace weir::storage
{

/// What storage reports. Callers branch on these, never on an SQLite code.
enum class errc {
    not_found = 1, ///< no row has that key
    conflict,      ///< a constraint refused the row
    busy,          ///< the lock was not free in time, or too many queries wait
    full,          ///< no space is left on the disk
    damaged,       ///< the file failed a check: stop writing, tell the operator
    foreign,       ///< the database is newer than this binary, or not weir's
    io,            ///< the file cannot be read or written
    timed_out,     ///< the query's deadline passed
    too_large,     ///< what is asked for is more than may be held at once
    wrong_key,     ///< the vault's master key does not open what is stored
    failed,        ///< anything else; the log has the text
};

boost::system::error_code make_error_code(errc code);

template <class T>
using result = boost::system::result<T>;

} // namespace weir::storage

template <>
struct boost::system::is_error_code_enum<weir::storage::errc> : std::true_type {
};
