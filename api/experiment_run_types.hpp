#pragma once

#include "api/types.hpp"
#include "storage/runs.hpp"

#include <boost/describe/class.hpp>
#include <boost/describe/enum.hpp>

#include <cstdint>
#include <optional>
#include <string>
#include <vector>

/// Runs of experiments as weir's own endpoints show them.
namespace weir::api
{

struct experiment_progress {
    std::int64_t queued = 0, running = 0, completed = 0, failed = 0, cancelled = 0, total = 0;
    bool done = false; ///< nothing waits any more
};
BOOST_DESCRIBE_STRUCT(experiment_progress, (), (queued, running, completed, failed, cancelled, total, done))

enum class run_status { queued, running, completed, failed, cancelled };
BOOST_DESCRIBE_ENUM(run_status, queued, running, completed, failed, cancelled)

struct experiment_run {
    std::int64_t id = 0;
    std::string status;
    std::string requestId; ///< of the last attempt, or the one to come
    std::string promptVersionId;
    nullable<std::string> inputRecordId; ///< null: it was pruned with the call that it came from
    nullable<std::string> hypothesisId, datasetRowId;
    std::int64_t attempts = 0;
    nullable<std::string> error; ///< why the last attempt failed
    std::string createdAt;
    nullable<std::string> startedAt, endedAt;
};
BOOST_DESCRIBE_STRUCT(experiment_run, (),
                      (id, status, requestId, promptVersionId, inputRecordId, hypothesisId, datasetRowId, attempts,
                       error, createdAt, startedAt, endedAt))

experiment_progress progress_of(storage::run_counts const& counts);
experiment_run shown(storage::run const& one);

} // namespace weir::api
