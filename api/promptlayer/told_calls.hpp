#pragma once

#include "api/promptlayer/tracking.hpp"
#include "api/promptlayer/values.hpp"

#include <boost/describe/class.hpp>
#include <boost/json/value.hpp>

#include <cstdint>
#include <optional>
#include <string>
#include <vector>

/// The bodies in which clients tell of calls.
namespace weir::api::promptlayer
{

/// In the provider's own form.
struct track_request_body {
    std::string function_name;
    boost::json::value kwargs, request_response;
    time_value request_start_time, request_end_time;
    std::optional<std::string> provider_type;
    std::optional<std::vector<std::string>> tags;
    std::optional<metadata_map> metadata;
    std::optional<std::int64_t> prompt_id, prompt_version;
    std::optional<boost::json::value> prompt_input_variables;
    std::optional<std::int64_t> group_id;
    std::optional<bool> return_prompt_blueprint;
    std::optional<std::string> span_id;
    std::optional<call_status> status;
    std::optional<call_error_type> error_type;
    std::optional<std::string> error_message;
};
BOOST_DESCRIBE_STRUCT(track_request_body, (),
                      (function_name, kwargs, request_response, request_start_time, request_end_time, provider_type,
                       tags, metadata, prompt_id, prompt_version, prompt_input_variables, group_id,
                       return_prompt_blueprint, span_id, status, error_type, error_message))

/// As two blueprints.
struct log_request_body {
    std::string provider, model;
    boost::json::value input, output;
    time_value request_start_time, request_end_time;
    std::optional<boost::json::value> parameters;
    std::optional<std::vector<std::string>> tags;
    std::optional<metadata_map> metadata;
    std::optional<std::string> prompt_name;
    std::optional<std::int64_t> prompt_id, prompt_version_number;
    std::optional<boost::json::value> prompt_input_variables;
    std::optional<std::int64_t> input_tokens, output_tokens;
    std::optional<double> price;
    std::optional<std::string> function_name;
    std::optional<double> score;
    std::optional<std::string> score_name;
    std::optional<call_status> status;
    std::optional<call_error_type> error_type;
    std::optional<std::string> error_message;
    std::optional<std::string> span_id;
};
BOOST_DESCRIBE_STRUCT(log_request_body, (),
                      (provider, model, input, output, request_start_time, request_end_time, parameters, tags, metadata,
                       prompt_name, prompt_id, prompt_version_number, prompt_input_variables, input_tokens,
                       output_tokens, price, function_name, score, score_name, status, error_type, error_message,
                       span_id))

/// The call that a body tells of. What is wrong with it is 422, named by its path.
result<call_to_track> call_of(track_request_body& from);
result<call_to_track> call_of(log_request_body& from);

} // namespace weir::api::promptlayer
