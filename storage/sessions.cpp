#include "storage/sessions.hpp"

#include "storage/candidates.hpp"
#include "storage/collect.hpp"
#include "storage/json_text.hpp"
#include "storage/prepared_filter.hpp"

namespace weir::storage
{
namespace
{

/// Calls that go on have none yet.
constexpr std::string_view mean_latency = "avg(CASE WHEN r.status<>-2 THEN (r.ended_us-r.created_us)/1000.0 END)";

/// The calls of sessions that pass.
filter of_sessions(filter what)
{
    filter both{.is = filter::kind::all_of};
    both.parts = {{.is = filter::kind::with_session}, std::move(what)};
    return both;
}

/// `what`: the query's filter, prepared; `rows`: the calls that may pass it.
void append_rows(organization_id organization, session_query const& query, filter const& what, filter const& rows,
                 sql& to)
{
    to << " FROM request AS r WHERE r.organization_id=";
    to.bind(static_cast<std::int64_t>(organization)) << " AND r.session_id IS NOT NULL";
    if (query.when) append_time_range(*query.when, to);
    if (!query.search.empty())
        to.with(" AND (weir_like(r.session_id,?,1) OR weir_like(coalesce(r.session_name,''),?,1))",
                '%' + query.search + '%');
    if (!query.name_part.empty())
        to.with(" AND weir_like(coalesce(r.session_name,''),?,1)", '%' + query.name_part + '%');
    if (query.name) to.with(" AND coalesce(r.session_name,'')=?", *query.name);
    for (auto const* part : {&rows, &what}) {
        to << " AND ";
        append_filter(*part, to, filter_pass::rows_of_groups);
    }
}

} // namespace

result<std::vector<session_totals>> query_sessions(connection& db, organization_id organization,
                                                   session_query const& query, std::int64_t limit)
{
    auto const what = prepared_for_groups(db, organization, query.what);
    if (!what) return what.error();
    auto const rows = rows_that_may_pass(db, organization, of_sessions(*what));
    if (!rows) return rows.error();
    sql asked("SELECT * FROM (SELECT r.session_id AS session_id,coalesce(r.session_name,'') AS session_name,");
    asked.with("min(r.created_us)+? AS created_at,max(r.created_us)+? AS latest_request_created_at,", query.shift_us);
    asked << "total(r.cost_nanos)/1e9 AS total_cost,count(*) AS total_requests,"
             "total(r.prompt_tokens) AS prompt_tokens,total(r.completion_tokens) AS "
             "completion_tokens,total(coalesce(r.total_tokens,r.prompt_tokens+r.completion_tokens)) AS total_tokens,"
          << mean_latency << " AS latency";
    append_rows(organization, query, *what, *rows, asked);
    asked << " GROUP BY r.session_id,coalesce(r.session_name,'')) AS g WHERE ";
    append_filter(*what, asked, filter_pass::groups);
    asked << " ORDER BY g.created_at DESC,g.session_id,g.session_name LIMIT ";
    asked.bind(limit);

    return collect(db.query(asked), [](storage::rows const& row) {
        return session_totals{.id = row.get<std::string>(0),
                              .name = row.get<std::string>(1),
                              .first_us = row.get<std::int64_t>(2),
                              .last_us = row.get<std::int64_t>(3),
                              .cost = row.get<double>(4),
                              .requests = row.get<std::int64_t>(5),
                              .prompt_tokens = row.get<std::int64_t>(6),
                              .completion_tokens = row.get<std::int64_t>(7),
                              .total_tokens = row.get<std::int64_t>(8),
                              .latency_ms = row.get<double>(9)};
    });
}

result<std::vector<session_name_totals>> query_session_names(connection& db, organization_id organization,
                                                             session_query const& query, std::int64_t limit)
{
    auto const what = prepared_for_groups(db, organization, query.what);
    if (!what) return what.error();
    auto const rows = rows_that_may_pass(db, organization, of_sessions(*what));
    if (!rows) return rows.error();
    sql asked("SELECT coalesce(r.session_name,'') AS name,");
    asked.with("min(r.created_us)+?,max(r.created_us)+?,", query.shift_us);
    asked << "count(DISTINCT r.session_id)," << mean_latency;
    append_rows(organization, query, *what, *rows, asked);
    asked << " GROUP BY name ORDER BY name LIMIT ";
    asked.bind(limit);

    return collect(db.query(asked), [](storage::rows const& row) {
        return session_name_totals{.name = row.get<std::string>(0),
                                   .first_us = row.get<std::int64_t>(1),
                                   .last_us = row.get<std::int64_t>(2),
                                   .sessions = row.get<std::int64_t>(3),
                                   .latency_ms = row.get<double>(4)};
    });
}

result<void> find_session_since(connection& db, organization_id organization, std::int64_t from_us)
{
    sql asked("SELECT 1 FROM request AS r WHERE r.organization_id=");
    asked.bind(static_cast<std::int64_t>(organization)) << " AND r.session_id IS NOT NULL";
    append_time_range({from_us, INT64_MAX}, asked);
    asked << " LIMIT 1";
    auto const any = is_any(db.query(asked));
    if (!any) return any.error();
    if (!*any) return make_error_code(errc::not_found);
    return {};
}

result<uuid> first_request_of_session(connection& db, organization_id organization, std::string_view session_id)
{
    filter of_session{.is = filter::kind::of_sessions};
    of_session.condition.operand = json_of_texts({std::string(session_id)});
    auto const rows = rows_that_may_pass(db, organization, of_session);
    if (!rows) return rows.error();
    sql asked("SELECT r.request_id FROM request AS r WHERE r.organization_id=");
    asked.bind(static_cast<std::int64_t>(organization));
    asked << " AND ";
    append_filter(*rows, asked);
    asked << " AND ";
    append_filter(of_session, asked);
    return first_value<uuid>(db.query(asked << " ORDER BY r.created_us,r.id LIMIT 1"));
}

result<std::optional<std::string>> session_tag(connection& db, organization_id organization,
                                               std::string_view session_id)
{
    return first_value<std::optional<std::string>>(
        db.query("SELECT (SELECT tag FROM tag WHERE organization_id=?1 AND entity_type='session' AND entity_id=?2"
                 " ORDER BY created_us DESC,id DESC LIMIT 1)",
                 organization, session_id));
}

result<void> add_session_tag(connection& db, organization_id organization, std::string_view session_id,
                             std::string_view tag, std::int64_t now_us)
{
    return db.execute("INSERT INTO tag (organization_id,entity_type,entity_id,tag,created_us)"
                      " VALUES (?1,'session',?2,?3,?4)",
                      organization, session_id, tag, now_us);
}

} // namespace weir::storage
