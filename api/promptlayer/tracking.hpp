#pragma once

#include "api/promptlayer/values.hpp"
#include "api/services.hpp"
#include "storage/requests.hpp"
#include "storage/tracked_requests.hpp"

#include <boost/asio/awaitable.hpp>
#include <boost/describe/enum.hpp>
#include <boost/json/value.hpp>

#include <optional>
#include <string>
#include <vector>

namespace weir::api::promptlayer
{

enum class call_status { SUCCESS, WARNING, ERROR };
BOOST_DESCRIBE_ENUM(call_status, SUCCESS, WARNING, ERROR)

enum class call_error_type {
    PROVIDER_TIMEOUT,
    PROVIDER_QUOTA_LIMIT,
    PROVIDER_RATE_LIMIT,
    PROVIDER_PARTIAL_RESPONSE,
    PROVIDER_AUTH_ERROR,
    PROVIDER_ERROR,
    TEMPLATE_RENDER_ERROR,
    VARIABLE_MISSING_OR_EMPTY,
    UNKNOWN_ERROR
};
BOOST_DESCRIBE_ENUM(call_error_type, PROVIDER_TIMEOUT, PROVIDER_QUOTA_LIMIT, PROVIDER_RATE_LIMIT,
                    PROVIDER_PARTIAL_RESPONSE, PROVIDER_AUTH_ERROR, PROVIDER_ERROR, TEMPLATE_RENDER_ERROR,
                    VARIABLE_MISSING_OR_EMPTY, UNKNOWN_ERROR)

/// The name of an enumerator, as JSON has it.
std::string name_of(call_status status);
std::string name_of(call_error_type type);

/// A call that was made elsewhere, or through the gateway, as its client tells of it. Its texts were checked.
struct call_to_track {
    std::string provider;        ///< by any of its names
    boost::json::value request;  ///< the body, of the provider's form
    boost::json::value response; ///< likewise; null: none
    std::int64_t started_us = 0, ended_us = 0;
    call_status status = call_status::SUCCESS;
    std::optional<call_error_type> error_type;
    std::optional<std::string> error_message;
    std::optional<double> cost; ///< US dollars; none: what weir reckons

    std::vector<std::string> tags;
    metadata_map metadata;
    std::optional<std::int64_t> group;
    std::optional<storage::score> score;
    std::optional<storage::version_reference> prompt;
    bool must_know_prompt = false; ///< else a call of an unknown prompt is tracked without it
    std::optional<std::string> inputs, function_name, span_id;
};

struct tracked_call {
    storage::uuid id;
    std::int64_t number = 0;   ///< PromptLayer's id of it
    bool lacks_prompt = false; ///< one was named that is not known
    std::optional<storage::numbered_version> version;
};

/// Records a call, and what is said of it. One that went through the gateway and has its row there gets no second one.
boost::asio::awaitable<result<tracked_call>> track(call_to_track call, services& with);

/// The object in which the variables of a prompt were given, as text; none for a list of names only.
result<std::optional<std::string>> inputs_of(std::optional<boost::json::value> const& given);

} // namespace weir::api::promptlayer
