#pragma once

#include <boost/json/array.hpp>
#include <boost/json/value.hpp>

/// Messages as OpenTelemetry's conventions for generative AI have them since 1.37: `{"role", "parts": [{"type", …}]}`,
/// with an answer's `finish_reason` beside them.
namespace weir::api
{

/// An attribute that holds such messages, or text that is their JSON, as messages of OpenAI's chat. What is no message
/// is passed over.
boost::json::array chat_messages_of(boost::json::value const& attribute);

/// Likewise of parts alone, which are system instructions; none or one message.
boost::json::array system_message_of(boost::json::value const& attribute);

/// Likewise of answers, as the choices of a response.
boost::json::array choices_of(boost::json::value const& attribute);

} // namespace weir::api
