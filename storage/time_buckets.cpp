#include "storage/time_buckets.hpp"

#include "net/unix_time.hpp"

#include <chrono>

namespace weir::storage
{
namespace
{

using namespace std::chrono;

using net::day_us;
using net::hour_us;
using net::minute_us;

constexpr std::int64_t week_us = 7 * day_us;
constexpr std::int64_t first_monday_us = 4 * day_us; // 1970-01-05

std::int64_t floored(std::int64_t value, std::int64_t width) { return value - ((value % width) + width) % width; }

year_month_day date_of(std::int64_t local_us) { return floor<days>(sys_time<microseconds>(microseconds(local_us))); }

std::int64_t us_of(year_month_day const& date)
{
    return sys_time<microseconds>(sys_days(date)).time_since_epoch().count();
}

} // namespace

std::int64_t time_buckets::computed_start(std::int64_t time_us) const
{
    auto const local = time_us - zone_us_;
    auto const start = [&] {
        switch (increment_) {
        case time_increment::min: return floored(local, minute_us);
        case time_increment::hour: return floored(local, hour_us);
        case time_increment::day: return floored(local, day_us);
        case time_increment::week: return floored(local - first_monday_us, week_us) + first_monday_us;
        case time_increment::month: {
            auto const date = date_of(local);
            return us_of(date.year() / date.month() / 1);
        }
        case time_increment::year: return us_of(date_of(local).year() / January / 1);
        }
        return local;
    }();
    return start + zone_us_;
}

std::int64_t time_buckets::after(std::int64_t start_us) const
{
    auto const local = start_us - zone_us_;
    auto const next = [&] {
        switch (increment_) {
        case time_increment::min: return local + minute_us;
        case time_increment::hour: return local + hour_us;
        case time_increment::day: return local + day_us;
        case time_increment::week: return local + week_us;
        case time_increment::month: return us_of(date_of(local) + months(1));
        case time_increment::year: return us_of(date_of(local) + years(1));
        }
        return local;
    }();
    return next + zone_us_;
}

std::int64_t time_buckets::start_of(std::int64_t time_us)
{
    if (time_us < last_ || time_us >= last_end_) {
        last_ = computed_start(time_us);
        last_end_ = after(last_);
    }
    return last_;
}

std::int64_t time_buckets::count(std::int64_t from_us, std::int64_t to_us)
{
    constexpr std::int64_t least_us[] = {minute_us, hour_us, day_us, week_us, 28 * day_us, 365 * day_us};
    return (start_of(to_us) - start_of(from_us)) / least_us[static_cast<std::size_t>(increment_)] + 1;
}

} // namespace weir::storage
