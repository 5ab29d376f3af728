#include "storage/alert_evaluation.hpp"

#include "net/text.hpp"
#include "net/unix_time.hpp"
#include "pricing/cost.hpp"
#include "storage/collect.hpp"
#include "storage/random.hpp"
#include "storage/traffic.hpp"
#include "storage/traffic_query.hpp"

#include <map>
#include <utility>
#include <vector>

namespace weir::storage
{
namespace
{

constexpr double per_cent = 100;

struct watched : alert_change {
    std::int64_t window_ms = 0, least_calls = 0;
    bool was_triggered = false;
};

result<std::vector<watched>> watched_alerts(connection& db)
{
    return collect(db.query("SELECT id,organization_id,name,metric,threshold,time_window,"
                            "coalesce(minimum_request_count,0),status='triggered' FROM alert "
                            "WHERE deleted_us IS NULL ORDER BY organization_id,id"),
                   [](rows const& row) {
                       watched one;
                       one.id = row.get<uuid>(0);
                       one.organization = row.get<organization_id>(1);
                       one.name = row.get<std::string>(2);
                       one.metric = row.get<std::string>(3);
                       one.threshold = row.get<double>(4);
                       one.window_ms = row.get<std::int64_t>(5);
                       one.least_calls = row.get<std::int64_t>(6);
                       one.was_triggered = row.get<bool>(7);
                       return one;
                   });
}

/// What the calls of a window come to.
struct window_sums {
    std::int64_t calls = 0, failed = 0, cost_nanos = 0;
};

/// Whether a call's status, as text, is a failure: of the server, of the call itself, or no answer in time. A client
/// that went away is none.
bool is_failure(std::string_view status)
{
    if (status == std::to_string(status::timeout)) return true;
    auto const http = net::parse_number(status);
    return http && *http >= 400 && *http < 600;
}

result<window_sums> sums_of(connection& db, organization_id organization, time_range const& when)
{
    traffic_query query;
    query.when = when;
    query.by = traffic_group::status;
    auto const found = query_traffic(db, organization, query, time_buckets(time_increment::year, 0));
    if (!found) return found.error();
    window_sums sums;
    for (auto const& [where, cell] : *found) {
        sums.calls += cell.calls;
        sums.failed += is_failure(where.second) ? cell.calls : 0;
        add_up(sums.cost_nanos, cell.cost_nanos);
    }
    return sums;
}

void judge(window_sums const& sums, watched& alert)
{
    if (alert.metric == "cost") {
        alert.value = static_cast<double>(sums.cost_nanos) / pricing::nanos_of_dollar;
        alert.is_triggered = alert.value >= alert.threshold;
        return;
    }
    bool const is_enough = sums.calls > 0 && sums.calls >= alert.least_calls;
    alert.value = sums.calls > 0 ? per_cent * static_cast<double>(sums.failed) / static_cast<double>(sums.calls) : 0;
    alert.is_triggered = is_enough && alert.value >= alert.threshold;
}

result<void> open_event(connection& db, alert_change const& what, std::int64_t now_us)
{
    auto const id = random_uuid();
    if (!id) return id.error();
    auto const opened = db.execute(
        "INSERT INTO alert_history (id,organization_id,alert_id,alert_name,alert_metric,started_us,triggered_value,"
        "status,created_us,updated_us) VALUES (?1,?2,?3,?4,?5,?6,?7,'triggered',?6,?6)",
        *id, what.organization, what.id, what.name, what.metric, now_us, net::number_text(what.value));
    if (!opened) return opened;
    return db.execute("DELETE FROM alert_history WHERE alert_id=?1 AND id NOT IN (SELECT id FROM alert_history "
                      "WHERE alert_id=?1 ORDER BY started_us DESC,id LIMIT ?2)",
                      what.id, most_events_of_alert);
}

result<void> close_event(connection& db, alert_change const& what, std::int64_t now_us)
{
    return db.execute("UPDATE alert_history SET ended_us=?2,status='resolved',updated_us=?2 "
                      "WHERE alert_id=?1 AND ended_us IS NULL",
                      what.id, now_us);
}

/// errc::not_found when the alert was deleted meanwhile.
result<void> write_change(connection& db, alert_change const& what, std::int64_t now_us)
{
    auto begun = transaction::begin(db);
    if (!begun) return begun.error();
    auto const updated =
        changed_one(db, db.execute("UPDATE alert SET status=?2,updated_us=?3 WHERE id=?1 AND deleted_us IS NULL",
                                   what.id, what.is_triggered ? "triggered" : "resolved", now_us));
    if (!updated) return updated;
    auto const noted = what.is_triggered ? open_event(db, what, now_us) : close_event(db, what, now_us);
    if (!noted) return noted;
    return begun->commit();
}

} // namespace

result<void> evaluate_alerts(connection& db, std::int64_t now_us, std::function<void(alert_change const&)> const& tell)
{
    auto alerts = watched_alerts(db);
    if (!alerts) return alerts.error();
    std::map<std::pair<organization_id, std::int64_t>, window_sums> known;
    for (auto& alert : *alerts) {
        auto const [sums, is_new] = known.try_emplace({alert.organization, alert.window_ms});
        if (is_new) {
            auto const found =
                sums_of(db, alert.organization, {now_us - alert.window_ms * net::millisecond_us, now_us});
            if (!found) return found.error();
            sums->second = *found;
        }
        judge(sums->second, alert);
        if (alert.is_triggered == alert.was_triggered) continue;
        auto const written = write_change(db, alert, now_us);
        if (!written && written.error() == errc::not_found) continue;
        if (!written) return written.error();
        tell(alert);
    }
    return {};
}

result<std::int64_t> count_triggered_alerts(connection& db)
{
    return first_value<std::int64_t>(
        db.query("SELECT count(*) FROM alert WHERE deleted_us IS NULL AND status='triggered'"));
}

} // namespace weir::storage
