#include "experiments/runner.hpp"

#include "config/built_in_providers.hpp"
#include "experiments/call_plan.hpp"
#include "experiments/retry.hpp"
#include "log/log.hpp"
#include "storage/provider_keys.hpp"

#include <boost/asio/as_tuple.hpp>
#include <boost/asio/co_spawn.hpp>
#include <boost/asio/post.hpp>
#include <boost/asio/use_awaitable.hpp>

#include <algorithm>

namespace weir::experiments
{

namespace asio = boost::asio;
using std::chrono::milliseconds;
using storage::result;

namespace
{

constexpr auto nothrow = asio::as_tuple(asio::use_awaitable);

/// How often what is due is looked for when nothing ends.
constexpr milliseconds interval{100};

/// Of an answer, what says why a provider refused.
constexpr std::size_t most_answer = 16UL * 1024;

/// How long after its call a run may come into the record: the recorder waits for a full disk, too.
constexpr std::chrono::minutes patience{10};

constexpr std::int64_t most_keys = 1000;

std::int64_t now_us()
{
    return std::chrono::duration_cast<std::chrono::microseconds>(std::chrono::system_clock::now().time_since_epoch())
        .count();
}

} // namespace

runner::runner(runner_options options, metrics::registry& metrics)
    : options_(std::move(options))
    , watchdog_(io_)
    , timer_(io_)
    , runs_(metrics.counters("weir_experiment_runs_total", "Calls of experiments that ended.", {"result"}))
{
    for (auto const* end : {"answered", "retried", "failed"}) runs_.with({end});
}

runner::~runner() { stop(); }

void runner::start()
{
    asio::co_spawn(io_, poll(), [](std::exception_ptr const& bug) {
        if (bug) std::rethrow_exception(bug);
    });
    thread_ = std::thread([this] {
        for (;;) {
            try {
                io_.run();
                return;
            } catch (std::exception const& bug) {
                log::error("experiments: a fault of weir's own", {{"reason", bug.what()}});
            }
        }
    });
}

void runner::drain()
{
    asio::post(io_, [this] { draining_ = true; });
}

void runner::stop()
{
    if (!thread_.joinable()) return;
    asio::post(io_, [this] {
        stopping_ = true;
        timer_.cancel();
        for (auto& [id, run] : active_)
            if (run.call) run.call->cancel();
        finish_if_stopped();
    });
    thread_.join();
    if (db_) static_cast<void>(write_outcomes()); // what cannot be written is run again after the next start
}

asio::awaitable<void> runner::poll()
{
    while (!stopping_) {
        look_again();
        timer_.expires_after(interval);
        co_await timer_.async_wait(nothrow);
    }
}

/// Looks for what is due and begins it. A database that cannot be used now is tried again at the next look.
void runner::look_again()
{
    if (stopping_) return;
    auto const looked = [this]() -> result<void> {
        try {
            return look();
        } catch (std::exception const& fault) { // of weir's own, or of memory; the next look may go well
            log::error("experiments: a fault of weir's own", {{"reason", fault.what()}});
            return make_error_code(storage::errc::failed);
        }
    }();
    if (!looked) db_.reset();
    if (!looked && !failing_)
        log::warn("the runs of experiments cannot be read or written", {{"reason", looked.error().message()}});
    failing_ = !looked;
}

result<void> runner::open()
{
    if (db_) return {};
    auto opened = storage::connection::open(options_.path, storage::connection::mode::read_write);
    if (!opened) return opened.error();
    db_.emplace(std::move(*opened));
    return db_->execute_script("PRAGMA synchronous=NORMAL;PRAGMA foreign_keys=ON");
}

result<void> runner::look()
{
    if (auto const opened = open(); !opened) return opened;
    if (!resumed_) {
        auto begun = storage::transaction::begin(*db_);
        if (!begun) return begun.error();
        auto const left = storage::requeue_interrupted_runs(*db_, now_us());
        if (!left) return left.error();
        if (auto const done = begun->commit(); !done) return done;
        resumed_ = true;
        if (*left > 0)
            log::info("runs that were under way are queued again", {{"runs", static_cast<long long>(*left)}});
    }
    if (auto const written = write_outcomes(); !written) return written;
    if (auto const dropped = drop_ended(); !dropped) return dropped;
    return begin_due();
}

/// Writes down what became of runs; those that cannot be written stay, so that none is made again meanwhile.
result<void> runner::write_outcomes()
{
    while (!outcomes_.empty()) {
        auto const& last = outcomes_.back();
        auto begun = storage::transaction::begin(*db_);
        if (!begun) return begun.error();
        auto const now = now_us();
        auto const written = last.retry_after
                                 ? storage::retry_run(*db_, last.run, last.reason,
                                                      now + std::chrono::microseconds(*last.retry_after).count())
                                 : storage::fail_run(*db_, last.run, last.reason, now);
        if (!written) return written;
        if (auto const done = begun->commit(); !done) return done;
        active_.erase(last.run);
        outcomes_.pop_back();
    }
    return {};
}

/// Forgets runs that are in the record, ends calls of those that were cancelled, and gives up what is not recorded.
result<void> runner::drop_ended()
{
    if (active_.empty()) return {};
    std::vector<std::int64_t> ids;
    for (auto const& [id, run] : active_) ids.push_back(id);
    auto const ended = storage::ended_runs(*db_, ids);
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
result<void> runner::begin_due()
{
    if (draining_ || calling_ >= options_.concurrency) return {};
    auto const now = now_us();
    auto const any = storage::is_run_due(*db_, now);
    if (!any) return any.error();
    if (!*any) return {};
    auto begun = storage::transaction::begin(*db_);
    if (!begun) return begun.error();
    auto runs = storage::begin_runs(*db_, now, static_cast<std::int64_t>(options_.concurrency - calling_));
    if (!runs) return runs.error();
    if (auto const done = begun->commit(); !done) return done;
    for (auto& run : *runs) {
        auto const id = run.id;
        active_[id] = {};
        ++calling_;
        asio::co_spawn(io_, make(std::move(run)), [this, id](std::exception_ptr const& bug) { end_call(id, bug); });
    }
    return {};
}

/// The provider's key that a hypothesis names.
result<std::optional<storage::lent_key>> runner::key_for(storage::begun_run const& run)
{
    if (!run.provider_key) return std::optional<storage::lent_key>();
    if (!options_.vault) return make_error_code(storage::errc::wrong_key);
    auto found = storage::find_provider_key(*db_, *options_.vault, run.organization, *run.provider_key);
    if (!found) return found.error();
    return std::optional(storage::lent_key{found->provider, std::move(found->key)});
}

/// The organisation's newest key of a provider, if the vault has one.
result<std::optional<storage::lent_key>> runner::key_of(storage::begun_run const& run, std::string const& provider)
{
    if (!options_.vault) return std::optional<storage::lent_key>();
    auto found = storage::list_provider_keys(*db_, *options_.vault, run.organization, most_keys);
    if (!found) return found.error();
    for (auto& one : *found)
        if (config::provider_id(one.provider) == provider)
            return std::optional(storage::lent_key{one.provider, std::move(one.key)});
    return std::optional<storage::lent_key>();
}

asio::awaitable<void> runner::make(storage::begun_run run)
{
    if (!db_) {
        outcomes_.push_back({run.id, "the database could not be read", milliseconds(0)});
        co_return;
    }
    auto key = key_for(run);
    if (!key) {
        outcomes_.push_back({run.id, "the hypothesis's provider key cannot be used: " + key.error().message(), {}});
        co_return;
    }
    auto plan = plan_call(run, *key ? config::provider_id((*key)->provider) : std::string());
    if (!plan.problem.empty()) {
        outcomes_.push_back({run.id, std::move(plan.problem), {}});
        co_return;
    }
    if (!*key) key = key_of(run, plan.provider);
    gateway_request request{.organization = run.organization,
                            .key = key ? std::move(*key) : std::nullopt,
                            .target = std::move(plan.target),
                            .fields = "Helicone-Request-Id: " + run.request_id.text() + "\r\n" +
                                      std::string(storage::experiment_property) + ": " + run.experiment.text() + "\r\n",
                            .body = std::move(plan.body),
                            .until = net::clock::now() + options_.timeout,
                            .most_answer = most_answer};
    gateway_call call(io_.get_executor(), watchdog_, options_.connect);
    active_[run.id].call = &call;
    auto const answer = co_await call.run(std::move(request));
    active_[run.id].call = nullptr;
    bool const was_cut_off = stopping_ && answer.status == 0; // then it is run again
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
    if (bug) {
        active_[run].call = nullptr;
        outcomes_.push_back({run, "a fault of weir's own; the log has it", {}});
    }
    look_again();
    finish_if_stopped();
    if (bug) std::rethrow_exception(bug);
}

void runner::finish_if_stopped()
{
    if (stopping_ && calling_ == 0) watchdog_.stop();
}

} // namespace weir::experiments
