#include "storage/time_range.hpp"

#include "storage/ids.hpp"

#include <algorithm>
#include <chrono>

namespace weir::storage
{
namespace
{

constexpr std::int64_t slack_us = 60'000'000;

/// The least key of a row made at that time; times that no row can have are brought to the nearest that it can.
std::int64_t key_at(std::int64_t time_us)
{
    constexpr std::int64_t year_us = 366LL * 86'400 * 1'000'000;
    auto const sane = std::clamp(time_us, std::int64_t{0}, 200 * year_us);
    return static_cast<std::int64_t>(
        first_row_id(std::chrono::system_clock::time_point(std::chrono::microseconds(sane))));
}

} // namespace

std::int64_t key_before(std::int64_t time_us) { return key_at(time_us - std::min(time_us, slack_us)); }

std::int64_t key_after(std::int64_t time_us)
{
    // A clock that stood before 2020 made keys of its first moment.
    constexpr std::int64_t first_us = 1'577'836'800'000'000;
    return key_at(time_us < INT64_MAX - slack_us ? std::max(time_us, first_us) + slack_us : time_us);
}

void append_time_range(time_range const& range, sql& to)
{
    to << " AND r.id>=";
    to.bind(key_before(range.from_us)) << " AND r.id<";
    to.bind(key_after(range.to_us)) << " AND r.created_us>=";
    to.bind(range.from_us) << " AND r.created_us<";
    to.bind(range.to_us);
}

void append_key_range(std::string_view name, time_range const& range, sql& to)
{
    (to << " AND " << name << ">=").bind(key_at(range.from_us));
    (to << " AND " << name << "<").bind(key_at(range.to_us));
}

} // namespace weir::storage
