#pragma once

#include "gateway/errc.hpp"
#include "net/http_message.hpp"

#include <string>
#include <string_view>

/// How a websocket begins (RFC 6455, section 4). weir stands between two sides that agree with each other: it passes
/// the handshake on, makes sure that both mean the same by it, and lets nothing be agreed on that it could not read.
namespace weir::gateway::websocket
{

/// Whether a request asks for a websocket, well-formed or not.
bool is_asked_for(net::request_head const& head);

/// Why such a request cannot be taken on, or nothing.
refusal why_not(net::request_head const& head);

/// What is wrong with a provider's 101 to `asked`, or nothing.
std::string wrong_with(net::request_head const& asked, net::response_head const& answer);

/// The Sec-WebSocket-Accept to a Sec-WebSocket-Key.
std::string accept_of(std::string_view key);

} // namespace weir::gateway::websocket
