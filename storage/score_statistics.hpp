#pragma once

#include "storage/errors.hpp"
#include "storage/filter.hpp"
#include "storage/histogram.hpp"
#include "storage/request_record.hpp"
#include "storage/time_buckets.hpp"
#include "storage/time_range.hpp"

#include <limits>
#include <map>
#include <string>
#include <vector>

/// What the scores of calls come to. A score belongs to the time of its call; one whose call has no row is in none.
namespace weir::storage
{

class connection;

/// Some scores of one name.
struct score_sums {
    std::int64_t count = 0;
    double sum = 0;
    double least = std::numeric_limits<double>::infinity(), greatest = -std::numeric_limits<double>::infinity();

    void add(double value);
    void add(score_sums const& other);
    double mean() const { return count == 0 ? 0 : sum / static_cast<double>(count); }
};

using sums_by_key = std::map<std::string, score_sums>;
/// By when the bucket begins, which is only there when it has scores.
using sums_over_time = std::map<std::int64_t, sums_by_key>;

/// The scores of the calls within a range that pass the filter, by bucket and name.
result<sums_over_time> scores_over_time(connection& db, organization_id organization, time_range const& when,
                                        filter const& what, time_buckets buckets);

/// How the values of each name are spread.
result<std::map<std::string, std::vector<histogram_bin>>> score_distributions(connection& db,
                                                                              organization_id organization,
                                                                              time_range const& when,
                                                                              filter const& what);

} // namespace weir::storage
