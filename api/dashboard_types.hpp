#pragma once

#include "api/time_filters.hpp"
#include "storage/time_buckets.hpp"

#include <boost/describe/enum.hpp>

#include <cstdint>
#include <vector>

/// Time cut into buckets, as dashboards and evals ask for it.
namespace weir::api
{

enum class time_increment { min, hour, day, week, month, year };
BOOST_DESCRIBE_ENUM(time_increment, min, hour, day, week, month, year)

/// The buckets of a range, those without anything in them included.
struct bucket_plan {
    storage::time_buckets by;
    std::int64_t first_us = 0, last_us = 0; ///< when the first and the last begin

    std::vector<std::int64_t> starts() const;
};

/// Wrong are zones beyond a day, and ranges of more than 20,000 buckets.
result<bucket_plan> plan_buckets(storage::time_range const& when, time_increment increment, double zone_minutes);

} // namespace weir::api
