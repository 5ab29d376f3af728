#pragma once

#include "storage/errors.hpp"
#include "storage/filter.hpp"
#include "storage/request_record.hpp"

#include <chrono>
#include <cstdint>
#include <functional>
#include <optional>
#include <string>

namespace weir::storage
{

class connection;

/// What a repricing has done so far, or would have done.
struct repriced {
    std::int64_t calls = 0;                         ///< that pass the filter
    std::int64_t changed = 0;                       ///< of these, now with another cost
    std::int64_t left = 0;                          ///< of these, without a new cost
    std::int64_t nanos_before = 0, nanos_after = 0; ///< of those that changed
    row_id reached{};                               ///< no row up to this one is still to be looked at
};

struct repricing {
    filter what; ///< of all organisations' calls
    bool is_dry = false;

    /// The cost of a call by the prices of now; none: it stays as it is.
    std::function<std::optional<pricing::cost>(request_record const&)> price;
    std::string version; ///< of those prices

    /// Sleeps, so that others come to write.
    std::function<void(std::chrono::milliseconds)> pause;
    /// Called after each step. Default: nothing.
    std::function<void(repriced const&)> report{};
};

/// Computes the cost of stored calls anew, oldest first, and keeps the sums of table `traffic` in step.
///
/// Writes in transactions of some milliseconds and rests between them, so that a recorder beside it hardly notices. A
/// row that changes meanwhile keeps what it has then. Ended early, it has done a part; calls recorded after its start
/// have no part in it.
///
/// errc::busy when another process held the lock for half a minute.
result<repriced> reprice(connection& db, repricing const& how);

} // namespace weir::storage
