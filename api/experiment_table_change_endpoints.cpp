#include "api/dataset_types.hpp"
#include "api/endpoints.hpp"
#include "api/experiment_table_changes.hpp"
#include "api/experiment_types.hpp"
#include "api/prompt_types.hpp"
#include "api/read_json.hpp"
#include "api/subversions.hpp"
#include "api/text_limits.hpp"
#include "storage/connection.hpp"

#include <boost/json/object.hpp>
#include <boost/json/serialize.hpp>

#include <optional>
#include <string>
#include <utility>
#include <vector>

namespace asio = boost::asio;
namespace json = boost::json;

/// Changes to the tables of experiments.
namespace weir::api
{

struct new_cell_params {
    std::string columnId;
    std::int64_t rowIndex = 0;
    nullable<std::string> value;
};
BOOST_DESCRIBE_STRUCT(new_cell_params, (), (columnId, rowIndex, value))

struct new_cell_request {
    std::string experimentTableId;
    new_cell_params body;
};
BOOST_DESCRIBE_STRUCT(new_cell_request, (), (experimentTableId, body))

struct update_cell_params {
    std::string cellId;
    std::optional<std::string> status, value, metadata; ///< metadata: a JSON object as text
    std::optional<bool> updateInputs;
};
BOOST_DESCRIBE_STRUCT(update_cell_params, (), (cellId, status, value, metadata, updateInputs))

struct update_cell_request {
    std::string experimentTableId;
    update_cell_params body;
};
BOOST_DESCRIBE_STRUCT(update_cell_request, (), (experimentTableId, body))

struct new_column_params {
    std::string columnName, columnType;
    std::optional<std::string> hypothesisId, promptVersionId;
    std::optional<std::vector<std::string>> inputKeys; ///< says nothing, as in the reference
};
BOOST_DESCRIBE_STRUCT(new_column_params, (), (columnName, columnType, hypothesisId, promptVersionId, inputKeys))

struct new_column_request {
    std::string experimentTableId;
    new_column_params body;
};
BOOST_DESCRIBE_STRUCT(new_column_request, (), (experimentTableId, body))

namespace
{

using storage::uuid;

constexpr std::size_t longest_word = 200; // bytes of a status, of a column's name or type

asio::awaitable<result<no_content>> create_cell(new_cell_request asked, services& with)
{
    auto const column = read_id("columnId", asked.body.columnId);
    if (!column) co_return column.error();
    if (asked.body.rowIndex < 0 || asked.body.rowIndex >= storage::most_table_rows)
        co_return invalid("rowIndex: must be 0 to " + std::to_string(storage::most_table_rows - 1));
    storage::experiment_cell cell;
    cell.row_index = asked.body.rowIndex;
    cell.value = std::move(asked.body.value.value);
    if (cell.value && cell.value->empty()) cell.value.reset();
    if (auto const why = problem_with_cell("", cell.value, std::nullopt)) co_return *why;
    auto what = [column = *column, cell = std::move(cell)](table_in_hand const& to) -> result<null> {
        auto const done = storage::add_experiment_cell(to.db, to.table.id, column, cell, to.now_us);
        if (!done && done.error() == storage::errc::conflict) return conflict("Failed to create experiment cells");
        if (!done) return or_missing(done.error(), "Experiment column not found");
        return null{};
    };
    auto const done = co_await change(std::move(asked.experimentTableId), std::move(what), with);
    if (!done) co_return done.error();
    co_return no_content{};
}

/// The pairs of a cell's metadata, for the inputs that it names.
result<null> update_inputs(table_in_hand const& to, json::object const& metadata)
{
    auto const* id = metadata.if_contains("inputId");
    auto const* pairs = metadata.if_contains("inputs");
    if (!id || !id->is_string() || !pairs || !pairs->is_array()) return null{};
    auto const inputs = uuid::parse(std::string_view(id->get_string()));
    if (!inputs) return not_found(no_inputs);
    text_inputs values;
    for (auto const& pair : pairs->get_array()) {
        auto const* object = pair.if_object();
        auto const *key = object ? object->if_contains("key") : nullptr,
                   *value = object ? object->if_contains("value") : nullptr;
        if (key && value && key->is_string() && value->is_string())
            values.emplace_back(std::string(key->get_string()), std::string(value->get_string()));
    }
    if (auto const done = storage::merge_inputs(to.db, to.whose, *inputs, values); !done)
        return or_missing(done.error(), no_inputs);
    return null{};
}

struct cell_change {
    uuid cell;
    std::optional<std::string> status, value;
    json::object metadata; ///< what of it is to be another
    bool with_inputs = false;
};

result<null> update_in(table_in_hand const& to, cell_change const& what)
{
    auto found = storage::find_experiment_cell(to.db, to.table.id, what.cell);
    if (!found) return or_missing(found.error(), "Experiment cell not found");
    if (what.status) found->status = what.status;
    if (what.value) found->value = what.value;
    auto stored = stored_json(found->metadata.value_or("{}"));
    auto metadata = stored.is_object() ? std::move(stored.get_object()) : json::object();
    for (auto const& member : what.metadata) metadata[member.key()] = member.value();
    if (!what.metadata.empty()) found->metadata = json::serialize(metadata);
    if (auto const why = problem_with_cell("", std::nullopt, found->metadata)) return *why;
    if (auto const done = storage::set_experiment_cell(to.db, *found); !done) return done.error();
    if (!what.with_inputs) return null{};
    return update_inputs(to, metadata);
}

result<cell_change> read_cell_change(update_cell_params& from)
{
    cell_change what;
    auto const cell = read_id("cellId", from.cellId);
    if (!cell) return cell.error();
    what.cell = *cell;
    if (from.status && !from.status->empty()) what.status = std::move(from.status);
    if (from.value && !from.value->empty()) what.value = std::move(from.value);
    what.with_inputs = from.updateInputs.value_or(false);
    if (what.status)
        if (auto const why = problem_with_text("status", *what.status, longest_word)) return *why;
    if (auto const why = problem_with_cell("", what.value, from.metadata)) return *why;
    if (!from.metadata) return what;
    json::value parsed;
    if (auto const why = parse_json(*from.metadata, parsed, "metadata")) return invalid(*why);
    if (!parsed.is_object()) return invalid("metadata: must be a JSON object as text");
    what.metadata = std::move(parsed.get_object());
    return what;
}

asio::awaitable<result<no_content>> update_cell(update_cell_request asked, services& with)
{
    auto what = read_cell_change(asked.body);
    if (!what) co_return what.error();
    if (!what->status && !what->value && what->metadata.empty() && !what->with_inputs)
        co_return invalid("Failed to update experiment cell statuses: neither status nor value nor metadata is given");
    auto act = [what = std::move(*what)](table_in_hand const& to) { return update_in(to, what); };
    auto const done = co_await change(std::move(asked.experimentTableId), std::move(act), with);
    if (!done) co_return done.error();
    co_return no_content{};
}

asio::awaitable<result<no_content>> create_column(new_column_request asked, services& with)
{
    auto& body = asked.body;
    for (auto const& [field, text] : {std::pair("columnName", &body.columnName), {"columnType", &body.columnType}})
        if (auto const why = problem_with_text(field, *text, longest_word)) co_return *why;
    text_inputs ids;
    if (body.hypothesisId) ids.emplace_back("hypothesisId", *body.hypothesisId);
    if (body.promptVersionId) ids.emplace_back("promptVersionId", *body.promptVersionId);
    for (auto& [field, id] : ids) {
        auto const read = read_id(field, id);
        if (!read) co_return read.error();
        id = read->text(); // as the runner looks for it
    }
    auto what = [column = column_of(std::move(body.columnName), std::move(body.columnType), ids)](
                    table_in_hand const& to) -> result<null> {
        if (auto const added = add_column(to, column); !added) return added.error();
        return null{};
    };
    auto const done = co_await change(std::move(asked.experimentTableId), std::move(what), with);
    if (!done) co_return done.error();
    co_return no_content{};
}

constexpr endpoint experiment_table_change_entries[] = {
    changes(post<create_cell>("/v1/experiment/table/{experimentTableId}/cell", "CreateExperimentCell",
                              "Adds a cell to a table")),
    patch<update_cell>("/v1/experiment/table/{experimentTableId}/cell", "UpdateExperimentCell",
                       "Changes a cell, and the inputs that it names"),
    changes(post<create_column>("/v1/experiment/table/{experimentTableId}/column", "CreateExperimentColumn",
                                "Adds a column to a table")),
};
static_assert(each_is_unique(experiment_table_change_entries));

} // namespace

constinit group const experiment_table_change_endpoints{"Experiment", experiment_table_change_entries};

} // namespace weir::api
