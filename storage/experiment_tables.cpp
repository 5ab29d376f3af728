#include "storage/experiment_tables.hpp"

#include "storage/collect.hpp"
#include "storage/json_text.hpp"
#include "storage/random.hpp"

namespace weir::storage
{
namespace
{

#define WEIR_SELECT_TABLE                                                                                              \
    "SELECT id,experiment_id,name,metadata,created_us FROM experiment_table WHERE organization_id=?1"

experiment_table table_in(rows const& row)
{
    return {.id = row.get<uuid>(0),
            .experiment = row.get<uuid>(1),
            .name = row.get<std::string>(2),
            .metadata = row.get<std::optional<std::string>>(3),
            .created_us = row.get<std::int64_t>(4)};
}

experiment_cell cell_in(rows const& row)
{
    return {.id = row.get<uuid>(0),
            .row_index = row.get<std::int64_t>(1),
            .value = row.get<std::optional<std::string>>(2),
            .status = row.get<std::optional<std::string>>(3),
            .metadata = row.get<std::optional<std::string>>(4)};
}

std::size_t size_of(experiment_cell const& cell)
{
    constexpr std::size_t of_the_rest = 150; // bytes, about
    return of_the_rest + cell.value.value_or("").size() + cell.metadata.value_or("").size();
}

} // namespace

result<uuid> create_experiment_table(connection& db, organization_id organization, experiment_table const& made)
{
    auto const id = random_uuid();
    if (!id) return id.error();
    auto const done = db.execute("INSERT INTO experiment_table (id,organization_id,experiment_id,name,metadata,"
                                 "created_us) VALUES (?1,?2,?3,?4,?5,?6)",
                                 *id, organization, made.experiment, made.name, made.metadata, made.created_us);
    if (!done) return done.error();
    return *id;
}

result<experiment_table> find_experiment_table(connection& db, organization_id organization, uuid const& id)
{
    auto found = collect(db.query(WEIR_SELECT_TABLE " AND id=?2", organization, id), table_in);
    if (!found) return found.error();
    if (found->empty()) return make_error_code(errc::not_found);
    return std::move(found->front());
}

result<std::vector<experiment_table>> list_experiment_tables(connection& db, organization_id organization,
                                                             std::int64_t most)
{
    return collect(db.query(WEIR_SELECT_TABLE " ORDER BY created_us DESC,id DESC LIMIT ?2", organization, most),
                   table_in);
}

result<std::vector<experiment_column>> list_experiment_columns(connection& db, uuid const& table)
{
    return collect(db.query("SELECT id,name,type,metadata FROM experiment_column WHERE table_id=?1 ORDER BY CASE type "
                            "WHEN 'input' THEN 0 WHEN 'output' THEN 1 WHEN 'experiment' THEN 2 ELSE 3 END,"
                            "created_us,name,id",
                            table),
                   [](rows const& row) {
                       return experiment_column{.id = row.get<uuid>(0),
                                                .name = row.get<std::string>(1),
                                                .type = row.get<std::string>(2),
                                                .metadata = row.get<std::optional<std::string>>(3)};
                   });
}

result<std::vector<experiment_cell>> list_experiment_cells(connection& db, uuid const& column, std::size_t most_bytes)
{
    auto found = db.query("SELECT id,row_index,value,status,metadata FROM experiment_cell WHERE column_id=?1 "
                          "ORDER BY row_index",
                          column);
    if (!found) return found.error();
    std::vector<experiment_cell> all;
    std::size_t bytes = 0;
    while (found->next()) {
        all.push_back(cell_in(*found));
        bytes += size_of(all.back());
        if (bytes > most_bytes) return make_error_code(errc::too_large);
    }
    if (found->error()) return found->error();
    return all;
}

result<uuid> add_experiment_column(connection& db, uuid const& table, experiment_column const& made,
                                   std::int64_t now_us)
{
    auto const others = list_experiment_columns(db, table);
    if (!others) return others.error();
    if (static_cast<std::int64_t>(others->size()) >= most_table_columns) return make_error_code(errc::too_large);
    auto const id = random_uuid();
    if (!id) return id.error();
    auto done = db.execute("INSERT INTO experiment_column (id,table_id,name,type,metadata,created_us) "
                           "VALUES (?1,?2,?3,?4,?5,?6)",
                           *id, table, made.name, made.type, made.metadata, now_us);
    if (!done) return done.error();
    if (others->empty()) return *id;
    auto const cells = collect(db.query("SELECT id,row_index,value,status,metadata FROM experiment_cell "
                                        "WHERE column_id=?1 ORDER BY row_index",
                                        others->front().id),
                               cell_in);
    if (!cells) return cells.error();
    for (auto const& cell : *cells) {
        auto const cell_id = random_uuid();
        if (!cell_id) return cell_id.error();
        done = db.execute("INSERT INTO experiment_cell (id,column_id,row_index,status,metadata,created_us) VALUES "
                          "(?1,?2,?3,'initialized',json_set(coalesce(?4,'{}'),'$.cellType',?5),?6)",
                          *cell_id, *id, cell.row_index, cell.metadata, made.type, now_us);
        if (!done) return done.error();
    }
    return *id;
}

result<void> add_experiment_cell(connection& db, uuid const& table, uuid const& column, experiment_cell const& made,
                                 std::int64_t now_us)
{
    auto const id = random_uuid();
    if (!id) return id.error();
    return changed_one(
        db, db.execute("INSERT INTO experiment_cell (id,column_id,row_index,value,status,metadata,created_us) "
                       "SELECT ?1,id,?3,?4,'initialized',?5,?6 FROM experiment_column WHERE id=?2 AND table_id=?7",
                       *id, column, made.row_index, made.value, made.metadata, now_us, table));
}

result<std::int64_t> next_row_index(connection& db, uuid const& table)
{
    auto const next = first_value<std::int64_t>(
        db.query("SELECT coalesce(max((SELECT max(x.row_index) FROM experiment_cell AS x WHERE x.column_id=c.id))+1,0) "
                 "FROM experiment_column AS c WHERE c.table_id=?1",
                 table));
    if (next && *next >= most_table_rows) return make_error_code(errc::too_large);
    return next;
}

result<experiment_cell> find_experiment_cell(connection& db, uuid const& table, uuid const& cell)
{
    auto found = collect(db.query("SELECT id,row_index,value,status,metadata FROM experiment_cell WHERE id=?1 "
                                  "AND column_id IN (SELECT id FROM experiment_column WHERE table_id=?2)",
                                  cell, table),
                         cell_in);
    if (!found) return found.error();
    if (found->empty()) return make_error_code(errc::not_found);
    return std::move(found->front());
}

result<void> set_experiment_cell(connection& db, experiment_cell const& cell)
{
    return db.execute("UPDATE experiment_cell SET value=?2,status=?3,metadata=?4 WHERE id=?1", cell.id, cell.value,
                      cell.status, cell.metadata);
}

result<std::vector<table_row>> list_table_rows(connection& db, uuid const& table)
{
    return collect(db.query("SELECT x.metadata ->> 'datasetRowId',c.id,x.row_index FROM experiment_column AS c"
                            " JOIN experiment_cell AS x ON x.column_id=c.id WHERE c.table_id=?1 AND c.type='input'"
                            " AND x.metadata ->> 'datasetRowId' IS NOT NULL ORDER BY x.row_index",
                            table),
                   [](rows const& row) {
                       return table_row{row.get<std::string>(0), row.get<uuid>(1), row.get<std::int64_t>(2)};
                   });
}

result<void> delete_experiment_row(connection& db, uuid const& table, std::int64_t row_index)
{
    return db.execute("UPDATE experiment_cell SET metadata=json_set(coalesce(metadata,'{}'),'$.deleted',json('true')) "
                      "WHERE row_index=?2 AND column_id IN (SELECT id FROM experiment_column WHERE table_id=?1)",
                      table, row_index);
}

result<void> merge_inputs(connection& db, organization_id organization, uuid const& inputs,
                          std::vector<std::pair<std::string, std::string>> const& with)
{
    auto const stored = first_value<std::string>(
        db.query("SELECT inputs FROM prompt_input WHERE id=?1 AND organization_id=?2", inputs, organization));
    if (!stored) return stored.error();
    auto all = pairs_of_json(*stored);
    for (auto const& [key, value] : with) put_property(all, key, value);
    return db.execute("UPDATE prompt_input SET inputs=?2 WHERE id=?1", inputs, to_json(all));
}

} // namespace weir::storage
