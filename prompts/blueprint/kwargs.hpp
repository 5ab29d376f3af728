#pragma once

#include <boost/json/object.hpp>

/// Bodies of requests, made of blueprints.
namespace weir::prompts
{

namespace json = boost::json;

/// OpenAI's chat completions, or its completions for a blueprint of that type; many providers speak them.
json::object openai_request(json::object const& blueprint, json::object const& model);

/// Anthropic's messages. Anthropic wants `max_tokens`, so there is always one.
json::object anthropic_request(json::object const& blueprint, json::object const& model);

} // namespace weir::prompts
