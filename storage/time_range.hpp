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

/// Appends the same of the column `name`, which holds a row's key; to the millisecond that a key has.
void append_key_range(std::string_view name, time_range const& range, sql& to);

} // namespace weir::storage
