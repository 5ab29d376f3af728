#pragma once

#include "experiments/gateway_call.hpp"
#include "experiments/judge_call.hpp"
#include "experiments/scorer.hpp"
#include "metrics/registry.hpp"
#include "net/deadline.hpp"
#include "storage/connection.hpp"
#include "storage/evaluations.hpp"
#include "storage/vault.hpp"

#include <boost/asio/awaitable.hpp>
#include <boost/asio/io_context.hpp>
#include <boost/asio/steady_timer.hpp>

#include <atomic>
#include <chrono>
#include <cstddef>
#include <cstdint>
#include <exception>
#include <map>
#include <memory>
#include <optional>
#include <set>
#include <string>
#include <thread>
#include <vector>

namespace weir::experiments
{

struct evaluation_options {
    std::string path; ///< the database, which must be migrated
    std::chrono::milliseconds first_retry{1'000};
    std::chrono::milliseconds timeout{120'000}; ///< of a judge's answer
    std::int64_t most_waiting = 100'000;        ///< calls of live traffic, for one evaluator
    gateway_connector connect;
    storage::vault const* vault = nullptr; ///< for providers' keys; may be null
};

/// Has evaluators score the calls that are queued for them: runs checks itself, and asks judges through the gateway. A
/// judge that cannot answer for the moment is asked again later. What was under way when weir ended is done anew after
/// the next start. A thread and a connection to the database of its own.
class evaluation_worker
{
public:
    /// A judge is asked about a call so many times at most.
    static constexpr int most_attempts = 6;

    evaluation_worker(evaluation_options options, metrics::registry& metrics);

    /// Stops, as stop() does.
    ~evaluation_worker();

    void start();

    /// Ends what is under way; it stays due.
    void stop();

    /// Looks at once, and not at the next time that it would have. Any thread.
    void look_now();

    /// Asks a judge for somebody who waits for the answer. From any executor, from start() to stop().
    boost::asio::awaitable<gateway_answer> ask_for(judge_call what);

private:
    /// What became of an evaluation and is still to be written down.
    struct outcome {
        std::shared_ptr<scorer const> by;
        storage::evaluation what;
        std::optional<storage::score> given{};
        std::optional<std::int64_t> next_try_us{}; ///< neither: it is given up
    };

    boost::asio::awaitable<void> poll();
    boost::asio::awaitable<void> judge(std::shared_ptr<scorer const> by, storage::evaluation what, judge_call question);
    boost::asio::awaitable<gateway_answer> ask(judge_call what);
    void look_again();
    storage::result<void> look();
    storage::result<void> open();
    storage::result<void> write_outcomes();
    storage::result<void> write(outcome const& what);
    storage::result<void> count_waiting();
    storage::result<void> start_due(storage::due_evaluator const& by, std::int64_t now_us);
    storage::result<void> start_one(std::shared_ptr<scorer const> const& by, storage::evaluation const& what);
    storage::result<std::optional<storage::lent_key>> key_of(storage::organization_id organization,
                                                             std::string const& provider);
    void score(std::shared_ptr<scorer const> const& by, storage::evaluation const& what,
               evaluation::score const& given);
    void give_up(std::shared_ptr<scorer const> const& by, storage::evaluation const& what, std::string const& reason);
    void end_judging(storage::uuid const& evaluator, std::int64_t id, std::exception_ptr const& bug);
    void finish_if_stopped();

    evaluation_options const options_;
    boost::asio::io_context io_{1};
    net::watchdog watchdog_;
    boost::asio::steady_timer timer_;
    std::optional<storage::connection> db_;
    std::set<std::int64_t> under_way_;                ///< also those in outcomes_
    std::map<storage::uuid, std::size_t> judging_by_; ///< judges that are being asked, by evaluator
    std::vector<outcome> outcomes_;
    std::set<gateway_call*> calls_;
    std::size_t judging_ = 0;            ///< coroutines that run
    net::clock::time_point next_word_{}; ///< to the log, of what is given up
    int looks_ = 0;
    bool more_ = false;    ///< a look did not come to the end of what is due
    bool failing_ = false; ///< the database; said once
    std::atomic<bool> stopping_{false};
    std::atomic<std::int64_t> waiting_{0};
    metrics::family<metrics::counter>& evaluations_;
    std::thread thread_;
};

} // namespace weir::experiments
