#include "storage/spans.hpp"

#include "storage/collect.hpp"

namespace weir::storage
{
namespace
{

#define WEIR_SPAN_COLUMNS                                                                                              \
    "trace_id,span_id,parent_id,name,kind,started_ns,ended_ns,status,status_description,attributes,events,links,"      \
    "resource,request_id"

stored_span read_span(rows const& row)
{
    stored_span s;
    int column = 0;
    s.trace_id = row.get<std::string>(column++);
    s.span_id = row.get<std::string>(column++);
    s.parent_id = row.get<std::optional<std::string>>(column++);
    s.name = row.get<std::string>(column++);
    s.kind = row.get<std::string>(column++);
    s.started_ns = row.get<std::int64_t>(column++);
    s.ended_ns = row.get<std::int64_t>(column++);
    s.status = row.get<std::string>(column++);
    s.status_description = row.get<std::optional<std::string>>(column++);
    s.attributes = row.get<std::string>(column++);
    s.events = row.get<std::string>(column++);
    s.links = row.get<std::string>(column++);
    s.resource = row.get<std::string>(column++);
    s.request = row.get<std::optional<uuid>>(column++);
    s.id = row.get<std::int64_t>(column);
    return s;
}

} // namespace

result<std::int64_t> put_span(connection& db, organization_id organization, span const& what, std::int64_t now_us)
{
    return first_value<std::int64_t>(
        db.query("INSERT INTO span (" WEIR_SPAN_COLUMNS ",organization_id,created_us)"
                 " VALUES (?1,?2,?3,?4,?5,?6,?7,?8,?9,?10,?11,?12,?13,coalesce(?14,(SELECT t.request_id FROM"
                 " tracked_request AS t WHERE t.organization_id=?15 AND t.span_id=?2 LIMIT 1)),?15,?16)"
                 " ON CONFLICT (organization_id,trace_id,span_id) DO UPDATE SET parent_id=excluded.parent_id,"
                 "name=excluded.name,kind=excluded.kind,started_ns=excluded.started_ns,ended_ns=excluded.ended_ns,"
                 "status=excluded.status,status_description=excluded.status_description,attributes=excluded.attributes,"
                 "events=excluded.events,links=excluded.links,resource=excluded.resource,"
                 "request_id=coalesce(span.request_id,excluded.request_id) RETURNING id",
                 what.trace_id, what.span_id, what.parent_id, what.name, what.kind, what.started_ns, what.ended_ns,
                 what.status, what.status_description, what.attributes, what.events, what.links, what.resource,
                 what.request, organization, now_us));
}

result<stored_span> find_span(connection& db, organization_id organization, std::string_view trace_id,
                              std::string_view span_id)
{
    auto found =
        db.query("SELECT " WEIR_SPAN_COLUMNS ",id FROM span WHERE organization_id=?1 AND trace_id=?2 AND span_id=?3",
                 organization, trace_id, span_id);
    if (!found) return found.error();
    if (!found->next()) return found->error() ? found->error() : make_error_code(errc::not_found);
    return read_span(*found);
}

result<std::vector<stored_span>> list_spans(connection& db, organization_id organization, std::string_view trace_id,
                                            std::int64_t most)
{
    return collect(db.query("SELECT " WEIR_SPAN_COLUMNS ",id FROM span WHERE organization_id=?1 AND trace_id=?2"
                            " ORDER BY started_ns,id LIMIT ?3",
                            organization, trace_id, most),
                   read_span);
}

result<void> close_trace(connection& db, organization_id organization, std::string_view trace_id, std::int64_t now_us)
{
    return db.execute("INSERT INTO closed_trace (organization_id,trace_id,closed_us) VALUES (?1,?2,?3)"
                      " ON CONFLICT DO NOTHING",
                      organization, trace_id, now_us);
}

result<bool> is_trace_closed(connection& db, organization_id organization, std::string_view trace_id)
{
    return is_any(
        db.query("SELECT 1 FROM closed_trace WHERE organization_id=?1 AND trace_id=?2", organization, trace_id));
}

} // namespace weir::storage
