#pragma once

#include "api/browser_guard.hpp"
#include "api/router.hpp"
#include "api/server.hpp"
#include "api/services.hpp"

#include <boost/asio/awaitable.hpp>
#include <boost/asio/cancellation_signal.hpp>
#include <boost/beast/core/tcp_stream.hpp>

/// One connection of the admin listener. Only server.cpp, connection.cpp and reply_writer.cpp see this header, since it
/// has Beast's types.
namespace weir::api
{

/// What all connections share. Lives as long as the server; what changes does so on the server's thread.
struct shared_state {
    shared_state(server_options told, services given, std::span<group const> groups)
        : options(std::move(told))
        , with(std::move(given))
        , routes(groups)
        , guard(options.host, options.public_url)
    {
    }

    server_options options;
    services with;
    router routes;
    browser_guard guard;
    bool draining = false;
    std::uint64_t body_bytes = 0; ///< of all calls under way

    void report(std::string_view what) const
    {
        if (options.report) options.report(what);
    }
};

struct open_connection {
    explicit open_connection(boost::asio::ip::tcp::socket socket)
        : stream(std::move(socket))
    {
    }

    boost::beast::tcp_stream stream;
    boost::asio::cancellation_signal cancel; ///< ends whatever is waited for
    bool idle = true;                        ///< between two requests: a drain ends it
    bool has_request = false;                ///< a whole head came: until its answer is sent
    std::chrono::steady_clock::time_point waits_since = std::chrono::steady_clock::now(); ///< for a head
};

/// Serves requests, one after the other, until the client goes, errs or is silent for too long, or the server drains.
///
/// Both arguments must outlive the coroutine. On the stream's executor. Cancellation: terminal, at any point.
boost::asio::awaitable<void> serve(shared_state& shared, open_connection& client);

} // namespace weir::api
