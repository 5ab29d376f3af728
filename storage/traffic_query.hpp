#pragma once

#include "storage/errors.hpp"
#include "storage/filter.hpp"
#include "storage/request_record.hpp"
#include "storage/time_buckets.hpp"
#include "storage/time_range.hpp"

#include <map>
#include <string>
#include <utility>
#include <vector>

/// What calls come to over time. Answered from the roll-ups where the filter allows it, else from the calls.
namespace weir::storage
{

class connection;

enum class traffic_group : std::uint8_t { none, model, provider, status };

struct traffic_sums {
    std::int64_t calls = 0;
    std::int64_t errors = 0; ///< of another status than 2xx and 101
    std::int64_t prompt_tokens = 0, completion_tokens = 0, total_tokens = 0, cache_read_tokens = 0,
                 cache_write_tokens = 0, cost_nanos = 0, latency_us = 0, first_token_us = 0, first_tokens = 0;

    void add(traffic_sums const& other);
};

struct traffic_query {
    time_range when;
    filter what{};
    traffic_group by = traffic_group::none;
};

/// By when the bucket begins, and by group; the status as text. Only buckets with calls are there.
using traffic_over_time = std::map<std::pair<std::int64_t, std::string>, traffic_sums>;

result<traffic_over_time> query_traffic(connection& db, organization_id organization, traffic_query const& query,
                                        time_buckets buckets);

/// The models that the organisation has used, the most used first; at most `limit`.
result<std::vector<std::string>> used_models(connection& db, organization_id organization, std::int64_t limit);

} // namespace weir::storage
