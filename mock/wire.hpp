#pragma once

#include <boost/asio/awaitable.hpp>
#include <boost/asio/ip/tcp.hpp>
#include <boost/asio/steady_timer.hpp>
#include <boost/beast/core/flat_buffer.hpp>

#include <chrono>
#include <string>
#include <utility>

namespace weir::mock
{

/// One client's socket, with what the mock does to sockets. On one thread only.
class wire
{
public:
    explicit wire(boost::asio::ip::tcp::socket socket);

    /// Bytes that came and were not yet consumed.
    boost::beast::flat_buffer& buffer() { return buffer_; }

    /// Reads more into the buffer; false at the end or on an error.
    boost::asio::awaitable<bool> receive();

    /// Writes all of it; false when the peer is gone.
    boost::asio::awaitable<bool> send(std::string bytes);

    /// The same for two texts in one write, and for bytes that outlive the call.
    boost::asio::awaitable<bool> send(std::string first, std::string second);
    boost::asio::awaitable<bool> send(boost::asio::const_buffer bytes);

    /// Waits; false when the peer went away meanwhile, which is seen within a quarter of a second.
    boost::asio::awaitable<bool> pause(std::chrono::microseconds time);

    /// Waits until the peer goes away.
    boost::asio::awaitable<void> until_gone();

    /// Waits until something comes, or the peer goes away.
    boost::asio::awaitable<void> until_readable();

    /// Says that nothing more will come, reads what the peer still sends for at most two seconds, and closes.
    boost::asio::awaitable<void> finish();

    /// Gives the socket away, for another protocol. What was read and not consumed stays in the buffer.
    boost::asio::ip::tcp::socket take_socket() { return std::move(socket_); }

    /// Closes at once, with RST instead of FIN when `reset` is true.
    void close(bool reset);

private:
    bool peer_gone();

    boost::asio::ip::tcp::socket socket_;
    boost::asio::steady_timer timer_;
    boost::beast::flat_buffer buffer_;
};

} // namespace weir::mock
