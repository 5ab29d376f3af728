#include "api/dashboard_types.hpp"

namespace weir::api
{

std::vector<std::int64_t> bucket_plan::starts() const
{
    std::vector<std::int64_t> all;
    for (auto start = first_us; start <= last_us; start = by.after(start)) all.push_back(start);
    return all;
}

result<bucket_plan> plan_buckets(storage::time_range const& when, time_increment increment, double zone_minutes)
{
    constexpr std::int64_t most_buckets = 20'000, minute_us = 60'000'000;
    auto const zone = read_zone(zone_minutes, "Invalid time zone difference");
    if (!zone) return zone.error();
    storage::time_buckets by(static_cast<storage::time_increment>(increment), *zone / minute_us);
    auto const last_us = when.to_us - 1;
    if (by.count(when.from_us, last_us) > most_buckets)
        return invalid("Invalid time increment: the range has more than " + std::to_string(most_buckets) +
                       " of them; ask for greater ones, or for less time");
    return bucket_plan{by, by.start_of(when.from_us), by.start_of(last_us)};
}

} // namespace weir::api
