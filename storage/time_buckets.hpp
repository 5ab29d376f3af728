#pragma once

#include <cstdint>

namespace weir::storage
{

enum class time_increment : std::uint8_t { min, hour, day, week, month, year };

/// Cuts time into minutes, hours, …, of a time zone. Weeks begin on Monday. All times are µs since 1970 UTC.
class time_buckets
{
public:
    /// `zone_minutes`: what UTC is ahead of local time, as JavaScript's getTimezoneOffset has it: +300 for UTC-5.
    time_buckets(time_increment increment, std::int64_t zone_minutes)
        : increment_(increment)
        , zone_us_(zone_minutes * 60'000'000)
    {
    }

    /// Whether each begins with a quarter of an hour.
    bool begin_with_quarters() const
    {
        constexpr std::int64_t width_us = 900'000'000;
        return increment_ != time_increment::min && zone_us_ % width_us == 0;
    }

    /// When the bucket of a time begins.
    std::int64_t start_of(std::int64_t time_us);

    /// When the bucket after that one begins.
    std::int64_t after(std::int64_t start_us) const;

    /// How many buckets there are from that of `from_us` to that of `to_us`.
    std::int64_t count(std::int64_t from_us, std::int64_t to_us);

private:
    std::int64_t computed_start(std::int64_t time_us) const;

    time_increment increment_;
    std::int64_t zone_us_;
    std::int64_t last_ = 0, last_end_ = 0; ///< the bucket asked for last: rows come in the order of time
};

} // namespace weir::storage
