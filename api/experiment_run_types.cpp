#include "api/experiment_run_types.hpp"

#include "net/time_text.hpp"

namespace weir::api
{

experiment_progress progress_of(storage::run_counts const& counts)
{
    return {.queued = counts.queued,
            .running = counts.running,
            .completed = counts.completed,
            .failed = counts.failed,
            .cancelled = counts.cancelled,
            .total = counts.waiting() + counts.completed + counts.failed + counts.cancelled,
            .done = counts.waiting() == 0};
}

experiment_run shown(storage::run const& one)
{
    experiment_run run;
    run.id = one.id;
    run.status = one.status;
    run.requestId = one.request_id.text();
    run.promptVersionId = one.prompt_version.text();
    if (one.input) run.inputRecordId = one.input->text();
    if (one.hypothesis) run.hypothesisId = one.hypothesis->text();
    if (one.dataset_row) run.datasetRowId = one.dataset_row->text();
    run.attempts = one.attempts;
    if (!one.error.empty()) run.error = one.error;
    run.createdAt = net::time_text(one.created_us);
    if (one.started_us) run.startedAt = net::time_text(*one.started_us);
    if (one.ended_us) run.endedAt = net::time_text(*one.ended_us);
    return run;
}

} // namespace weir::api
