#include "storage/webhooks.hpp"

#include "storage/collect.hpp"
#include "storage/json_text.hpp"

namespace weir::storage
{
namespace
{

webhook webhook_in(rows const& from)
{
    return {.id = from.get<std::int64_t>(0),
            .organization = from.get<organization_id>(1),
            .destination = from.get<std::string>(2),
            .version = from.get<std::string>(3),
            .config = from.get<std::string>(4),
            .hmac_key = from.get<std::string>(5),
            .created_us = from.get<std::int64_t>(6)};
}

} // namespace

result<void> add_webhook(connection& db, webhook const& what)
{
    auto const there =
        first_value<std::int64_t>(db.query("SELECT count(*) FROM webhook WHERE organization_id=?1", what.organization));
    if (!there) return there.error();
    if (*there >= most_webhooks) return make_error_code(errc::conflict);
    return db.execute("INSERT INTO webhook (organization_id,destination,version,config,hmac_key,created_us) "
                      "VALUES (?1,?2,?3,?4,?5,?6)",
                      what.organization, what.destination, what.version, what.config, what.hmac_key, what.created_us);
}

result<std::vector<webhook>> list_webhooks(connection& db, organization_id organization)
{
    return collect(db.query("SELECT id,organization_id,destination,version,config,hmac_key,created_us FROM webhook "
                            "WHERE organization_id=?1 ORDER BY id",
                            organization),
                   webhook_in);
}

result<void> delete_webhook(connection& db, organization_id organization, std::int64_t id)
{
    auto done = db.execute("DELETE FROM webhook_delivery WHERE webhook_id=("
                           "SELECT id FROM webhook WHERE id=?1 AND organization_id=?2)",
                           id, organization);
    if (!done) return done;
    done = db.execute("DELETE FROM webhook WHERE id=?1 AND organization_id=?2", id, organization);
    return changed_one(db, done);
}

result<std::set<organization_id>> organizations_with_webhooks(connection& db)
{
    auto const all = collect_column<organization_id>(
        db.query("SELECT DISTINCT organization_id FROM webhook ORDER BY organization_id"));
    if (!all) return all.error();
    return std::set<organization_id>(all->begin(), all->end());
}

result<void> add_deliveries(connection& db, request_record const& of, std::int64_t now_us)
{
    // random() has 63 bits beside the sign; a share of 100 takes all, one of 0 none.
    return db.execute(
        "INSERT INTO webhook_delivery (webhook_id,row_id,attempts,next_try_us) "
        "SELECT w.id,?1,0,?4 FROM webhook AS w WHERE w.organization_id=?2 "
        "AND (random() & 0xFFFFFFFF) < w.config ->> 'sampleRate' * 42949672.96 "
        "AND NOT EXISTS (SELECT 1 FROM json_each(w.config, '$.propertyFilters') AS f WHERE NOT EXISTS ("
        "SELECT 1 FROM json_each(?3) AS p WHERE p.key = f.value ->> 'key' COLLATE NOCASE AND p.value = f.value ->> "
        "'value')) "
        "AND NOT EXISTS (SELECT 1 FROM json_each(?3) AS p WHERE p.key = 'Helicone-Webhook-Enabled' COLLATE NOCASE AND "
        "p.value = 'false')",
        of.id, of.organization, to_json(of.properties), now_us);
}

result<std::vector<webhook>> webhooks_with_due_deliveries(connection& db, std::int64_t now_us)
{
    return collect(db.query("SELECT id,organization_id,destination,version,config,hmac_key,created_us "
                            "FROM webhook AS w WHERE EXISTS (SELECT 1 FROM webhook_delivery AS d "
                            "WHERE d.webhook_id=w.id AND d.next_try_us<=?1) ORDER BY id",
                            now_us),
                   webhook_in);
}

result<std::vector<webhook_delivery>> due_deliveries(connection& db, std::int64_t webhook_id, std::int64_t now_us,
                                                     std::int64_t limit)
{
    return collect(db.query("SELECT id,webhook_id,row_id,attempts FROM webhook_delivery "
                            "WHERE webhook_id=?1 AND next_try_us<=?2 ORDER BY next_try_us,id LIMIT ?3",
                            webhook_id, now_us, limit),
                   [](rows const& row) {
                       return webhook_delivery{.id = row.get<std::int64_t>(0),
                                               .webhook_id = row.get<std::int64_t>(1),
                                               .row = row.get<row_id>(2),
                                               .attempts = row.get<int>(3)};
                   });
}

result<void> delete_delivery(connection& db, std::int64_t id)
{
    return db.execute("DELETE FROM webhook_delivery WHERE id=?1", id);
}

result<void> postpone_delivery(connection& db, std::int64_t id, std::int64_t next_try_us)
{
    return db.execute("UPDATE webhook_delivery SET attempts=attempts+1,next_try_us=?2 WHERE id=?1", id, next_try_us);
}

result<std::int64_t> drop_excess_deliveries(connection& db, std::int64_t most)
{
    auto const done = db.execute("DELETE FROM webhook_delivery WHERE id IN (SELECT d.id FROM webhook AS w "
                                 "JOIN webhook_delivery AS d ON d.webhook_id=w.id AND d.next_try_us<("
                                 "SELECT next_try_us FROM webhook_delivery WHERE webhook_id=w.id "
                                 "ORDER BY next_try_us DESC LIMIT 1 OFFSET ?1))",
                                 most);
    if (!done) return done.error();
    return db.changes();
}

result<std::int64_t> count_deliveries(connection& db)
{
    return first_value<std::int64_t>(db.query("SELECT count(*) FROM webhook_delivery"));
}

} // namespace weir::storage
