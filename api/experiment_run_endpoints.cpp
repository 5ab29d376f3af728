#include "api/dataset_types.hpp"
#include "api/endpoints.hpp"
#include "api/experiment_run_types.hpp"
#include "api/experiment_types.hpp"
#include "api/run_wait.hpp"
#include "api/subversions.hpp"
#include "api/write_json.hpp"
#include "storage/connection.hpp"
#include "storage/evaluations.hpp"
#include "storage/experiment_datasets.hpp"
#include "storage/experiment_runs.hpp"
#include "storage/experiments.hpp"
#include "storage/experiments_v2.hpp"

#include <chrono>
#include <memory>
#include <optional>
#include <set>
#include <string>
#include <utility>
#include <vector>

namespace asio = boost::asio;

/// What experiments have called, and what of it goes on.
namespace weir::api
{

struct run_experiment_params {
    std::string experimentId, hypothesisId;
    std::optional<std::vector<std::string>> datasetRowIds; ///< none, or empty: all rows
};
BOOST_DESCRIBE_STRUCT(run_experiment_params, (), (experimentId, hypothesisId, datasetRowIds))

struct run_experiment_request {
    run_experiment_params body;
};
BOOST_DESCRIBE_STRUCT(run_experiment_request, (), (body))

struct queued_runs {
    std::int64_t runs = 0;
};
BOOST_DESCRIBE_STRUCT(queued_runs, (), (runs))

struct run_hypothesis_params {
    std::string promptVersionId, inputRecordId;
};
BOOST_DESCRIBE_STRUCT(run_hypothesis_params, (), (promptVersionId, inputRecordId))

struct run_hypothesis_request {
    std::string experimentId;
    run_hypothesis_params body;
};
BOOST_DESCRIBE_STRUCT(run_hypothesis_request, (), (experimentId, body))

struct experiment_runs_request {
    std::string experimentId;
    std::optional<run_status> status;
    std::optional<std::int64_t> after, limit;
};
BOOST_DESCRIBE_STRUCT(experiment_runs_request, (), (experimentId, status, after, limit))

struct cancelled_work {
    std::int64_t cancelled = 0;   ///< runs
    std::int64_t evaluations = 0; ///< answers that evaluators were still to score
};
BOOST_DESCRIBE_STRUCT(cancelled_work, (), (cancelled, evaluations))

namespace
{

using storage::uuid;

constexpr std::int64_t most_runs_listed = 1000, usual_runs_listed = 100;

/// Why nothing may be queued: it would never be run.
std::optional<failure> problem_with_runner(services const& with)
{
    if (with.runs_experiments) return std::nullopt;
    return conflict("weir makes no calls of its own, since experiments.concurrency is 0: nothing would be run");
}

result<queued_runs> queue_in(storage::connection& db, storage::organization_id whose, uuid const& experiment,
                             uuid const& hypothesis, std::vector<uuid> const& ids, std::int64_t now_us)
{
    if (auto const there = storage::find_experiment(db, whose, experiment); !there)
        return or_missing(there.error(), no_experiment);
    auto const what = storage::find_hypothesis(db, whose, hypothesis);
    if (!what) return or_missing(what.error(), "Hypothesis not found");
    if (what->experiment != experiment) return not_found("Hypothesis not found");
    auto const rows =
        ids.empty() ? storage::rows_to_run(db, whose, experiment) : storage::rows_to_run(db, whose, experiment, ids);
    if (!rows) return or_missing(rows.error(), "Row not found");
    if (rows->size() > static_cast<std::size_t>(storage::most_rows_to_run))
        return conflict("the dataset has more than " + std::to_string(storage::most_rows_to_run) +
                        " rows; name those to run in datasetRowIds");
    auto const queued = storage::run_hypothesis(db, whose, *what, *rows, now_us);
    if (!queued && queued.error() == storage::errc::too_large)
        return conflict("more than " + std::to_string(storage::most_waiting_runs) + " runs would wait");
    if (!queued) return queued.error();
    return queued_runs{*queued};
}

asio::awaitable<result<queued_runs>> run_experiment(run_experiment_request asked, services& with)
{
    if (auto why = problem_with_runner(with)) co_return *why;
    auto const experiment = read_id("experimentId", asked.body.experimentId);
    if (!experiment) co_return experiment.error();
    auto const hypothesis = read_id("hypothesisId", asked.body.hypothesisId);
    if (!hypothesis) co_return hypothesis.error();
    auto const texts = asked.body.datasetRowIds.value_or(std::vector<std::string>());
    auto ids = read_ids(texts, "datasetRowIds", static_cast<std::size_t>(storage::most_rows_to_run));
    if (!ids) co_return ids.error();
    std::set<uuid> met;
    for (auto const& id : *ids)
        if (!met.insert(id).second)
            co_return invalid("datasetRowIds: has " + id.text() + " twice; each row is run once");
    auto const query = [whose = with.organization, experiment = *experiment, hypothesis = *hypothesis,
                        ids = std::move(*ids), now = with.now_us()](storage::connection& db) {
        return queue_in(db, whose, experiment, hypothesis, ids, now);
    };
    auto queued = co_await with.store.write(query);
    co_return queued;
}

/// Queues one run; returns its number.
result<std::int64_t> queue_one(storage::connection& db, storage::organization_id whose, uuid const& experiment,
                               uuid const& version, uuid const& inputs, std::int64_t now_us)
{
    if (auto const there = storage::require_experiment_v2(db, whose, experiment); !there)
        return or_missing(there.error(), no_experiment);
    if (auto const there = storage::require_prompt_version(db, whose, version); !there)
        return or_missing(there.error(), no_prompt_version);
    auto const number = storage::number_of_row(db, whose, experiment, inputs);
    if (!number) return or_missing(number.error(), no_inputs);
    storage::new_run const one{.experiment = experiment, .prompt_version = version, .input_number = *number};
    auto const queued = storage::queue_runs(db, whose, {&one, 1}, now_us);
    if (!queued) return queued.error();
    auto const run = storage::find_run(db, whose, queued->front());
    if (!run) return run.error();
    return run->id;
}

asio::awaitable<result<std::string>> run_hypothesis(run_hypothesis_request asked, services& with)
{
    if (auto why = problem_with_runner(with)) co_return *why;
    auto const version = read_id("promptVersionId", asked.body.promptVersionId);
    if (!version) co_return version.error();
    auto const inputs = read_id("inputRecordId", asked.body.inputRecordId);
    if (!inputs) co_return inputs.error();
    auto const experiment = uuid::parse(asked.experimentId);
    if (!experiment) co_return not_found(no_experiment);
    auto const query = [whose = with.organization, experiment = *experiment, version = *version, inputs = *inputs,
                        now = with.now_us()](storage::connection& db) {
        return queue_one(db, whose, experiment, version, inputs, now);
    };
    auto const run = co_await with.store.write(query);
    if (!run) co_return run.error();
    auto const request = co_await wait_for_run(*run, with);
    if (!request) co_return request.error();
    co_return request->text();
}

result<storage::run_counts> counts_in(storage::connection& db, storage::organization_id whose, uuid const& experiment)
{
    if (auto const there = storage::require_any_experiment(db, whose, experiment); !there)
        return or_missing(there.error(), no_experiment);
    auto const counts = storage::count_runs(db, whose, experiment);
    if (!counts) return counts.error();
    return *counts;
}

asio::awaitable<result<storage::run_counts>> ask_counts(std::string experiment, services& with)
{
    auto const id = uuid::parse(experiment);
    if (!id) co_return not_found(no_experiment);
    auto const query = [whose = with.organization, id = *id](storage::connection& db) {
        return counts_in(db, whose, id);
    };
    auto counts = co_await with.store.read(query);
    co_return counts;
}

asio::awaitable<result<experiment_progress>> progress(experiment_named asked, services& with)
{
    auto const counts = co_await ask_counts(std::move(asked.experimentId), with);
    if (!counts) co_return counts.error();
    co_return progress_of(*counts);
}

asio::awaitable<result<std::vector<experiment_run>>> runs(experiment_runs_request asked, services& with)
{
    storage::run_query wanted;
    if (asked.status) wanted.status = shape_of<run_status>.words[static_cast<std::size_t>(*asked.status)];
    wanted.after = asked.after.value_or(0);
    wanted.most = asked.limit.value_or(usual_runs_listed);
    if (wanted.most < 1 || wanted.most > most_runs_listed)
        co_return invalid("limit: must be 1 to " + std::to_string(most_runs_listed));
    auto const id = uuid::parse(asked.experimentId);
    if (!id) co_return not_found(no_experiment);
    auto const query = [whose = with.organization, id = *id,
                        wanted](storage::connection& db) -> result<std::vector<storage::run>> {
        if (auto const there = storage::require_any_experiment(db, whose, id); !there)
            return or_missing(there.error(), no_experiment);
        auto found = storage::list_runs(db, whose, id, wanted);
        if (!found) return found.error();
        return std::move(*found);
    };
    auto const found = co_await with.store.read(query);
    if (!found) co_return found.error();
    std::vector<experiment_run> all;
    for (auto const& one : *found) all.push_back(shown(one));
    co_return all;
}

asio::awaitable<result<cancelled_work>> cancel(experiment_named asked, services& with)
{
    auto const id = uuid::parse(asked.experimentId);
    if (!id) co_return not_found(no_experiment);
    auto const query = [whose = with.organization, id = *id,
                        now = with.now_us()](storage::connection& db) -> result<cancelled_work> {
        if (auto const there = storage::require_any_experiment(db, whose, id); !there)
            return or_missing(there.error(), no_experiment);
        auto const cancelled = storage::cancel_runs(db, whose, id, now);
        if (!cancelled) return cancelled.error();
        auto const dropped = storage::drop_evaluations(db, whose, id);
        if (!dropped) return dropped.error();
        return cancelled_work{*cancelled, *dropped};
    };
    auto done = co_await with.store.write(query);
    co_return done;
}

/// Progress as server-sent events. It ends with `done`, or after an hour, behind which a client may ask again.
class progress_events
{
public:
    progress_events(std::string experiment, services with)
        : experiment_(std::move(experiment))
        , with_(std::move(with))
    {
    }

    /// The next event: when the counts are others than those told last. Where nothing happens for long a comment comes,
    /// by which a client that has gone is noticed.
    asio::awaitable<result<std::string>> next()
    {
        auto const begun = clock::now();
        while (!is_over_ && clock::now() < end_) {
            auto const counts = co_await ask_counts(experiment_, with_);
            if (!counts && !told_) co_return counts.error();
            if (counts) {
                auto const event = event_of(progress_of(*counts));
                if (event != told_) {
                    told_ = event;
                    is_over_ = counts->waiting() == 0;
                    co_return event;
                }
            }
            if (clock::now() - begun > longest_silence) co_return std::string(": nothing new\n\n");
            bool const go_on = co_await pause(between_looks);
            if (!go_on) break;
        }
        co_return std::string();
    }

private:
    using clock = std::chrono::steady_clock;

    static constexpr std::chrono::milliseconds between_looks{250};
    static constexpr std::chrono::seconds longest_silence{15};
    static constexpr std::chrono::hours longest_life{1};

    static std::string event_of(experiment_progress const& now)
    {
        return std::string("event: ") + (now.done ? "done" : "progress") + "\ndata: " + to_json(now) + "\n\n";
    }

    std::string const experiment_;
    services with_;
    clock::time_point const end_ = clock::now() + longest_life;
    std::optional<std::string> told_;
    bool is_over_ = false;
};

/// What breaks off in the middle has no text.
asio::awaitable<boost::system::result<std::string>> next_piece(std::shared_ptr<progress_events> from)
{
    auto event = co_await from->next();
    if (!event) co_return event.error().code;
    co_return std::move(*event);
}

asio::awaitable<result<text_in_pieces>> events(experiment_named asked, services& with)
{
    auto const source = std::make_shared<progress_events>(std::move(asked.experimentId), with);
    auto first = co_await source->next();
    if (!first) co_return first.error();
    text_in_pieces answer;
    answer.first = std::move(*first);
    answer.next = [source] { return next_piece(source); };
    answer.type = "text/event-stream; charset=utf-8";
    co_return answer;
}

constexpr endpoint experiment_run_entries[] = {
    changes(post<run_experiment>("/v1/experiment/run", "RunExperiment",
                                 "Has a hypothesis run on rows of the experiment's dataset")),
    changes(post<run_hypothesis>("/v2/experiment/{experimentId}/run-hypothesis", "RunHypothesis",
                                 "Runs a column on a row, and waits for it")),
    get<progress>("/v1/experiment/{experimentId}/progress", "GetExperimentProgress",
                  "How many runs of an experiment are in each status"),
    get<runs>("/v1/experiment/{experimentId}/runs", "GetExperimentRuns", "The runs of an experiment, oldest first"),
    changes(post<cancel>("/v1/experiment/{experimentId}/cancel", "CancelExperiment",
                         "Cancels what of an experiment has not ended")),
    get<events>("/v1/experiment/{experimentId}/events", "GetExperimentEvents",
                "The progress of an experiment as it goes on, as server-sent events"),
};
static_assert(each_is_unique(experiment_run_entries));

} // namespace

constinit group const experiment_run_endpoints{"Experiment", experiment_run_entries};

} // namespace weir::api
