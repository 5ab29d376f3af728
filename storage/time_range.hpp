#pragma once

#include "storage/sql.hpp"

#include <cstdint>

namespace weir::storage
{

/// A range of time in µs since 1970 UTC: from <= t < to.
struct time_range {
    std::int64_t from_us = 0, to_us = 0;
};

/// Appends " AND …": that `request AS r` was made within the range. The row's key carries the time, so no other row is
/// looked at, but for those of a minute before and behind: the clock may have been set meanwhile.
void append_time_range(time_range const& range, sql& to);

/// The keys of rows made at a time are from `key_before` on and below `key_after`, however the clock was set.
std::int64_t key_before(std::int64_t time_us);
std::int64_t key_after(std::int64_t time_us);

/// Appends the same of the column `name`, which holds a row's key; to the millisecond that a key has.
void append_key_range(std::string_view name, time_range const& range, sql& to);

} // namespace weir::storage
