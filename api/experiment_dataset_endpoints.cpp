#include "api/dataset_types.hpp"
#include "api/endpoints.hpp"
#include "api/filters.hpp"
#include "api/helicone_request.hpp"
#include "api/prompt_input_types.hpp"
#include "api/read_json.hpp"
#include "api/request_links.hpp"
#include "api/write_json.hpp"
#include "net/time_text.hpp"
#include "storage/connection.hpp"
#include "storage/datasets.hpp"
#include "storage/experiment_datasets.hpp"
#include "storage/json_text.hpp"
#include "storage/requests.hpp"

#include <boost/json/array.hpp>
#include <boost/json/value.hpp>

#include <algorithm>
#include <optional>
#include <string>
#include <utility>
#include <vector>

namespace asio = boost::asio;

/// Datasets for experiments, whose rows are sets of inputs.
namespace weir::api
{

enum class dataset_type { experiment, helicone };
BOOST_DESCRIBE_ENUM(dataset_type, experiment, helicone)

struct new_dataset_params {
    std::string datasetName;
    std::vector<std::string> requestIds;
    dataset_type datasetType = dataset_type::experiment;
    std::optional<dataset_metadata> meta;
};
BOOST_DESCRIBE_STRUCT(new_dataset_params, (), (datasetName, requestIds, datasetType, meta))

struct new_dataset_request {
    new_dataset_params body;
};
BOOST_DESCRIBE_STRUCT(new_dataset_request, (), (body))

struct random_dataset_params {
    std::string datasetName;
    dataset_filter filter;
    std::optional<std::int64_t> offset, limit;
};
BOOST_DESCRIBE_STRUCT(random_dataset_params, (), (datasetName, filter, offset, limit))

struct random_dataset_request {
    random_dataset_params body;
};
BOOST_DESCRIBE_STRUCT(random_dataset_request, (), (body))

struct of_prompt_version {
    std::optional<std::string> promptVersionId;
};
BOOST_DESCRIBE_STRUCT(of_prompt_version, (), (promptVersionId))

struct query_datasets_request {
    of_prompt_version body;
};
BOOST_DESCRIBE_STRUCT(query_datasets_request, (), (body))

struct dataset_result {
    std::string id, name, created_at;
    std::optional<dataset_metadata> meta;
};
BOOST_DESCRIBE_STRUCT(dataset_result, (), (id, name, created_at, meta))

using text_map = std::vector<std::pair<std::string, std::string>>;

struct insert_row_params {
    text_map inputs;
    std::string inputRecordId;
    std::optional<std::string> originalColumnId;
};
BOOST_DESCRIBE_STRUCT(insert_row_params, (), (inputs, inputRecordId, originalColumnId))

struct insert_row_request {
    std::string datasetId;
    insert_row_params body;
};
BOOST_DESCRIBE_STRUCT(insert_row_request, (), (datasetId, body))

struct new_row_params {
    text_map inputs;
    std::optional<std::string> sourceRequest;
};
BOOST_DESCRIBE_STRUCT(new_row_params, (), (inputs, sourceRequest))

struct new_row_request {
    std::string datasetId, promptVersionId;
    new_row_params body;
};
BOOST_DESCRIBE_STRUCT(new_row_request, (), (datasetId, promptVersionId, body))

namespace
{

constexpr std::int64_t most_random_rows = 100'000, greatest_row_offset = 1'000'000'000;
constexpr std::int64_t most_experiment_datasets = 100, most_dataset_rows = 1000;
constexpr std::size_t most_inputs_bytes = 1024 * 1024;
/// Bytes of bodies in one answer; the rows behind have none.
constexpr std::size_t most_bodies_bytes = 32 * 1024 * 1024;

using storage::uuid;

asio::awaitable<result<made_dataset>> add_experiment_dataset(new_dataset_request asked, services& with)
{
    auto const* const type = asked.body.datasetType == dataset_type::helicone ? "helicone" : "experiment";
    auto wish = read_dataset_wish(asked.body.datasetName, type, asked.body.meta);
    if (!wish) co_return wish.error();
    auto made = co_await make_dataset_of_calls(std::move(*wish), std::move(asked.body.requestIds), with);
    co_return made;
}

result<storage::random_choice> read_choice(random_dataset_params const& from)
{
    storage::random_choice choice;
    choice.limit = from.limit.value_or(most_random_rows);
    choice.offset = from.offset.value_or(0);
    if (choice.limit < 0 || choice.limit > most_random_rows)
        return invalid("limit: must be 0 to " + std::to_string(most_random_rows));
    if (choice.offset < 0 || choice.offset > greatest_row_offset)
        return invalid("offset: must be 0 to " + std::to_string(greatest_row_offset));
    auto what = read_filter(from.filter, "filter");
    if (!what) return what.error();
    choice.what = std::move(*what);
    return choice;
}

asio::awaitable<result<made_dataset>> add_random_dataset(random_dataset_request asked, services& with)
{
    auto wish = read_dataset_wish(asked.body.datasetName, "experiment", {});
    if (!wish) co_return wish.error();
    auto choice = read_choice(asked.body);
    if (!choice) co_return choice.error();
    auto const query = [whose = with.organization, wish = std::move(*wish), choice = std::move(*choice),
                        now = with.now_us()](storage::connection& db) -> storage::result<uuid> {
        auto const made = storage::create_dataset(db, whose, wish, now);
        if (!made) return made;
        auto const added = storage::add_random_inputs(db, whose, *made, choice, now);
        if (!added) return added.error();
        return made;
    };
    auto const made = co_await with.store.write(query);
    if (!made) co_return made.error();
    co_return made_dataset{made->text()};
}

/// Of metadata as it was stored, which the same type wrote.
std::optional<dataset_metadata> metadata_in(std::optional<std::string> const& stored)
{
    dataset_metadata meta;
    boost::json::value parsed;
    if (!stored || parse_json(*stored, parsed, "meta") || read_json(parsed, meta)) return std::nullopt;
    return meta;
}

asio::awaitable<result<std::vector<dataset_result>>> query_experiment_datasets(query_datasets_request asked,
                                                                               services& with)
{
    auto const query = [whose = with.organization,
                        version = std::move(asked.body.promptVersionId)](storage::connection& db) {
        return storage::list_all_datasets(db, whose, version, most_experiment_datasets);
    };
    auto const found = co_await with.store.read(query);
    if (!found) co_return found.error();
    std::vector<dataset_result> shown;
    for (auto const& one : *found)
        shown.push_back({.id = one.id.text(),
                         .name = one.name.value_or(""),
                         .created_at = net::time_text(one.created_us),
                         .meta = metadata_in(one.metadata)});
    co_return shown;
}

/// Adds a set of inputs, of which there has to be one, as a row.
result<std::string> insert_into(storage::connection& db, storage::organization_id whose, uuid const& dataset,
                                uuid const& inputs, std::int64_t now_us)
{
    if (auto const there = storage::require_dataset(db, whose, dataset); !there)
        return or_missing(there.error(), no_dataset);
    auto const added = storage::add_inputs(db, whose, dataset, inputs, now_us);
    if (!added) return added.error();
    if (*added == 0) return not_found("Input record not found");
    return inputs.text();
}

asio::awaitable<result<std::string>> insert_row(insert_row_request asked, services& with)
{
    auto const dataset = uuid::parse(asked.datasetId);
    if (!dataset) co_return not_found(no_dataset);
    auto const inputs = uuid::parse(asked.body.inputRecordId);
    if (!inputs) co_return invalid("inputRecordId: must be a UUID");
    auto const query = [whose = with.organization, dataset = *dataset, inputs = *inputs, now = with.now_us()](
                           storage::connection& db) { return insert_into(db, whose, dataset, inputs, now); };
    auto answer = co_await with.store.write(query);
    co_return answer;
}

result<std::string> create_row_in(storage::connection& db, storage::organization_id whose, uuid const& dataset,
                                  storage::new_inputs const& made, std::int64_t now_us)
{
    if (auto const there = storage::require_dataset(db, whose, dataset); !there)
        return or_missing(there.error(), no_dataset);
    if (auto const there = storage::require_prompt_version(db, whose, made.prompt_version); !there)
        return or_missing(there.error(), "Prompt version not found");
    auto const inputs = storage::create_inputs(db, whose, made, now_us);
    if (!inputs) return or_missing(inputs.error(), "Request not found");
    auto const added = storage::add_inputs(db, whose, dataset, *inputs, now_us);
    if (!added) return added.error();
    return inputs->text();
}

asio::awaitable<result<std::string>> create_dataset_row(new_row_request asked, services& with)
{
    auto const dataset = uuid::parse(asked.datasetId), version = uuid::parse(asked.promptVersionId);
    if (!dataset) co_return not_found(no_dataset);
    if (!version) co_return not_found("Prompt version not found");
    storage::new_inputs made;
    made.prompt_version = *version;
    if (asked.body.sourceRequest) {
        made.source_request = uuid::parse(*asked.body.sourceRequest);
        if (!made.source_request) co_return invalid("sourceRequest: must be a UUID");
    }
    made.inputs = to_json(asked.body.inputs);
    if (made.inputs.size() > most_inputs_bytes)
        co_return invalid("inputs: are longer than " + std::to_string(most_inputs_bytes) + " bytes");
    auto const query = [whose = with.organization, dataset = *dataset, made = std::move(made), now = with.now_us()](
                           storage::connection& db) { return create_row_in(db, whose, dataset, made, now); };
    auto answer = co_await with.store.write(query);
    co_return answer;
}

/// The bodies of the call that a set of inputs came from, where they are kept, while there is room for them.
storage::result<void> show_source(storage::connection& db, storage::dataset_input const& of, request_links const& links,
                                  std::size_t& room, prompt_input_record& shown)
{
    if (!of.source_row || room == 0) return {};
    auto kept = storage::find_bodies(db, *of.source_row);
    if (!kept && kept.error() == storage::errc::not_found) return {};
    if (!kept) return kept.error();
    auto const size = kept->request.size() + kept->response.size();
    room -= std::min(room, size);
    if (of.source_request)
        shown.inputs = linked_inputs(std::move(shown.inputs), {*of.source_row, *of.source_request, &*kept}, links);
    if (!kept->request.empty()) shown.request_body = stored_body(std::move(kept->request));
    if (!kept->response.empty()) shown.response_body = stored_body(std::move(kept->response));
    return {};
}

storage::result<std::vector<prompt_input_record>> find_inputs(storage::connection& db, storage::organization_id whose,
                                                              uuid const& dataset, request_links const& links)
{
    if (auto const there = storage::state_of_dataset(db, whose, dataset); !there) return there.error();
    auto rows = storage::list_inputs(db, dataset, most_dataset_rows);
    if (!rows) return rows.error();
    std::vector<prompt_input_record> shown;
    std::size_t room = most_bodies_bytes;
    for (auto const& row : *rows) {
        auto& one = shown.emplace_back();
        one.id = row.id.text();
        one.inputs = storage::pairs_of_json(row.inputs);
        one.dataset_row_id = row.dataset_row_id.text();
        if (row.source_request) one.source_request = row.source_request->text();
        one.prompt_version = row.prompt_version.text();
        one.created_at = net::time_text(row.created_us);
        one.auto_prompt_inputs = stored_values(row.auto_inputs);
        if (auto const done = show_source(db, row, links, room, one); !done) return done.error();
    }
    return shown;
}

asio::awaitable<result<std::vector<prompt_input_record>>> query_dataset_inputs(dataset_request asked, services& with)
{
    auto const dataset = uuid::parse(asked.datasetId);
    if (!dataset) co_return not_found(no_dataset);
    auto const query = [whose = with.organization, dataset = *dataset, links = request_links(with)](
                           storage::connection& db) { return find_inputs(db, whose, dataset, links); };
    auto found = co_await with.store.read(query);
    if (!found) co_return or_missing(found.error(), no_dataset);
    co_return std::move(*found);
}

/// All of it, or nothing.
result<std::vector<nothing>> change_experiment_dataset(storage::connection& db, storage::organization_id whose,
                                                       uuid const& dataset, std::vector<uuid> const& added,
                                                       std::vector<uuid> const& removed, std::int64_t now_us)
{
    if (auto const there = storage::require_dataset(db, whose, dataset); !there)
        return or_missing(there.error(), no_dataset);
    for (auto const& id : added) {
        auto const rows = storage::add_inputs(db, whose, dataset, id, now_us);
        if (!rows) return rows.error();
        if (*rows == 0) return not_found("Input record not found: " + id.text());
    }
    for (auto const& id : removed) {
        auto const rows = storage::remove_inputs(db, whose, dataset, id);
        if (!rows) return rows.error();
        if (*rows == 0) return not_found(std::string(no_dataset_row) + ": " + id.text());
    }
    return std::vector<nothing>();
}

asio::awaitable<result<std::vector<nothing>>> mutate_experiment_dataset(mutate_dataset_request asked, services& with)
{
    auto const dataset = uuid::parse(asked.datasetId);
    if (!dataset) co_return not_found(no_dataset);
    auto added = read_ids(asked.body.addRequests, "addRequests");
    if (!added) co_return added.error();
    auto removed = read_ids(asked.body.removeRequests, "removeRequests");
    if (!removed) co_return removed.error();
    auto const query = [whose = with.organization, dataset = *dataset, added = std::move(*added),
                        removed = std::move(*removed), now = with.now_us()](storage::connection& db) {
        return change_experiment_dataset(db, whose, dataset, added, removed, now);
    };
    auto answer = co_await with.store.write(query);
    co_return answer;
}

constexpr endpoint experiment_dataset_entries[] = {
    changes(
        post<add_experiment_dataset>("/v1/experiment/dataset", "AddDataset", "Makes a dataset of the inputs of calls")),
    changes(post<add_random_dataset>("/v1/experiment/dataset/random", "AddRandomDataset",
                                     "Makes a dataset of inputs that pass a filter, chosen at random")),
    post<query_experiment_datasets>("/v1/experiment/dataset/query", "GetDatasets",
                                    "The datasets of both kinds, newest first"),
    changes(post<insert_row>("/v1/experiment/dataset/{datasetId}/row/insert", "InsertDatasetRow",
                             "Adds a set of inputs to a dataset")),
    changes(post<create_dataset_row>("/v1/experiment/dataset/{datasetId}/version/{promptVersionId}/row/new",
                                     "CreateDatasetRow", "Makes a set of inputs and adds it to a dataset")),
    post<query_dataset_inputs>("/v1/experiment/dataset/{datasetId}/inputs/query", "GetDataset",
                               "The sets of inputs of a dataset, with the bodies of their calls"),
    changes(post<mutate_experiment_dataset>("/v1/experiment/dataset/{datasetId}/mutate", "MutateDataset",
                                            "Adds inputs to a dataset and removes others")),
};
static_assert(each_is_unique(experiment_dataset_entries));

} // namespace

constinit group const experiment_dataset_endpoints{"Dataset", experiment_dataset_entries};

} // namespace weir::api
