#include "api/dataset_types.hpp"
#include "api/endpoints.hpp"
#include "api/experiment_types.hpp"
#include "api/subversions.hpp"
#include "api/text_limits.hpp"
#include "api/write_json.hpp"
#include "storage/connection.hpp"
#include "storage/experiment_datasets.hpp"
#include "storage/experiment_tables.hpp"
#include "storage/experiments.hpp"

#include <boost/json/object.hpp>
#include <boost/json/serialize.hpp>

#include <optional>
#include <string>
#include <utility>
#include <vector>

namespace asio = boost::asio;
namespace json = boost::json;

/// Experiments of the first kind and their hypotheses.
namespace weir::api
{

struct new_empty_experiment_params {
    text_inputs metadata;
    std::string datasetId;
};
BOOST_DESCRIBE_STRUCT(new_empty_experiment_params, (), (metadata, datasetId))

struct new_empty_experiment_request {
    new_empty_experiment_params body;
};
BOOST_DESCRIBE_STRUCT(new_empty_experiment_request, (), (body))

struct new_experiment_params {
    std::string datasetId, promptVersion, model, providerKeyId;
    std::optional<json::value> meta;
};
BOOST_DESCRIBE_STRUCT(new_experiment_params, (), (datasetId, promptVersion, model, providerKeyId, meta))

struct new_experiment_request {
    new_experiment_params body;
};
BOOST_DESCRIBE_STRUCT(new_experiment_request, (), (body))

struct update_experiment_meta_params {
    std::string experimentId;
    text_inputs meta;
};
BOOST_DESCRIBE_STRUCT(update_experiment_meta_params, (), (experimentId, meta))

struct update_experiment_meta_request {
    update_experiment_meta_params body;
};
BOOST_DESCRIBE_STRUCT(update_experiment_meta_request, (), (body))

struct updated_experiment {
    std::string id;
};
BOOST_DESCRIBE_STRUCT(updated_experiment, (), (id))

/// The reference's document has the first four; its store takes CANCELLED and ERROR as well.
enum class hypothesis_status { PENDING, RUNNING, COMPLETED, FAILED, CANCELLED, ERROR };
BOOST_DESCRIBE_ENUM(hypothesis_status, PENDING, RUNNING, COMPLETED, FAILED, CANCELLED, ERROR)

struct new_hypothesis_params {
    std::string experimentId, model, promptVersion, providerKeyId;
    hypothesis_status status = hypothesis_status::PENDING;
};
BOOST_DESCRIBE_STRUCT(new_hypothesis_params, (), (experimentId, model, promptVersion, providerKeyId, status))

struct new_hypothesis_request {
    new_hypothesis_params body;
};
BOOST_DESCRIBE_STRUCT(new_hypothesis_request, (), (body))

struct made_hypothesis {
    std::string hypothesisId;
};
BOOST_DESCRIBE_STRUCT(made_hypothesis, (), (hypothesisId))

namespace
{

using storage::uuid;

/// That a hypothesis is called with whatever key weir has for the provider.
constexpr std::string_view no_key = "NOKEY";
constexpr std::size_t longest_model = 200; // bytes

result<std::string> read_metadata(std::string text, std::string_view field)
{
    if (text.size() > most_input_bytes)
        return invalid(std::string(field) + ": is longer than " + std::to_string(most_input_bytes) + " bytes");
    return text;
}

result<null> require_dataset_of(storage::connection& db, storage::organization_id whose, uuid const& dataset)
{
    if (auto const there = storage::require_dataset(db, whose, dataset); !there)
        return or_missing(there.error(), no_dataset);
    return null{};
}

result<made_experiment> create_empty_in(storage::connection& db, storage::organization_id whose, uuid const& dataset,
                                        std::string const& metadata, std::int64_t now_us)
{
    if (auto const there = require_dataset_of(db, whose, dataset); !there) return there.error();
    auto const made = storage::create_experiment(db, whose, dataset, metadata, now_us);
    if (!made) return made.error();
    storage::experiment_table const table{.id = {},
                                          .experiment = *made,
                                          .name = "Experiment Table",
                                          .metadata = json::serialize(json::object{{"datasetId", dataset.text()}}),
                                          .created_us = now_us};
    if (auto const kept = storage::create_experiment_table(db, whose, table); !kept) return kept.error();
    return made_experiment{made->text()};
}

asio::awaitable<result<made_experiment>> create_empty_experiment(new_empty_experiment_request asked, services& with)
{
    auto const dataset = read_id("datasetId", asked.body.datasetId);
    if (!dataset) co_return dataset.error();
    auto metadata = read_metadata(to_json(asked.body.metadata), "metadata");
    if (!metadata) co_return metadata.error();
    auto const query = [whose = with.organization, dataset = *dataset, metadata = std::move(*metadata),
                        now = with.now_us()](storage::connection& db) {
        return create_empty_in(db, whose, dataset, metadata, now);
    };
    auto made = co_await with.store.write(query);
    co_return made;
}

/// What a hypothesis is made of, without its experiment; the texts stood in these members of a body.
result<storage::new_hypothesis> read_hypothesis(std::string const& version, std::string const& model,
                                                std::string const& provider_key, std::string_view status)
{
    storage::new_hypothesis made;
    auto const id = read_id("promptVersion", version);
    if (!id) return id.error();
    made.prompt_version = *id;
    if (auto const why = problem_with_text("model", model, longest_model)) return *why;
    made.model = model;
    made.status = status;
    if (provider_key == no_key) return made;
    auto const key = read_id("providerKeyId", provider_key);
    if (!key) return key.error();
    made.provider_key = *key;
    return made;
}

result<uuid> add_hypothesis(storage::connection& db, storage::organization_id whose,
                            storage::new_hypothesis const& made, std::int64_t now_us)
{
    if (auto const there = storage::require_prompt_version(db, whose, made.prompt_version); !there)
        return or_missing(there.error(), no_prompt_version);
    if (made.provider_key)
        if (auto const there = storage::require_provider_key(db, whose, *made.provider_key); !there)
            return or_missing(there.error(), "Provider key not found");
    auto const id = storage::create_hypothesis(db, whose, made, now_us);
    if (!id && id.error() == storage::errc::too_large)
        return conflict("an experiment has at most " + std::to_string(storage::most_hypotheses) + " hypotheses");
    if (!id) return id.error();
    return *id;
}

result<made_experiment> create_in(storage::connection& db, storage::organization_id whose, uuid const& dataset,
                                  std::string const& metadata, storage::new_hypothesis what, std::int64_t now_us)
{
    if (auto const there = require_dataset_of(db, whose, dataset); !there) return there.error();
    auto const made = storage::create_experiment(db, whose, dataset, metadata, now_us);
    if (!made) return made.error();
    what.experiment = *made;
    if (auto const added = add_hypothesis(db, whose, what, now_us); !added) return added.error();
    return made_experiment{made->text()};
}

asio::awaitable<result<made_experiment>> create_experiment(new_experiment_request asked, services& with)
{
    auto const& body = asked.body;
    auto const dataset = read_id("datasetId", body.datasetId);
    if (!dataset) co_return dataset.error();
    auto what = read_hypothesis(body.promptVersion, body.model, body.providerKeyId, "PENDING");
    if (!what) co_return what.error();
    auto metadata = read_metadata(json::serialize(body.meta.value_or(json::value())), "meta");
    if (!metadata) co_return metadata.error();
    auto const query = [whose = with.organization, dataset = *dataset, metadata = std::move(*metadata),
                        what = std::move(*what), now = with.now_us()](storage::connection& db) {
        return create_in(db, whose, dataset, metadata, what, now);
    };
    auto made = co_await with.store.write(query);
    co_return made;
}

asio::awaitable<result<std::vector<updated_experiment>>> update_meta(update_experiment_meta_request asked,
                                                                     services& with)
{
    auto const id = read_id("experimentId", asked.body.experimentId);
    if (!id) co_return id.error();
    auto metadata = read_metadata(to_json(asked.body.meta), "meta");
    if (!metadata) co_return metadata.error();
    auto const query = [whose = with.organization, id = *id, metadata = std::move(*metadata)](storage::connection& db) {
        return storage::set_experiment_metadata(db, whose, id, metadata);
    };
    auto const done = co_await with.store.write(query);
    if (!done) co_return or_missing(done.error(), no_experiment);
    std::vector<updated_experiment> answer{{id->text()}};
    co_return answer;
}

asio::awaitable<result<made_hypothesis>> create_hypothesis(new_hypothesis_request asked, services& with)
{
    auto const& body = asked.body;
    auto const experiment = read_id("experimentId", body.experimentId);
    if (!experiment) co_return experiment.error();
    auto const& words = shape_of<hypothesis_status>.words;
    auto what = read_hypothesis(body.promptVersion, body.model, body.providerKeyId,
                                words[static_cast<std::size_t>(body.status)]);
    if (!what) co_return what.error();
    what->experiment = *experiment;
    auto const query = [whose = with.organization, what = std::move(*what),
                        now = with.now_us()](storage::connection& db) -> result<uuid> {
        if (auto const there = storage::find_experiment(db, whose, what.experiment); !there)
            return or_missing(there.error(), no_experiment);
        return add_hypothesis(db, whose, what, now);
    };
    auto const made = co_await with.store.write(query);
    if (!made) co_return made.error();
    co_return made_hypothesis{made->text()};
}

constexpr endpoint experiment_entries[] = {
    changes(post<create_empty_experiment>("/v1/experiment/new-empty", "CreateNewEmptyExperiment",
                                          "Makes an experiment on a dataset, with an empty table")),
    changes(post<create_experiment>("/v1/experiment", "CreateNewExperimentOld",
                                    "Makes an experiment on a dataset, with one hypothesis")),
    changes(post<update_meta>("/v1/experiment/update-meta", "UpdateExperimentMeta",
                              "Replaces what is said of an experiment")),
    changes(post<create_hypothesis>("/v1/experiment/hypothesis", "CreateNewExperimentHypothesis",
                                    "Adds a hypothesis to an experiment")),
};
static_assert(each_is_unique(experiment_entries));

} // namespace

constinit group const experiment_endpoints{"Experiment", experiment_entries};

} // namespace weir::api
