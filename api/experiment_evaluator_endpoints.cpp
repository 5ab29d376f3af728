#include "api/endpoints.hpp"
#include "api/evaluator_types.hpp"
#include "api/run_wait.hpp"
#include "storage/connection.hpp"
#include "storage/evaluations.hpp"
#include "storage/experiments.hpp"

#include <chrono>
#include <string>
#include <utility>
#include <vector>

namespace asio = boost::asio;

/// The evaluators of experiments: each path takes experiments of both kinds.
namespace weir::api
{

struct experiment_to_evaluate {
    std::string experimentId;
};
BOOST_DESCRIBE_STRUCT(experiment_to_evaluate, (), (experimentId))

struct add_experiment_evaluator_params {
    std::string evaluatorId;
};
BOOST_DESCRIBE_STRUCT(add_experiment_evaluator_params, (), (evaluatorId))

struct add_experiment_evaluator_request {
    std::string experimentId;
    add_experiment_evaluator_params body;
};
BOOST_DESCRIBE_STRUCT(add_experiment_evaluator_request, (), (experimentId, body))

struct experiment_evaluator_link {
    std::string experimentId, evaluatorId;
};
BOOST_DESCRIBE_STRUCT(experiment_evaluator_link, (), (experimentId, evaluatorId))

struct evaluator_without_scores {
    std::string evaluatorId, name;
    std::int64_t answers = 0;       ///< to which it gave no score
    nullable<std::string> reason{}; ///< why it gave one up, the last time; null: it is not known, or it has not run
};
BOOST_DESCRIBE_STRUCT(evaluator_without_scores, (), (evaluatorId, name, answers, reason))

namespace
{

using std::chrono::milliseconds;
using storage::uuid;

/// How long a client waits for evaluators, and how often is looked whether they are done.
constexpr std::chrono::minutes longest_wait{10};
constexpr milliseconds between_looks_at_scores{50};

/// As the reference says it.
failure unknown_experiment() { return not_found("Unauthorized"); }

/// What `ask` says of an experiment, which has to be the organisation's.
template <class Ask>
auto of_experiment(services const& with, uuid const& id, Ask ask)
{
    return [whose = with.organization, id, ask = std::move(ask)](storage::connection& db) -> decltype(ask(db)) {
        auto const there = storage::require_any_experiment(db, whose, id);
        if (!there && there.error() == storage::errc::not_found) return unknown_experiment();
        if (!there) return failure(there.error());
        return ask(db);
    };
}

asio::awaitable<result<std::vector<evaluator_result>>> list_experiment_evaluators(experiment_to_evaluate asked,
                                                                                  services& with)
{
    auto const id = uuid::parse(asked.experimentId);
    if (!id) co_return unknown_experiment();
    auto ask = [whose = with.organization,
                id = *id](storage::connection& db) -> result<std::vector<storage::evaluator>> {
        auto found = storage::experiment_evaluators(db, whose, id);
        if (!found) return failure(found.error());
        return std::move(*found);
    };
    auto const query = of_experiment(with, *id, std::move(ask));
    auto const found = co_await with.store.read(query);
    if (!found) co_return found.error();
    co_return shown(*found);
}

asio::awaitable<result<null>> add_experiment_evaluator(add_experiment_evaluator_request asked, services& with)
{
    auto const evaluator = uuid::parse(asked.body.evaluatorId);
    if (!evaluator) co_return invalid("evaluatorId: is not a UUID");
    auto const id = uuid::parse(asked.experimentId);
    if (!id) co_return unknown_experiment();
    auto ask = [whose = with.organization, id = *id, evaluator = *evaluator,
                now = with.now_us()](storage::connection& db) -> result<null> {
        auto const done = storage::link_evaluator(db, whose, id, evaluator, now);
        if (!done) return evaluator_failure(done.error());
        return null{};
    };
    auto const query = of_experiment(with, *id, std::move(ask));
    co_return co_await with.store.write(query);
}

asio::awaitable<result<null>> remove_experiment_evaluator(experiment_evaluator_link asked, services& with)
{
    auto const id = uuid::parse(asked.experimentId);
    if (!id) co_return unknown_experiment();
    auto const evaluator = uuid::parse(asked.evaluatorId);
    if (!evaluator) co_return unknown_evaluator();
    auto ask = [id = *id, evaluator = *evaluator](storage::connection& db) -> result<null> {
        auto const done = storage::unlink_evaluator(db, id, evaluator);
        if (!done) return failure(done.error());
        return null{};
    };
    auto const query = of_experiment(with, *id, std::move(ask));
    co_return co_await with.store.write(query);
}

asio::awaitable<result<bool>> should_run(experiment_to_evaluate asked, services& with)
{
    auto const id = uuid::parse(asked.experimentId);
    if (!id) co_return unknown_experiment();
    auto ask = [whose = with.organization, id = *id](storage::connection& db) -> result<std::vector<bool>> {
        auto const lacking = storage::lacks_scores(db, whose, id);
        if (!lacking) return failure(lacking.error());
        return std::vector{*lacking}; // an error code is also a bool
    };
    auto const query = of_experiment(with, *id, std::move(ask));
    auto const lacking = co_await with.store.read(query);
    if (!lacking) co_return lacking.error();
    co_return lacking->front();
}

/// Queues what lacks scores; how many evaluations of the experiment wait then.
asio::awaitable<result<std::int64_t>> queue(uuid id, services& with)
{
    auto ask = [whose = with.organization, id, now = with.now_us()](storage::connection& db) -> result<std::int64_t> {
        auto const waiting = storage::queue_evaluations(db, whose, id, now);
        if (!waiting) return failure(waiting.error());
        return *waiting;
    };
    auto const query = of_experiment(with, id, std::move(ask));
    co_return co_await with.store.write(query);
}

asio::awaitable<result<null>> run(experiment_to_evaluate asked, services& with)
{
    auto const id = uuid::parse(asked.experimentId);
    if (!id) co_return unknown_experiment();
    if (!with.evaluate_now) co_return failure(errc::not_ready, "no evaluators are run here");
    auto const queued = co_await queue(*id, with);
    if (!queued) co_return queued.error();
    with.evaluate_now();
    auto const look = [whose = with.organization, id = *id](storage::connection& db) {
        return storage::count_evaluations(db, whose, id);
    };
    auto const until = std::chrono::steady_clock::now() + longest_wait;
    for (auto waiting = *queued; waiting > 0;) {
        if (std::chrono::steady_clock::now() > until)
            co_return failure(errc::not_ready, "evaluators still run: should-run-evaluators says when they are done");
        if (with.is_caller_gone && with.is_caller_gone()) co_return failure(errc::not_ready, "nobody waits any more");
        bool const go_on = co_await pause(between_looks_at_scores);
        if (!go_on) co_return failure(errc::not_ready);
        auto const now = co_await with.store.read(look);
        if (!now) co_return now.error();
        waiting = *now;
    }
    co_return null{};
}

/// A read for itself: the answer to having them run is always null, as the reference's.
asio::awaitable<result<std::vector<evaluator_without_scores>>> list_lacking(experiment_to_evaluate asked,
                                                                            services& with)
{
    auto const id = uuid::parse(asked.experimentId);
    if (!id) co_return unknown_experiment();
    using lacking = std::vector<storage::lacking_scores>;
    auto ask = [whose = with.organization, id = *id](storage::connection& db) -> result<lacking> {
        auto found = storage::find_lacking_scores(db, whose, id);
        if (!found) return failure(found.error());
        return std::move(*found);
    };
    auto const query = of_experiment(with, *id, std::move(ask));
    auto const found = co_await with.store.read(query);
    if (!found) co_return found.error();
    std::vector<evaluator_without_scores> out;
    for (auto const& one : *found) {
        evaluator_without_scores shown{.evaluatorId = one.evaluator.text(), .name = one.name, .answers = one.outputs};
        auto reason = with.last_problem ? with.last_problem(one.evaluator) : std::string();
        if (!reason.empty()) shown.reason = std::move(reason);
        out.push_back(std::move(shown));
    }
    co_return out;
}

#define WEIR_EVALUATORS_OF(version, suffix)                                                                            \
    get<list_experiment_evaluators>("/" version "/experiment/{experimentId}/evaluators",                               \
                                    "GetExperimentEvaluators" suffix, "The evaluators of an experiment"),              \
        changes(post<add_experiment_evaluator>("/" version "/experiment/{experimentId}/evaluators",                    \
                                               "CreateExperimentEvaluator" suffix,                                     \
                                               "Has an evaluator score an experiment")),                               \
        delete_<remove_experiment_evaluator>("/" version "/experiment/{experimentId}/evaluators/{evaluatorId}",        \
                                             "DeleteExperimentEvaluator" suffix,                                       \
                                             "Has an evaluator score an experiment no more"),                          \
        changes(post<run>("/" version "/experiment/{experimentId}/evaluators/run", "RunExperimentEvaluators" suffix,   \
                          "Scores what of an experiment lacks scores, and waits for that"))

constexpr endpoint experiment_evaluator_entries[] = {
    WEIR_EVALUATORS_OF("v1", "Old"),
    WEIR_EVALUATORS_OF("v2", ""),
    get<list_lacking>("/v1/experiment/{experimentId}/evaluators/lacking", "GetLackingScores",
                      "The evaluators that have not scored all of an experiment, and why"),
    get<should_run>("/v2/experiment/{experimentId}/should-run-evaluators", "ShouldRunEvaluators",
                    "Whether anything of an experiment lacks a score"),
};
static_assert(each_is_unique(experiment_evaluator_entries));

} // namespace

constinit group const experiment_evaluator_endpoints{"Experiment", experiment_evaluator_entries};

} // namespace weir::api
