#pragma once

#include "mock/body_writer.hpp"
#include "mock/knobs.hpp"
#include "mock/request.hpp"
#include "mock/wire.hpp"

#include <boost/asio/awaitable.hpp>

namespace weir::mock
{

/// Whether a request asks for a websocket with OpenAI's realtime API, and the knobs do not want it refused.
bool asks_for_realtime(request const& seen, knobs const& asked);

/// Serves such a session, from the handshake to the end of the connection; `wire` is of no use afterwards. It answers
/// `session.update`, `conversation.item.create`, `input_audio_buffer.append` and `.commit`, `response.create`, and
/// sends binary messages back. A word of the texts is a token, and so is each appended piece of audio.
boost::asio::awaitable<outcome> serve_realtime(wire& on, request const& seen, knobs const& asked);

} // namespace weir::mock
