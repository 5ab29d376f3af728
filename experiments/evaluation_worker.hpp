#pragma once

#include "experiments/command_pool.hpp"
#include "experiments/gateway_call.hpp"
#include "experiments/judge_call.hpp"
#include "experiments/places.hpp"
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
#include <mutex>
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
    command_options commands{};
};

/// Has evaluators score the calls that are queued for them: runs checks itself, asks judges through the gateway, and
/// has commands run. A judge that cannot answer for the moment is asked again later. What was under way when weir ended
/// is done anew after the next start. Organisations take turns. A thread and a connection to the database of its own,
/// and threads for commands.
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

    /// Runs a command for somebody who waits for that; none when as many as may are run so already. From any executor,
    /// from start() to stop().
    boost::asio::awaitable<std::optional<evaluation::command_score>> run_for(evaluation::command_wish what,
                                                                             evaluation::subject of);

    /// Why the evaluator gave a call no score, the last time that it did since the start; empty: it never did. Any
    /// thread.
    std::string last_problem(storage::uuid const& evaluator) const;

private:
    /// What became of an evaluation and is still to be written down.
    struct outcome {
        std::shared_ptr<scorer const> by;
        storage::evaluation what;
        std::optional<storage::score> given{};
        std::optional<std::int64_t> next_try_us{}; ///< neither: it is given up
    };

    enum class beginning : unsigned char { is_over, goes_on };

    boost::asio::awaitable<void> judge(std::shared_ptr<scorer const> by, storage::evaluation what, judge_call question);
    boost::asio::awaitable<gateway_answer> ask(judge_call what);
    boost::asio::awaitable<void> run_command(std::shared_ptr<scorer const> by, storage::evaluation what,
                                             std::shared_ptr<evaluation::subject const> about);
    storage::result<void> look(storage::connection& db);
    storage::result<void> write_outcomes(storage::connection& db);
    storage::result<void> count_waiting(storage::connection& db);
    storage::result<void> start_due(storage::connection& db, std::shared_ptr<scorer const> const& by,
                                    std::int64_t now_us);
    storage::result<beginning> start_one(storage::connection& db, std::shared_ptr<scorer const> const& by,
                                         storage::evaluation const& what);
    void score(std::shared_ptr<scorer const> const& by, storage::evaluation const& what,
               evaluation::score const& given);
    void give_up(std::shared_ptr<scorer const> const& by, storage::evaluation const& what, std::string const& reason);
    void spawn_in(places& where, storage::due_evaluator const& by, std::int64_t id, boost::asio::awaitable<void> work);
    places* places_of(scorer const& by);

    evaluation_options const options_;
    storage::work_loop loop_;
    command_pool commands_;
    std::set<std::int64_t> under_way_; ///< also those in outcomes_
    std::vector<outcome> outcomes_;
    std::set<gateway_call*> calls_;
    places judging_, commanding_;            ///< coroutines that run
    std::atomic<std::size_t> tried_{0};      ///< commands that somebody waits for
    storage::organization_id last_served_{}; ///< behind which the next turns begin
    net::clock::time_point next_word_{};     ///< to the log, of what is given up
    mutable std::mutex problems_mutex_;
    std::map<storage::uuid, std::string> problems_; ///< the last one of each evaluator
    int looks_ = 0;
    std::atomic<std::int64_t> waiting_{0};
    metrics::family<metrics::counter>& evaluations_;
};

} // namespace weir::experiments
