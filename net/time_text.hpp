#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>

namespace weir::net
{

/// `2026-11-23T01:02:03.456Z`: ISO 8601, milliseconds (cut, not rounded), UTC. `time_us` is µs since 1970 UTC.
std::string time_text(std::int64_t time_us);

/// Reads ISO 8601: `2026-01-31`, which is its midnight, or with a time behind `T` or a blank (`12:00`, `12:00:01.5`),
/// and then perhaps a zone (`Z`, `+01:00`); without one it is UTC. In µs since 1970 UTC; none when it is not that.
std::optional<std::int64_t> parse_time(std::string_view text);

} // namespace weir::net
