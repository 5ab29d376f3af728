#pragma once

#include "metrics/registry.hpp"
#include "storage/background_task.hpp"
#include "storage/errors.hpp"

#include <atomic>
#include <chrono>
#include <cstdint>
#include <string>

namespace weir::storage
{

/// Evaluates alerts now and then, in the background, on a thread and a connection of its own. Who is alerted is told by
/// the log and by a metric.
class alert_watch
{
public:
    static constexpr std::chrono::seconds usual_pause{30};

    /// `path`: the database, which must be migrated.
    alert_watch(std::string path, metrics::registry& metrics, std::chrono::milliseconds pause = usual_pause);

    void start() { task_.start(); }

    /// Interrupts the evaluation under way.
    void stop() { task_.stop(); }

private:
    void look();
    result<void> evaluate();

    std::string const path_;
    std::atomic<std::int64_t> triggered_{0};
    bool failing_ = false; ///< said once
    background_task task_; ///< last: its thread uses the others
};

} // namespace weir::storage
