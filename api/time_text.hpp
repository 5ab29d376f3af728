#pragma once

#include <cstdint>
#include <string>

namespace weir::api
{

/// `2026-11-23T01:02:03.456Z`: ISO 8601, milliseconds (cut, not rounded), UTC. `time_us` is µs since 1970 UTC.
std::string time_text(std::int64_t time_us);

} // namespace weir::api
