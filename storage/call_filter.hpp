#pragma once

#include "storage/filter.hpp"
#include "storage/sql.hpp"

#include <cstdint>
#include <string>
#include <variant>
#include <vector>

/// The filters of PromptLayer's clients: conditions on a call and on what was said of it, in groups.
/// docs/promptlayer.md has the fields, and which operators each takes.
namespace weir::storage
{

enum class call_field : std::uint8_t {
    // ids and words
    pl_id,
    prompt_id,
    engine,
    provider_type,
    status,
    // texts
    input_text,
    output_text,
    // numbers
    prompt_version_number,
    input_tokens,
    output_tokens,
    cost,
    latency_ms,
    // times
    request_start_time,
    request_end_time,
    // yes or no
    is_json,
    is_tool_call,
    is_plain_text,
    // lists
    tags,
    metadata_keys,
    tool_names,
    output_keys,
    input_variable_keys,
    // values by key
    metadata,
    output,
    input_variables,
    // of the first age of the API
    score,
    starred,
    prompt_version_key, ///< the version's own id, a uuid
};

enum class call_operator : std::uint8_t {
    is,
    is_not,
    in,
    not_in,
    contains,
    not_contains,
    starts_with,
    ends_with,
    eq,
    neq,
    gt,
    gte,
    lt,
    lte,
    between,
    is_null,
    is_not_null,
    before,
    after,
    is_true,
    is_false,
    is_empty,
    is_not_empty,
    key_equals,
    key_not_equals,
    key_contains,
};

/// The family of a field decides its operators.
enum class call_field_kind : std::uint8_t { word, text, number, time, truth, list, nested, score };
call_field_kind kind_of(call_field field);
/// Whether fields of that kind take the operator.
bool takes(call_field_kind kind, call_operator how);

struct call_condition {
    call_field field{};
    call_operator how{};
    std::string key{}; ///< of a nested field, or a score
    /// Those that the operator compares with: texts; of numbers doubles, of numbers by which things are known and times
    /// (µs since 1970) whole ones. `between` has two, the presence of something none, `in` and its like any number.
    std::vector<sql_value> operands{};
};

struct call_filter {
    enum class kind : std::uint8_t { condition, all_of, any_of };

    kind is = kind::all_of;
    call_condition condition{};
    std::vector<call_filter> parts{}; ///< of all_of and any_of; all_of none is everything, any_of none as well
};

/// Appends the filter to `to` as an SQL expression over `request AS r`, all operands bound. The connection has weir's
/// functions (storage/sql_functions.hpp).
void append_call_filter(call_filter const& what, sql& to);

/// What the other language of filters can say of it: all calls that pass the one pass the other.
filter part_of_filter(call_filter const& what);

/// The inputs of a call's prompt, a JSON object, as an SQL expression over `request AS r`; NULL where there are none.
extern std::string_view const call_inputs_sql;

/// Appends the values that a word, a list, or a nested field has by a key, as an expression that is a JSON array.
void append_field_values(call_field field, std::string const& key, sql& to);

/// A text as the pattern of LIKE's that it alone fits.
std::string literal_pattern(std::string_view text);

/// Appends that a call's input and output together have all words of a text, the last of them perhaps only begun. A
/// text without words is in every call.
void append_words(std::string_view text, sql& to);

} // namespace weir::storage
