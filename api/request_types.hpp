#pragma once

#include "api/filter_types.hpp"

#include <cstdint>
#include <optional>

namespace weir::api
{

enum class sort_direction { asc, desc };
BOOST_DESCRIBE_ENUM(sort_direction, asc, desc)

struct sort_leaf_request {
    std::optional<literal_true> random;
    std::optional<sort_direction> created_at, cache_created_at, latency, last_active, total_tokens, completion_tokens,
        prompt_tokens, user_id, body_model, is_cached, request_prompt, response_text;
    std::optional<keyed<sort_direction>> properties, values;
    std::optional<sort_direction> cost_usd;
};
BOOST_DESCRIBE_STRUCT(sort_leaf_request, (),
                      (random, created_at, cache_created_at, latency, last_active, total_tokens, completion_tokens,
                       prompt_tokens, user_id, body_model, is_cached, request_prompt, response_text, properties, values,
                       cost_usd))

struct request_query_params {
    request_filter filter;
    std::optional<std::int64_t> offset, limit; ///< 0 and 10
    std::optional<sort_leaf_request> sort;     ///< newest first
    std::optional<bool> isCached, includeInputs, isPartOfExperiment, isScored;
};
BOOST_DESCRIBE_STRUCT(request_query_params, (),
                      (filter, offset, limit, sort, isCached, includeInputs, isPartOfExperiment, isScored))

} // namespace weir::api
