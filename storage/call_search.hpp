#pragma once

#include "storage/call_filter.hpp"
#include "storage/errors.hpp"
#include "storage/request_record.hpp"
#include "storage/requests.hpp"
#include "storage/tracked_requests.hpp"

#include <cstdint>
#include <optional>
#include <span>
#include <string>
#include <string_view>
#include <vector>

/// Questions of PromptLayer's clients to the record. The connections have weir's functions (storage/sql_functions.hpp).
namespace weir::storage
{

class connection;

enum class call_order : std::uint8_t { request_start_time, input_tokens, output_tokens, cost, latency_ms, status };

/// Which calls are asked for: those that pass a filter and have some words.
struct call_choice {
    call_filter what;
    std::string words; ///< empty: any
};

struct call_search : call_choice {
    call_order by = call_order::request_start_time;
    bool ascending = false;
    std::int64_t limit = 10, offset = 0;
};

/// A call with all that was said of it.
struct call_with_tracking {
    request_row row;
    tracked_request said;
    std::optional<std::string> prompt_name;
    std::optional<std::string> trace_id; ///< of a span that tells of it
};

result<call_with_tracking> find_call(connection& db, organization_id organization, uuid const& request);

/// Calls alike in the order asked for come newest first.
result<std::vector<call_with_tracking>> search_calls(connection& db, organization_id organization,
                                                     call_search const& search);
result<std::int64_t> count_calls(connection& db, organization_id organization, call_choice const& which);
/// The rows alone.
result<std::vector<row_id>> find_call_rows(connection& db, organization_id organization, call_search const& search);

/// What a dataset takes of a call.
struct history_row {
    uuid request;
    std::string input, output;    ///< texts
    std::string tags, properties; ///< a JSON array, a JSON object
    std::string inputs;           ///< of the prompt: a JSON object
};

/// The calls of a search, in its order; errc::too_large when their texts are more than `most_bytes`.
result<std::vector<history_row>> find_history(connection& db, organization_id organization, call_search const& search,
                                              std::size_t most_bytes);
/// Those of these calls that there are, in the order of their ids.
result<std::vector<history_row>> find_history(connection& db, organization_id organization,
                                              std::span<uuid const> requests, std::size_t most_bytes);

/// The values that a field has in the newest calls of a choice, of those that begin so (in any case) the most frequent
/// ones. Of words, lists, and values by key.
struct suggestion_query : call_choice {
    call_field field{};
    std::string key; ///< of a nested field
    std::string prefix;
    std::int64_t most = 50;
};
result<std::vector<std::string>> suggest_values(connection& db, organization_id organization,
                                                suggestion_query const& query);

/// What calls come to.
struct call_totals {
    std::int64_t requests = 0, input_tokens = 0, output_tokens = 0, errors = 0;
    double cost = 0;       ///< US dollars
    double latency_ms = 0; ///< their mean
};

/// Totals of calls that have something in common: a day (its beginning, in µs since 1970 UTC, as text), a model, a
/// value of a property.
struct named_totals : call_totals {
    std::string name;
};

struct latency_figures {
    double p50 = 0, p90 = 0, p95 = 0, p99 = 0, most = 0; ///< ms
};

struct call_analytics {
    call_totals all;
    std::vector<named_totals> days;      ///< in their order
    std::vector<named_totals> models;    ///< the most used first, at most 20
    std::vector<named_totals> providers; ///< likewise
    std::vector<named_totals> by_value;  ///< of the property that was asked for, the dearest first, at most 50
    latency_figures latency;             ///< of the newest 100,000
};

result<call_analytics> analyse_calls(connection& db, organization_id organization, call_choice const& which,
                                     std::optional<std::string> const& property);

} // namespace weir::storage
