#include "storage/users.hpp"

#include "storage/collect.hpp"
#include "storage/prepared_filter.hpp"

#include <algorithm>

namespace weir::storage
{
namespace
{

/// " AND …": the calls of the users of these names. Without the name that none is, the index of users answers.
void append_ids(std::vector<std::string> const& ids, sql& to)
{
    to << " AND (r.user_id IN (";
    for (std::size_t i = 0; i < ids.size(); ++i) (to << (i > 0 ? "," : "")).bind(ids[i]);
    to << ")";
    if (std::ranges::find(ids, "") != ids.end()) to << " OR r.user_id IS NULL";
    to << ")";
}

/// " FROM (…) AS g WHERE …": the users that a query finds, with their totals.
/// `what`: the query's filter, prepared.
void append_users(organization_id organization, user_query const& query, filter const& what, sql& to)
{
    to << " FROM (SELECT coalesce(r.user_id,'') AS user_id,";
    to.with("count(DISTINCT (r.created_us+?)/86400000000) AS active_for,min(r.created_us)+? AS first_active,"
            "max(r.created_us)+? AS last_active,",
            query.shift_us);
    to << "count(*) AS total_requests,total(r.prompt_tokens) AS total_prompt_tokens,"
          "total(r.completion_tokens) AS total_completion_tokens,";
    to.with("count(*)*1.0/count(DISTINCT (r.created_us+?)/86400000000) AS average_requests_per_day_active,",
            query.shift_us);
    to << "(total(r.prompt_tokens)+total(r.completion_tokens))/count(*) AS "
          "average_tokens_per_request,total(r.cost_nanos)/1e9 AS cost"
          " FROM request AS r WHERE r.organization_id=";
    to.bind(static_cast<std::int64_t>(organization));
    if (query.when) append_time_range(*query.when, to);
    if (!query.ids.empty()) append_ids(query.ids, to);
    to << " AND ";
    append_filter(what, to, filter_pass::rows_of_groups);
    to << " GROUP BY coalesce(r.user_id,'')) AS g WHERE ";
    append_filter(what, to, filter_pass::groups);
}

std::string_view column_of(user_order by)
{
    switch (by) {
    case user_order::id: return "user_id";
    case user_order::active_days: return "active_for";
    case user_order::first_active: return "first_active";
    case user_order::last_active: return "last_active";
    case user_order::requests: return "total_requests";
    case user_order::requests_per_day: return "average_requests_per_day_active";
    case user_order::tokens_per_request: return "average_tokens_per_request";
    case user_order::prompt_tokens: return "total_prompt_tokens";
    case user_order::completion_tokens: return "total_completion_tokens";
    case user_order::cost: return "cost";
    }
    return "user_id";
}

} // namespace

result<std::vector<user_totals>> query_users(connection& db, organization_id organization, user_query const& query)
{
    auto const what = prepared(db, organization, query.what);
    if (!what) return what.error();
    sql asked("SELECT user_id,active_for,first_active,last_active,total_requests,total_prompt_tokens,"
              "total_completion_tokens,average_requests_per_day_active,average_tokens_per_request,cost");
    append_users(organization, query, *what, asked);
    asked << " ORDER BY g." << column_of(query.by) << (query.ascending ? " ASC" : " DESC") << ",g.user_id LIMIT ";
    asked.bind(query.limit) << " OFFSET ";
    asked.bind(query.offset);

    return collect(db.query(asked), [](rows const& row) {
        return user_totals{.id = row.get<std::string>(0),
                           .active_days = row.get<std::int64_t>(1),
                           .first_us = row.get<std::int64_t>(2),
                           .last_us = row.get<std::int64_t>(3),
                           .requests = row.get<std::int64_t>(4),
                           .prompt_tokens = row.get<std::int64_t>(5),
                           .completion_tokens = row.get<std::int64_t>(6),
                           .requests_per_day = row.get<double>(7),
                           .tokens_per_request = row.get<double>(8),
                           .cost = row.get<double>(9)};
    });
}

result<std::int64_t> count_users(connection& db, organization_id organization, user_query const& query)
{
    auto const what = prepared(db, organization, query.what);
    if (!what) return what.error();
    sql asked("SELECT count(*)");
    append_users(organization, query, *what, asked);
    return first_value<std::int64_t>(db.query(asked));
}

result<bool> has_users(connection& db, organization_id organization)
{
    return is_any(db.query("SELECT 1 FROM request WHERE user_id>'' AND organization_id=?1 LIMIT 1", organization));
}

result<std::vector<std::string>> user_ids(connection& db, organization_id organization, std::int64_t limit)
{
    return collect_column<std::string>(
        db.query("SELECT DISTINCT user_id FROM request WHERE user_id>'' AND organization_id=?1"
                 " ORDER BY user_id LIMIT ?2",
                 organization, limit));
}

} // namespace weir::storage
