#include "storage/column_question.hpp"

#include "storage/collect.hpp"
#include "storage/column_chunk.hpp"
#include "storage/group_fields.hpp"
#include "storage/json_text.hpp"
#include "storage/property_index.hpp"
#include "storage/related_rows.hpp"
#include "storage/time_range.hpp"

#include <cstring>
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
    bool const is_part = how_ == comparison::contains || how_ == comparison::not_contains;
    if (auto const* text = std::get_if<std::string>(&of.operand))
        text_ = is_part ? '%' + *text + '%' : *text;
    else if (auto const* given = std::get_if<double>(&of.operand))
        number = *given;
    else if (auto const* truth = std::get_if<bool>(&of.operand))
        number = *truth ? 1 : 0;
    else
        number = static_cast<double>(time_us_ = std::get<filter_time>(of.operand).us);
    if (is_part || how_ == comparison::like || how_ == comparison::ilike)
        pattern_.emplace(text_, how_ != comparison::like);
    if (!is_text_) numbers_ = passing_numbers(how_, {number, family == filter_family::duration});
}

value_test::value_test(connection const& db, std::vector<std::string> these)
    : early_(&db.progress())
    , how_(comparison::equals)
    , is_text_(true)
    , these_(std::move(these))
{
    std::ranges::sort(these_);
}

bool value_test::passes(std::string_view text) const
{
    if (!these_.empty()) return std::ranges::binary_search(these_, text);
    if (how_ == comparison::equals) return text == text_;
    if (!pattern_) return compares(text, how_, std::string_view(text_));
    auto const fits = pattern_->fits(text, *early_);
    return !fits || *fits != (how_ == comparison::not_contains);
}

std::size_t value_test::find_within(std::string_view bytes) const
{
    if (pattern_) return how_ == comparison::not_contains ? 0 : pattern_->find_within(bytes);
    if (how_ != comparison::equals || !these_.empty()) return 0;
    auto const* const found = ::memmem(bytes.data(), bytes.size(), text_.data(), text_.size());
    return found ? static_cast<std::size_t>(static_cast<char const*>(found) - bytes.data()) : bytes.npos;
}

std::optional<std::vector<std::int64_t>> column_question::rows_after(std::int64_t last) const
{
    if (is == kind::of_rows && rows.complete_from <= last + 1)
        return std::vector<std::int64_t>(std::ranges::upper_bound(rows.rows, last), rows.rows.end());
    if (is == kind::all_of)
        for (auto const& part : parts)
            if (auto some = part.rows_after(last)) return some;
    return std::nullopt;
}

std::optional<std::vector<std::int64_t>> value_test::hashes() const
{
    if (how_ != comparison::equals) return std::nullopt;
    if (these_.empty()) return std::vector<std::int64_t>{hash_of_text(text_)};
    std::vector<std::int64_t> hashes;
    for (auto const& text : these_) hashes.push_back(hash_of_text(text));
    std::ranges::sort(hashes);
    return hashes;
}

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

/// Of which calls have a value in one of some fields, or in none.
column_question question_of_presence(std::vector<std::string> fields, bool has_value)
{
    return {.is = column_question::kind::of_presence,
            .is_exact = true,
            .takes_absent = !has_value,
            .fields = std::move(fields)};
}

/// "null" is a word of the filter language's for a value that is not there, where a column may have none.
column_question question_of_null(comparison how, std::string_view value, std::vector<std::string> fields)
{
    if (how != comparison::equals && how != comparison::not_equals) return {.is = column_question::kind::of_rows};
    if (!value.starts_with("coalesce(") || !value.ends_with(",'')"))
        return question_of_presence(std::move(fields), how == comparison::not_equals);
    if (how == comparison::equals) return {.is = column_question::kind::of_rows};
    return {};
}

/// The properties whose names pass; none where they are many.
result<std::optional<std::vector<std::string>>> fields_of_names(connection& db, organization_id organization,
                                                                value_test const& test)
{
    using fields = std::optional<std::vector<std::string>>;
    constexpr std::int64_t most_names = 1000;
    auto const names = collect_column<std::string>(
        db.query("SELECT property_key FROM organization_property WHERE organization_id=?1 LIMIT ?2", organization,
                 most_names + 1));
    if (!names) return names.error();
    if (std::ssize(*names) > most_names) return fields();
    std::vector<std::string> passing;
    for (auto const& name : *names)
        if (test.passes(name)) passing.push_back(property_field(name));
    return fields(std::move(passing));
}

result<column_question> question_of_property_names(connection& db, organization_id organization,
                                                   filter_condition const& what)
{
    auto fields = fields_of_names(db, organization, value_test(db, what, filter_family::text));
    if (!fields) return fields.error();
    if (!*fields) return column_question();
    auto asked = question_of_presence(std::move(**fields), true);
    asked.is_of_property = true;
    return asked;
}

/// Of calls with one of some texts in a field; a user of none is '', too.
column_question question_of_texts(connection& db, field_name field, std::vector<std::string> texts)
{
    if (texts.empty()) return {.is = column_question::kind::of_rows};
    column_question asked{.is = column_question::kind::of_values, .is_exact = true, .fields = {std::string(field)}};
    asked.test.emplace(db, std::move(texts));
    asked.takes_absent = field == fields::user && asked.test->passes("");
    return asked;
}

column_question question_of_texts(connection& db, field_name field, filter_condition const& of)
{
    return question_of_texts(db, field, texts_of_json(std::get<std::string>(of.operand)));
}

/// Of the sessions that have a tag.
result<column_question> question_of_session_tag(connection& db, organization_id organization,
                                                filter_condition const& what)
{
    auto sessions = find_tagged_sessions(db, organization, what);
    if (!sessions) return sessions.error();
    if (!*sessions) return column_question();
    return question_of_texts(db, fields::session, std::move(**sessions));
}

result<column_question> question_of_condition(connection& db, organization_id organization,
                                              filter_condition const& what, bool is_for_page)
{
    column_question asked;
    auto related = find_related_rows(db, organization, what, is_for_page);
    if (!related) return related.error();
    if (*related) {
        asked.is = column_question::kind::of_rows;
        asked.rows = std::move(**related);
        return asked;
    }
    auto const* column = find_filter_column(what.table, what.column);
    if (!column) return asked;
    if (what.column == "session_tag") return question_of_session_tag(db, organization, what);
    if (what.column == "search_properties") return question_of_property_names(db, organization, what);
    if (what.column == "assets") {
        asked = question_of_presence({std::string(fields::assets)}, true);
        asked.is_exact = false;
        return asked;
    }
    auto fields = fields_of(db, what);
    if (!fields) return fields.error();
    bool const is_text = column->is == filter_family::text;
    if (fields->empty()) return asked;
    if (is_text && !column->has_key && std::get<std::string>(what.operand) == "null")
        return question_of_null(what.how, column->value, std::move(*fields));
    asked.is_of_property = names_property(what);
    asked.fields = std::move(*fields);
    asked.test.emplace(db, what, column->is);
    bool const is_empty_when_absent = what.table == "request_response_rmt" && is_text &&
                                      (asked.is_of_property || asked.fields.front() == storage::fields::user);
    asked.takes_absent = is_empty_when_absent && asked.test->passes("");
    if (asked.takes_absent && asked.fields.size() > 1) return column_question();
    asked.is = column_question::kind::of_values;
    asked.is_of_time = column->is == filter_family::request_time;
    asked.is_exact = asked.fields.size() == 1;
    return asked;
}

result<column_question> question_of(connection& db, organization_id organization, filter const& what, bool is_for_page)
{
    column_question asked;
    switch (what.is) {
    case filter::kind::condition: return question_of_condition(db, organization, what.condition, is_for_page);
    case filter::kind::all_of: asked.is = column_question::kind::all_of; break;
    case filter::kind::any_of: asked.is = column_question::kind::any_of; break;
    case filter::kind::of_users: return question_of_texts(db, fields::user, what.condition);
    case filter::kind::of_sessions: return question_of_texts(db, fields::session, what.condition);
    case filter::kind::with_session: return question_of_presence({std::string(fields::session)}, true);
    case filter::kind::everything:
    case filter::kind::of_blocks:
    case filter::kind::of_rows:
    case filter::kind::of_candidates:
    case filter::kind::after_row: return asked;
    }
    for (auto const& part : what.parts) {
        auto one = question_of(db, organization, part, is_for_page);
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
                                                          filter const& what, bool is_for_page)
{
    auto asked = question_of(db, organization, what, is_for_page);
    if (!asked) return asked.error();
    if (!asked->narrows()) return std::optional<column_question>();
    auto const has_others = is_any(db.query("SELECT 1 FROM organization WHERE id<>?1 LIMIT 1", organization));
    if (!has_others) return has_others.error();
    column_question all{.is = column_question::kind::all_of};
    all.parts.push_back(std::move(*asked));
    if (*has_others) all.parts.push_back(question_of_organization(db, organization));
    return std::optional(std::move(all));
}

} // namespace weir::storage
