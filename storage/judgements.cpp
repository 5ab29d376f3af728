#include "storage/judgements.hpp"

#include "storage/collect.hpp"

namespace weir::storage
{
namespace
{

/// The row of a request, if it is there already.
result<std::optional<row_id>> row_of(connection& db, organization_id organization, uuid const& request_id)
{
    auto const found = find_row(db, organization, request_id);
    if (found) return std::optional(*found);
    if (found.error() == errc::not_found) return std::optional<row_id>();
    return found.error();
}

result<std::int64_t> attribute_of(connection& db, organization_id organization, std::string_view key, bool is_boolean,
                                  std::int64_t now_us)
{
    return first_value<std::int64_t>(
        db.query("INSERT INTO score_attribute (organization_id,score_key,value_type,created_us)"
                 " VALUES (?1,?2,?3,?4) ON CONFLICT (organization_id,score_key)"
                 " DO UPDATE SET value_type=excluded.value_type,evaluator_id=NULL RETURNING id",
                 organization, key, is_boolean ? "boolean" : "number", now_us));
}

result<void> put_feedback(connection& db, organization_id organization, uuid const& request_id, bool is_good,
                          std::int64_t now_us)
{
    return db.execute("INSERT INTO feedback (organization_id,request_id,feedback_id,rating,created_us)"
                      " VALUES (?1,?2,randomblob(16),?3,?4) ON CONFLICT (organization_id,request_id)"
                      " DO UPDATE SET rating=excluded.rating,created_us=excluded.created_us",
                      organization, request_id, is_good, now_us);
}

result<void> put_score(connection& db, organization_id organization, uuid const& request_id, std::optional<row_id> row,
                       score const& given, std::int64_t now_us)
{
    auto const key = given.key + std::string(given.is_boolean ? boolean_suffix : "");
    auto const attribute = attribute_of(db, organization, key, given.is_boolean, now_us);
    if (!attribute) return attribute.error();
    return db.execute("INSERT INTO score_value (organization_id,request_id,attribute_id,int_value,created_us,row_id)"
                      " VALUES (?1,?2,?3,?4,?5,?6) ON CONFLICT (organization_id,request_id,attribute_id)"
                      " DO UPDATE SET int_value=excluded.int_value,created_us=excluded.created_us",
                      organization, request_id, *attribute, given.value, now_us, row);
}

} // namespace

result<void> add_scores(connection& db, organization_id organization, uuid const& request_id,
                        std::span<score const> scores, std::int64_t now_us)
{
    auto const row = row_of(db, organization, request_id);
    if (!row) return row.error();
    for (auto const& given : scores) {
        if (auto done = put_score(db, organization, request_id, *row, given, now_us); !done) return done;
        if (given.key != feedback_score || given.is_boolean) continue;
        if (auto done = put_feedback(db, organization, request_id, given.value != 0, now_us); !done) return done;
    }
    return {};
}

result<void> set_feedback(connection& db, organization_id organization, uuid const& request_id, bool is_good,
                          std::int64_t now_us)
{
    score const rating{.key = std::string(feedback_score), .value = is_good ? 1 : 0, .is_boolean = false};
    return add_scores(db, organization, request_id, {&rating, 1}, now_us);
}

result<void> adopt_scores(connection& db, organization_id organization, uuid const& request_id, row_id row)
{
    return db.execute("UPDATE score_value SET row_id=?3 WHERE organization_id=?1 AND request_id=?2 AND row_id IS NULL",
                      organization, request_id, row);
}

result<bool> has_pending_scores(connection& db)
{
    return is_any(db.query("SELECT 1 FROM score_value WHERE row_id IS NULL LIMIT 1"));
}

result<std::vector<std::string>> score_keys(connection& db, organization_id organization)
{
    return collect_column<std::string>(
        db.query("SELECT score_key FROM score_attribute WHERE organization_id=?1 ORDER BY score_key LIMIT ?2",
                 organization, most_score_keys));
}

} // namespace weir::storage
