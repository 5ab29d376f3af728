#include "storage/alerts.hpp"

#include "storage/collect.hpp"
#include "storage/json_text.hpp"
#include "storage/random.hpp"

namespace weir::storage
{

result<uuid> create_alert(connection& db, organization_id organization, alert_wish const& wish, std::int64_t now_us)
{
    auto const id = random_uuid();
    if (!id) return id.error();
    auto done = db.execute("INSERT INTO alert (id,organization_id,name,metric,threshold,time_window,"
                           "time_block_duration,emails,slack_channels,minimum_request_count,status,"
                           "created_us,updated_us) SELECT ?1,?2,?3,?4,?5,?6,?6,?7,?8,?9,'resolved',?10,?10 "
                           "WHERE (SELECT count(*) FROM alert WHERE organization_id=?2 AND deleted_us IS NULL)<?11",
                           *id, organization, wish.name, wish.metric, wish.threshold, wish.time_window_ms,
                           json_of_texts(wish.emails), json_of_texts(wish.slack_channels), wish.minimum_request_count,
                           now_us, most_alerts);
    if (!done) return done.error();
    if (db.changes() == 0) return make_error_code(errc::conflict);
    return *id;
}

result<std::vector<alert>> list_alerts(connection& db, organization_id organization, std::int64_t most)
{
    return collect(
        db.query("SELECT a.id,a.name,a.metric,a.threshold,a.time_window,a.time_block_duration,a.emails,"
                 "a.slack_channels,a.minimum_request_count,a.status,a.created_us,a.updated_us,o.public_id "
                 "FROM alert AS a JOIN organization AS o ON o.id=a.organization_id "
                 "WHERE a.organization_id=?1 AND a.deleted_us IS NULL ORDER BY a.created_us DESC,a.id LIMIT ?2",
                 organization, most),
        [](rows const& row) {
            alert one;
            one.id = row.get<uuid>(0);
            one.name = row.get<std::string>(1);
            one.metric = row.get<std::string>(2);
            one.threshold = row.get<double>(3);
            one.time_window_ms = row.get<std::int64_t>(4);
            one.time_block_duration_ms = row.get<std::int64_t>(5);
            one.emails = texts_of_json(row.get<std::string>(6));
            one.slack_channels = texts_of_json(row.get<std::string>(7));
            one.minimum_request_count = row.get<std::optional<std::int64_t>>(8);
            one.status = row.get<std::string>(9);
            one.created_us = row.get<std::int64_t>(10);
            one.updated_us = row.get<std::int64_t>(11);
            one.organization_public_id = row.get<std::string>(12);
            return one;
        });
}

result<std::vector<alert_event>> list_alert_events(connection& db, organization_id organization, std::int64_t most)
{
    return collect(db.query("SELECT h.id,h.alert_id,h.alert_name,h.alert_metric,h.started_us,h.ended_us,"
                            "h.triggered_value,h.status,h.created_us,h.updated_us,o.public_id FROM alert_history AS h "
                            "JOIN alert AS a ON a.id=h.alert_id JOIN organization AS o ON o.id=h.organization_id "
                            "WHERE h.organization_id=?1 AND a.deleted_us IS NULL "
                            "ORDER BY h.started_us DESC,h.id LIMIT ?2",
                            organization, most),
                   [](rows const& row) {
                       return alert_event{.id = row.get<uuid>(0),
                                          .alert_id = row.get<uuid>(1),
                                          .organization_public_id = row.get<std::string>(10),
                                          .alert_name = row.get<std::string>(2),
                                          .alert_metric = row.get<std::string>(3),
                                          .started_us = row.get<std::int64_t>(4),
                                          .ended_us = row.get<std::optional<std::int64_t>>(5),
                                          .triggered_value = row.get<std::string>(6),
                                          .status = row.get<std::string>(7),
                                          .created_us = row.get<std::int64_t>(8),
                                          .updated_us = row.get<std::int64_t>(9)};
                   });
}

result<void> delete_alert(connection& db, organization_id organization, uuid id, std::int64_t now_us)
{
    auto done = db.execute("UPDATE alert SET deleted_us=?3,updated_us=?3 "
                           "WHERE organization_id=?1 AND id=?2 AND deleted_us IS NULL",
                           organization, id, now_us);
    return changed_one(db, done);
}

} // namespace weir::storage
