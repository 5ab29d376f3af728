#pragma once

#include <chrono>
#include <cstdint>
#include <optional>
#include <string_view>

namespace weir::config
{

/// A number of bytes.
struct byte_count {
    std::uint64_t bytes = 0;
    auto operator<=>(byte_count const&) const = default;
};

/// "512", "64KiB", "2GiB", "10MB": a whole number and a unit, binary (KiB, MiB, GiB, TiB) or decimal (kB, MB, GB, TB).
std::optional<byte_count> parse_byte_count(std::string_view text);

/// "250ms", "30s", "10m", "2h", "1d", or "0".
std::optional<std::chrono::milliseconds> parse_duration(std::string_view text);

} // namespace weir::config
