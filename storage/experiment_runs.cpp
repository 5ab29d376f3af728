#include "storage/experiment_runs.hpp"

#include "storage/collect.hpp"
#include "storage/experiments.hpp"
#include "storage/runs.hpp"
#include "storage/uuid_sql.hpp"

namespace weir::storage
{
namespace
{

/// Rows whose inputs are the organisation's.
#define WEIR_SELECT_ROWS                                                                                               \
    "SELECT d.id,d.input_number FROM experiment_dataset_row AS d JOIN prompt_input AS i ON i.number=d.input_number "   \
    "JOIN experiment AS e ON e.id=?2 AND e.organization_id=?1 WHERE i.organization_id=?1 AND "

row_to_run row_in(rows const& row) { return {row.get<uuid>(0), row.get<std::int64_t>(1)}; }

} // namespace

result<std::vector<row_to_run>> rows_to_run(connection& db, organization_id organization, uuid const& experiment)
{
    return collect(db.query(WEIR_SELECT_ROWS "d.dataset_id=e.dataset_id ORDER BY d.number LIMIT ?3", organization,
                            experiment, most_rows_to_run + 1),
                   row_in);
}

result<std::vector<row_to_run>> rows_to_run(connection& db, organization_id organization, uuid const& experiment,
                                            std::span<uuid const> ids)
{
    std::vector<row_to_run> all;
    for (auto const& id : ids) {
        auto found = collect(db.query(WEIR_SELECT_ROWS "d.id=?3 AND (d.dataset_id=e.dataset_id OR " WEIR_UUID_TEXT(
                                          "d.dataset_id") " IN "
                                                          "(SELECT t.metadata ->> 'datasetId' FROM experiment_table AS "
                                                          "t WHERE t.experiment_id=e.id))",
                                      organization, experiment, id),
                             row_in);
        if (!found) return found.error();
        if (found->empty()) return make_error_code(errc::not_found);
        all.push_back(found->front());
    }
    return all;
}

result<std::int64_t> run_hypothesis(connection& db, organization_id organization, hypothesis const& what,
                                    std::span<row_to_run const> on, std::int64_t now_us)
{
    auto const counts = count_runs(db, organization, what.experiment);
    if (!counts) return counts.error();
    auto const added = static_cast<std::int64_t>(on.size());
    if (counts->waiting() + added > most_waiting_runs) return make_error_code(errc::too_large);
    std::vector<new_run> runs;
    runs.reserve(on.size());
    for (auto const& one : on)
        runs.push_back({.experiment = what.experiment,
                        .prompt_version = what.prompt_version,
                        .input_number = one.input_number,
                        .hypothesis = what.id,
                        .dataset_row = one.row});
    if (auto const queued = queue_runs(db, organization, runs, now_us); !queued) return queued.error();
    return added;
}

} // namespace weir::storage
