#pragma once

#include "experiments/gateway_call.hpp"
#include "experiments/report_step.hpp"
#include "experiments/worker_options.hpp"
#include "metrics/registry.hpp"
#include "storage/connection.hpp"
#include "storage/report_rows.hpp"
#include "storage/vault.hpp"
#include "storage/work_loop.hpp"

#include <boost/asio/awaitable.hpp>

#include <chrono>
#include <cstddef>
#include <cstdint>
#include <exception>
#include <map>
#include <memory>
#include <optional>
#include <string>
#include <vector>

namespace weir::experiments
{

/// Fills the cells of reports' runs, row by row: by itself, and by calls through the gateway, so many at a time. A call
/// that is refused for the moment is made again later. A cell that was filled is not filled again; of one that waited
/// for its call when weir ended, the call is looked for in the record, and made again only where it is not there.
/// Organisations take turns. A thread and a connection to the database of its own.
class report_worker
{
public:
    report_worker(worker_options options, metrics::registry& metrics);

    /// Stops, as stop() does.
    ~report_worker();

    void start();

    /// Begins no more; what is under way goes on, as long as the gateway does. Any thread.
    void drain();

    /// Ends what is under way; it is gone on with after the next start.
    void stop();

private:
    boost::asio::awaitable<void> make(cell_call call);
    storage::result<void> look(storage::connection& db);
    storage::result<void> resume(storage::connection& db);
    storage::result<void> write_outcomes(storage::connection& db);
    storage::result<void> cancel_archived(storage::connection& db);
    storage::result<void> begin_due(storage::connection& db);
    storage::result<std::shared_ptr<report_plan const>> plan_of(storage::connection& db, std::int64_t report);
    void settle(cell_call const& call, gateway_answer const& answer);
    void finish(storage::due_report_row const& row, storage::cell_change change,
                std::optional<std::chrono::milliseconds> pause = {});
    void fail(cell_call const& call, std::string const& reason);
    void end_call(storage::due_report_row const& row, std::int64_t column, std::exception_ptr const& bug);
    void count(storage::row_step const& step);

    worker_options const options_;
    storage::work_loop loop_;
    std::map<std::int64_t, gateway_call*> calls_; ///< under way, by row
    std::vector<storage::row_step> outcomes_;     ///< of calls, still to be written down
    std::map<std::int64_t, std::shared_ptr<report_plan const>> plans_;
    std::size_t calling_ = 0;               ///< calls whose coroutines run
    storage::organization_id last_begun_{}; ///< whose row was begun last
    bool resumed_ = false;                  ///< what an earlier process left under way waits again
    bool draining_ = false;
    metrics::family<metrics::counter>& cells_;
};

} // namespace weir::experiments
