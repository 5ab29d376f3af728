#include "experiments/report_worker.hpp"

#include "experiments/organization_keys.hpp"
#include "experiments/retry.hpp"
#include "log/log.hpp"
#include "net/unix_time.hpp"

#include <boost/asio/post.hpp>

namespace weir::experiments
{

namespace asio = boost::asio;
using std::chrono::milliseconds;
using storage::cell_status;
using storage::result;

namespace
{

/// How often what is due is looked for when nothing ends.
constexpr milliseconds report_interval{100};

/// Rows that one look works at, and reports whose columns are kept at hand.
constexpr std::int64_t most_reports_for_one_look = 32;
constexpr std::size_t most_plans = 64;

} // namespace

report_worker::report_worker(worker_options options, metrics::registry& metrics)
    : options_(std::move(options))
    , loop_({.path = options_.path,
             .name = "reports",
             .interval = report_interval,
             .look = [this](storage::connection& db) { return look(db); },
             .cancel_all =
                 [this] {
                     for (auto const& [row, call] : calls_)
                         if (call) call->cancel();
                 }})
    , cells_(metrics.counters("weir_report_cells_total", "Cells of reports that ended, or are to be tried again.",
                              {"result"}))
{
    for (auto const* end : {"completed", "retried", "failed"}) cells_.with({end});
}

report_worker::~report_worker() { stop(); }

void report_worker::start() { loop_.start(); }

void report_worker::drain()
{
    asio::post(loop_.io(), [this] { draining_ = true; });
}

void report_worker::stop()
{
    loop_.stop();
    if (auto* db = loop_.db()) static_cast<void>(write_outcomes(*db)); // what cannot be written is in the record
}

result<void> report_worker::look(storage::connection& db)
{
    if (!resumed_)
        if (auto const resumed = resume(db); !resumed) return resumed;
    if (auto const written = write_outcomes(db); !written) return written;
    if (auto const cancelled = cancel_archived(db); !cancelled) return cancelled;
    return begin_due(db);
}

result<void> report_worker::resume(storage::connection& db)
{
    auto begun = storage::transaction::begin(db);
    if (!begun) return begun.error();
    auto const left = storage::requeue_interrupted_rows(db);
    if (!left) return left.error();
    if (auto const done = begun->commit(); !done) return done;
    resumed_ = true;
    if (*left > 0) log::info("rows of reports are gone on with", {{"rows", static_cast<long long>(*left)}});
    return {};
}

/// Writes down what became of calls, in one transaction; what cannot be written stays.
result<void> report_worker::write_outcomes(storage::connection& db)
{
    if (outcomes_.empty()) return {};
    auto begun = storage::transaction::begin(db);
    if (!begun) return begun.error();
    for (auto const& step : outcomes_)
        if (auto const written =
                storage::write_row_step(db, step, storage::row_step::state::running, net::unix_now_us());
            !written)
            return written;
    if (auto const done = begun->commit(); !done) return done;
    for (auto const& step : outcomes_) count(step);
    outcomes_.clear();
    return {};
}

/// Ends calls of reports that were archived.
result<void> report_worker::cancel_archived(storage::connection& db)
{
    if (calls_.empty()) return {};
    std::vector<std::int64_t> rows;
    for (auto const& [row, call] : calls_) rows.push_back(row);
    auto const ended = storage::ended_report_rows(db, rows);
    if (!ended) return ended.error();
    for (auto const row : *ended)
        if (auto* const call = calls_[row]) call->cancel();
    return {};
}

result<std::shared_ptr<report_plan const>> report_worker::plan_of(storage::connection& db, std::int64_t report)
{
    if (auto const known = plans_.find(report); known != plans_.end()) return known->second;
    auto plan = load_report_plan(db, report);
    if (!plan) return plan.error();
    if (plans_.size() >= most_plans) plans_.clear();
    plans_[report] = *plan;
    return *plan;
}

/// Goes on with rows that are due until the places for calls are taken. What they come to is written in one
/// transaction, so that a cell names its call before that is made.
result<void> report_worker::begin_due(storage::connection& db)
{
    if (draining_ || calling_ >= options_.concurrency) return {};
    auto const due = storage::due_report_rows(db, net::unix_now_us(), last_begun_, most_reports_for_one_look);
    if (!due) return due.error();
    if (due->empty()) return {};
    std::vector<report_step> steps;
    std::size_t calls = 0;
    for (auto const& row : *due) {
        auto const plan = plan_of(db, row.report);
        if (!plan) return plan.error();
        auto step = make_report_step(db, *plan, row);
        if (!step) return step.error();
        calls += step->call ? 1 : 0;
        steps.push_back(std::move(*step));
        last_begun_ = row.organization;
        if (calling_ + calls >= options_.concurrency) break;
    }
    auto begun = storage::transaction::begin(db);
    if (!begun) return begun.error();
    for (auto const& step : steps)
        if (auto const written =
                storage::write_row_step(db, step.changes, storage::row_step::state::queued, net::unix_now_us());
            !written)
            return written;
    if (auto const done = begun->commit(); !done) return done;
    for (auto& step : steps) {
        count(step.changes);
        if (!step.call) continue;
        auto const row = step.call->row;
        auto const column = step.call->plan->columns[step.call->column].stored.id;
        calls_[row.id] = nullptr;
        ++calling_;
        auto const ended = [this, row, column](std::exception_ptr const& bug) { end_call(row, column, bug); };
        loop_.spawn(make(std::move(*step.call)), ended);
    }
    if (static_cast<std::int64_t>(due->size()) == most_reports_for_one_look && calling_ < options_.concurrency)
        loop_.look_on();
    return {};
}

asio::awaitable<void> report_worker::make(cell_call call)
{
    result<std::optional<storage::lent_key>> key = make_error_code(storage::errc::busy);
    if (auto* db = loop_.db()) key = newest_key(*db, options_.vault, call.row.organization, call.what.provider);
    if (!key) {
        fail(call, "the vault's keys cannot be used: " + key.error().message());
        co_return;
    }
    gateway_request request{.organization = call.row.organization,
                            .key = std::move(*key),
                            .target = std::move(call.what.target),
                            .fields = "Helicone-Request-Id: " + call.request.text() + "\r\nHelicone-Property-" +
                                      std::string(storage::report_property) + ": " + std::to_string(call.row.report) +
                                      "\r\n",
                            .body = std::move(call.what.body),
                            .until = net::clock::now() + options_.timeout,
                            .most_answer = most_cell_answer};
    gateway_call made(loop_.io().get_executor(), loop_.watchdog(), options_.connect);
    calls_[call.row.id] = &made;
    auto const answer = co_await made.run(std::move(request));
    calls_[call.row.id] = nullptr;
    bool const was_cut_off = (loop_.is_stopping() || draining_) && answer.status == 0; // then it is made again
    if (!was_cut_off) settle(call, answer);
}

/// Decides what follows from an answer.
void report_worker::settle(cell_call const& call, gateway_answer const& answer)
{
    if (answer.status / 100 == 2) return finish(call.row, change_of(call, answer.body));
    auto const reason = reason_of(answer);
    if (!may_pass(answer) || call.attempts >= options_.most_attempts) return fail(call, reason);
    storage::cell_change change{.column = call.plan->columns[call.column].stored.id};
    change.error = reason;
    change.attempts = call.attempts;
    finish(call.row, std::move(change),
           pause_asked_for(answer).value_or(pause_after(call.attempts, options_.first_retry)));
}

void report_worker::finish(storage::due_report_row const& row, storage::cell_change change,
                           std::optional<milliseconds> pause)
{
    storage::row_step step{.row = row.id, .report = row.report};
    step.cells.push_back(std::move(change));
    if (pause) step.next_try_us = net::unix_now_us() + std::chrono::microseconds(*pause).count();
    outcomes_.push_back(std::move(step));
}

void report_worker::fail(cell_call const& call, std::string const& reason)
{
    auto change = change_of(call.plan->columns[call.column].stored.id, {std::nullopt, reason});
    change.request = call.request;
    change.attempts = call.attempts;
    finish(call.row, std::move(change));
}

/// What follows when a call's coroutine is over.
void report_worker::end_call(storage::due_report_row const& row, std::int64_t column, std::exception_ptr const& bug)
{
    --calling_;
    calls_.erase(row.id);
    if (bug) finish(row, change_of(column, {std::nullopt, "a fault of weir's own; the log has it"}));
}

void report_worker::count(storage::row_step const& step)
{
    for (auto const& cell : step.cells) {
        if (cell.status == cell_status::completed) cells_.with({"completed"}).add();
        if (cell.status == cell_status::failed) cells_.with({"failed"}).add();
        if (cell.status == cell_status::queued) cells_.with({"retried"}).add();
    }
}

} // namespace weir::experiments
