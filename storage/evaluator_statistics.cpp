#include "storage/evaluator_statistics.hpp"

#include "net/unix_time.hpp"
#include "storage/connection.hpp"
#include "storage/ids.hpp"
#include "storage/judgements.hpp"

#include <chrono>

namespace weir::storage
{
namespace
{

std::int64_t rounded_down(std::int64_t value, std::int64_t to)
{
    auto const rest = value % to;
    return value - (rest < 0 ? rest + to : rest);
}

} // namespace

result<evaluator_statistics> find_evaluator_statistics(connection& db, organization_id organization,
                                                       std::string const& score_name, std::int64_t now_us)
{
    using std::chrono::duration_cast;
    using std::chrono::microseconds;
    auto found = db.query("SELECT s.int_value,s.row_id FROM score_attribute AS a JOIN score_value AS s "
                          "ON s.attribute_id=a.id WHERE a.organization_id=?1 AND a.score_key IN (?2,?2||?3) "
                          "AND s.row_id IS NOT NULL ORDER BY a.id,s.int_value,s.row_id",
                          organization, score_name, boolean_suffix);
    if (!found) return found.error();
    evaluator_statistics to;
    while (found->next()) {
        auto const value = found->get<std::int64_t>(0);
        auto const time = time_of(found->get<row_id>(1)).time_since_epoch();
        auto const time_us = duration_cast<microseconds>(time).count();
        auto const age_us = now_us - time_us;
        auto const number = static_cast<double>(value);
        to.all.add(number);
        ++to.spread[rounded_down(value, score_range_width)];
        if (age_us < 7 * net::day_us)
            to.last_week.add(number);
        else if (age_us < 14 * net::day_us)
            to.week_before.add(number);
        if (age_us < 30 * net::day_us) to.last_month[rounded_down(time_us, net::day_us)].add(number);
    }
    if (found->error()) return found->error();
    return to;
}

} // namespace weir::storage
