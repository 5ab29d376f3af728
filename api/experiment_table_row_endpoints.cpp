#include "api/dataset_types.hpp"
#include "api/endpoints.hpp"
#include "api/experiment_table_changes.hpp"
#include "api/experiment_types.hpp"
#include "api/prompt_templates.hpp"
#include "api/prompt_types.hpp"
#include "api/subversions.hpp"
#include "api/text_limits.hpp"
#include "api/write_json.hpp"
#include "storage/connection.hpp"
#include "storage/experiment_datasets.hpp"
#include "storage/experiments.hpp"

#include <boost/json/serialize.hpp>

#include <optional>
#include <string>
#include <utility>
#include <vector>

namespace asio = boost::asio;
namespace json = boost::json;

/// New tables of experiments, and their rows.
namespace weir::api
{

struct new_table_params {
    std::string datasetId;
    free_object experimentMetadata;
    std::string promptVersionId, newHeliconeTemplate;
    bool isMajorVersion = false;
    free_object promptSubversionMetadata;
    std::optional<free_object> experimentTableMetadata;
};
BOOST_DESCRIBE_STRUCT(new_table_params, (),
                      (datasetId, experimentMetadata, promptVersionId, newHeliconeTemplate, isMajorVersion,
                       promptSubversionMetadata, experimentTableMetadata))

struct new_table_request {
    new_table_params body;
};
BOOST_DESCRIBE_STRUCT(new_table_request, (), (body))

struct made_table {
    std::string tableId, experimentId;
};
BOOST_DESCRIBE_STRUCT(made_table, (), (tableId, experimentId))

struct new_table_row_params {
    std::string promptVersionId;
    std::optional<std::string> sourceRequest;
    std::optional<text_inputs> inputs;
};
BOOST_DESCRIBE_STRUCT(new_table_row_params, (), (promptVersionId, sourceRequest, inputs))

struct new_table_row_request {
    std::string experimentTableId;
    new_table_row_params body;
};
BOOST_DESCRIBE_STRUCT(new_table_row_request, (), (experimentTableId, body))

struct table_row_named {
    std::string experimentTableId;
    std::int64_t rowIndex = 0;
};
BOOST_DESCRIBE_STRUCT(table_row_named, (), (experimentTableId, rowIndex))

struct batch_cell {
    std::string columnId;
    nullable<std::string> value;
    std::optional<json::value> metadata;
};
BOOST_DESCRIBE_STRUCT(batch_cell, (), (columnId, value, metadata))

struct batch_row {
    std::string inputRecordId;
    text_inputs inputs;
    std::string datasetId;
    std::vector<batch_cell> cells;
    std::optional<std::string> sourceRequest;
};
BOOST_DESCRIBE_STRUCT(batch_row, (), (inputRecordId, inputs, datasetId, cells, sourceRequest))

struct batch_rows_params {
    std::vector<batch_row> rows;
};
BOOST_DESCRIBE_STRUCT(batch_rows_params, (), (rows))

struct batch_rows_request {
    std::string experimentTableId;
    batch_rows_params body;
};
BOOST_DESCRIBE_STRUCT(batch_rows_request, (), (experimentTableId, body))

namespace
{

using storage::uuid;

std::optional<std::string> text_in(free_object const& object, std::string_view key)
{
    for (auto const& [name, value] : object)
        if (name == key && value.is_string()) return std::string(value.get_string());
    return std::nullopt;
}

/// What a new table is made of.
struct table_wish {
    uuid dataset, version;
    std::string name, metadata;
    std::optional<std::string> table_metadata;
    storage::subversion how;
    storage::prompt_template what;
};

result<table_wish> read_table(new_table_params const& from)
{
    table_wish wish;
    auto const dataset = read_id("datasetId", from.datasetId);
    if (!dataset) return dataset.error();
    auto const version = read_id("promptVersionId", from.promptVersionId);
    if (!version) return version.error();
    wish.dataset = *dataset;
    wish.version = *version;
    wish.name = text_in(from.experimentMetadata, "experiment_name").value_or("Experiment");
    if (auto const why = problem_with_text("experimentMetadata.experiment_name", wish.name, most_experiment_name))
        return *why;
    wish.metadata = text_of(from.experimentMetadata);
    if (from.experimentTableMetadata) wish.table_metadata = text_of(*from.experimentTableMetadata);
    // A template that is text is JSON, or what it says.
    auto content = stored_json(from.newHeliconeTemplate);
    if (content.is_null()) content = json::value(from.newHeliconeTemplate);
    auto keys = read_input_keys(content, "newHeliconeTemplate");
    if (!keys) return keys.error();
    wish.what = storage::template_of(content);
    wish.what.input_keys = std::move(*keys);
    wish.how.is_major = from.isMajorVersion;
    wish.how.metadata = text_of(from.promptSubversionMetadata, {{"isProduction", false}});
    return wish;
}

/// The first row: inputs without values, for the version that the experiment was made of.
result<null> add_first_row(table_in_hand const& to, table_wish const& wish)
{
    storage::new_inputs const empty{.prompt_version = wish.version, .inputs = "{}", .source_request = {}};
    auto const inputs = storage::create_inputs(to.db, to.whose, empty, to.now_us);
    if (!inputs) return inputs.error();
    row_of_inputs row{.inputs = *inputs, .dataset_row = {}, .values = {}};
    if (auto const dataset = dataset_of(to.table, std::nullopt))
        if (auto const there = storage::require_dataset(to.db, to.whose, *dataset)) {
            auto const added = storage::add_input(to.db, to.whose, *dataset, *inputs, to.now_us);
            if (!added) return added.error();
            row.dataset_row = *added;
        }
    for (auto const& key : wish.what.input_keys) row.values.emplace_back(key, "");
    return add_row(to, row);
}

result<made_table> create_in(storage::connection& db, storage::organization_id whose, table_wish const& wish,
                             std::int64_t now_us)
{
    if (auto const there = storage::require_dataset(db, whose, wish.dataset); !there)
        return or_missing(there.error(), no_dataset);
    auto const version = storage::add_subversion(db, whose, wish.version, wish.how, wish.what, now_us);
    if (!version && version.error() == storage::errc::conflict)
        return conflict("isMajorVersion: the prompt has a version of that number");
    if (!version) return or_missing(version.error(), no_prompt_version);
    auto const experiment = storage::create_experiment(db, whose, wish.dataset, wish.metadata, now_us);
    if (!experiment) return experiment.error();
    storage::experiment_table table{
        .id = {}, .experiment = *experiment, .name = wish.name, .metadata = wish.table_metadata, .created_us = now_us};
    auto const id = storage::create_experiment_table(db, whose, table);
    if (!id) return id.error();
    table.id = *id;
    table_in_hand const to{db, whose, std::move(table), now_us};
    for (auto const& column : {column_of("inputs", "input", {}),
                               column_of("original", "output", {{"promptVersionId", wish.version.text()}})})
        if (auto const added = add_column(to, column); !added) return added.error();
    if (auto const added = add_first_row(to, wish); !added) return added.error();
    return made_table{id->text(), experiment->text()};
}

asio::awaitable<result<made_table>> create_table(new_table_request asked, services& with)
{
    auto wish = read_table(asked.body);
    if (!wish) co_return wish.error();
    auto const query = [whose = with.organization, wish = std::move(*wish),
                        now = with.now_us()](storage::connection& db) { return create_in(db, whose, wish, now); };
    auto made = co_await with.store.write(query);
    co_return made;
}

result<null> create_table_row_in(table_in_hand const& to, storage::new_inputs const& made, text_inputs const& values)
{
    if (auto const there = storage::require_prompt_version(to.db, to.whose, made.prompt_version); !there)
        return or_missing(there.error(), no_prompt_version);
    auto const experiment = storage::find_experiment(to.db, to.whose, to.table.experiment);
    if (!experiment) return experiment.error();
    auto const dataset = dataset_of(to.table, experiment->dataset);
    if (!dataset) return not_found(no_dataset);
    if (auto const there = storage::require_dataset(to.db, to.whose, *dataset); !there)
        return or_missing(there.error(), no_dataset);
    auto const inputs = storage::create_inputs(to.db, to.whose, made, to.now_us);
    if (!inputs) return or_missing(inputs.error(), "Request not found");
    auto const added = storage::add_input(to.db, to.whose, *dataset, *inputs, to.now_us);
    if (!added) return added.error();
    return add_row(to, {.inputs = *inputs, .dataset_row = *added, .values = values});
}

asio::awaitable<result<null>> create_table_row(new_table_row_request asked, services& with)
{
    auto values = asked.body.inputs.value_or(text_inputs());
    storage::new_inputs made;
    auto const version = read_id("promptVersionId", asked.body.promptVersionId);
    if (!version) co_return version.error();
    made.prompt_version = *version;
    made.inputs = to_json(values);
    if (made.inputs.size() > most_input_bytes)
        co_return invalid("inputs: are longer than " + std::to_string(most_input_bytes) + " bytes");
    if (asked.body.sourceRequest) {
        auto const source = read_id("sourceRequest", *asked.body.sourceRequest);
        if (!source) co_return source.error();
        made.source_request = *source;
    }
    auto what = [made = std::move(made), values = std::move(values)](table_in_hand const& to) {
        return create_table_row_in(to, made, values);
    };
    auto done = co_await change(std::move(asked.experimentTableId), std::move(what), with);
    co_return done;
}

asio::awaitable<result<null>> delete_row(table_row_named asked, services& with)
{
    auto what = [index = asked.rowIndex](table_in_hand const& to) -> result<null> {
        if (auto const done = storage::delete_experiment_row(to.db, to.table.id, index); !done) return done.error();
        return null{};
    };
    auto done = co_await change(std::move(asked.experimentTableId), std::move(what), with);
    co_return done;
}

/// A row of a batch as it was read.
struct row_to_add {
    uuid dataset;
    row_of_inputs what;
    std::vector<given_cell> cells;
    std::optional<std::string> source;
};

result<row_to_add> read_row(batch_row const& from, std::string const& path)
{
    row_to_add row;
    auto const inputs = read_id(path + "inputRecordId", from.inputRecordId);
    if (!inputs) return inputs.error();
    auto const dataset = read_id(path + "datasetId", from.datasetId);
    if (!dataset) return dataset.error();
    row.what.inputs = *inputs;
    row.dataset = *dataset;
    row.source = from.sourceRequest;
    for (std::size_t n = 0; n < from.cells.size(); ++n) {
        auto const here = path + "cells[" + std::to_string(n) + "].";
        auto const column = read_id(here + "columnId", from.cells[n].columnId);
        if (!column) return column.error();
        given_cell cell{*column, from.cells[n].value.value, {}};
        if (auto const& metadata = from.cells[n].metadata) {
            if (!metadata->is_object()) return invalid(here + "metadata: must be an object");
            cell.metadata = json::serialize(*metadata);
        }
        if (auto const why = problem_with_cell(here, cell.value, cell.metadata)) return *why;
        row.cells.push_back(std::move(cell));
    }
    return row;
}

/// All of them, or none.
result<null> add_rows(table_in_hand const& to, std::vector<row_to_add> const& rows)
{
    for (auto const& row : rows) {
        if (auto const there = storage::require_dataset(to.db, to.whose, row.dataset); !there)
            return or_missing(there.error(), no_dataset);
        auto const added = storage::add_input(to.db, to.whose, row.dataset, row.what.inputs, to.now_us);
        if (!added) return or_missing(added.error(), std::string(no_inputs) + ": " + row.what.inputs.text());
        auto what = row.what;
        what.dataset_row = *added;
        if (auto const done = add_given_row(to, what, row.cells, row.source); !done) return done.error();
    }
    return null{};
}

asio::awaitable<result<null>> insert_table_rows(batch_rows_request asked, services& with)
{
    std::vector<row_to_add> rows;
    for (std::size_t n = 0; n < asked.body.rows.size(); ++n) {
        auto row = read_row(asked.body.rows[n], "rows[" + std::to_string(n) + "].");
        if (!row) co_return row.error();
        rows.push_back(std::move(*row));
    }
    auto what = [rows = std::move(rows)](table_in_hand const& to) { return add_rows(to, rows); };
    auto done = co_await change(std::move(asked.experimentTableId), std::move(what), with);
    co_return done;
}

constexpr endpoint experiment_table_row_entries[] = {
    changes(post<create_table>("/v1/experiment/table/new", "CreateNewExperimentTable",
                               "Makes an experiment with a table, and a version derived for it")),
    changes(post<create_table_row>("/v1/experiment/table/{experimentTableId}/row/new", "CreateExperimentTableRow",
                                   "Adds a row of inputs to a table, and to its dataset")),
    delete_<delete_row>("/v1/experiment/table/{experimentTableId}/row/{rowIndex}", "DeleteExperimentTableRow",
                        "Marks a row of a table as deleted"),
    changes(post<insert_table_rows>("/v1/experiment/table/{experimentTableId}/row/insert/batch",
                                    "CreateExperimentTableRowWithCellsBatch",
                                    "Adds rows of cells to a table, and their inputs to datasets")),
};
static_assert(each_is_unique(experiment_table_row_entries));

} // namespace

constinit group const experiment_table_row_endpoints{"Experiment", experiment_table_row_entries};

} // namespace weir::api
