#pragma once

#include "storage/errors.hpp"
#include "storage/request_record.hpp"
#include "storage/uuid.hpp"

#include <cstdint>
#include <optional>
#include <span>
#include <string>
#include <string_view>
#include <vector>

/// The calls that experiments make: what is still to be called, and what became of what was. docs/experiments.md says
/// how a run goes from one status to the next.
namespace weir::storage
{

class connection;

/// The property of calls that are runs: the experiment's id.
inline constexpr std::string_view experiment_property = "Helicone-Experiment-Id";

/// A call to be: a prompt version filled with inputs. Of a hypothesis on a row of its dataset, or of an experiment that
/// has its outputs in experiment_output.
struct new_run {
    uuid experiment, prompt_version;
    std::int64_t input_number = 0; ///< of a prompt_input
    std::optional<uuid> hypothesis{}, dataset_row{};
};

/// Queues runs of the organisation and returns the ids under which their calls will be recorded, in the same order. A
/// hypothesis with runs is RUNNING. What they refer to is not checked. Inside a transaction.
result<std::vector<uuid>> queue_runs(connection& db, organization_id organization, std::span<new_run const> runs,
                                     std::int64_t now_us);

/// How many runs an experiment has in each status.
struct run_counts {
    std::int64_t queued = 0, running = 0, completed = 0, failed = 0, cancelled = 0;

    std::int64_t waiting() const { return queued + running; }
};

result<run_counts> count_runs(connection& db, organization_id organization, uuid const& experiment);

/// One run as it stands.
struct run {
    std::int64_t id = 0;
    uuid request_id, prompt_version;
    std::optional<uuid> input; ///< none: it was pruned with the call that it came from
    std::optional<uuid> hypothesis, dataset_row;
    std::string status; ///< queued, running, completed, failed or cancelled
    std::int64_t attempts = 0;
    std::string error; ///< why the last attempt failed; empty: none did
    std::int64_t created_us = 0;
    std::optional<std::int64_t> started_us, ended_us;
};

/// Which runs of an experiment are asked for: those with an id beyond `after`, oldest first.
struct run_query {
    std::string status{}; ///< empty: of any
    std::int64_t after = 0;
    std::int64_t most = 0;
};

result<std::vector<run>> list_runs(connection& db, organization_id organization, uuid const& experiment,
                                   run_query const& query);

/// The run whose call has or had this id in its last attempt; errc::not_found when the organisation has none.
result<run> find_run(connection& db, organization_id organization, uuid const& request_id);

/// The run with this number; errc::not_found when the organisation has none.
result<run> find_run(connection& db, organization_id organization, std::int64_t id);

/// Cancels an experiment's runs that have not ended, those under way included; returns how many. Inside a transaction.
result<std::int64_t> cancel_runs(connection& db, organization_id organization, uuid const& experiment,
                                 std::int64_t now_us);

/// Completes the run whose call this is, if one is, was not cancelled, and the call went well: its output stands where
/// the experiment shows it. Inside the transaction that writes the call.
result<void> end_run(connection& db, request_record const& call);

// What follows is the runner's, which alone begins runs.

/// A run that was begun, with all that its call needs.
struct begun_run {
    std::int64_t id = 0;
    organization_id organization = default_organization;
    uuid experiment, request_id;
    std::int64_t attempts = 0;        ///< this one included
    std::string content;              ///< the version's template, JSON
    std::string model;                ///< to be called instead of the template's; empty: the template's
    std::string inputs;               ///< a JSON object of texts
    std::string auto_inputs;          ///< a JSON array
    std::optional<uuid> provider_key; ///< that the hypothesis names
    /// What the version's metadata names, or the experiment's original version's, and the model of that version. May be
    /// empty.
    std::string version_provider, version_model;
    /// Of the call that the prompt's newest inputs came from; may be empty.
    std::string source_provider, source_model, path;
};

/// Whether there is a run to begin.
result<bool> is_run_due(connection& db, std::int64_t now_us);

/// Begins runs that are due: each of the organisation of which the fewest are running, and of those that are equal in
/// that of the next behind `after`, which is where the last one was begun; of one organisation, the longest waiting
/// first. Inside a transaction.
result<std::vector<begun_run>> begin_runs(connection& db, std::int64_t now_us, organization_id after,
                                          std::int64_t most);

/// Queues a run again, under a fresh id, after an attempt that failed for a `reason` that may pass.
result<void> retry_run(connection& db, std::int64_t id, std::string const& reason, std::int64_t next_try_us);

/// Ends a run that cannot be made. Inside a transaction.
result<void> fail_run(connection& db, std::int64_t id, std::string const& reason, std::int64_t now_us);

/// Queues again, under fresh ids, what was running when weir ended without a call in the record; those whose call was
/// recorded and failed, too. Returns how many. Inside a transaction, before any run is begun.
result<std::int64_t> requeue_interrupted_runs(connection& db, std::int64_t now_us);

/// Which of these runs are no longer running: they were cancelled, or their calls recorded.
result<std::vector<std::int64_t>> ended_runs(connection& db, std::span<std::int64_t const> ids);

} // namespace weir::storage
