#pragma once

#include <chrono>
#include <cstdint>

/// Times as the record has them.
namespace weir::net
{

/// In µs since 1970 UTC.
inline std::int64_t unix_us(std::chrono::system_clock::time_point at)
{
    return std::chrono::duration_cast<std::chrono::microseconds>(at.time_since_epoch()).count();
}

/// The time now, in µs since 1970 UTC.
inline std::int64_t unix_now_us() { return unix_us(std::chrono::system_clock::now()); }

} // namespace weir::net
