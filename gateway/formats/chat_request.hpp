#pragma once

#include "gateway/formats/format.hpp"

#include <boost/json/value.hpp>

namespace weir::gateway::formats
{

/// A request in the form that templates have whatever provider it went to: OpenAI's chat. Of Anthropic's and Gemini's
/// requests and of those to the Responses API the instructions and turns become `messages`, Gemini's parts of text
/// become texts, and the model is named; all else stays under its name. `call.request` is there, and is what is
/// returned when nothing of it differs; else `made`.
boost::json::value const& chat_request(call_view const& call, boost::json::value& made);

} // namespace weir::gateway::formats
