#pragma once

#include "api/connection.hpp"
#include "api/endpoint.hpp"

#include <boost/asio/awaitable.hpp>

/// How a reply goes over the wire. Only connection.cpp and reply_writer.cpp see this header, as that of connections.
namespace weir::api
{

/// What a reply must heed of its request.
struct reply_manner {
    unsigned version = 11;   ///< of HTTP: 10 or 11
    bool to_head = false;    ///< it answers HEAD: no body follows
    bool keep_alive = false; ///< the connection may carry another request
};

/// Writes a reply, whole or in pieces. Returns whether the connection can carry another request.
///
/// `shared` and `client` must outlive the coroutine. Each write has `write_timeout`; what makes the next piece has a
/// deadline of its own. An answer that breaks off is reported, and its connection reset.
boost::asio::awaitable<bool> send_reply(shared_state& shared, open_connection& client, reply what, reply_manner how);

} // namespace weir::api
