#pragma once

#include "storage/errors.hpp"
#include "storage/ids.hpp"

#include <chrono>
#include <cstdint>
#include <functional>

namespace weir::storage
{

class connection;

/// What a pruning has done so far.
struct pruned {
    std::int64_t requests = 0;    ///< deleted
    row_id before{};              ///< no row is older than this any more
    std::int64_t bytes_given = 0; ///< by which the file is shorter
    std::int64_t bytes_left = 0;  ///< free in the file, and still to be given back
};

/// How a pruning makes way for those who write the same database.
struct pruning_pace {
    /// Sleeps; false ends the pruning early.
    std::function<bool(std::chrono::milliseconds)> pause;

    /// Asked before each step, which waits until it is true. Default: always.
    std::function<bool()> may_write;

    /// Called after each step. Default: nothing.
    std::function<void(pruned const&)> report;

    /// Of the file's pages, one in this many may stay free for the rows to come; 0: none. It spares a record that is
    /// pruned all the time from moving its newest pages into each gap.
    int keep_free_divisor = 0;
};

/// Deletes the rows that are older than `before`, with all that hangs on them, then cuts the free pages off the file.
///
/// `db` is a connection of the pruning's own. It writes in transactions of some milliseconds and rests most of the
/// time, so that a recorder beside it hardly notices, and it keeps the write-ahead log from growing. What it deletes is
/// overwritten. Ended early, it has done a part; the next one does the rest.
///
/// errc::busy when another process held the lock for half a minute.
result<pruned> prune(connection& db, row_id before, pruning_pace const& pace);

} // namespace weir::storage
