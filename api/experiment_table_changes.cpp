#include "api/experiment_table_changes.hpp"

#include "api/dataset_types.hpp"
#include "api/experiment_types.hpp"
#include "api/prompt_types.hpp"
#include "api/text_limits.hpp"

#include <boost/json/array.hpp>
#include <boost/json/serialize.hpp>

#include <algorithm>

namespace json = boost::json;

namespace weir::api
{
namespace
{

using storage::uuid;

failure refused(boost::system::error_code why)
{
    if (why == storage::errc::too_large)
        return conflict("a table has at most " + std::to_string(storage::most_table_rows) + " rows and " +
                        std::to_string(storage::most_table_columns) + " columns");
    if (why == storage::errc::conflict) return conflict("Failed to create experiment cells");
    return why;
}

json::object metadata_of(row_of_inputs const& what, std::string_view type)
{
    json::object metadata{{"datasetRowId", nullptr}, {"inputId", what.inputs.text()}, {"cellType", type}};
    if (what.dataset_row) metadata["datasetRowId"] = what.dataset_row->text();
    return metadata;
}

storage::experiment_cell cell_of(storage::experiment_column const& column, row_of_inputs const& what)
{
    auto metadata = metadata_of(what, column.type);
    storage::experiment_cell cell;
    if (column.type == "input") {
        cell.value = "inputs";
        json::array pairs;
        for (auto const& [key, value] : what.values) pairs.push_back(json::object{{"key", key}, {"value", value}});
        metadata["inputs"] = std::move(pairs);
    } else {
        auto const named = std::ranges::find_if(what.values, [&](auto const& p) { return p.first == column.name; });
        if (named != what.values.end()) cell.value = named->second;
    }
    cell.metadata = json::serialize(metadata);
    return cell;
}

/// Adds a cell in each column: that which `make` makes for it.
template <class Make>
result<null> add_cells(table_in_hand const& to, Make make)
{
    auto const columns = storage::list_experiment_columns(to.db, to.table.id);
    if (!columns) return columns.error();
    auto const index = storage::next_row_index(to.db, to.table.id);
    if (!index) return refused(index.error());
    for (auto const& column : *columns) {
        storage::experiment_cell cell = make(column);
        cell.row_index = *index;
        auto const added = storage::add_experiment_cell(to.db, to.table.id, column.id, cell, to.now_us);
        if (!added) return refused(added.error());
    }
    return null{};
}

} // namespace

result<table_in_hand> find_table(storage::connection& db, storage::organization_id whose, uuid const& id,
                                 std::int64_t now_us)
{
    auto found = storage::find_experiment_table(db, whose, id);
    if (!found) return or_missing(found.error(), no_table);
    return table_in_hand{db, whose, std::move(*found), now_us};
}

storage::experiment_column column_of(std::string name, std::string type,
                                     std::vector<std::pair<std::string, std::string>> const& ids)
{
    json::object metadata;
    for (auto const& [key, id] : ids) metadata[key] = id;
    return {.id = {}, .name = std::move(name), .type = std::move(type), .metadata = json::serialize(metadata)};
}

result<uuid> add_column(table_in_hand const& to, storage::experiment_column const& made)
{
    auto const added = storage::add_experiment_column(to.db, to.table.id, made, to.now_us);
    if (!added) return refused(added.error());
    return *added;
}

result<null> add_row(table_in_hand const& to, row_of_inputs const& what)
{
    return add_cells(to, [&what](storage::experiment_column const& column) { return cell_of(column, what); });
}

result<null> add_given_row(table_in_hand const& to, row_of_inputs const& what, std::vector<given_cell> const& cells,
                           std::optional<std::string> const& source)
{
    auto const columns = storage::list_experiment_columns(to.db, to.table.id);
    if (!columns) return columns.error();
    for (auto const& given : cells)
        if (std::ranges::none_of(*columns, [&](auto const& column) { return column.id == given.column; }))
            return not_found("Experiment column not found: " + given.column.text());
    return add_cells(to, [&](storage::experiment_column const& column) {
        storage::experiment_cell cell;
        auto const given = std::ranges::find_if(cells, [&](auto const& one) { return one.column == column.id; });
        if (given == cells.end()) {
            cell.metadata = json::serialize(metadata_of(what, "output"));
            if (column.type == "output") cell.value = source;
            return cell;
        }
        cell.value = given->value;
        cell.metadata = given->metadata.value_or(json::serialize(metadata_of(what, "input")));
        return cell;
    });
}

/// What is wrong with the parts of a cell, if anything is.
std::optional<failure> problem_with_cell(std::string const& path, std::optional<std::string> const& value,
                                         std::optional<std::string> const& metadata)
{
    if (value)
        if (auto const why = problem_with_text(path + "value", *value, most_input_bytes)) return why;
    if (metadata && metadata->size() > most_input_bytes)
        return invalid(path + "metadata: is longer than " + std::to_string(most_input_bytes) + " bytes");
    return std::nullopt;
}

std::optional<uuid> dataset_of(storage::experiment_table const& table, std::optional<uuid> const& otherwise)
{
    auto const metadata = stored_json(table.metadata.value_or("null"));
    if (auto const* object = metadata.if_object())
        if (auto const* id = object->if_contains("datasetId"); id && id->is_string())
            return uuid::parse(std::string_view(id->get_string()));
    return otherwise;
}

} // namespace weir::api
