#pragma once

#include "experiments/gateway_call.hpp"
#include "experiments/worker_options.hpp"
#include "metrics/registry.hpp"
#include "net/deadline.hpp"
#include "storage/connection.hpp"
#include "storage/runs.hpp"
#include "storage/vault.hpp"
#include "storage/work_loop.hpp"

#include <boost/asio/awaitable.hpp>

#include <chrono>
#include <cstddef>
#include <cstdint>
#include <exception>
#include <map>
#include <optional>
#include <string>
#include <vector>

namespace weir::experiments
{

/// Makes the calls that experiments have queued, so many at a time, through the gateway. A call that is refused for the
/// moment is made again later. The recorder completes a run in the transaction that writes its call, so what is in the
/// record is not run again; what was under way when weir ended is. A thread and a connection to the database of its
/// own.
class runner
{
public:
    runner(worker_options options, metrics::registry& metrics);

    /// Stops, as stop() does.
    ~runner();

    void start();

    /// Begins no more; what is under way goes on, as long as the gateway does. Any thread.
    void drain();

    /// Ends what is under way; it is run again after the next start, unless its call was recorded.
    void stop();

private:
    /// A run whose call is under way, or was made and is not in the record yet.
    struct active_run {
        gateway_call* call = nullptr;                      ///< null: it was made
        std::optional<net::clock::time_point> waits_since; ///< for the record
    };
    /// What became of a run and is still to be written down.
    struct outcome {
        std::int64_t run = 0;
        std::string reason;
        std::optional<std::chrono::milliseconds> retry_after; ///< none: it failed for good
    };

    boost::asio::awaitable<void> make(storage::begun_run run);
    storage::result<void> look(storage::connection& db);
    storage::result<void> resume(storage::connection& db);
    storage::result<void> write_outcomes(storage::connection& db);
    storage::result<void> drop_ended(storage::connection& db);
    storage::result<void> begin_due(storage::connection& db);
    void settle(storage::begun_run const& run, gateway_answer const& answer);
    void end_call(std::int64_t run, std::exception_ptr const& bug);

    worker_options const options_;
    storage::work_loop loop_;
    std::map<std::int64_t, active_run> active_;
    std::vector<outcome> outcomes_;
    std::size_t calling_ = 0;               ///< calls whose coroutines run
    storage::organization_id last_begun_{}; ///< whose run began last
    bool resumed_ = false;                  ///< what an earlier process left running was queued again
    bool draining_ = false;
    metrics::family<metrics::counter>& runs_;
};

} // namespace weir::experiments
