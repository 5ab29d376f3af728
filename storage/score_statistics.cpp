#include "storage/score_statistics.hpp"

#include "storage/connection.hpp"
#include "storage/ids.hpp"
#include "storage/prepared_filter.hpp"
#include "storage/sql.hpp"

#include <algorithm>
#include <chrono>
#include <unordered_map>

namespace weir::storage
{
namespace
{

using std::chrono::duration_cast;
using std::chrono::microseconds;

/// Calls `use(attribute, value, time_us)` for each score, in the order of time. Without a filter the index alone
/// answers.
template <class Use>
result<void> for_each_score(connection& db, organization_id organization, time_range const& when, filter const& what,
                            Use use)
{
    auto const known = prepared(db, organization, what);
    if (!known) return known.error();
    bool const of_all = known->is == filter::kind::everything;
    sql asked("SELECT s.attribute_id,s.int_value,s.row_id FROM score_value AS s");
    if (!of_all) asked << " JOIN request AS r ON r.id=s.row_id";
    asked << " WHERE s.organization_id=";
    asked.bind(static_cast<std::int64_t>(organization));
    append_key_range("s.row_id", when, asked);
    if (!of_all) {
        asked << " AND ";
        append_filter(*known, asked);
    }
    asked << " ORDER BY s.row_id,s.attribute_id";
    auto found = db.query(asked);
    if (!found) return found.error();
    while (found->next())
        use(found->get<std::int64_t>(0), found->get<double>(1),
            duration_cast<microseconds>(time_of(found->get<row_id>(2)).time_since_epoch()).count());
    if (found->error()) return found->error();
    return {};
}

/// The names of the organisation's scores, by their number.
result<std::unordered_map<std::int64_t, std::string>> attribute_names(connection& db, organization_id organization)
{
    auto found =
        db.query("SELECT id,score_key FROM score_attribute WHERE organization_id=?1 ORDER BY id", organization);
    if (!found) return found.error();
    std::unordered_map<std::int64_t, std::string> names;
    while (found->next()) names.emplace(found->get<std::int64_t>(0), found->get<std::string>(1));
    if (found->error()) return found->error();
    return names;
}

} // namespace

void score_sums::add(double value)
{
    ++count;
    sum += value;
    least = std::min(least, value);
    greatest = std::max(greatest, value);
}

void score_sums::add(score_sums const& other)
{
    count += other.count;
    sum += other.sum;
    least = std::min(least, other.least);
    greatest = std::max(greatest, other.greatest);
}

result<sums_over_time> scores_over_time(connection& db, organization_id organization, time_range const& when,
                                        filter const& what, time_buckets buckets)
{
    std::map<std::int64_t, std::unordered_map<std::int64_t, score_sums>> by_attribute;
    auto const done =
        for_each_score(db, organization, when, what, [&](std::int64_t attribute, double value, std::int64_t time_us) {
            by_attribute[buckets.start_of(time_us)][attribute].add(value);
        });
    if (!done) return done.error();
    auto const names = attribute_names(db, organization);
    if (!names) return names.error();
    sums_over_time over_time;
    for (auto const& [start, sums] : by_attribute)
        for (auto const& [attribute, sum] : sums)
            if (auto const name = names->find(attribute); name != names->end()) over_time[start][name->second] = sum;
    return over_time;
}

result<std::map<std::string, std::vector<histogram_bin>>> score_distributions(connection& db,
                                                                              organization_id organization,
                                                                              time_range const& when,
                                                                              filter const& what)
{
    std::unordered_map<std::int64_t, std::vector<double>> by_attribute;
    auto const done =
        for_each_score(db, organization, when, what, [&](std::int64_t attribute, double value, std::int64_t) {
            by_attribute[attribute].push_back(value);
        });
    if (!done) return done.error();
    auto const names = attribute_names(db, organization);
    if (!names) return names.error();
    std::map<std::string, std::vector<histogram_bin>> spread;
    for (auto const& [attribute, values] : by_attribute)
        if (auto const name = names->find(attribute); name != names->end()) spread[name->second] = histogram_of(values);
    return spread;
}

} // namespace weir::storage
