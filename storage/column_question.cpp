#include "storage/column_question.hpp"

#include "storage/column_chunk.hpp"
#include "storage/connection.hpp"
#include "storage/property_index.hpp"
#include "storage/related_rows.hpp"
#include "storage/row_groups.hpp"
#include "storage/time_range.hpp"

#include <numeric>

namespace weir::storage
{

namespace
{

/// A number or time of a condition, as the columns' numbers are compared with it.
struct compared_number {
    double operand;
    bool is_duration;

    bool compares_to(comparison how, std::int64_t number) const
    {
        constexpr double us_of_ms = 1000;
        if (is_duration) return compares(static_cast<double>(number) / us_of_ms, how, operand);
        // SQLite compares them as they are, and a long double has all of both.
        return compares(static_cast<long double>(number), how, static_cast<long double>(operand));
    }

    /// The first for which a comparison says this; the greatest of all when there is none.
    std::int64_t first_that(comparison how, bool passes) const
    {
        auto [low, high, is_without] = number_range();
        while (low < high) {
            auto const middle = std::midpoint(low, high);
            if (compares_to(how, middle) == passes)
                high = middle;
            else
                low = middle + 1;
        }
        return low;
    }
};

/// As numbers grow they pass from some on, up to some, or both: found by halving, so that those of a column are
/// compared as whole numbers.
number_range passing_numbers(comparison how, compared_number const& with)
{
    number_range passing;
    bool const is_equality = how == comparison::equals || how == comparison::not_equals;
    if (is_equality || how == comparison::gt || how == comparison::gte) {
        auto const from = is_equality ? comparison::gte : how;
        passing.least = with.first_that(from, true);
        if (!with.compares_to(from, passing.least)) passing.greatest = passing.least - 1; // none
    }
    if (is_equality || how == comparison::lt || how == comparison::lte) {
        auto const up_to = is_equality ? comparison::lte : how;
        auto const first_without = with.first_that(up_to, false);
        if (!with.compares_to(up_to, first_without)) passing.greatest = std::min(passing.greatest, first_without - 1);
    }
    passing.is_without = how == comparison::not_equals;
    return passing;
}

} // namespace

value_test::value_test(connection const& db, filter_condition const& of, filter_family family)
    : early_(&db.progress())
    , how_(of.how)
    , is_text_(family == filter_family::text)
{
    double number = 0;
    if (auto const* text = std::get_if<std::string>(&of.operand))
        text_ = how_ == comparison::contains || how_ == comparison::not_contains ? '%' + *text + '%' : *text;
    else if (auto const* given = std::get_if<double>(&of.operand))
        number = *given;
    else if (auto const* truth = std::get_if<bool>(&of.operand))
        number = *truth ? 1 : 0;
    else
        number = static_cast<double>(time_us_ = std::get<filter_time>(of.operand).us);
    if (!is_text_) numbers_ = passing_numbers(how_, {number, family == filter_family::duration});
}

bool value_test::passes(std::string_view text) const
{
    switch (how_) {
    case comparison::like: return is_like(text, text_, false, *early_).value_or(true);
    case comparison::ilike:
    case comparison::contains: return is_like(text, text_, true, *early_).value_or(true);
    case comparison::not_contains: return !is_like(text, text_, true, *early_).value_or(false);
    default: return compares(text, how_, std::string_view(text_));
    }
}

std::int64_t value_test::hash() const { return hash_of_text(text_); }

key_range value_test::keys() const
{
    key_range keys;
    bool const is_equal = how_ == comparison::equals;
    if (is_equal || how_ == comparison::gt || how_ == comparison::gte) keys.first = key_before(time_us_);
    if (is_equal || how_ == comparison::lt || how_ == comparison::lte) keys.end = key_after(time_us_);
    return keys;
}

namespace
{

/// Whether the index of a property finds what passes.
result<bool> finds_by_index(connection& db, filter_condition const& property)
{
    if (property.how != comparison::equals || property.spellings.size() > 1) return false;
    return has_property_index(db, property.spellings.empty() ? property.key : property.spellings.front());
}

result<std::vector<std::string>> fields_of(connection& db, filter_condition const& what)
{
    std::vector<std::string> fields;
    if (!names_property(what)) {
        if (auto const field = grouped_field(what); !field.empty()) fields.emplace_back(field);
        return fields;
    }
    auto const is_found_by_index = finds_by_index(db, what);
    if (!is_found_by_index) return is_found_by_index.error();
    if (*is_found_by_index) return fields;
    for (auto const& spelling : what.spellings) fields.push_back(property_field(spelling));
    if (fields.empty()) fields.push_back(property_field(what.key));
    return fields;
}

result<column_question> question_of_condition(connection& db, organization_id organization,
                                              filter_condition const& what)
{
    column_question asked;
    auto related = find_related_rows(db, organization, what);
    if (!related) return related.error();
    if (*related) {
        asked.is = column_question::kind::of_rows;
        asked.rows = std::move(**related);
        return asked;
    }
    auto const* column = find_filter_column(what.table, what.column);
    if (!column) return asked;
    auto fields = fields_of(db, what);
    if (!fields) return fields.error();
    bool const is_text = column->is == filter_family::text;
    bool const is_null = is_text && !column->has_key && std::get<std::string>(what.operand) == "null";
    if (fields->empty() || is_null) return asked;
    asked.is_of_property = names_property(what);
    asked.fields = std::move(*fields);
    asked.test.emplace(db, what, column->is);
    // Groups do not tell what a call does not have from ''.
    bool const takes_empty = is_text && asked.test->passes("");
    if (takes_empty && asked.is_of_property && what.table == "request_response_rmt") return asked;
    asked.is = column_question::kind::of_values;
    asked.is_of_time = column->is == filter_family::request_time;
    asked.is_exact = asked.fields.size() == 1 && !(takes_empty && what.table == "request" && what.column == "user_id");
    return asked;
}

result<column_question> question_of(connection& db, organization_id organization, filter const& what)
{
    column_question asked;
    switch (what.is) {
    case filter::kind::condition: return question_of_condition(db, organization, what.condition);
    case filter::kind::all_of: asked.is = column_question::kind::all_of; break;
    case filter::kind::any_of: asked.is = column_question::kind::any_of; break;
    case filter::kind::everything:
    case filter::kind::of_blocks:
    case filter::kind::of_rows:
    case filter::kind::after_row: return asked;
    }
    for (auto const& part : what.parts) {
        auto one = question_of(db, organization, part);
        if (!one) return one.error();
        asked.parts.push_back(std::move(*one));
    }
    return asked;
}

column_question question_of_organization(connection& db, organization_id organization)
{
    column_question asked{
        .is = column_question::kind::of_values, .is_exact = true, .fields = {std::string(fields::organization)}};
    asked.test.emplace(
        db,
        filter_condition{
            .table = {}, .column = {}, .how = comparison::equals, .operand = static_cast<double>(organization)},
        filter_family::number);
    return asked;
}

} // namespace

result<std::optional<column_question>> column_question_of(connection& db, organization_id organization,
                                                          filter const& what)
{
    auto asked = question_of(db, organization, what);
    if (!asked) return asked.error();
    if (!asked->narrows()) return std::optional<column_question>();
    column_question all{.is = column_question::kind::all_of};
    all.parts = {std::move(*asked), question_of_organization(db, organization)};
    return std::optional(std::move(all));
}

} // namespace weir::storage
