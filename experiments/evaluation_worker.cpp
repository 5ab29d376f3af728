#include "experiments/evaluation_worker.hpp"

#include "evaluation/judge.hpp"
#include "experiments/organization_keys.hpp"
#include "experiments/retry.hpp"
#include "log/log.hpp"
#include "net/listed.hpp"
#include "net/unix_time.hpp"

#include <boost/asio/co_spawn.hpp>
#include <boost/asio/use_awaitable.hpp>
#include <boost/json/serialize.hpp>

namespace weir::experiments
{

namespace asio = boost::asio;
namespace json = boost::json;
using std::chrono::milliseconds;
using storage::result;

namespace
{

/// How often what is due is looked for when nothing ends.
constexpr milliseconds evaluation_interval{250};
/// Looks from one count of what waits to the next, and to the next drop of what is too much, which reads all of it.
constexpr int looks_per_count = 4, looks_per_drop = 240;

/// Evaluators that one look serves, and what it begins for each; a check's calls are loaded and scored in the look.
constexpr std::int64_t most_evaluators = 64, most_for_one_look = 16;
/// Judges that are asked at a time: by one evaluator, whose model may be slow, and by all.
constexpr std::size_t most_judging_by_one = 8, most_judging = 32;
/// Commands that run at a time for one evaluator, and for people who try one.
constexpr std::size_t most_commands_of_one = 2, most_tried = 2;

/// Evaluators whose last problem is remembered, and of it, bytes.
constexpr std::size_t most_problems = 10'000, most_problem = 500;

/// Of all that is given up, what the log is told of: it may be each call.
constexpr std::chrono::seconds between_words{1};

/// Bytes of a judge's answer.
constexpr std::size_t most_judge_answer = 1024UL * 1024;

/// A fault of one check is nobody else's: the others go on.
evaluation::check_result run_check(evaluation::check const& check, evaluation::subject const& of)
{
    try {
        return check.run(of);
    } catch (std::exception const& fault) {
        log::error("a check failed by a fault of weir's own", {{"reason", fault.what()}});
        return {{}, "the check failed; the log has why"};
    }
}

/// Behind whom the next turns begin: where not all organisations had one, behind the last that had; else behind the
/// first, so that another one is first.
storage::organization_id last_served(std::vector<storage::due_evaluator> const& served)
{
    std::set<storage::organization_id> seen;
    for (auto const& one : served)
        if (!seen.insert(one.owner).second) return served.front().owner;
    return served.size() < most_evaluators ? served.front().owner : served.back().owner;
}

} // namespace

evaluation_worker::evaluation_worker(evaluation_options options, metrics::registry& metrics)
    : options_(std::move(options))
    , loop_({.path = options_.path,
             .name = "evaluators",
             .interval = evaluation_interval,
             .look = [this](storage::connection& db) { return look(db); },
             .cancel_all =
                 [this] {
                     for (auto* call : calls_) call->cancel();
                     commands_.stop();
                 }})
    , commands_(options_.commands)
    , judging_(most_judging, most_judging_by_one)
    , commanding_(command_pool::threads, most_commands_of_one)
    , evaluations_(metrics.counters("weir_evaluations_total", "Calls that evaluators were to score.", {"result"}))
{
    for (auto const* end : {"scored", "retried", "given_up", "dropped"}) evaluations_.with({end});
    metrics.gauge("weir_evaluations_pending", "Calls that wait for an evaluator.",
                  [this] { return static_cast<double>(waiting_.load(std::memory_order_relaxed)); });
}

evaluation_worker::~evaluation_worker() { stop(); }

void evaluation_worker::start() { loop_.start(); }

void evaluation_worker::stop()
{
    loop_.stop();
    if (auto* db = loop_.db()) static_cast<void>(write_outcomes(*db)); // what cannot be written is done anew
}

void evaluation_worker::look_now() { loop_.look_now(); }

asio::awaitable<gateway_answer> evaluation_worker::ask_for(judge_call what)
{
    gateway_answer none;
    none.problem = "weir is stopping";
    if (loop_.is_stopping()) co_return none;
    auto asked = ask(std::move(what));
    co_return co_await asio::co_spawn(loop_.io(), std::move(asked), asio::use_awaitable);
}

asio::awaitable<std::optional<evaluation::command_score>> evaluation_worker::run_for(evaluation::command_wish what,
                                                                                     evaluation::subject of)
{
    std::optional<evaluation::command_score> said;
    if (++tried_ > most_tried || loop_.is_stopping()) {
        --tried_;
        co_return said;
    }
    struct ending {
        std::atomic<std::size_t>& count;
        ~ending() { --count; }
    } const at_end{tried_};
    auto const about = std::make_shared<evaluation::subject const>(std::move(of));
    auto result = co_await commands_.run(std::move(what), about);
    said = std::move(result.said);
    co_return said;
}

std::string evaluation_worker::last_problem(storage::uuid const& evaluator) const
{
    std::lock_guard const lock(problems_mutex_);
    auto const found = problems_.find(evaluator);
    return found == problems_.end() ? std::string() : found->second;
}

/// Where an evaluator that takes long has its places; null: it takes none.
places* evaluation_worker::places_of(scorer const& by)
{
    if (!by.problem.empty() || by.check) return nullptr;
    return by.command ? &commanding_ : &judging_;
}

result<void> evaluation_worker::look(storage::connection& db)
{
    if (auto const written = write_outcomes(db); !written) return written;
    if (++looks_ % looks_per_count == 0)
        if (auto const counted = count_waiting(db); !counted) return counted;
    auto const now = net::unix_now_us();
    auto const due = storage::due_evaluators(db, now, last_served_, most_evaluators);
    if (!due) return due.error();
    if (due->empty()) return write_outcomes(db);
    last_served_ = last_served(*due);

    std::vector<std::shared_ptr<scorer const>> scorers;
    std::map<places*, std::set<storage::organization_id>> newcomers;
    for (auto const& by : *due) {
        scorers.push_back(read_scorer(by));
        auto* const where = places_of(*scorers.back());
        if (where && !where->has(by.owner)) newcomers[where].insert(by.owner);
    }
    for (auto* const where : {&judging_, &commanding_})
        where->share_among(where->organizations() + newcomers[where].size());
    for (auto const& by : scorers)
        if (auto const started = start_due(db, by, now); !started) return started;
    return write_outcomes(db);
}

/// Writes down what became of evaluations, in one transaction; what cannot be written stays, so that none is done anew
/// meanwhile.
result<void> evaluation_worker::write_outcomes(storage::connection& db)
{
    if (outcomes_.empty()) return {};
    auto begun = storage::transaction::begin(db);
    if (!begun) return begun.error();
    for (auto const& one : outcomes_) {
        auto written = one.given ? storage::finish_evaluation(db, one.by->by, one.what, *one.given, net::unix_now_us())
                       : one.next_try_us ? storage::postpone_evaluation(db, one.what.id, *one.next_try_us)
                                         : storage::delete_evaluation(db, one.what.id);
        if (!written) return written;
    }
    if (auto const done = begun->commit(); !done) return done;
    for (auto const& what : outcomes_) under_way_.erase(what.what.id);
    outcomes_.clear();
    return {};
}

result<void> evaluation_worker::count_waiting(storage::connection& db)
{
    auto const count = storage::count_all_evaluations(db);
    if (!count) return count.error();
    waiting_ = *count;
    if (*count <= options_.most_waiting || looks_ % looks_per_drop != 0) return {};
    auto const dropped = storage::drop_excess_evaluations(db, options_.most_waiting);
    if (!dropped) return dropped.error();
    if (*dropped == 0) return {};
    evaluations_.with({"dropped"}).add(static_cast<double>(*dropped));
    log::warn("too many calls wait for an evaluator: the oldest are not scored",
              {{"calls", static_cast<long long>(*dropped)}});
    return {};
}

result<void> evaluation_worker::start_due(storage::connection& db, std::shared_ptr<scorer const> const& by,
                                          std::int64_t now)
{
    auto const& who = by->by.who.id;
    auto* const where = places_of(*by);
    auto const limit = most_for_one_look + static_cast<std::int64_t>(where ? where->taken_by(who) : 0);
    auto const due = storage::due_evaluations(db, who, now, limit);
    if (!due) return due.error();
    if (!where && static_cast<std::int64_t>(due->size()) == limit) loop_.look_on();
    for (auto const& what : *due) {
        if (!under_way_.insert(what.id).second) continue;
        if (where && !where->take(by->by.owner, who)) {
            under_way_.erase(what.id);
            break;
        }
        auto const started = start_one(db, by, what);
        if (started && *started == beginning::goes_on) continue; // it gives its place back at its end
        if (where) where->give_back(by->by.owner, who);
        if (started) continue;
        under_way_.erase(what.id);
        return started.error();
    }
    return {};
}

/// Scores a call by a check, or begins to ask a judge or to run a command.
result<evaluation_worker::beginning> evaluation_worker::start_one(storage::connection& db,
                                                                  std::shared_ptr<scorer const> const& by,
                                                                  storage::evaluation const& what)
{
    if (!by->problem.empty()) {
        give_up(by, what, by->problem);
        return beginning::is_over;
    }
    auto const call = storage::find_evaluated_call(db, by->by.owner, what.request);
    if (!call && call.error() == storage::errc::not_found) {
        give_up(by, what, "the call's bodies are not in the record");
        return beginning::is_over;
    }
    if (!call) return call.error();
    auto about = subject_of(*call);
    if (by->check) {
        auto const said = run_check(*by->check, about);
        if (said.value)
            score(by, what, *said.value);
        else
            give_up(by, what, said.problem);
        return beginning::is_over;
    }
    if (by->command) {
        auto shared = std::make_shared<evaluation::subject const>(std::move(about));
        spawn_in(commanding_, by->by, what.id, run_command(by, what, std::move(shared)));
        return beginning::goes_on;
    }
    if (!evaluation::may_ask(by->judge, about)) {
        give_up(by, what, "the call is too long to be put before a judge");
        return beginning::is_over;
    }
    judge_call question{by->by.owner, by->by.who.name, evaluation::judge_request(by->judge, about)};
    spawn_in(judging_, by->by, what.id, judge(by, what, std::move(question)));
    return beginning::goes_on;
}

/// Does what has a place, and gives that back. An evaluation that a fault ended stays due.
void evaluation_worker::spawn_in(places& where, storage::due_evaluator const& by, std::int64_t id,
                                 asio::awaitable<void> work)
{
    auto const ended = [this, &where, whose = by.owner, who = by.who.id, id](std::exception_ptr const& bug) {
        where.give_back(whose, who);
        if (bug) under_way_.erase(id);
    };
    loop_.spawn(std::move(work), ended);
}

asio::awaitable<void> evaluation_worker::run_command(std::shared_ptr<scorer const> by, storage::evaluation what,
                                                     std::shared_ptr<evaluation::subject const> about)
{
    auto wish = *by->command;
    auto const result = co_await commands_.run(std::move(wish), std::move(about));
    if (result.was_stopped) co_return; // then it stays due
    if (result.said.value)
        score(by, what, *result.said.value);
    else
        give_up(by, what, result.said.problem);
}

asio::awaitable<void> evaluation_worker::judge(std::shared_ptr<scorer const> by, storage::evaluation what,
                                               judge_call question)
{
    auto const answer = co_await ask(std::move(question));
    bool const was_cut_off = loop_.is_stopping() && answer.status == 0; // then it stays due
    if (was_cut_off) co_return;
    if (answer.status / 100 == 2) {
        auto const said =
            evaluation::read_judgement(json_or_text(answer.body), by->by.who.name, by->by.who.scoring_type);
        if (said.value)
            score(by, what, *said.value);
        else
            give_up(by, what, said.problem);
        co_return;
    }
    auto const failures = what.attempts + 1;
    if (!may_pass(answer) || failures >= most_attempts) {
        give_up(by, what, reason_of(answer));
        co_return;
    }
    auto const pause = pause_asked_for(answer).value_or(pause_after(failures, options_.first_retry));
    outcomes_.push_back(
        {.by = by, .what = what, .next_try_us = net::unix_now_us() + std::chrono::microseconds(pause).count()});
    evaluations_.with({"retried"}).add();
}

asio::awaitable<gateway_answer> evaluation_worker::ask(judge_call what)
{
    auto const provider = what.provider();
    gateway_answer answer;
    storage::result<std::optional<storage::lent_key>> key = make_error_code(storage::errc::busy);
    if (auto* db = loop_.db()) key = newest_key(*db, options_.vault, what.organization, provider);
    if (!key || loop_.is_stopping()) {
        answer.problem = key ? "weir is stopping" : "the providers' keys cannot be read: " + key.error().message();
        co_return answer;
    }
    auto& body = what.body.as_object();
    body.erase("stream");
    body.erase("stream_options");
    gateway_request request{.organization = what.organization,
                            .key = std::move(*key),
                            .target = chat_target(provider),
                            .fields = evaluator_field(what.evaluator),
                            .body = json::serialize(body),
                            .until = net::clock::now() + options_.timeout,
                            .most_answer = most_judge_answer};
    gateway_call call(loop_.io().get_executor(), loop_.watchdog(), options_.connect);
    net::listed const in_list(calls_, call);
    answer = co_await call.run(std::move(request));
    co_return answer;
}

void evaluation_worker::score(std::shared_ptr<scorer const> const& by, storage::evaluation const& what,
                              evaluation::score const& given)
{
    auto const* const truth = std::get_if<bool>(&given);
    outcomes_.push_back({.by = by,
                         .what = what,
                         .given = storage::score{.key = by->by.who.score_name,
                                                 .value = truth ? std::int64_t{*truth} : std::get<std::int64_t>(given),
                                                 .is_boolean = truth != nullptr}});
    evaluations_.with({"scored"}).add();
}

void evaluation_worker::give_up(std::shared_ptr<scorer const> const& by, storage::evaluation const& what,
                                std::string const& reason)
{
    outcomes_.push_back({.by = by, .what = what});
    evaluations_.with({"given_up"}).add();
    {
        std::lock_guard const lock(problems_mutex_);
        if (problems_.size() >= most_problems) problems_.clear();
        problems_[by->by.who.id] = beginning_of(reason, most_problem);
    }
    auto const now = net::clock::now();
    if (now < next_word_) return;
    next_word_ = now + between_words;
    log::warn("an evaluator gave a call no score", {{"evaluator", by->by.who.id.text()},
                                                    {"request", what.request.text()},
                                                    {"tries", what.attempts + 1},
                                                    {"reason", reason}});
}

} // namespace weir::experiments
