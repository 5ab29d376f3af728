#include "api/dataset_types.hpp"
#include "api/endpoints.hpp"
#include "api/experiment_scores.hpp"
#include "api/experiment_types.hpp"
#include "net/time_text.hpp"
#include "storage/connection.hpp"
#include "storage/evaluators.hpp"
#include "storage/experiments.hpp"
#include "storage/experiments_v2.hpp"
#include "storage/judgements.hpp"
#include "storage/prompt_versions.hpp"

#include <algorithm>
#include <optional>
#include <string>
#include <utility>
#include <vector>

namespace asio = boost::asio;

/// What the outputs of experiments were given.
namespace weir::api
{

struct hypothesis_named {
    std::string hypothesisId;
};
BOOST_DESCRIBE_STRUCT(hypothesis_named, (), (hypothesisId))

struct hypothesis_scores {
    std::int64_t runsCount = 0;
    score_entries scores;
};
BOOST_DESCRIBE_STRUCT(hypothesis_scores, (), (runsCount, scores))

struct version_scores_request {
    std::string experimentId, promptVersionId;
};
BOOST_DESCRIBE_STRUCT(version_scores_request, (), (experimentId, promptVersionId))

struct score_v2 : score_entry {
    double max = 0, min = 0;
};
BOOST_DESCRIBE_STRUCT(score_v2, (score_entry), (max, min))

struct single_score_request {
    std::string experimentId, requestId, scoreKey;
};
BOOST_DESCRIBE_STRUCT(single_score_request, (), (experimentId, requestId, scoreKey))

namespace
{

using storage::uuid;

constexpr std::int64_t most_scored_runs = 10'000, most_scores = 1000;

/// The calls that the newest run of each row made, as far as they are in the record.
storage::result<std::vector<storage::request_row>> latest_calls(storage::connection& db, storage::organization_id whose,
                                                                uuid const& hypothesis)
{
    auto const runs = storage::list_hypothesis_runs(db, hypothesis, storage::which_runs::latest, most_scored_runs);
    if (!runs) return runs.error();
    std::vector<uuid> ids;
    for (auto const& run : *runs)
        if (run.request) ids.push_back(*run.request);
    return storage::find_requests(db, whose, ids);
}

hypothesis_scores summary_of(std::vector<storage::request_row> const& calls)
{
    if (calls.empty()) return {.runsCount = 0, .scores = no_scores()};
    std::vector<storage::request_row const*> all;
    for (auto const& call : calls) all.push_back(&call);
    auto const& first = calls.front().record;
    return {.runsCount = static_cast<std::int64_t>(calls.size()),
            .scores = mean_scores(all, net::time_text(first.created_us), first.model)};
}

asio::awaitable<result<hypothesis_scores>> scores_of_hypothesis(hypothesis_named asked, services& with)
{
    constexpr std::string_view unknown = "Hypothesis not found";
    auto const id = uuid::parse(asked.hypothesisId);
    if (!id) co_return not_found(unknown);
    auto const query = [whose = with.organization, id = *id,
                        unknown](storage::connection& db) -> result<hypothesis_scores> {
        if (auto const there = storage::find_hypothesis(db, whose, id); !there)
            return or_missing(there.error(), unknown);
        auto const calls = latest_calls(db, whose, id);
        if (!calls) return calls.error();
        return summary_of(*calls);
    };
    auto answer = co_await with.store.read(query);
    co_return answer;
}

std::string plain_key(storage::output_scores const& of)
{
    auto key = of.key;
    if (of.is_boolean && key.ends_with(storage::boolean_suffix))
        key.resize(key.size() - storage::boolean_suffix.size());
    return key;
}

using score_v2_entries = std::vector<std::pair<std::string, score_v2>>;

score_v2 shown_score_v2(bool is_boolean, double value, double max, double min)
{
    score_v2 one;
    one.valueType = is_boolean ? "boolean" : "number";
    one.value = value;
    one.max = max;
    one.min = min;
    return one;
}

result<score_v2_entries> version_scores_in(storage::connection& db, storage::organization_id whose,
                                           uuid const& experiment, uuid const& version)
{
    if (auto const there = storage::find_experiment_v2(db, whose, experiment); !there)
        return or_missing(there.error(), no_experiment);
    if (auto const there = storage::require_any_version(db, whose, version); !there)
        return or_missing(there.error(), no_prompt_version);
    auto const evaluators = storage::experiment_evaluators(db, whose, experiment);
    if (!evaluators) return evaluators.error();
    auto const found = storage::scores_of_version(db, whose, experiment, version, most_scores);
    if (!found) return found.error();
    score_v2_entries all;
    for (auto const& one : *found)
        if (std::ranges::find(*evaluators, plain_key(one), &storage::evaluator::score_name) != evaluators->end())
            all.emplace_back(one.key, shown_score_v2(one.is_boolean, one.mean, one.greatest, one.least));
    return all;
}

asio::awaitable<result<score_v2_entries>> scores_of_version(version_scores_request asked, services& with)
{
    auto const experiment = uuid::parse(asked.experimentId), version = uuid::parse(asked.promptVersionId);
    if (!experiment) co_return not_found(no_experiment);
    if (!version) co_return not_found(no_prompt_version);
    auto const query = [whose = with.organization, experiment = *experiment, version = *version](
                           storage::connection& db) { return version_scores_in(db, whose, experiment, version); };
    auto answer = co_await with.store.read(query);
    co_return answer;
}

asio::awaitable<result<nullable<score_v2>>> single_score(single_score_request asked, services& with)
{
    auto const experiment = uuid::parse(asked.experimentId), request = uuid::parse(asked.requestId);
    if (!experiment) co_return not_found(no_experiment);
    if (!request) co_return not_found("Request not found");
    auto const query = [whose = with.organization, experiment = *experiment,
                        request = *request](storage::connection& db) -> result<storage::request_row> {
        if (auto const there = storage::find_experiment_v2(db, whose, experiment); !there)
            return or_missing(there.error(), no_experiment);
        auto call = storage::find_request(db, whose, request);
        if (!call) return or_missing(call.error(), "Request not found");
        return std::move(*call);
    };
    auto const call = co_await with.store.read(query);
    if (!call) co_return call.error();
    nullable<score_v2> answer;
    for (auto const& one : call->scores) {
        auto const value = static_cast<double>(one.value);
        if (one.key == asked.scoreKey) answer = shown_score_v2(one.is_boolean, value, value, value);
    }
    co_return answer;
}

constexpr endpoint experiment_score_entries[] = {
    post<scores_of_hypothesis>("/v1/experiment/hypothesis/{hypothesisId}/scores/query", "GetExperimentHypothesisScores",
                               "What the newest runs of a hypothesis come to"),
    get<scores_of_version>("/v2/experiment/{experimentId}/{promptVersionId}/scores", "GetExperimentPromptVersionScores",
                           "What evaluators made of a column's outputs"),
    get<single_score>("/v2/experiment/{experimentId}/{requestId}/{scoreKey}", "GetExperimentScore",
                      "One score of an output"),
};
static_assert(each_is_unique(experiment_score_entries));

} // namespace

constinit group const experiment_score_endpoints{"Experiment", experiment_score_entries};

} // namespace weir::api
