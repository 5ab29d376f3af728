#pragma once

#include "config/settings.hpp"
#include "pricing/cost.hpp"
#include "pricing/usage.hpp"

#include <boost/json/value.hpp>

#include <cstddef>
#include <optional>
#include <string>
#include <string_view>

/// What weir reads out of the bodies of a call. Runs behind the traffic, on the recorder's thread, over copies: nothing
/// here can slow or break a call, so nothing here fails: what cannot be read is left empty.
namespace weir::gateway::formats
{

using kind = config::wire_format;

/// One call, as far as a format needs it.
struct call_view {
    kind speaks = kind::openai;
    std::string_view provider;                   ///< weir's provider id: some OpenAI-shaped vendors count differently
    std::string_view path;                       ///< the provider's path, without the query
    std::string_view query;                      ///< without '?', as received
    boost::json::value const* request = nullptr; ///< the request body where it is JSON and was kept whole
    std::string_view request_body, request_tail; ///< where it was not: its beginning and its last bytes

    int status = 0;                ///< the provider's
    std::string_view content_type; ///< the response's, as received
    std::string_view body;         ///< the response body, content-decoded: all of it or its beginning
    std::string_view tail;         ///< when `body` is only the beginning: the last bytes there are, none of them in
                                   ///< `body` too; else empty
    bool ended = true;             ///< the body came to its proper end on the wire
};

/// What the response says of itself.
struct reading {
    pricing::usage used;
    pricing::service_tier tier = pricing::service_tier::standard;
    bool approximate_price = false;               ///< the response names a mode whose price the table does not have
    std::optional<pricing::prompt_range> prompts; ///< `used` is the sum of several responses'
    bool free = false;                            ///< an endpoint that nobody charges for: moderations, token counting
    std::string model;                            ///< as the provider answered; empty: it did not say
    std::string background_id; ///< of a response that is made in the background and fetched later; else empty
    std::string finish_reason; ///< the provider's own word; empty: none
    std::string error_type;    ///< of an error in the body (status >= 400, or inside a stream)
    std::string error_message;
    bool is_stream = false;        ///< the response came as events
    bool final_event_seen = false; ///< the stream's own last event came ([DONE], message_stop, finishReason, …)
    std::optional<std::size_t>
        first_content_end; ///< offset in `body` behind the first event with text, reasoning or a tool call
    std::string assembled; ///< a stream: the message as the provider would have answered without streaming
};

/// Reads a response in the format of `call.speaks`. Unknown bodies are tried by the names that providers use for usage.
reading read_response(call_view const& call);

/// What the request says.
struct request_reading {
    std::string model; ///< of the body, else of the path
    bool wants_stream = false;
    std::string user; ///< user, metadata.user_id or safety_identifier
};
request_reading read_request(call_view const& call);

/// Whether the last bytes of a stream hold the event with which this format ends a message. For streams that are
/// delimited only by the end of the connection, where a cut looks like an end. Cheap: a substring search.
bool ends_properly(kind speaks, std::string_view last_bytes);

} // namespace weir::gateway::formats
