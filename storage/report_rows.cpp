#include "storage/report_rows.hpp"

#include "storage/collect.hpp"
#include "storage/json_text.hpp"
#include "storage/turns.hpp"

#include <map>

namespace weir::storage
{
namespace
{

std::string_view name_of_state(row_step::state of)
{
    switch (of) {
    case row_step::state::queued: return "queued";
    case row_step::state::running: return "running";
    case row_step::state::ended: return "ended";
    }
    return "ended";
}

result<std::vector<waiting_organization>> organizations_with_rows(connection& db)
{
    return collect(
        db.query("WITH RECURSIVE waiting(id) AS (SELECT min(organization_id) FROM report_row WHERE status='queued' "
                 "UNION ALL SELECT (SELECT min(organization_id) FROM report_row WHERE status='queued' "
                 "AND organization_id>waiting.id) FROM waiting WHERE waiting.id IS NOT NULL) "
                 "SELECT w.id,(SELECT count(*) FROM report_row WHERE status='running' AND organization_id=w.id) "
                 "FROM waiting AS w WHERE w.id IS NOT NULL ORDER BY w.id"),
        [](rows const& row) {
            return waiting_organization{row.get<organization_id>(0), row.get<std::int64_t>(1)};
        });
}

/// A row, and its place in the order in which an organisation's rows wait.
struct waiting_row {
    due_report_row row;
    std::int64_t next_try_us = 0;
};

/// The next row behind a place; none when none is due there.
result<std::optional<waiting_row>> next_row(connection& db, organization_id organization, std::int64_t now_us,
                                            waiting_row const& behind)
{
    auto found = collect(db.query("SELECT id,report_id,next_try_us FROM report_row WHERE organization_id=?1 "
                                  "AND status='queued' AND next_try_us<=?2 AND (next_try_us,id)>(?3,?4) "
                                  "ORDER BY next_try_us,id LIMIT 1",
                                  organization, now_us, behind.next_try_us, behind.row.id),
                         [organization](rows const& row) {
                             return waiting_row{{row.get<std::int64_t>(0), row.get<std::int64_t>(1), organization},
                                                row.get<std::int64_t>(2)};
                         });
    if (!found) return found.error();
    return found->empty() ? std::nullopt : std::optional(found->front());
}

result<void> write_cell(connection& db, std::int64_t row, cell_change const& to)
{
    return db.execute("UPDATE report_cell SET status=?3,value=?4,error=?5,number=?6,is_boolean=?7,request_id=?8,"
                      "attempts=?9 WHERE row_id=?1 AND column_id=?2",
                      row, to.column, name_of(to.status), to.value, to.error, to.number, to.is_boolean, to.request,
                      to.attempts);
}

} // namespace

result<std::vector<due_report_row>> due_report_rows(connection& db, std::int64_t now_us, organization_id after,
                                                    std::int64_t most)
{
    auto waiting = organizations_with_rows(db);
    if (!waiting) return waiting.error();
    std::vector<due_report_row> due;
    std::map<organization_id, waiting_row> last;
    while (!waiting->empty() && static_cast<std::int64_t>(due.size()) < most) {
        auto const next = next_in_turn(*waiting, after);
        auto& behind = last[next->id];
        auto const row = next_row(db, next->id, now_us, behind);
        if (!row) return row.error();
        if (!*row) {
            waiting->erase(next);
            continue;
        }
        behind = **row;
        due.push_back(behind.row);
        ++next->running;
        after = next->id;
    }
    return due;
}

result<report_row_content> find_report_row(connection& db, std::int64_t row)
{
    auto cells = first_value<std::string>(db.query("SELECT d.cells FROM report_row AS r JOIN dataset_version_row AS d "
                                                   "ON d.id=r.dataset_row_id WHERE r.id=?1",
                                                   row));
    if (!cells) return cells.error();
    auto own = collect(db.query("SELECT column_id,status,attempts,request_id,value FROM report_cell WHERE row_id=?1 "
                                "ORDER BY column_id",
                                row),
                       [](rows const& cell) {
                           return stored_cell{cell.get<std::int64_t>(0), cell_status_named(cell.get<std::string>(1)),
                                              cell.get<std::int64_t>(2), cell.get<std::optional<uuid>>(3),
                                              cell.get<std::optional<std::string>>(4)};
                       });
    if (!own) return own.error();
    return report_row_content{std::move(*cells), std::move(*own)};
}

result<std::vector<std::string>> dataset_columns_of(connection& db, std::int64_t run)
{
    auto const names = first_value<std::string>(db.query(
        "SELECT v.column_names FROM report AS p JOIN dataset_version AS v ON v.id=p.dataset_id WHERE p.id=?1", run));
    if (!names) return names.error();
    return texts_of_json(*names);
}

result<void> write_row_step(connection& db, row_step const& step, row_step::state before, std::int64_t now_us)
{
    auto const done = db.execute("UPDATE report_row SET status=?3,next_try_us=coalesce(?4,next_try_us) "
                                 "WHERE id=?1 AND status=?2",
                                 step.row, name_of_state(before), name_of_state(step.after), step.next_try_us);
    if (!done || db.changes() == 0) return done;
    for (auto const& cell : step.cells)
        if (auto const written = write_cell(db, step.row, cell); !written) return written;
    // With the last of its cells a report has ended, though its row may have to be looked at once more.
    return settle_report(db, step.report, now_us);
}

result<std::int64_t> requeue_interrupted_rows(connection& db)
{
    auto const done = db.execute("UPDATE report_row SET status='queued' WHERE status='running'");
    if (!done) return done.error();
    return db.changes();
}

result<std::vector<std::int64_t>> ended_report_rows(connection& db, std::span<std::int64_t const> ids)
{
    std::vector<std::int64_t> ended;
    for (auto const id : ids) {
        auto const running = is_any(db.query("SELECT 1 FROM report_row WHERE id=?1 AND status='running'", id));
        if (!running) return running.error();
        if (!*running) ended.push_back(id);
    }
    return ended;
}

result<void> settle_report(connection& db, std::int64_t run, std::int64_t now_us)
{
    auto const has_ended = is_any(db.query("SELECT 1 FROM report WHERE id=?1 AND completed_cells+failed_cells=cells "
                                           "AND NOT EXISTS (SELECT 1 FROM report_column WHERE report_id=?1 "
                                           "AND skipped IS NOT NULL)",
                                           run));
    if (!has_ended) return has_ended.error();
    if (!*has_ended) return {};
    auto const done = db.execute(
        "UPDATE report_column SET (score,score_type,skipped)=(SELECT "
        "CASE WHEN s.truths=s.scored THEN 100.0*s.mean WHEN s.truths=0 THEN s.mean END,"
        "CASE WHEN s.scored=0 THEN NULL WHEN s.truths=s.scored THEN 'boolean' WHEN s.truths=0 THEN 'numeric' END,"
        "s.every-s.scored FROM (SELECT count(*) AS every,count(c.number) AS scored,"
        "count(CASE WHEN c.is_boolean THEN c.number END) AS truths,avg(c.number) AS mean "
        "FROM report_row AS r JOIN report_cell AS c ON c.row_id=r.id AND c.column_id=report_column.id "
        "WHERE r.report_id=report_column.report_id) AS s) WHERE report_id=?1",
        run);
    if (!done) return done;
    return db.execute("UPDATE report SET updated_us=?2 WHERE id=?1", run, now_us);
}

} // namespace weir::storage
