#include "api/dataset_types.hpp"
#include "api/endpoints.hpp"
#include "api/experiment_types.hpp"
#include "api/write_json.hpp"
#include "storage/connection.hpp"
#include "storage/experiments_v2.hpp"

#include <boost/json/value.hpp>

#include <optional>
#include <string>
#include <utility>
#include <vector>

namespace asio = boost::asio;

/// The rows of experiments of the second kind.
namespace weir::api
{

struct manual_row_params {
    text_inputs inputs;
};
BOOST_DESCRIBE_STRUCT(manual_row_params, (), (inputs))

struct manual_row_request {
    std::string experimentId;
    manual_row_params body;
};
BOOST_DESCRIBE_STRUCT(manual_row_request, (), (experimentId, body))

struct manual_rows_params {
    std::vector<text_inputs> inputs;
};
BOOST_DESCRIBE_STRUCT(manual_rows_params, (), (inputs))

struct manual_rows_request {
    std::string experimentId;
    manual_rows_params body;
};
BOOST_DESCRIBE_STRUCT(manual_rows_request, (), (experimentId, body))

struct delete_rows_params {
    std::vector<std::string> inputRecordIds;
};
BOOST_DESCRIBE_STRUCT(delete_rows_params, (), (inputRecordIds))

struct delete_rows_request {
    std::string experimentId;
    delete_rows_params body;
};
BOOST_DESCRIBE_STRUCT(delete_rows_request, (), (experimentId, body))

struct inserted_row {
    std::string inputRecordId;
    text_inputs inputs;
    std::vector<boost::json::value> autoInputs;
};
BOOST_DESCRIBE_STRUCT(inserted_row, (), (inputRecordId, inputs, autoInputs))

struct insert_rows_params {
    std::vector<inserted_row> rows;
};
BOOST_DESCRIBE_STRUCT(insert_rows_params, (), (rows))

struct insert_rows_request {
    std::string experimentId;
    insert_rows_params body;
};
BOOST_DESCRIBE_STRUCT(insert_rows_request, (), (experimentId, body))

struct insert_dataset_request {
    std::string experimentId, datasetId;
};
BOOST_DESCRIBE_STRUCT(insert_dataset_request, (), (experimentId, datasetId))

struct update_row_params {
    std::string inputRecordId;
    text_inputs inputs;
};
BOOST_DESCRIBE_STRUCT(update_row_params, (), (inputRecordId, inputs))

struct update_row_request {
    std::string experimentId;
    update_row_params body;
};
BOOST_DESCRIBE_STRUCT(update_row_request, (), (experimentId, body))

namespace
{

using storage::uuid;
using new_rows = std::vector<storage::new_experiment_row>;

/// The inputs as they are stored; `path` names them.
result<std::string> read_inputs(text_inputs const& from, std::string const& path)
{
    auto text = to_json(from);
    if (text.size() > most_input_bytes)
        return invalid(path + ": are longer than " + std::to_string(most_input_bytes) + " bytes");
    return text;
}

std::string at(std::string_view list, std::size_t n) { return std::string(list) + "[" + std::to_string(n) + "]"; }

result<std::vector<uuid>> add_to(storage::connection& db, storage::organization_id whose, uuid const& experiment,
                                 new_rows const& rows, std::int64_t now_us)
{
    auto const to = storage::require_experiment_v2(db, whose, experiment);
    if (!to) return or_missing(to.error(), no_experiment);
    auto added = storage::add_experiment_rows(db, whose, *to, rows, now_us);
    if (!added && added.error() == storage::errc::too_large)
        return conflict("an experiment has at most " + std::to_string(storage::most_experiment_rows) + " rows");
    if (!added) return added.error();
    return std::move(*added);
}

asio::awaitable<result<std::vector<uuid>>> add_rows(std::string experiment, new_rows rows, services& with)
{
    auto const id = uuid::parse(experiment);
    if (!id) co_return not_found(no_experiment);
    auto const query = [whose = with.organization, id = *id, rows = std::move(rows),
                        now = with.now_us()](storage::connection& db) { return add_to(db, whose, id, rows, now); };
    auto added = co_await with.store.write(query);
    co_return added;
}

asio::awaitable<result<std::string>> add_manual_row(manual_row_request asked, services& with)
{
    auto inputs = read_inputs(asked.body.inputs, "inputs");
    if (!inputs) co_return inputs.error();
    new_rows rows(1);
    rows.front().inputs = std::move(*inputs);
    auto const added = co_await add_rows(std::move(asked.experimentId), std::move(rows), with);
    if (!added) co_return added.error();
    co_return added->front().text();
}

asio::awaitable<result<null>> add_manual_rows(manual_rows_request asked, services& with)
{
    new_rows rows;
    for (std::size_t n = 0; n < asked.body.inputs.size(); ++n) {
        auto inputs = read_inputs(asked.body.inputs[n], at("inputs", n));
        if (!inputs) co_return inputs.error();
        rows.emplace_back().inputs = std::move(*inputs);
    }
    auto const added = co_await add_rows(std::move(asked.experimentId), std::move(rows), with);
    if (!added) co_return added.error();
    co_return null{};
}

/// All of them, or none.
result<null> remove_from(storage::connection& db, storage::organization_id whose, uuid const& experiment,
                         std::vector<uuid> const& ids)
{
    if (auto const there = storage::require_experiment_v2(db, whose, experiment); !there)
        return or_missing(there.error(), no_experiment);
    for (auto const& id : ids)
        if (auto const done = storage::remove_experiment_row(db, whose, experiment, id); !done)
            return or_missing(done.error(), std::string(no_inputs) + ": " + id.text());
    return null{};
}

asio::awaitable<result<null>> delete_rows(delete_rows_request asked, services& with)
{
    if (asked.body.inputRecordIds.empty()) co_return invalid("No input record ids provided");
    auto ids = read_ids(asked.body.inputRecordIds, "inputRecordIds");
    if (!ids) co_return ids.error();
    auto const experiment = uuid::parse(asked.experimentId);
    if (!experiment) co_return not_found(no_experiment);
    auto const query = [whose = with.organization, experiment = *experiment, ids = std::move(*ids)](
                           storage::connection& db) { return remove_from(db, whose, experiment, ids); };
    auto done = co_await with.store.write(query);
    co_return done;
}

/// A row to be, and the inputs whose call is its first output.
struct copied_row {
    uuid inputs;
    storage::new_experiment_row row;
};

result<std::vector<copied_row>> read_rows(std::vector<inserted_row> const& from)
{
    std::vector<copied_row> rows;
    for (std::size_t n = 0; n < from.size(); ++n) {
        auto const path = at("rows", n);
        auto const id = uuid::parse(from[n].inputRecordId);
        if (!id) return invalid(path + ".inputRecordId: must be a UUID");
        auto inputs = read_inputs(from[n].inputs, path + ".inputs");
        if (!inputs) return inputs.error();
        auto auto_inputs = to_json(from[n].autoInputs);
        if (auto_inputs.size() > most_input_bytes)
            return invalid(path + ".autoInputs: are longer than " + std::to_string(most_input_bytes) + " bytes");
        rows.push_back({*id, {.inputs = std::move(*inputs), .auto_inputs = std::move(auto_inputs)}});
    }
    return rows;
}

result<null> insert_into(storage::connection& db, storage::organization_id whose, uuid const& experiment,
                         std::vector<copied_row> const& copied, std::int64_t now_us)
{
    new_rows rows;
    for (auto const& one : copied) {
        auto const source = storage::source_of_inputs(db, whose, one.inputs);
        if (!source) return or_missing(source.error(), std::string(no_inputs) + ": " + one.inputs.text());
        rows.push_back(one.row);
        rows.back().original_request = *source;
    }
    auto const added = add_to(db, whose, experiment, rows, now_us);
    if (!added) return added.error();
    return null{};
}

asio::awaitable<result<null>> insert_experiment_rows(insert_rows_request asked, services& with)
{
    auto rows = read_rows(asked.body.rows);
    if (!rows) co_return rows.error();
    auto const experiment = uuid::parse(asked.experimentId);
    if (!experiment) co_return not_found(no_experiment);
    auto const query = [whose = with.organization, experiment = *experiment, rows = std::move(*rows),
                        now = with.now_us()](storage::connection& db) {
        return insert_into(db, whose, experiment, rows, now);
    };
    auto done = co_await with.store.write(query);
    co_return done;
}

result<null> insert_dataset_into(storage::connection& db, storage::organization_id whose, uuid const& experiment,
                                 uuid const& dataset, std::int64_t now_us)
{
    auto const to = storage::require_experiment_v2(db, whose, experiment);
    if (!to) return or_missing(to.error(), no_experiment);
    if (auto const there = storage::require_dataset(db, whose, dataset); !there)
        return or_missing(there.error(), no_dataset);
    auto const rows = storage::inputs_in_dataset(db, whose, to->original_version, dataset);
    if (!rows) return rows.error();
    auto const added = add_to(db, whose, experiment, *rows, now_us);
    if (!added) return added.error();
    return null{};
}

asio::awaitable<result<null>> insert_dataset(insert_dataset_request asked, services& with)
{
    auto const experiment = uuid::parse(asked.experimentId), dataset = uuid::parse(asked.datasetId);
    if (!experiment) co_return not_found(no_experiment);
    if (!dataset) co_return not_found(no_dataset);
    auto const query = [whose = with.organization, experiment = *experiment, dataset = *dataset,
                        now = with.now_us()](storage::connection& db) {
        return insert_dataset_into(db, whose, experiment, dataset, now);
    };
    auto done = co_await with.store.write(query);
    co_return done;
}

asio::awaitable<result<null>> update_row(update_row_request asked, services& with)
{
    auto inputs = read_inputs(asked.body.inputs, "inputs");
    if (!inputs) co_return inputs.error();
    auto const row = uuid::parse(asked.body.inputRecordId);
    if (!row) co_return invalid("inputRecordId: must be a UUID");
    auto const experiment = uuid::parse(asked.experimentId);
    if (!experiment) co_return not_found(no_experiment);
    auto const query = [whose = with.organization, experiment = *experiment, row = *row,
                        inputs = std::move(*inputs)](storage::connection& db) -> result<null> {
        if (auto const there = storage::require_experiment_v2(db, whose, experiment); !there)
            return or_missing(there.error(), no_experiment);
        auto const done = storage::set_row_inputs(db, whose, experiment, row, inputs);
        if (!done) return or_missing(done.error(), no_inputs);
        return null{};
    };
    auto done = co_await with.store.write(query);
    co_return done;
}

constexpr endpoint experiment_row_entries[] = {
    changes(post<add_manual_row>("/v2/experiment/{experimentId}/add-manual-row", "AddManualRowToExperiment",
                                 "Adds a row of inputs to an experiment")),
    changes(post<add_manual_rows>("/v2/experiment/{experimentId}/add-manual-rows-batch",
                                  "AddManualRowsToExperimentBatch", "Adds rows of inputs to an experiment")),
    delete_<delete_rows>("/v2/experiment/{experimentId}/rows", "DeleteExperimentTableRows",
                         "Takes rows out of an experiment"),
    changes(post<insert_experiment_rows>("/v2/experiment/{experimentId}/row/insert/batch",
                                         "CreateExperimentTableRowBatch",
                                         "Adds rows with the calls that their inputs came from")),
    changes(post<insert_dataset>("/v2/experiment/{experimentId}/row/insert/dataset/{datasetId}",
                                 "CreateExperimentTableRowFromDataset", "Adds what a dataset has of the prompt")),
    changes(post<update_row>("/v2/experiment/{experimentId}/row/update", "UpdateExperimentTableRow",
                             "Replaces the inputs of a row")),
};
static_assert(each_is_unique(experiment_row_entries));

} // namespace

constinit group const experiment_row_endpoints{"Experiment", experiment_row_entries};

} // namespace weir::api
