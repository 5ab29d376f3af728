#pragma once

#include "evaluation/report_column.hpp"
#include "experiments/report_call.hpp"
#include "storage/errors.hpp"
#include "storage/report_rows.hpp"

#include <memory>
#include <optional>
#include <string>
#include <vector>

/// The work at one row of a report, from one call to the next.
namespace weir::experiments
{

/// What a run's rows are filled by. A run's columns stay as they are.
struct report_plan {
    struct column {
        storage::report_column stored;
        std::optional<evaluation::report_column> read;
        std::string problem; ///< why it could not be read
    };
    std::vector<std::string> dataset_columns;
    std::vector<column> columns;
};
storage::result<std::shared_ptr<report_plan const>> load_report_plan(storage::connection& db, std::int64_t run);

/// A call that a cell waits for.
struct cell_call {
    std::shared_ptr<report_plan const> plan;
    std::size_t column = 0;      ///< of the plan
    evaluation::row_cells cells; ///< that the column reads
    storage::due_report_row row;
    storage::uuid request;
    std::int64_t attempts = 0; ///< this one included
    report_call what;
};

/// What is to be written down of a row, and the call that is to be made then.
struct report_step {
    storage::row_step changes;
    std::optional<cell_call> call;
};

/// Fills the cells of a row from left to right, up to the first that needs a call. A call that is in the record
/// already, since weir ended before its cell was written, is not made again.
storage::result<report_step> make_report_step(storage::connection& db, std::shared_ptr<report_plan const> plan,
                                              storage::due_report_row const& row);

/// What an answer, or no answer, makes of the cell that waited for it.
storage::cell_change change_of(std::int64_t column, evaluation::cell_result const& result);
storage::cell_change change_of(cell_call const& call, std::string const& body);

} // namespace weir::experiments
