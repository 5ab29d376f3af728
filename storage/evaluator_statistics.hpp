#pragma once

#include "storage/errors.hpp"
#include "storage/evaluators.hpp"
#include "storage/score_statistics.hpp"

#include <cstdint>
#include <map>

namespace weir::storage
{

class connection;

/// Of a range of values.
inline constexpr std::int64_t score_range_width = 20;

/// What the scores of an evaluator come to, those of both names that they may have together. A score belongs to the
/// time of its call; one whose call has no row is in none.
struct evaluator_statistics {
    score_sums all;
    score_sums last_week, week_before;             ///< of 7 days each, the one up to now
    std::map<std::int64_t, std::int64_t> spread;   ///< how many scores there are, by where their range begins
    std::map<std::int64_t, score_sums> last_month; ///< by the day, of the last 30: µs of its beginning, UTC
};

result<evaluator_statistics> find_evaluator_statistics(connection& db, organization_id organization,
                                                       std::string const& score_name, std::int64_t now_us);

} // namespace weir::storage
