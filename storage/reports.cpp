#include "storage/reports.hpp"

#include "storage/call_filter.hpp"
#include "storage/collect.hpp"
#include "storage/json_text.hpp"
#include "storage/sql.hpp"

namespace weir::storage
{
namespace
{

#define WEIR_REPORT_COLUMNS                                                                                            \
    "p.id,p.blueprint_id,p.dataset_id,p.name,p.tags,p.cells,p.running_cells,p.completed_cells,p.failed_cells,"         \
    "p.created_us,p.updated_us,p.deleted_us IS NOT NULL"

report report_in(rows const& row)
{
    report made;
    made.id = row.get<std::int64_t>(0);
    made.blueprint = row.get<std::optional<std::int64_t>>(1);
    made.dataset = row.get<std::int64_t>(2);
    made.name = row.get<std::string>(3);
    made.tags = texts_of_json(row.get<std::string>(4));
    made.cells = {.all = row.get<std::int64_t>(5),
                  .running = row.get<std::int64_t>(6),
                  .completed = row.get<std::int64_t>(7),
                  .failed = row.get<std::int64_t>(8)};
    made.created_us = row.get<std::int64_t>(9);
    made.updated_us = row.get<std::int64_t>(10);
    made.is_deleted = row.get<bool>(11);
    return made;
}

/// With their external ids.
result<std::vector<report>> read_reports(connection& db, organization_id organization, result<rows> found)
{
    auto reports = collect(std::move(found), report_in);
    if (!reports) return reports;
    for (auto& one : *reports) {
        auto ids = external_names(db, organization, external_kind::report, one.id);
        if (!ids) return ids.error();
        one.external_ids = std::move(*ids);
    }
    return reports;
}

/// " FROM … WHERE …"
void append_search(organization_id organization, report_search const& search, sql& to)
{
    (to << " FROM report AS p WHERE p.blueprint_id IS NULL AND p.organization_id=")
        .bind(static_cast<std::int64_t>(organization));
    if (search.is_deleted) to << (*search.is_deleted ? " AND p.deleted_us IS NOT NULL" : " AND p.deleted_us IS NULL");
    if (!search.name_part.empty())
        (to << " AND weir_like(p.name,").bind('%' + literal_pattern(search.name_part) + '%') << ",1)";
    if (search.external) {
        to << " AND p.id IN (SELECT thing FROM external_id WHERE kind='report' AND organization_id=";
        to.bind(static_cast<std::int64_t>(organization)) << " AND source=";
        to.bind(search.external->source) << " AND external_id=";
        to.bind(search.external->id) << ")";
    }
    append_change_times(search.when, "p.created_us", "p.updated_us", to);
}

std::string_view order_of(report_order by)
{
    switch (by) {
    case report_order::id: return "p.id";
    case report_order::name: return "p.name";
    case report_order::created_at: return "p.created_us";
    case report_order::updated_at: return "p.updated_us";
    }
    return "p.id";
}

/// Ends what a run has not done yet.
result<void> end_rows(connection& db, std::int64_t run)
{
    auto const done = db.execute("UPDATE report_cell SET status='FAILED',error='the report was archived before' "
                                 "WHERE status IN ('QUEUED','RUNNING') AND row_id IN "
                                 "(SELECT id FROM report_row WHERE report_id=?1 AND status<>'ended')",
                                 run);
    if (!done) return done;
    return db.execute("UPDATE report_row SET status='ended' WHERE report_id=?1 AND status<>'ended'", run);
}

} // namespace

result<report> create_report(connection& db, organization_id organization, new_report const& wish, std::int64_t now_us)
{
    auto const id = first_value<std::int64_t>(
        db.query("INSERT INTO report (organization_id,dataset_id,name,created_us,updated_us) VALUES (?1,?2,?3,?4,?4)"
                 " RETURNING id",
                 organization, wish.dataset, wish.name, now_us));
    if (!id) return id.error();
    if (wish.name.empty())
        if (auto const done = db.execute("UPDATE report SET name='Report '||id WHERE id=?1", *id); !done)
            return done.error();
    for (auto const& one : wish.external_ids) {
        auto const done = put_external_id(db, organization, external_kind::report, one, *id);
        if (!done) return done.error();
    }
    return find_report(db, organization, *id);
}

result<report> find_report(connection& db, organization_id organization, std::int64_t id)
{
    auto found =
        read_reports(db, organization,
                     db.query("SELECT " WEIR_REPORT_COLUMNS " FROM report AS p WHERE p.id=?1 AND p.organization_id=?2",
                              id, organization));
    if (!found) return found.error();
    if (found->empty()) return make_error_code(errc::not_found);
    return std::move(found->front());
}

result<void> rename_report(connection& db, std::int64_t id, std::optional<std::string> const& name,
                           std::optional<std::vector<std::string>> const& tags, std::int64_t now_us)
{
    return db.execute("UPDATE report SET name=coalesce(?2,name),tags=coalesce(?3,tags),updated_us=?4 WHERE id=?1", id,
                      name, tags ? std::optional(json_of_texts(*tags)) : std::nullopt, now_us);
}

result<void> delete_report(connection& db, std::int64_t id, std::int64_t now_us)
{
    auto const ids = collect_column<std::int64_t>(
        db.query("UPDATE report SET deleted_us=?2,updated_us=?2 WHERE (id=?1 OR blueprint_id=?1)"
                 " AND deleted_us IS NULL RETURNING id",
                 id, now_us));
    if (!ids) return ids.error();
    for (auto const one : *ids)
        if (auto const done = end_rows(db, one); !done) return done;
    return {};
}

result<std::int64_t> delete_reports(connection& db, organization_id organization, std::string_view name,
                                    std::int64_t now_us)
{
    auto const ids = collect_column<std::int64_t>(
        db.query("SELECT id FROM report WHERE organization_id=?1 AND name=?2 AND deleted_us IS NULL ORDER BY id",
                 organization, name));
    if (!ids) return ids.error();
    for (auto const id : *ids)
        if (auto const done = delete_report(db, id, now_us); !done) return done.error();
    return static_cast<std::int64_t>(ids->size());
}

result<std::vector<report>> search_reports(connection& db, organization_id organization, report_search const& search)
{
    sql asked("SELECT " WEIR_REPORT_COLUMNS);
    append_search(organization, search, asked);
    asked << " ORDER BY " << order_of(search.by) << (search.ascending ? " ASC" : " DESC") << ",p.id DESC LIMIT ";
    asked.bind(search.limit) << " OFFSET ";
    asked.bind(search.offset);
    return read_reports(db, organization, db.query(asked));
}

result<std::int64_t> count_reports(connection& db, organization_id organization, report_search const& search)
{
    sql asked("SELECT count(*)");
    append_search(organization, search, asked);
    return first_value<std::int64_t>(db.query(asked));
}

result<std::vector<report>> find_report_runs(connection& db, organization_id organization, std::int64_t blueprint,
                                             std::optional<bool> is_deleted, std::int64_t most)
{
    return read_reports(db, organization,
                        db.query("SELECT " WEIR_REPORT_COLUMNS " FROM report AS p WHERE p.blueprint_id=?1 AND "
                                 "p.organization_id=?2 AND (?3 IS NULL OR (p.deleted_us IS NOT NULL)=?3) "
                                 "ORDER BY p.id DESC LIMIT ?4",
                                 blueprint, organization, is_deleted, most));
}

} // namespace weir::storage
