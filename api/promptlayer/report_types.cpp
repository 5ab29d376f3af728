#include "api/promptlayer/report_types.hpp"

#include "net/text.hpp"
#include "storage/connection.hpp"

namespace weir::api::promptlayer
{
namespace
{

report_column_score score_of(storage::report_column const& column)
{
    auto const score = column.score.value_or(storage::column_score{});
    return {column.name, score.value, score.type, score.skipped};
}

/// Those that are marked; where none is, the last one.
std::vector<report_column_score> scored_columns(std::vector<storage::report_column> const& columns)
{
    std::vector<report_column_score> scored;
    for (auto const& column : columns)
        if (column.is_part_of_score) scored.push_back(score_of(column));
    if (scored.empty() && !columns.empty()) scored.push_back(score_of(columns.back()));
    return scored;
}

/// The mean of the columns that have a score.
std::optional<double> overall_score(std::vector<report_column_score> const& scored)
{
    double sum = 0;
    std::int64_t count = 0;
    for (auto const& column : scored)
        if (column.score.value) {
            sum += *column.score.value;
            ++count;
        }
    return count > 0 ? std::optional(sum / static_cast<double>(count)) : std::nullopt;
}

} // namespace

report_column_form form_of(storage::report_column const& column)
{
    return {column.id,
            column.report,
            column.type,
            column.name,
            column.position,
            column.is_part_of_score,
            raw_json{column.configuration}};
}

report_score_form score_of(storage::report const& of, std::vector<storage::report_column> const& columns)
{
    report_score_form form;
    auto scored = scored_columns(columns);
    if (scored.empty()) form.details.message = "The report has no columns";
    if (!of.cells.have_ended()) form.details.message = "The run has not ended";
    if (form.details.message) return form;
    form.overall_score = overall_score(scored);
    if (scored.size() > 1) {
        form.score_type = report_score_type::multi_column;
        form.details.columns = std::move(scored);
        return form;
    }
    form.score_type = report_score_type::single_column;
    form.details.column_name = std::move(scored.front().column_name);
    form.details.score = scored.front().score;
    form.details.score_type = std::move(scored.front().score_type);
    form.details.num_skipped = scored.front().num_skipped;
    return form;
}

report_form form_of(storage::report const& of, std::vector<storage::report_column> const& columns)
{
    report_form form;
    form.id = of.id;
    form.name = of.name;
    form.is_blueprint = !of.blueprint.has_value();
    form.deleted = of.is_deleted;
    form.created_at = time_text(of.created_us);
    form.updated_at = time_text(of.updated_us);
    if (of.blueprint) form.score = score_of(of, columns);
    form.parent_report_id = of.blueprint;
    form.dataset_id = of.dataset;
    form.tags = of.tags;
    return form;
}

report_status status_of(storage::report const& of)
{
    return of.cells.have_ended() ? report_status::COMPLETED : report_status::RUNNING;
}

report_stats stats_of(storage::report const& of)
{
    return {{of.cells.completed, of.cells.failed, of.cells.queued(), of.cells.running}};
}

std::optional<failure> problem_with_report_name(std::string_view field, std::string_view name)
{
    if (name.empty()) return unprocessable(std::string(field) + ": is empty");
    if (net::character_count(name) > longest_report_name)
        return unprocessable(std::string(field) + ": is longer than 255 characters");
    return problem_with_value(field, name, 4 * longest_report_name);
}

failure no_such_report() { return not_found("there is no such report"); }

storage::result<std::optional<storage::report>> find_active_report(storage::connection& db,
                                                                   storage::organization_id whose, std::int64_t id)
{
    auto found = storage::find_report(db, whose, id);
    if (!found && found.error() != storage::errc::not_found) return found.error();
    if (!found || found->is_deleted) return std::optional<storage::report>();
    return std::optional(std::move(*found));
}

} // namespace weir::api::promptlayer
