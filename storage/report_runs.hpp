#pragma once

#include "storage/errors.hpp"
#include "storage/report_columns.hpp"
#include "storage/reports.hpp"
#include "storage/request_record.hpp"

#include <cstddef>
#include <cstdint>
#include <optional>
#include <string>
#include <vector>

/// Runs of reports, and what stands in their cells.
namespace weir::storage
{

class connection;

enum class cell_status : std::uint8_t { queued, running, completed, failed };

/// "QUEUED"
std::string_view name_of(cell_status status);
cell_status cell_status_named(std::string_view name);

struct new_report_run {
    std::int64_t blueprint = 0, dataset = 0;
    std::string name;
    std::vector<report_column_wish> columns;
};

/// Makes a run, with a cell for each column and each row of the dataset; all of them wait. What it refers to is not
/// checked. Inside a transaction.
result<report> create_report_run(connection& db, organization_id organization, new_report_run const& wish,
                                 std::int64_t now_us);

struct shown_cell {
    cell_status status = cell_status::queued;
    std::optional<std::string> value; ///< JSON
    std::optional<std::string> error;
};

struct shown_row {
    std::string dataset_cells;     ///< a JSON array, in the order of the dataset's columns; it may be shorter
    std::vector<shown_cell> cells; ///< in the order of the report's columns
};

/// Rows of a run in their order. errc::too_large when they are more than `most_bytes`.
result<std::vector<shown_row>> list_report_rows(connection& db, std::int64_t run, std::int64_t limit,
                                                std::int64_t offset, std::size_t most_bytes);
result<std::int64_t> count_report_rows(connection& db, std::int64_t run);

} // namespace weir::storage
