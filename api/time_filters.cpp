#include "api/time_filters.hpp"
#include "net/time_text.hpp"
#include "net/unix_time.hpp"

#include <algorithm>
#include <cmath>

namespace weir::api
{
namespace
{

std::int64_t whole_seconds(std::int64_t time_us)
{
    return time_us - (time_us % net::second_us + net::second_us) % net::second_us;
}

storage::time_range range_between(std::int64_t start_us, std::int64_t end_us, range_ends included)
{
    return {whole_seconds(start_us) + (included == range_ends::neither ? 1 : 0),
            whole_seconds(end_us) + (included == range_ends::both ? 1 : 0)};
}

} // namespace

result<storage::time_range> read_range(time_filter const& from, range_ends included)
{
    constexpr std::string_view wanted = " is not a time such as 2026-01-31 or 2026-01-31T12:00:00Z";
    auto const start = net::parse_time(from.start), end = net::parse_time(from.end);
    if (!start) return invalid("Invalid time filter: timeFilter.start" + std::string(wanted));
    if (!end) return invalid("Invalid time filter: timeFilter.end" + std::string(wanted));
    if (*start > *end) return invalid("Invalid time filter: timeFilter.start is after timeFilter.end");
    return range_between(*start, *end, included);
}

storage::time_range range_of(double start, double end, std::int64_t unit_us, range_ends included)
{
    constexpr double most_us = 1e17; // beyond the year 5000
    auto const us = [unit_us, most_us](double value) {
        return static_cast<std::int64_t>(std::clamp(value * static_cast<double>(unit_us), -most_us, most_us));
    };
    return range_between(us(start), us(end), included);
}

result<std::int64_t> read_zone(double minutes, std::string_view problem)
{
    constexpr double most = 1440;
    if (std::abs(minutes) > most || minutes != std::trunc(minutes))
        return invalid(std::string(problem) + ": must be whole minutes from -1440 to 1440");
    return static_cast<std::int64_t>(minutes) * 60 * net::second_us;
}

std::string session_time_text(std::int64_t time_us)
{
    auto text = net::time_text(time_us);
    std::ranges::replace(text, 'T', ' ');
    text.pop_back();
    return text;
}

} // namespace weir::api
