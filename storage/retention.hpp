#pragma once

#include "metrics/registry.hpp"
#include "storage/background_task.hpp"

#include <atomic>
#include <chrono>
#include <functional>
#include <string>

namespace weir::storage
{

struct retention_options {
    std::string path;             ///< the database, which must be migrated
    std::chrono::days keep_for{}; ///< 0: for ever
    std::chrono::milliseconds interval{60'000};

    /// Whether the recorder can do with a competitor now. Any thread. Default: always.
    std::function<bool()> may_write;
};

/// Deletes what is older than it may be, in the background, on a thread and a connection of its own.
class retention
{
public:
    retention(retention_options options, metrics::registry& metrics);

    /// Starts the thread. It prunes at once, then after each interval.
    void start() { task_.start(); }

    /// Another age from the next pruning on; 0: for ever. Any thread.
    void keep_for(std::chrono::days age) { keep_for_ = age.count(); }

    /// Ends within a transaction's time; a pruning under way has then done a part.
    void stop() { task_.stop(); }

private:
    void prune_older_than(std::chrono::days age);

    retention_options const options_;
    std::atomic<std::chrono::days::rep> keep_for_;
    metrics::counter& pruned_;
    background_task task_; ///< last: its thread uses the others
};

} // namespace weir::storage
