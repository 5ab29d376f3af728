#pragma once

#include "experiments/gateway_call.hpp"
#include "experiments/judge_call.hpp"
#include "experiments/scorer.hpp"
#include "metrics/registry.hpp"
#include "net/deadline.hpp"
#include "storage/connection.hpp"
#include "storage/evaluations.hpp"
#include "storage/vault.hpp"
#include "storage/work_loop.hpp"

#include <boost/asio/awaitable.hpp>

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

    boost::asio::awaitable<void> judge(std::shared_ptr<scorer const> by, storage::evaluation what, judge_call question);
    boost::asio::awaitable<gateway_answer> ask(judge_call what);
    storage::result<void> look(storage::connection& db);
    storage::result<void> write_outcomes(storage::connection& db);
    storage::result<void> count_waiting(storage::connection& db);
    storage::result<void> start_due(storage::connection& db, storage::due_evaluator const& by, std::int64_t now_us);
    storage::result<void> start_one(storage::connection& db, std::shared_ptr<scorer const> const& by,
                                    storage::evaluation const& what);
    void score(std::shared_ptr<scorer const> const& by, storage::evaluation const& what,
               evaluation::score const& given);
    void give_up(std::shared_ptr<scorer const> const& by, storage::evaluation const& what, std::string const& reason);
    void end_judging(storage::uuid const& evaluator, std::int64_t id, std::exception_ptr const& bug);

    evaluation_options const options_;
    storage::work_loop loop_;
    std::set<std::int64_t> under_way_;                ///< also those in outcomes_
    std::map<storage::uuid, std::size_t> judging_by_; ///< judges that are being asked, by evaluator
    std::vector<outcome> outcomes_;
    std::set<gateway_call*> calls_;
    std::size_t judging_ = 0;            ///< coroutines that run
    net::clock::time_point next_word_{}; ///< to the log, of what is given up
    int looks_ = 0;
    std::atomic<std::int64_t> waiting_{0};
    metrics::family<metrics::counter>& evaluations_;
};

} // namespace weir::experiments
