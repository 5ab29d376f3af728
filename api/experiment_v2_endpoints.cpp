#include "api/dataset_types.hpp"
#include "api/endpoints.hpp"
#include "api/experiment_types.hpp"
#include "api/prompt_input_types.hpp"
#include "api/prompt_templates.hpp"
#include "api/subversions.hpp"
#include "api/text_limits.hpp"
#include "net/time_text.hpp"
#include "storage/connection.hpp"
#include "storage/experiments.hpp"
#include "storage/experiments_v2.hpp"
#include "storage/json_text.hpp"
#include "storage/prompts.hpp"
#include "storage/requests.hpp"

#include <optional>
#include <string>
#include <utility>
#include <vector>

namespace asio = boost::asio;
namespace json = boost::json;

/// Experiments of the second kind, and their columns.
namespace weir::api
{

struct new_experiment_v2_params {
    std::string name, originalPromptVersion;
};
BOOST_DESCRIBE_STRUCT(new_experiment_v2_params, (), (name, originalPromptVersion))

struct new_experiment_v2_request {
    new_experiment_v2_params body;
};
BOOST_DESCRIBE_STRUCT(new_experiment_v2_request, (), (body))

struct experiment_of_request {
    std::string requestId;
};
BOOST_DESCRIBE_STRUCT(experiment_of_request, (), (requestId))

struct experiment_v2_result {
    std::string id, name, original_prompt_version;
    nullable<std::string> copied_original_prompt_version;
    nullable<std::vector<std::string>> input_keys;
    std::string created_at;
};
BOOST_DESCRIBE_STRUCT(experiment_v2_result, (),
                      (id, name, original_prompt_version, copied_original_prompt_version, input_keys, created_at))

struct experiment_v2_output {
    std::string id, request_id, prompt_version_id, input_record_id, created_at;
    bool is_original = false;
};
BOOST_DESCRIBE_STRUCT(experiment_v2_output, (),
                      (id, request_id, prompt_version_id, input_record_id, created_at, is_original))

struct experiment_v2_row {
    std::string id;
    text_inputs inputs;
    std::string prompt_version;
    std::vector<json::value> auto_prompt_inputs;
    std::vector<experiment_v2_output> requests;
};
BOOST_DESCRIBE_STRUCT(experiment_v2_row, (), (id, inputs, prompt_version, auto_prompt_inputs, requests))

struct extended_experiment_data : experiment_v2_result {
    std::vector<experiment_v2_row> rows;
};
BOOST_DESCRIBE_STRUCT(extended_experiment_data, (experiment_v2_result), (rows))

namespace
{

constexpr std::int64_t most_experiments = 1000;

constexpr std::string_view empty_template =
    R"({"model":"gpt-4o","messages":[{"role":"system","content":"You are a helpful assistant."}]})";

std::string milliseconds_of(std::int64_t now_us) { return std::to_string(now_us / 1000); }

void show(storage::experiment_v2 const& one, experiment_v2_result& shown)
{
    shown.id = one.id.text();
    shown.name = one.name;
    shown.original_prompt_version = one.original_version.text();
    if (one.copied_version) shown.copied_original_prompt_version = one.copied_version->text();
    shown.input_keys = one.input_keys;
    shown.created_at = net::time_text(one.created_us);
}

experiment_v2_row shown_row(storage::experiment_row const& one)
{
    experiment_v2_row row;
    row.id = one.id.text();
    row.inputs = storage::pairs_of_json(one.inputs);
    row.prompt_version = one.prompt_version.text();
    row.auto_prompt_inputs = stored_values(one.auto_inputs);
    for (auto const& output : one.outputs)
        row.requests.push_back({.id = std::to_string(output.id),
                                .request_id = output.request_id.text(),
                                .prompt_version_id = output.prompt_version.text(),
                                .input_record_id = row.id,
                                .created_at = net::time_text(output.created_us),
                                .is_original = output.is_original});
    return row;
}

result<storage::experiment_v2> create_of(storage::connection& db, storage::organization_id whose,
                                         std::string const& name, storage::uuid const& original, std::int64_t now_us)
{
    auto made = storage::create_experiment_v2(db, whose, name, original, now_us);
    if (!made && made.error() == storage::errc::conflict)
        return conflict("Original prompt version is not a major prompt version");
    if (!made) return or_missing(made.error(), "Failed to get original prompt version");
    return std::move(*made);
}

asio::awaitable<result<made_experiment>> create_experiment_v2(new_experiment_v2_request asked, services& with)
{
    if (asked.body.name.empty()) co_return invalid("name: is empty");
    if (auto const why = problem_with_text("name", asked.body.name, most_experiment_name)) co_return *why;
    auto const original = read_id("originalPromptVersion", asked.body.originalPromptVersion);
    if (!original) co_return original.error();
    auto const query = [whose = with.organization, name = asked.body.name, original = *original, now = with.now_us()](
                           storage::connection& db) { return create_of(db, whose, name, original, now); };
    auto const made = co_await with.store.write(query);
    if (!made) co_return made.error();
    co_return made_experiment{made->id.text()};
}

/// A prompt of the experiment's own, whose name begins with `prefix`, and its version. The name ends with the time in
/// milliseconds, or the first one after it of which there is none yet.
result<storage::uuid> create_own_prompt(storage::connection& db, storage::organization_id whose,
                                        std::string const& prefix, storage::new_prompt wish, std::int64_t now_us)
{
    constexpr std::int64_t millisecond = 1000, most_names = 100'000;
    for (std::int64_t n = 0; n < most_names; ++n) {
        wish.user_defined_id = prefix + milliseconds_of(now_us + n * millisecond);
        auto const made = storage::create_prompt(db, whose, wish, now_us);
        if (made) return made->version;
        if (made.error() != storage::errc::conflict) return made.error();
    }
    return conflict("there is no free name that begins with " + prefix + ": try again in a minute");
}

result<storage::experiment_v2> create_empty_in(storage::connection& db, storage::organization_id whose,
                                               std::int64_t now_us)
{
    storage::new_prompt wish;
    wish.metadata = R"({"emptyPrompt":true})";
    wish.what = storage::template_of(stored_json(std::string(empty_template)));
    auto const version = create_own_prompt(db, whose, "empty-prompt-", std::move(wish), now_us);
    if (!version) return version.error();
    return create_of(db, whose, "experiment-" + milliseconds_of(now_us), *version, now_us);
}

asio::awaitable<result<made_experiment>> create_empty_experiment_v2(nothing, services& with)
{
    auto const query = [whose = with.organization, now = with.now_us()](storage::connection& db) {
        return create_empty_in(db, whose, now);
    };
    auto const made = co_await with.store.write(query);
    if (!made) co_return made.error();
    co_return made_experiment{made->id.text()};
}

/// The version of a prompt that is made of a call's body.
result<storage::uuid> version_of_call(storage::connection& db, storage::organization_id whose,
                                      storage::request_record const& call, std::int64_t now_us)
{
    auto kept = storage::find_bodies(db, call.id);
    if (!kept) return or_missing(kept.error(), "Request body not found");
    if (kept->request.empty()) return not_found("Request body not found");
    auto const content = stored_json(kept->request);
    if (content.is_null()) return conflict("the body of the request is not JSON");
    auto keys = read_input_keys(content, "request");
    if (!keys) return conflict(keys.error().text);
    storage::new_prompt wish;
    wish.metadata = R"({"promptFromRequest":true})";
    wish.what = storage::template_of(content);
    wish.what.input_keys = std::move(*keys);
    wish.version_created_us = call.created_us;
    wish.provider = call.provider;
    return create_own_prompt(db, whose, "prompt-from-request-" + call.request_id.text() + "-", std::move(wish), now_us);
}

/// Of the call's own inputs and their version, or of its body. The call is the output of the one row.
result<storage::experiment_v2> create_of_call(storage::connection& db, storage::organization_id whose,
                                              storage::uuid const& request, std::int64_t now_us)
{
    auto const call = storage::find_request(db, whose, request);
    if (!call) return or_missing(call.error(), "Request not found");
    auto inputs = storage::find_inputs_of_call(db, whose, request);
    if (!inputs) return inputs.error();
    if (!*inputs) {
        auto const version = version_of_call(db, whose, call->record, now_us);
        if (!version) return version.error();
        *inputs = storage::inputs_of_call{*version, {.original_request = request}};
    }
    auto const name = "experiment-from-request-" + request.text() + "-" + milliseconds_of(now_us);
    auto made = create_of(db, whose, name, (*inputs)->prompt_version, now_us);
    if (!made) return made;
    if (auto const added = storage::add_experiment_rows(db, whose, *made, {&(*inputs)->row, 1}, now_us); !added)
        return added.error();
    return made;
}

asio::awaitable<result<made_experiment>> create_from_request(experiment_of_request asked, services& with)
{
    auto const request = storage::uuid::parse(asked.requestId);
    if (!request) co_return not_found("Request not found");
    auto const query = [whose = with.organization, request = *request, now = with.now_us()](storage::connection& db) {
        return create_of_call(db, whose, request, now);
    };
    auto const made = co_await with.store.write(query);
    if (!made) co_return made.error();
    co_return made_experiment{made->id.text()};
}

asio::awaitable<result<std::vector<experiment_v2_result>>> list_experiments_v2(nothing, services& with)
{
    auto const query = [whose = with.organization](storage::connection& db) {
        return storage::list_experiments_v2(db, whose, most_experiments);
    };
    auto const found = co_await with.store.read(query);
    if (!found) co_return found.error();
    std::vector<experiment_v2_result> all;
    for (auto const& one : *found) show(one, all.emplace_back());
    co_return all;
}

result<extended_experiment_data> details_in(storage::connection& db, storage::organization_id whose,
                                            storage::uuid const& id)
{
    auto const found = storage::find_experiment_v2(db, whose, id);
    if (!found) return or_missing(found.error(), no_experiment);
    auto const rows = storage::list_experiment_rows(db, whose, id, most_row_bytes);
    if (!rows && rows.error() == storage::errc::too_large)
        return conflict("the experiment's rows are larger than 64 MiB together, which is all that one answer has");
    if (!rows) return rows.error();
    extended_experiment_data whole;
    show(*found, whole);
    for (auto const& row : *rows) whole.rows.push_back(shown_row(row));
    return whole;
}

asio::awaitable<result<extended_experiment_data>> details(experiment_named asked, services& with)
{
    auto const id = storage::uuid::parse(asked.experimentId);
    if (!id) co_return not_found(no_experiment);
    auto const query = [whose = with.organization, id = *id](storage::connection& db) {
        return details_in(db, whose, id);
    };
    auto found = co_await with.store.read(query);
    co_return found;
}

asio::awaitable<result<null>> remove_experiment_v2(experiment_named asked, services& with)
{
    auto const id = storage::uuid::parse(asked.experimentId);
    if (!id) co_return not_found(no_experiment);
    auto const query = [whose = with.organization, id = *id, now = with.now_us()](storage::connection& db) {
        return storage::delete_experiment_v2(db, whose, id, now);
    };
    auto const done = co_await with.store.write(query);
    if (!done) co_return or_missing(done.error(), no_experiment);
    co_return null{};
}

constexpr endpoint experiment_v2_entries[] = {
    changes(post<create_empty_experiment_v2>("/v2/experiment/create/empty", "CreateEmptyExperiment",
                                             "Makes an experiment of a prompt of its own")),
    changes(post<create_from_request>("/v2/experiment/create/from-request/{requestId}", "CreateExperimentFromRequest",
                                      "Makes an experiment of a recorded request")),
    changes(post<create_experiment_v2>("/v2/experiment/new", "CreateNewExperiment",
                                       "Makes an experiment of a version of a prompt")),
    get<list_experiments_v2>("/v2/experiment", "GetExperiments", "The experiments of the second kind, newest first"),
    get<details>("/v2/experiment/{experimentId}", "GetExperimentById", "One experiment with its rows and outputs"),
    delete_<remove_experiment_v2>("/v2/experiment/{experimentId}", "DeleteExperiment", "Deletes an experiment"),
};
static_assert(each_is_unique(experiment_v2_entries));

} // namespace

constinit group const experiment_v2_endpoints{"Experiment", experiment_v2_entries};

} // namespace weir::api
