#include "api/dataset_types.hpp"
#include "api/endpoints.hpp"
#include "api/experiment_table_changes.hpp"
#include "api/experiment_types.hpp"
#include "api/prompt_types.hpp"
#include "net/time_text.hpp"
#include "storage/connection.hpp"
#include "storage/experiment_tables.hpp"

#include <boost/json/value.hpp>

#include <algorithm>
#include <optional>
#include <string>
#include <utility>
#include <vector>

namespace asio = boost::asio;
namespace json = boost::json;

/// What the tables of experiments have.
namespace weir::api
{

struct experiment_table_named {
    std::string experimentTableId;
};
BOOST_DESCRIBE_STRUCT(experiment_table_named, (), (experimentTableId))

struct experiment_table_cell {
    std::string id;
    std::int64_t rowIndex = 0;
    std::optional<std::string> requestId;
    nullable<std::string> value, status;
    std::optional<free_object> metadata;
};
BOOST_DESCRIBE_STRUCT(experiment_table_cell, (), (id, rowIndex, requestId, value, status, metadata))

struct experiment_table_column {
    std::string id, columnName, columnType;
    std::optional<std::string> hypothesisId;
    std::optional<free_object> metadata;
    std::vector<experiment_table_cell> cells;
};
BOOST_DESCRIBE_STRUCT(experiment_table_column, (), (id, columnName, columnType, hypothesisId, metadata, cells))

struct experiment_table {
    std::string id, name, experimentId;
    std::vector<experiment_table_column> columns;
    std::optional<free_object> metadata;
};
BOOST_DESCRIBE_STRUCT(experiment_table, (), (id, name, experimentId, columns, metadata))

struct simple_table_column {
    std::string id, columnName, columnType;
    std::optional<free_object> metadata;
};
BOOST_DESCRIBE_STRUCT(simple_table_column, (), (id, columnName, columnType, metadata))

struct experiment_table_simplified {
    std::string id, name, experimentId, createdAt;
    std::optional<json::value> metadata;
    std::vector<simple_table_column> columns;
};
BOOST_DESCRIBE_STRUCT(experiment_table_simplified, (), (id, name, experimentId, createdAt, metadata, columns))

namespace
{

using storage::uuid;

constexpr std::int64_t most_tables = 1000;

std::optional<free_object> shown_metadata(std::optional<std::string> const& stored)
{
    if (!stored) return std::nullopt;
    return stored_object(*stored);
}

experiment_table_cell shown_cell(storage::experiment_cell const& one, bool is_output)
{
    experiment_table_cell cell;
    cell.id = one.id.text();
    cell.rowIndex = one.row_index;
    cell.value = one.value;
    cell.status = one.status;
    cell.metadata = shown_metadata(one.metadata);
    if (is_output && one.value && uuid::parse(*one.value)) cell.requestId = one.value;
    return cell;
}

experiment_table_column shown_column(storage::experiment_column const& one)
{
    experiment_table_column column;
    column.id = one.id.text();
    column.columnName = one.name;
    column.columnType = one.type;
    column.metadata = shown_metadata(one.metadata);
    for (auto const& [key, value] : column.metadata.value_or(free_object()))
        if (key == "hypothesisId" && value.is_string()) column.hypothesisId = std::string(value.get_string());
    return column;
}

experiment_table_simplified shown_table(storage::experiment_table const& one)
{
    experiment_table_simplified table;
    table.id = one.id.text();
    table.name = one.name;
    table.experimentId = one.experiment.text();
    table.createdAt = net::time_text(one.created_us);
    if (one.metadata) table.metadata = stored_json(*one.metadata);
    return table;
}

result<experiment_table> table_in(storage::connection& db, storage::organization_id whose, uuid const& id)
{
    auto const found = storage::find_experiment_table(db, whose, id);
    if (!found) return or_missing(found.error(), no_table);
    auto const columns = storage::list_experiment_columns(db, id);
    if (!columns) return columns.error();
    experiment_table table;
    table.id = id.text();
    table.name = found->name;
    table.experimentId = found->experiment.text();
    table.metadata = shown_metadata(found->metadata);
    auto const each = most_row_bytes / std::max<std::size_t>(columns->size(), 1);
    for (auto const& column : *columns) {
        auto const cells = storage::list_experiment_cells(db, column.id, each);
        if (!cells && cells.error() == storage::errc::too_large)
            return conflict("the table's cells are larger than 64 MiB together, which is all that one answer has");
        if (!cells) return cells.error();
        auto& added = table.columns.emplace_back(shown_column(column));
        for (auto const& cell : *cells) added.cells.push_back(shown_cell(cell, column.type != "input"));
    }
    return table;
}

asio::awaitable<result<experiment_table>> query_table(experiment_table_named asked, services& with)
{
    auto const id = uuid::parse(asked.experimentTableId);
    if (!id) co_return not_found(no_table);
    auto const query = [whose = with.organization, id = *id](storage::connection& db) {
        return table_in(db, whose, id);
    };
    auto found = co_await with.store.read(query);
    co_return found;
}

result<experiment_table_simplified> metadata_in(storage::connection& db, storage::organization_id whose, uuid const& id)
{
    auto const found = storage::find_experiment_table(db, whose, id);
    if (!found) return or_missing(found.error(), no_table);
    auto const columns = storage::list_experiment_columns(db, id);
    if (!columns) return columns.error();
    auto table = shown_table(*found);
    for (auto const& one : *columns)
        table.columns.push_back({one.id.text(), one.name, one.type, shown_metadata(one.metadata)});
    return table;
}

asio::awaitable<result<experiment_table_simplified>> query_metadata(experiment_table_named asked, services& with)
{
    auto const id = uuid::parse(asked.experimentTableId);
    if (!id) co_return not_found(no_table);
    auto const query = [whose = with.organization, id = *id](storage::connection& db) {
        return metadata_in(db, whose, id);
    };
    auto found = co_await with.store.read(query);
    co_return found;
}

asio::awaitable<result<std::vector<experiment_table_simplified>>> query_tables(nothing, services& with)
{
    auto const query = [whose = with.organization](storage::connection& db) {
        return storage::list_experiment_tables(db, whose, most_tables);
    };
    auto const found = co_await with.store.read(query);
    if (!found) co_return found.error();
    std::vector<experiment_table_simplified> all;
    for (auto const& one : *found) all.push_back(shown_table(one));
    co_return all;
}

constexpr endpoint experiment_table_entries[] = {
    post<query_table>("/v1/experiment/table/{experimentTableId}/query", "GetExperimentTableById",
                      "A table of an experiment with its cells"),
    post<query_metadata>("/v1/experiment/table/{experimentTableId}/metadata/query", "GetExperimentTableMetadata",
                         "The same without its cells"),
    post<query_tables>("/v1/experiment/tables/query", "GetExperimentTables",
                       "The tables of experiments, newest first, without their columns"),
};
static_assert(each_is_unique(experiment_table_entries));

} // namespace

constinit group const experiment_table_endpoints{"Experiment", experiment_table_entries};

} // namespace weir::api
