#include "experiments/runner.hpp"

#include "config/built_in_providers.hpp"
#include "experiments/call_plan.hpp"
#include "experiments/organization_keys.hpp"
#include "experiments/retry.hpp"
#include "log/log.hpp"
#include "net/unix_time.hpp"
#include "storage/prompt_inputs.hpp"
#include "storage/provider_keys.hpp"

#include <boost/asio/post.hpp>

namespace weir::experiments
{

namespace asio = boost::asio;
using std::chrono::milliseconds;
using storage::result;

namespace
{

/// How often what is due is looked for when nothing ends.
constexpr milliseconds interval{100};

/// Of an answer, what says why a provider refused.
constexpr std::size_t most_kept_answer = 16UL * 1024;

/// How long after its call a run may come into the record: the recorder waits for a full disk, too.
constexpr std::chrono::minutes patience{10};

/// The provider's key that a hypothesis names.
result<std::optional<storage::lent_key>> named_key(storage::connection& db, storage::vault const* vault,
                                                   storage::begun_run const& run)
{
    if (!run.provider_key) return std::optional<storage::lent_key>();
    if (!vault) return make_error_code(storage::errc::wrong_key);
    auto found = storage::find_provider_key(db, vault, run.organization, *run.provider_key);
    if (!found) return found.error();
    return std::optional(storage::lent_key{found->provider, std::move(found->key)});
}

} // namespace

runner::runner(worker_options options, metrics::registry& metrics)
    : options_(std::move(options))
    , loop_({.path = options_.path,
             .name = "experiments",
             .interval = interval,
             .look = [this](storage::connection& db) { return look(db); },
             .cancel_all =
                 [this] {
                     for (auto& [id, run] : active_)
                         if (run.call) run.call->cancel();
                 }})
    , runs_(metrics.counters("weir_experiment_runs_total", "Calls of experiments that ended.", {"result"}))
{
    for (auto const* end : {"answered", "retried", "failed"}) runs_.with({end});
}

runner::~runner() { stop(); }

void runner::start() { loop_.start(); }

void runner::drain()
{
    asio::post(loop_.io(), [this] { draining_ = true; });
}

void runner::stop()
{
    loop_.stop();
    if (auto* db = loop_.db()) static_cast<void>(write_outcomes(*db)); // what cannot be written is run again
}

result<void> runner::look(storage::connection& db)
{
    if (!resumed_)
        if (auto const resumed = resume(db); !resumed) return resumed;
    if (auto const written = write_outcomes(db); !written) return written;
    if (auto const dropped = drop_ended(db); !dropped) return dropped;
    return begin_due(db);
}

/// Queues again what an earlier process left running.
result<void> runner::resume(storage::connection& db)
{
    auto begun = storage::transaction::begin(db);
    if (!begun) return begun.error();
    auto const left = storage::requeue_interrupted_runs(db, net::unix_now_us());
    if (!left) return left.error();
    if (auto const done = begun->commit(); !done) return done;
    resumed_ = true;
    if (*left > 0) log::info("runs that were under way are queued again", {{"runs", static_cast<long long>(*left)}});
    return {};
}

/// Writes down what became of runs; those that cannot be written stay, so that none is made again meanwhile.
result<void> runner::write_outcomes(storage::connection& db)
{
    while (!outcomes_.empty()) {
        auto const& last = outcomes_.back();
        auto begun = storage::transaction::begin(db);
        if (!begun) return begun.error();
        auto const now = net::unix_now_us();
        auto const written = last.retry_after
                                 ? storage::retry_run(db, last.run, last.reason,
                                                      now + std::chrono::microseconds(*last.retry_after).count())
                                 : storage::fail_run(db, last.run, last.reason, now);
        if (!written) return written;
        if (auto const done = begun->commit(); !done) return done;
        active_.erase(last.run);
        outcomes_.pop_back();
    }
    return {};
}

/// Forgets runs that are in the record, ends calls of those that were cancelled, and gives up what is not recorded.
result<void> runner::drop_ended(storage::connection& db)
{
    if (active_.empty()) return {};
    std::vector<std::int64_t> ids;
    for (auto const& [id, run] : active_) ids.push_back(id);
    auto const ended = storage::ended_runs(db, ids);
    if (!ended) return ended.error();
    for (auto const id : *ended) {
        auto const found = active_.find(id);
        if (found->second.call)
            found->second.call->cancel();
        else
            active_.erase(found);
    }
    auto const now = net::clock::now();
    for (auto& [id, run] : active_) {
        if (!run.waits_since || now - *run.waits_since < patience) continue;
        run.waits_since.reset();
        outcomes_.push_back({id, "the call was answered but is not in the record: see storage.record and the log", {}});
    }
    return {};
}

/// Begins what is due in the places that are free. One transaction, so that a run is marked before its call is made.
result<void> runner::begin_due(storage::connection& db)
{
    if (draining_ || calling_ >= options_.concurrency) return {};
    auto const now = net::unix_now_us();
    auto const any = storage::is_run_due(db, now);
    if (!any) return any.error();
    if (!*any) return {};
    auto begun = storage::transaction::begin(db);
    if (!begun) return begun.error();
    auto runs = storage::begin_runs(db, now, last_begun_, static_cast<std::int64_t>(options_.concurrency - calling_));
    if (!runs) return runs.error();
    if (auto const done = begun->commit(); !done) return done;
    for (auto& run : *runs) {
        auto const id = run.id;
        last_begun_ = run.organization;
        active_[id] = {};
        ++calling_;
        loop_.spawn(make(std::move(run)), [this, id](std::exception_ptr const& bug) { end_call(id, bug); });
    }
    return {};
}

asio::awaitable<void> runner::make(storage::begun_run run)
{
    auto* db = loop_.db();
    if (!db) {
        outcomes_.push_back({run.id, "the database could not be read", milliseconds(0)});
        co_return;
    }
    auto key = named_key(*db, options_.vault, run);
    if (!key) {
        outcomes_.push_back({run.id, "the hypothesis's provider key cannot be used: " + key.error().message(), {}});
        co_return;
    }
    auto inputs = storage::inputs_with_images(*db, run.organization, std::move(run.inputs));
    if (!inputs) {
        outcomes_.push_back({run.id, "the images of the inputs cannot be read: " + inputs.error().message(), {}});
        co_return;
    }
    run.inputs = std::move(*inputs);
    auto plan = plan_call(run, *key ? config::provider_id((*key)->provider) : std::string());
    if (!plan.problem.empty()) {
        outcomes_.push_back({run.id, std::move(plan.problem), {}});
        co_return;
    }
    if (!*key) key = newest_key(*db, options_.vault, run.organization, plan.provider);
    if (!key) {
        outcomes_.push_back({run.id, "the vault's keys cannot be used: " + key.error().message(), {}});
        co_return;
    }
    gateway_request request{.organization = run.organization,
                            .key = std::move(*key),
                            .target = std::move(plan.target),
                            .fields = "Helicone-Request-Id: " + run.request_id.text() + "\r\n" +
                                      std::string(storage::experiment_property) + ": " + run.experiment.text() + "\r\n",
                            .body = std::move(plan.body),
                            .until = net::clock::now() + options_.timeout,
                            .most_answer = most_kept_answer};
    gateway_call call(loop_.io().get_executor(), loop_.watchdog(), options_.connect);
    active_[run.id].call = &call;
    auto const answer = co_await call.run(std::move(request));
    active_[run.id].call = nullptr;
    bool const was_cut_off = (loop_.is_stopping() || draining_) && answer.status == 0; // then it is run again
    if (!was_cut_off) settle(run, answer);
}

/// Decides what follows from an answer. A good one is the recorder's: it completes the run.
void runner::settle(storage::begun_run const& run, gateway_answer const& answer)
{
    if (answer.status / 100 == 2) {
        active_[run.id].waits_since = net::clock::now();
        runs_.with({"answered"}).add();
        return;
    }
    auto const reason = reason_of(answer);
    if (may_pass(answer) && run.attempts < options_.most_attempts) {
        auto const pause = pause_asked_for(answer).value_or(pause_after(run.attempts, options_.first_retry));
        outcomes_.push_back({run.id, reason, pause});
        runs_.with({"retried"}).add();
        return;
    }
    outcomes_.push_back({run.id, reason, {}});
    runs_.with({"failed"}).add();
}

/// What follows when a call's coroutine is over.
void runner::end_call(std::int64_t run, std::exception_ptr const& bug)
{
    --calling_;
    if (!bug) return;
    active_[run].call = nullptr;
    outcomes_.push_back({run, "a fault of weir's own; the log has it", {}});
}

} // namespace weir::experiments
