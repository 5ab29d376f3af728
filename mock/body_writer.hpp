#pragma once

#include "mock/answer.hpp"
#include "mock/knobs.hpp"
#include "mock/wire.hpp"

#include <boost/asio/awaitable.hpp>

namespace weir::mock
{

/// How the sending of an answer ended.
enum class outcome {
    sent,    // the connection can serve the next request
    ended,   // sent as asked, and the connection must be closed
    broken,  // cut off as asked; already closed
    aborted, // the peer went away first
};

/// What a response must know of its request.
struct request_traits {
    bool is_head = false;   // HEAD: no body follows the head
    bool keep_alive = true; // the client allows further requests
    bool chunked_ok = true; // HTTP/1.1
};

/// Sends an answer's head and body, with everything the knobs ask of the wire. A stream's events are made one at a
/// time and each is written as soon as it is made.
boost::asio::awaitable<outcome> send_answer(wire& to, answer what, knobs asked, request_traits of);

} // namespace weir::mock
