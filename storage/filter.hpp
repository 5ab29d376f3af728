#pragma once

#include "storage/sql.hpp"

#include <cstdint>
#include <string>
#include <string_view>
#include <variant>
#include <vector>

/// The filter language behind its JSON: conditions on named columns, joined by and and or. docs/filters.md has the
/// columns and what each comparison means of NULL.
namespace weir::storage
{

enum class comparison : std::uint8_t { equals, not_equals, gt, gte, lt, lte, like, ilike, contains, not_contains };

/// The sign between two values in SQL; none for the comparisons by pattern.
std::string_view sign_of(comparison how);

/// Whether two values compare so, as the sign says; true for the comparisons by pattern.
template <class T>
bool compares(T const& value, comparison how, T const& operand)
{
    switch (how) {
    case comparison::equals: return value == operand;
    case comparison::not_equals: return value != operand;
    case comparison::gt: return value > operand;
    case comparison::gte: return value >= operand;
    case comparison::lt: return value < operand;
    case comparison::lte: return value <= operand;
    default: return true;
    }
}

/// A time as operands have it: µs since 1970 UTC.
struct filter_time {
    std::int64_t us = 0;
};

struct filter_condition {
    std::string_view table, column; ///< by the language's names; another one counts as true
    std::string key{};              ///< of a column that is a map: properties, scores
    comparison how{};
    std::variant<std::string, double, bool, filter_time> operand{}; ///< of the column's type
    std::vector<std::string> spellings{}; ///< of a property's key, where calls have others; the first counts most
};

struct filter {
    enum class kind : std::uint8_t {
        everything,
        condition,
        all_of,
        any_of,
        of_blocks,     ///< the call's bodies are in one of the blocks that the operand lists, a JSON array
        of_rows,       ///< the call is one of the rows that it lists
        of_users,      ///< its user is one of those that it lists; '' is none
        of_sessions,   ///< its session is one of those
        with_session,  ///< it has one
        of_candidates, ///< one of those that it lists, or greater than the row that is the key, a number as a text
        after_row      ///< the call's key is greater than this row's, a number as a text
    };

    kind is = kind::everything;
    filter_condition condition{};
    std::vector<filter> parts{}; ///< of all_of and any_of
};

/// What a filter is asked of. Sessions and users evaluate one filter twice, of each row and of each group of rows; what
/// the other pass answers counts as true.
enum class filter_pass : std::uint8_t {
    rows, ///< `request AS r`; of prompt_v2, prompts_versions and experiment `prompt AS p`, `prompt_version AS v`
          ///< and `experiment AS e`
    rows_of_groups, ///< the same, where the groups that they make are asked, too
    groups          ///< a subquery `g` with the columns that the tables of aggregates name, without their prefix
};

/// Appends the filter to `to` as an SQL expression, all operands bound.
void append_filter(filter const& what, sql& to, filter_pass pass = filter_pass::rows);

/// Appends the comparison of a condition alone, without what the column puts around it: for a query of what it
/// compares.
void append_comparison(filter_condition const& what, sql& to);

/// Appends " FROM request AS r", for a WHERE that has the filter. Where it names rows (of_rows, of_candidates or
/// after_row, joined to others by all_of), these are looked up, whatever index could find what else it asks for.
void append_calls_of(filter const& what, sql& to);

/// Whether the value of a property is compared.
bool names_property(filter_condition const& what);

/// A condition that all rows which pass must fulfil, and that says what a score is; null when there is none.
filter_condition const* score_condition(filter const& what);

} // namespace weir::storage
