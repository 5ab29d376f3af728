#include "config/units.hpp"

#include "net/text.hpp"

#include <algorithm>
#include <limits>
#include <span>

namespace weir::config
{
namespace
{

struct unit {
    std::string_view name;
    std::uint64_t size;
};

/// A whole number, then one of `units`; none when it is not that or does not fit in 63 bits.
std::optional<std::uint64_t> parse_with_unit(std::string_view text, std::span<unit const> units)
{
    auto const digits = std::min(text.find_first_not_of("0123456789"), text.size());
    auto const number = net::parse_number(text.substr(0, digits));
    if (!number) return std::nullopt;
    auto const name = net::trimmed(text.substr(digits));
    for (auto const& u : units) {
        if (!net::iequals(name, u.name)) continue;
        if (*number > std::numeric_limits<std::int64_t>::max() / u.size) return std::nullopt;
        return *number * u.size;
    }
    return std::nullopt;
}

} // namespace

std::optional<byte_count> parse_byte_count(std::string_view text)
{
    static constexpr unit units[] = {
        {"", 1},
        {"B", 1},
        {"kB", 1000},
        {"KiB", 1ULL << 10U},
        {"MB", 1000'000},
        {"MiB", 1ULL << 20U},
        {"GB", 1000'000'000},
        {"GiB", 1ULL << 30U},
        {"TB", 1000'000'000'000},
        {"TiB", 1ULL << 40U},
    };
    auto const bytes = parse_with_unit(text, units);
    if (!bytes) return std::nullopt;
    return byte_count{*bytes};
}

std::optional<std::chrono::milliseconds> parse_duration(std::string_view text)
{
    static constexpr unit units[] = {{"ms", 1}, {"s", 1000}, {"m", 60'000}, {"h", 3'600'000}, {"d", 86'400'000}};
    if (text == "0") return std::chrono::milliseconds(0);
    auto const ms = parse_with_unit(text, units);
    // A hundred years, so that adding to a point in time cannot overflow.
    if (!ms || *ms > 100ULL * 365 * 86'400'000) return std::nullopt;
    return std::chrono::milliseconds(*ms);
}

} // namespace weir::config
