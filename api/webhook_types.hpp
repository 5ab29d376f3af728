#pragma once

#include "api/sampling_config.hpp"
#include "api/types.hpp"

#include <boost/describe/class.hpp>
#include <boost/json/value.hpp>

#include <cstdint>
#include <optional>
#include <string>
#include <utility>
#include <vector>

namespace weir::api
{

/// What POST /v1/webhooks takes.
struct webhook_data {
    std::string destination;
    std::vector<std::pair<std::string, boost::json::value>> config;
    std::optional<bool> includeData; ///< true
};
BOOST_DESCRIBE_STRUCT(webhook_data, (), (destination, config, includeData))

/// As a webhook's configuration is stored and shown.
struct webhook_config : sampling_config {
    bool includeData = true;
};
BOOST_DESCRIBE_STRUCT(webhook_config, (sampling_config), (includeData))

struct shown_webhook {
    std::string id, created_at, destination, version;
    std::string config; ///< JSON, which the published document has as a text
    std::string hmac_key;
};
BOOST_DESCRIBE_STRUCT(shown_webhook, (), (id, created_at, destination, version, config, hmac_key))

/// What a webhook is told of what a call cost.
struct webhook_metadata {
    nullable<double> cost;
    nullable<std::int64_t> promptTokens, completionTokens, totalTokens;
    double latencyMs = 0;
};
BOOST_DESCRIBE_STRUCT(webhook_metadata, (), (cost, promptTokens, completionTokens, totalTokens, latencyMs))

/// What a webhook is told of a call.
struct webhook_payload {
    std::string request_id;
    raw_json request_body, response_body;
    std::optional<std::string> user_id;

    // With includeData.
    std::optional<std::string> request_response_url, model;
    std::optional<std::string> provider;
    std::optional<webhook_metadata> metadata;
};
BOOST_DESCRIBE_STRUCT(webhook_payload, (),
                      (request_id, request_body, response_body, user_id, request_response_url, model, provider,
                       metadata))

} // namespace weir::api
