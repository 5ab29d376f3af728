#pragma once

#include "storage/filter.hpp"

#include <string_view>

/// The columns that filters may name. docs/filters.md lists them for users.
namespace weir::storage
{

/// What a column holds, which decides how a comparison is written.
enum class filter_family : std::uint8_t {
    text,        ///< also the values of properties
    number,      ///< operands are numbers, booleans or times
    duration,    ///< kept in µs, compared in ms
    uuid,        ///< as its bytes, which are what is `plain`
    request_id,  ///< a UUID as its bytes, found by the key of the row or its index
    response_id, ///< derived from the row's key
    score,       ///< a whole number, of which the operand is the text
    request_time ///< when the call was made, which its key carries
};

/// How a column is computed of `request AS r`. The comparison with `value` stands between `before` and `after`; `?` is
/// the key of a map.
struct filter_column {
    std::string_view table, name;
    filter_family is;
    std::string_view value;
    std::string_view before{}, after{};
    bool has_key = false;
    std::string_view plain{}; ///< what equals `value` unless that is '': a column, or what an index may be of
    filter_pass pass = filter_pass::rows;
    std::string_view of_row{}; ///< of a column of groups: what stands for it where only rows are asked
    bool is_constant = false;  ///< all calls of an organisation have the same
};

/// A request's first text and an answer's text, out of the bodies of `request AS r`, and one of a prompt's inputs, `?`
/// for its key, as SQL expressions.
extern std::string_view const request_prompt_sql, response_text_sql, request_input_sql;

/// The column of that table; null when there is none.
filter_column const* find_filter_column(std::string_view table, std::string_view name);

} // namespace weir::storage
