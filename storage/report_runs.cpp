#include "storage/report_runs.hpp"

#include "storage/collect.hpp"
#include "storage/report_rows.hpp"

#include <array>

namespace weir::storage
{
namespace
{

constexpr std::array<std::string_view, 4> status_names{"QUEUED", "RUNNING", "COMPLETED", "FAILED"};

} // namespace

std::string_view name_of(cell_status status) { return status_names[static_cast<std::size_t>(status)]; }

cell_status cell_status_named(std::string_view name)
{
    for (std::size_t i = 0; i < status_names.size(); ++i)
        if (status_names[i] == name) return static_cast<cell_status>(i);
    return cell_status::queued;
}

result<report> create_report_run(connection& db, organization_id organization, new_report_run const& wish,
                                 std::int64_t now_us)
{
    auto const id = first_value<std::int64_t>(
        db.query("INSERT INTO report (organization_id,blueprint_id,dataset_id,name,tags,cells,created_us,updated_us) "
                 "SELECT organization_id,id,?2,?3,tags,?5*(SELECT count(*) FROM dataset_version_row WHERE "
                 "dataset_id=?2),?4,?4 FROM report WHERE id=?1 RETURNING id",
                 wish.blueprint, wish.dataset, wish.name, now_us, static_cast<std::int64_t>(wish.columns.size())));
    if (!id) return id.error();
    for (auto const& column : wish.columns)
        if (auto const added = add_report_column(db, *id, column, now_us); !added) return added.error();
    auto done = db.execute("INSERT INTO report_row (organization_id,report_id,dataset_row_id,status,next_try_us) "
                           "SELECT ?1,?2,id,'queued',?4 FROM dataset_version_row WHERE dataset_id=?3 ORDER BY id",
                           organization, *id, wish.dataset, now_us);
    if (!done) return done.error();
    done =
        db.execute("INSERT INTO report_cell (row_id,column_id,status) SELECT r.id,k.id,'QUEUED' FROM report_row AS r "
                   "JOIN report_column AS k ON k.report_id=r.report_id WHERE r.report_id=?1 ORDER BY r.id,k.id",
                   *id);
    if (!done) return done.error();
    if (done = settle_report(db, *id, now_us); !done) return done.error(); // it may have no rows
    return find_report(db, organization, *id);
}

result<std::vector<shown_row>> list_report_rows(connection& db, std::int64_t run, std::int64_t limit,
                                                std::int64_t offset, std::size_t most_bytes)
{
    struct found_row {
        std::int64_t id = 0;
        std::string cells;
    };
    auto const found =
        collect(db.query("SELECT r.id,d.cells FROM report_row AS r JOIN dataset_version_row AS d "
                         "ON d.id=r.dataset_row_id WHERE r.report_id=?1 ORDER BY r.id LIMIT ?2 OFFSET ?3",
                         run, limit, offset),
                [](rows const& row) {
                    return found_row{row.get<std::int64_t>(0), row.get<std::string>(1)};
                });
    if (!found) return found.error();
    std::vector<shown_row> all;
    std::size_t bytes = 0;
    for (auto const& row : *found) {
        auto cells = collect(db.query("SELECT c.status,c.value,c.error FROM report_cell AS c JOIN report_column AS k "
                                      "ON k.id=c.column_id WHERE c.row_id=?1 ORDER BY k.position,k.id",
                                      row.id),
                             [](rows const& cell) {
                                 return shown_cell{cell_status_named(cell.get<std::string>(0)),
                                                   cell.get<std::optional<std::string>>(1),
                                                   cell.get<std::optional<std::string>>(2)};
                             });
        if (!cells) return cells.error();
        bytes += row.cells.size();
        for (auto const& cell : *cells) bytes += cell.value ? cell.value->size() : 0;
        if (bytes > most_bytes) return make_error_code(errc::too_large);
        all.push_back({row.cells, std::move(*cells)});
    }
    return all;
}

result<std::int64_t> count_report_rows(connection& db, std::int64_t run)
{
    return first_value<std::int64_t>(db.query("SELECT count(*) FROM report_row WHERE report_id=?1", run));
}

} // namespace weir::storage
