#pragma once

#include "storage/errors.hpp"
#include "storage/request_record.hpp"
#include "storage/time_range.hpp"

#include <cstdint>
#include <functional>
#include <set>
#include <string>
#include <string_view>
#include <vector>

/// How a model did: how fast its calls were, how many failed, what users said of them.
namespace weir::storage
{

class connection;

/// Whose calls are looked at: those of one model, by whoever offers it.
struct model_question {
    std::set<std::string> names;                     ///< a call's model is one of them
    std::function<bool(std::string_view)> is_wanted; ///< whether calls to a provider, by weir's id, count
    time_range when;
    std::int64_t most_calls = 0; ///< of more, the newest count
};

/// Some values; all are 0 where there are none.
struct spread {
    double average = 0, least = 0, greatest = 0, median = 0, p90 = 0, p95 = 0, p99 = 0;
};
spread spread_of(std::vector<double> values);

/// One day of a model's calls.
struct model_day {
    std::int64_t start_us = 0; ///< midnight, UTC
    std::int64_t calls = 0, failed = 0;
    double latency_per_1000_tokens_ms = 0, first_token_ms = 0; ///< medians
};

/// What they all come to.
struct model_statistics {
    std::int64_t calls = 0;
    std::int64_t failed = 0;               ///< of these, with a status from 500 on, or without an answer in time
    std::int64_t praised = 0, faulted = 0; ///< by users' feedback
    std::string provider;                  ///< of the newest call
    spread latency_per_1000_tokens_ms;     ///< for each 1,000 tokens of output, of calls that report any
    spread first_token_ms;                 ///< of streams
    std::vector<model_day> days;           ///< those with calls
};

/// What a model's calls in the range come to. Open websockets do not count.
result<model_statistics> model_statistics_of(connection& db, organization_id organization, model_question const& asked);

} // namespace weir::storage
