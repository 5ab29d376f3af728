#include "api/promptlayer/report_column_params.hpp"

#include "evaluation/report_column.hpp"
#include "storage/dataset_versions.hpp"

#include <boost/json/serialize.hpp>

#include <algorithm>

namespace json = boost::json;

namespace weir::api::promptlayer
{
namespace
{

using trying = storage::result<tried<storage::report_column>>;

std::optional<failure> problem_with_type(std::string const& field, std::string const& type)
{
    if (evaluation::is_run_column_type(type)) return std::nullopt;
    if (evaluation::is_column_type(type))
        return invalid(field + ": " + type + " does not run here; what does is " + evaluation::run_column_types());
    return unprocessable(field + ": is none of " + evaluation::run_column_types());
}

/// Says why a column cannot stand at its place, if it cannot. `others` are the columns beside it, from left to right.
storage::result<void> look_at_place(storage::connection& db, storage::organization_id whose, storage::report const& in,
                                    checked_column const& column, std::vector<storage::report_column> const& others,
                                    std::int64_t position, std::string const& prefix, std::optional<failure>& why)
{
    auto const dataset = storage::find_dataset_version(db, whose, in.dataset);
    if (!dataset) return dataset.error();
    auto known = dataset->columns;
    auto const is_known = [&known](std::string const& name) {
        return std::find(known.begin(), known.end(), name) != known.end();
    };
    if (is_known(column.wish.name))
        why = failure(errc::forbidden, prefix + "name: the dataset has a column of that name");
    for (auto const& other : others)
        if (other.name == column.wish.name) why = invalid(prefix + "name: the report has a column of that name");
    auto const left = std::min(others.size(), static_cast<std::size_t>(position - 1));
    for (std::size_t i = 0; i < left; ++i) known.push_back(others[i].name);
    for (auto const& source : column.sources)
        if (!why && !is_known(source))
            why =
                invalid(prefix + "configuration: there is no column \"" + source + "\" in the dataset, or to the left");
    return {};
}

} // namespace

result<checked_column> check_column(report_column_params const& given, std::string const& prefix)
{
    if (auto bad = problem_with_type(prefix + "column_type", given.column_type)) return *bad;
    if (auto bad = problem_with_report_name(prefix + "name", given.name)) return *bad;
    if (given.position && *given.position < 1) return unprocessable(prefix + "position: must be 1 or more");
    auto text = json::serialize(given.configuration);
    if (text.size() > most_configuration_bytes)
        return unprocessable(prefix + "configuration: is longer than " + std::to_string(most_configuration_bytes) +
                             " bytes");
    std::string problem;
    auto column = evaluation::read_report_column(given.column_type, given.configuration, problem);
    if (!given.configuration.is_object()) return unprocessable(prefix + "configuration: " + problem);
    if (!column) return invalid(prefix + "configuration." + problem);
    checked_column checked{.wish = {given.column_type, given.name, std::move(text),
                                    given.is_part_of_score.value_or(false), given.position},
                           .sources = std::move(column->sources)};
    return checked;
}

trying add_column(storage::connection& db, storage::organization_id whose, storage::report const& to,
                  checked_column const& column, std::string const& prefix, std::int64_t now_us)
{
    auto const others = storage::list_report_columns(db, to.id);
    if (!others) return others.error();
    if (std::ssize(*others) >= most_report_columns)
        return refused<storage::report_column>(invalid("a report has at most 50 columns"));
    auto const position = column.wish.position.value_or(std::ssize(*others) + 1);
    std::optional<failure> why;
    auto const looked = look_at_place(db, whose, to, column, *others, position, prefix, why);
    if (!looked) return looked.error();
    if (why) return refused<storage::report_column>(*why);
    auto made = storage::add_report_column(db, to.id, column.wish, now_us);
    if (!made) return made.error();
    return tried<storage::report_column>{std::move(*made), {}};
}

trying change_column(storage::connection& db, storage::organization_id whose, storage::report const& of,
                     storage::report_column const& from, checked_column const& to, std::int64_t now_us)
{
    auto others = storage::list_report_columns(db, of.id);
    if (!others) return others.error();
    std::erase_if(*others, [&from](auto const& one) { return one.id == from.id; });
    std::optional<failure> why;
    auto const looked = look_at_place(db, whose, of, to, *others, to.wish.position.value_or(from.position), "", why);
    if (!looked) return looked.error();
    if (why) return refused<storage::report_column>(*why);
    auto made = storage::change_report_column(db, from, to.wish, now_us);
    if (!made) return made.error();
    return tried<storage::report_column>{std::move(*made), {}};
}

} // namespace weir::api::promptlayer
