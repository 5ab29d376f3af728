#pragma once

#include "mock/journal.hpp"
#include "mock/knobs.hpp"

#include <boost/asio/awaitable.hpp>
#include <boost/asio/ip/tcp.hpp>

namespace weir::mock
{

/// Serves a client's requests one after the other until either side ends the connection. `seen` and `defaults` must
/// outlive the call.
boost::asio::awaitable<void> serve_connection(boost::asio::ip::tcp::socket socket, journal& seen, knobs& defaults);

} // namespace weir::mock
