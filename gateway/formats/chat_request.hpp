#pragma once

#include "gateway/formats/format.hpp"

#include <boost/json/value.hpp>

namespace weir::gateway::formats
{

/// A request in the form that templates have whatever provider it went to: OpenAI's chat. Of Anthropic's and Gemini's
/// requests and of those to the Responses API the instructions and turns become `messages`, Gemini's parts of text
/// become texts, and the model is named; all else stays under its name. `call.request` is there.
boost::json::value chat_request(call_view const& call);

} // namespace weir::gateway::formats
