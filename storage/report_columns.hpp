#pragma once

#include "storage/errors.hpp"
#include "storage/request_record.hpp"

#include <cstdint>
#include <optional>
#include <string>
#include <vector>

/// The columns of a report, which its cells stand in, left to right.
namespace weir::storage
{

class connection;

/// What a column's cells come to in a run that has ended.
struct column_score {
    std::optional<double> value;     ///< the mean of numbers, or of truth in percent; none: it cannot be said
    std::optional<std::string> type; ///< numeric or boolean; none where there is neither, or both
    std::int64_t skipped = 0;        ///< cells that are neither
};

struct report_column_wish {
    std::string type, name;
    std::string configuration; ///< a JSON object
    bool is_part_of_score = false;
    std::optional<std::int64_t> position{}; ///< from 1; none, or beyond the last: the last
};

struct report_column {
    std::int64_t id = 0, report = 0, position = 0;
    std::string type, name, configuration;
    bool is_part_of_score = false;
    std::optional<column_score> score{};
};

/// From left to right.
result<std::vector<report_column>> list_report_columns(connection& db, std::int64_t report);

/// errc::not_found when no report of the organisation has it.
result<report_column> find_report_column(connection& db, organization_id organization, std::int64_t id);

/// Adds a column; those at its place and to the right of it move on. errc::conflict when the report has the name.
/// Inside a transaction, as all that changes here.
result<report_column> add_report_column(connection& db, std::int64_t report, report_column_wish const& wish,
                                        std::int64_t now_us);

/// Makes it what is wished; without a position it stays where it is.
result<report_column> change_report_column(connection& db, report_column const& from, report_column_wish const& wish,
                                           std::int64_t now_us);

result<void> delete_report_column(connection& db, report_column const& which, std::int64_t now_us);

/// Has just the columns with these names count for the score.
result<void> set_score_columns(connection& db, std::int64_t report, std::vector<std::string> const& names,
                               std::int64_t now_us);

} // namespace weir::storage
