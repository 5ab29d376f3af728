#pragma once

#include "api/failure.hpp"

#include <boost/json/object.hpp>
#include <boost/json/value.hpp>

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>

/// Calls as blueprints: `{"type":"chat","messages":[…]}` or `{"type":"completion","content":[…]}`, with content in
/// blocks.
namespace weir::api::promptlayer
{

/// A call as whoever tracked it is shown it: its messages, the answer last, as `prompt_template`, and its model with
/// its parameters as `metadata`.
boost::json::object blueprint_of_call(boost::json::value const& request, boost::json::value const& response,
                                      std::string_view provider, std::string_view model);

/// What is logged as two blueprints, in the form of OpenAI's API.
struct logged_bodies {
    boost::json::object request;
    boost::json::value response; ///< null: there was no answer
};

struct blueprints_to_log {
    boost::json::value input, output, parameters;
    std::string model;
    std::optional<std::int64_t> input_tokens, output_tokens;
};

/// The error is 422 and names the part of a blueprint that is none.
result<logged_bodies> bodies_of_blueprints(blueprints_to_log const& what);

} // namespace weir::api::promptlayer
