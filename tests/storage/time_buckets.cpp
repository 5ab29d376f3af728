#include "storage/time_buckets.hpp"

#include <boost/test/unit_test.hpp>

#include <chrono>
#include <random>

namespace weir::storage
{
BOOST_AUTO_TEST_SUITE(time_buckets_)

namespace
{

using namespace std::chrono;

/// A time of UTC in µs since 1970.
std::int64_t at(int y, unsigned m, unsigned d, int hour = 0, int minute = 0, int second = 0)
{
    auto const day = sys_days(year(y) / month(m) / d);
    return sys_time<microseconds>(day + hours(hour) + minutes(minute) + seconds(second)).time_since_epoch().count();
}

constexpr time_increment all_increments[] = {time_increment::min,  time_increment::hour,  time_increment::day,
                                             time_increment::week, time_increment::month, time_increment::year};

/// Whether a bucket of the increment begins at that local time.
bool is_beginning(time_increment increment, std::int64_t local_us)
{
    sys_time<microseconds> const time{microseconds(local_us)};
    auto const day = floor<days>(time);
    year_month_day const date(day);
    switch (increment) {
    case time_increment::min: return floor<minutes>(time) == time;
    case time_increment::hour: return floor<hours>(time) == time;
    case time_increment::day: return day == time;
    case time_increment::week: return day == time && weekday(day) == Monday;
    case time_increment::month: return day == time && date.day() == std::chrono::day(1);
    case time_increment::year: return day == time && date.day() == std::chrono::day(1) && date.month() == January;
    }
    return false;
}

} // namespace

BOOST_AUTO_TEST_CASE(a_bucket_begins_where_the_local_time_does)
{
    using i = time_increment;
    struct {
        i increment;
        std::int64_t zone_minutes, time_us, start_us, next_us;
    } const cases[] = {
        {i::min, 0, at(2024, 1, 1, 3, 4, 5), at(2024, 1, 1, 3, 4), at(2024, 1, 1, 3, 5)},
        {i::hour, 0, at(2024, 1, 1, 3, 4, 5), at(2024, 1, 1, 3), at(2024, 1, 1, 4)},
        {i::hour, 345, at(2024, 1, 1, 3, 4, 5), at(2024, 1, 1, 2, 45), at(2024, 1, 1, 3, 45)}, // UTC-5:45
        {i::hour, -345, at(2024, 1, 1, 3, 15), at(2024, 1, 1, 3, 15), at(2024, 1, 1, 4, 15)},  // Nepal
        {i::day, 300, at(2024, 1, 1, 4, 59, 59), at(2023, 12, 31, 5), at(2024, 1, 1, 5)},      // New York
        {i::day, 300, at(2024, 1, 1, 5), at(2024, 1, 1, 5), at(2024, 1, 2, 5)},
        {i::day, -120, at(2024, 1, 1, 21, 59, 59), at(2023, 12, 31, 22), at(2024, 1, 1, 22)},
        {i::day, -120, at(2024, 1, 1, 22), at(2024, 1, 1, 22), at(2024, 1, 2, 22)},
        {i::day, 1440, at(2024, 1, 1), at(2024, 1, 1), at(2024, 1, 2)},
        {i::week, 0, at(2024, 1, 7, 23, 59, 59), at(2024, 1, 1), at(2024, 1, 8)}, // Sunday
        {i::week, 0, at(2024, 1, 8), at(2024, 1, 8), at(2024, 1, 15)},            // Monday
        {i::week, 60, at(2024, 1, 8), at(2024, 1, 1, 1), at(2024, 1, 8, 1)},
        {i::month, 0, at(2024, 2, 29, 23, 59, 59), at(2024, 2, 1), at(2024, 3, 1)},
        {i::month, 0, at(2023, 2, 28, 23, 59, 59), at(2023, 2, 1), at(2023, 3, 1)},
        {i::month, 0, at(2023, 12, 31), at(2023, 12, 1), at(2024, 1, 1)},
        {i::month, 300, at(2024, 3, 1, 4), at(2024, 2, 1, 5), at(2024, 3, 1, 5)},
        {i::year, 0, at(2024, 12, 31, 23), at(2024, 1, 1), at(2025, 1, 1)},
        {i::year, -60, at(2024, 12, 31, 23), at(2024, 12, 31, 23), at(2025, 12, 31, 23)},
        {i::day, 0, at(1969, 12, 31, 23), at(1969, 12, 31), at(1970, 1, 1)},
        {i::week, 0, at(1970, 1, 1), at(1969, 12, 29), at(1970, 1, 5)},
        {i::month, 0, at(1968, 2, 29), at(1968, 2, 1), at(1968, 3, 1)},
        {i::year, 0, at(1900, 3, 1), at(1900, 1, 1), at(1901, 1, 1)},
    };
    for (auto const& c : cases)
        BOOST_TEST_CONTEXT("increment " << static_cast<int>(c.increment) << ", zone " << c.zone_minutes << ", time "
                                        << c.time_us)
        {
            time_buckets by(c.increment, c.zone_minutes);
            BOOST_TEST(by.start_of(c.time_us) == c.start_us);
            BOOST_TEST(by.after(c.start_us) == c.next_us);
            BOOST_TEST(by.start_of(c.next_us - 1) == c.start_us);
            BOOST_TEST(by.start_of(c.next_us) == c.next_us);
        }
}

BOOST_AUTO_TEST_CASE(each_time_is_in_one_bucket_whatever_order_they_come_in)
{
    std::mt19937_64 random{7};
    std::uniform_int_distribution<std::int64_t> any_time(at(1901, 1, 1), at(2100, 1, 1)), any_zone(-1440, 1440);
    for (auto const increment : all_increments)
        for (int zones = 0; zones < 20; ++zones) {
            auto const zone = any_zone(random);
            time_buckets by(increment, zone);
            for (int i = 0; i < 100; ++i) {
                auto const time = any_time(random), start = by.start_of(time), next = by.after(start);
                BOOST_TEST_CONTEXT("increment " << static_cast<int>(increment) << ", zone " << zone << ", time "
                                                << time)
                {
                    BOOST_TEST((start <= time && time < next));
                    BOOST_TEST(is_beginning(increment, start - zone * 60'000'000));
                    BOOST_TEST(is_beginning(increment, next - zone * 60'000'000));
                    BOOST_TEST(by.count(time, next) == 2);
                    BOOST_TEST(by.count(time, next - 1) == 1);
                }
            }
        }
}

BOOST_AUTO_TEST_CASE(buckets_are_counted_never_too_few)
{
    struct {
        time_increment increment;
        std::int64_t to_us, least, most;
    } const cases[] = {
        {time_increment::min, at(2024, 1, 2), 1441, 1441},  {time_increment::hour, at(2024, 1, 2), 25, 25},
        {time_increment::day, at(2024, 1, 31), 31, 31},     {time_increment::week, at(2024, 1, 8), 2, 2},
        {time_increment::month, at(2033, 12, 1), 120, 131}, {time_increment::year, at(2123, 1, 1), 100, 101},
        {time_increment::day, at(2024, 1, 1), 1, 1},
    };
    for (auto const& c : cases) {
        time_buckets by(c.increment, 0);
        auto const count = by.count(at(2024, 1, 1), c.to_us);
        BOOST_TEST_CONTEXT(static_cast<int>(c.increment)) BOOST_TEST((count >= c.least && count <= c.most), count);
    }
}

BOOST_AUTO_TEST_CASE(buckets_begin_with_quarters_but_for_minutes_and_odd_zones)
{
    for (auto const increment : all_increments)
        for (std::int64_t const zone : {0, 15, -345, 330, 1440, 1, -20}) {
            bool const expected = increment != time_increment::min && zone % 15 == 0;
            BOOST_TEST(time_buckets(increment, zone).begin_with_quarters() == expected);
        }
}

BOOST_AUTO_TEST_SUITE_END()

} // namespace weir::storage
