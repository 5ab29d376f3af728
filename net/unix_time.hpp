#pragma once

#include <chrono>
#include <cstdint>

/// Times as the record has them.
namespace weir::net
{

/// Lengths of time, in µs.
inline constexpr std::int64_t millisecond_us = 1000, second_us = 1000 * millisecond_us, minute_us = 60 * second_us,
                              hour_us = 60 * minute_us, day_us = 24 * hour_us;

/// In µs since 1970 UTC.
inline std::int64_t unix_us(std::chrono::system_clock::time_point at)
{
    return std::chrono::duration_cast<std::chrono::microseconds>(at.time_since_epoch()).count();
}

/// The time now, in µs since 1970 UTC.
inline std::int64_t unix_now_us() { return unix_us(std::chrono::system_clock::now()); }

} // namespace weir::net
