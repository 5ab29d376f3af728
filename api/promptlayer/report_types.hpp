#pragma once

#include "api/promptlayer/dataset_types.hpp"
#include "api/promptlayer/values.hpp"
#include "storage/report_columns.hpp"
#include "storage/reports.hpp"

#include <boost/describe/enum.hpp>

#include <cstdint>
#include <optional>
#include <string>
#include <vector>

/// Reports as PromptLayer's bodies show them.
namespace weir::api::promptlayer
{

inline constexpr std::size_t longest_report_name = 255;

/// Columns of a report, cells of a run, and the bytes of a column's configuration.
inline constexpr std::int64_t most_report_columns = 50, most_report_cells = 100'000;
inline constexpr std::size_t most_configuration_bytes = std::size_t{256} * 1024;

struct report_column_form {
    std::int64_t id = 0, report_id = 0;
    std::string column_type, name;
    std::int64_t position = 0;
    bool is_part_of_score = false;
    raw_json configuration;
};
BOOST_DESCRIBE_STRUCT(report_column_form, (),
                      (id, report_id, column_type, name, position, is_part_of_score, configuration))

enum class report_score_type { single_column, multi_column, custom, none };
BOOST_DESCRIBE_ENUM(report_score_type, single_column, multi_column, custom, none)

struct report_column_score {
    std::string column_name;
    nullable<double> score;
    nullable<std::string> score_type;
    std::int64_t num_skipped = 0;
};
BOOST_DESCRIBE_STRUCT(report_column_score, (), (column_name, score, score_type, num_skipped))

/// Of one column, its own figures; of several, theirs; of none, why.
struct report_score_details {
    std::optional<std::string> column_name;
    std::optional<nullable<double>> score;
    std::optional<nullable<std::string>> score_type;
    std::optional<std::int64_t> num_skipped;
    std::optional<std::vector<report_column_score>> columns;
    std::optional<std::string> message;
};
BOOST_DESCRIBE_STRUCT(report_score_details, (), (column_name, score, score_type, num_skipped, columns, message))

struct report_score_form {
    nullable<double> overall_score;
    report_score_type score_type = report_score_type::none;
    bool has_custom_scoring = false;
    report_score_details details;
};
BOOST_DESCRIBE_STRUCT(report_score_form, (), (overall_score, score_type, has_custom_scoring, details))

/// What weir has nothing to say of is null.
struct report_form {
    std::int64_t id = 0;
    std::string name;
    nullable<std::string> comment;
    bool is_blueprint = false, deleted = false;
    std::string created_at, updated_at;
    nullable<report_score_form> score;
    nullable<boost::json::value> score_configuration, score_matrix;
    nullable<std::string> score_calculation_error;
    nullable<std::int64_t> parent_report_id;
    std::int64_t dataset_id = 0;
    nullable<std::int64_t> user_id;
    std::int64_t workspace_id = own_workspace;
    nullable<std::int64_t> prompt_registry_id, prompt_version_number;
    std::vector<std::string> tags;
};
BOOST_DESCRIBE_STRUCT(report_form, (),
                      (id, name, comment, is_blueprint, deleted, created_at, updated_at, score, score_configuration,
                       score_matrix, score_calculation_error, parent_report_id, dataset_id, user_id, workspace_id,
                       prompt_registry_id, prompt_version_number, tags))

enum class report_status { RUNNING, COMPLETED };
BOOST_DESCRIBE_ENUM(report_status, RUNNING, COMPLETED)

struct report_status_counts {
    std::int64_t COMPLETED = 0, FAILED = 0, QUEUED = 0, RUNNING = 0;
};
BOOST_DESCRIBE_STRUCT(report_status_counts, (), (COMPLETED, FAILED, QUEUED, RUNNING))

struct report_stats {
    report_status_counts status_counts;
};
BOOST_DESCRIBE_STRUCT(report_stats, (), (status_counts))

report_column_form form_of(storage::report_column const& column);
report_score_form score_of(storage::report const& of, std::vector<storage::report_column> const& columns);
/// A blueprint has no score.
report_form form_of(storage::report const& of, std::vector<storage::report_column> const& columns);
report_status status_of(storage::report const& of);
report_stats stats_of(storage::report const& of);

/// What is wrong with a name of a report or a column.
std::optional<failure> problem_with_report_name(std::string_view field, std::string_view name);

failure no_such_report();

/// A report that something may be done with: the organisation's, and not archived; none: 404. errc of the store.
storage::result<std::optional<storage::report>> find_active_report(storage::connection& db,
                                                                   storage::organization_id whose, std::int64_t id);

} // namespace weir::api::promptlayer
