#pragma once

#include "api/promptlayer/report_types.hpp"
#include "api/promptlayer/tried_write.hpp"

#include <boost/json/value.hpp>

#include <cstdint>
#include <optional>
#include <string>
#include <vector>

/// Columns of reports as clients give them, and how they are checked.
namespace weir::api::promptlayer
{

struct report_column_params {
    std::string column_type, name;
    boost::json::value configuration;
    std::optional<std::int64_t> position;
    std::optional<bool> is_part_of_score;
};
BOOST_DESCRIBE_STRUCT(report_column_params, (), (column_type, name, configuration, position, is_part_of_score))

/// A column in which nothing is wrong by itself.
struct checked_column {
    storage::report_column_wish wish;
    std::vector<std::string> sources; ///< the columns that it reads
};

/// The error is 400 or 422 and names the member, behind `prefix`: "columns[0].".
result<checked_column> check_column(report_column_params const& given, std::string const& prefix);

/// Adds it to a blueprint, if it may stand there: 403 for the name of a column of the dataset, 400 for a name that is
/// taken, for a source that is not to the left, and for one column too many.
storage::result<tried<storage::report_column>> add_column(storage::connection& db, storage::organization_id whose,
                                                          storage::report const& to, checked_column const& column,
                                                          std::string const& prefix, std::int64_t now_us);

/// Puts it in the place of a column of a blueprint, likewise.
storage::result<tried<storage::report_column>> change_column(storage::connection& db, storage::organization_id whose,
                                                             storage::report const& of,
                                                             storage::report_column const& from,
                                                             checked_column const& to, std::int64_t now_us);

} // namespace weir::api::promptlayer
