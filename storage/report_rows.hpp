#pragma once

#include "storage/errors.hpp"
#include "storage/report_runs.hpp"
#include "storage/request_record.hpp"
#include "storage/uuid.hpp"

#include <cstdint>
#include <optional>
#include <span>
#include <string>
#include <string_view>
#include <vector>

/// The rows of runs whose cells are still to be filled, for whoever fills them: one worker. A row is worked at in
/// steps, of which only one is under way at a time.
namespace weir::storage
{

class connection;

/// The property of calls that are cells of runs: the run's id.
inline constexpr std::string_view report_property = "Weir-Report-Id";

struct due_report_row {
    std::int64_t id = 0, report = 0;
    organization_id organization{};
};

/// Rows that are due, each of the organisation of which the fewest are under way, and of those that are equal in that
/// of the next behind `after`; of one organisation, the longest waiting first. At most `most`.
result<std::vector<due_report_row>> due_report_rows(connection& db, std::int64_t now_us, organization_id after,
                                                    std::int64_t most);

struct stored_cell {
    std::int64_t column = 0;
    cell_status status = cell_status::queued;
    std::int64_t attempts = 0;
    std::optional<uuid> request;      ///< of the call that it waits for
    std::optional<std::string> value; ///< JSON
};

/// The columns of a dataset, and what stands in a row of it.
struct report_row_content {
    std::string dataset_cells; ///< a JSON array, in the order of the dataset's columns; it may be shorter
    std::vector<stored_cell> cells;
};
result<report_row_content> find_report_row(connection& db, std::int64_t row);

/// The names of the columns of the dataset that a run is over.
result<std::vector<std::string>> dataset_columns_of(connection& db, std::int64_t run);

/// What becomes of a cell.
struct cell_change {
    std::int64_t column = 0;
    cell_status status = cell_status::queued;
    std::optional<std::string> value{}, error{};
    std::optional<double> number{}; ///< what the value counts in a score; true is 1
    bool is_boolean = false;
    std::optional<uuid> request{};
    std::int64_t attempts = 0;
};

/// What becomes of a row. Then it waits, a call for it is under way, or all its cells have ended.
struct row_step {
    enum class state : std::uint8_t { queued, running, ended };

    std::int64_t row = 0, report = 0;
    std::vector<cell_change> cells{};
    state after = state::queued;
    std::optional<std::int64_t> next_try_us{}; ///< none: as before
};

/// Writes it down, if the row is in that state before it: else its report was archived meanwhile. The scores of a run
/// whose last cell ends with it are told. Inside a transaction.
result<void> write_row_step(connection& db, row_step const& step, row_step::state before, std::int64_t now_us);

/// Has rows wait again that an earlier process left under way. Their cells still name their calls. Returns how many.
result<std::int64_t> requeue_interrupted_rows(connection& db);

/// Which of these rows are not under way any more: their reports were archived.
result<std::vector<std::int64_t>> ended_report_rows(connection& db, std::span<std::int64_t const> ids);

/// Tells the scores of a run's columns, if all its cells have ended.
result<void> settle_report(connection& db, std::int64_t run, std::int64_t now_us);

} // namespace weir::storage
