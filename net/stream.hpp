#pragma once

#include "net/tls_layer.hpp"

#include <boost/asio/any_io_executor.hpp>
#include <boost/asio/awaitable.hpp>
#include <boost/asio/ip/tcp.hpp>
#include <boost/asio/ssl/context.hpp>

#include <algorithm>
#include <array>
#include <memory>
#include <utility>

namespace weir::net
{

/// A TCP connection, plain or under TLS. Models Asio's AsyncReadStream and AsyncWriteStream; what it reports as an
/// error is what the socket or the TLS layer reports. Used on its executor only.
class stream
{
public:
    using executor_type = boost::asio::any_io_executor;
    using socket_type = boost::asio::ip::tcp::socket;
    using tls_type = tls_layer;

    explicit stream(socket_type socket);

    executor_type get_executor() { return socket_.get_executor(); }
    socket_type& socket() { return socket_; }

    /// Puts a TLS layer over the socket; the handshake is the caller's next step.
    tls_type& add_tls(boost::asio::ssl::context& context);
    tls_type* tls() { return tls_.get(); }

    template <class Buffers, class Token>
    auto async_read_some(Buffers const& buffers, Token&& token)
    {
        if (tls_) return tls_->async_read_some(buffers, std::forward<Token>(token));
        return socket_.async_read_some(buffers, std::forward<Token>(token));
    }

    template <class Buffers, class Token>
    auto async_write_some(Buffers const& buffers, Token&& token)
    {
        if (tls_) return tls_->async_write_some(buffers, std::forward<Token>(token));
        return socket_.async_write_some(buffers, std::forward<Token>(token));
    }

    /// Reads what has come, without waiting; would_block when nothing has. Not under TLS.
    std::size_t read_now(boost::asio::mutable_buffer into, boost::system::error_code& error)
    {
        return socket_.read_some(into, error);
    }

    /// Writes what can be written without waiting, which spares a coroutine its suspension, and takes that off the
    /// front of `buffers`. True when it was all. Otherwise, on errors and under TLS too, the rest is to be written by
    /// `async_write`.
    template <std::size_t N>
    bool write_now(std::array<boost::asio::const_buffer, N>& buffers)
    {
        if (tls_) return false;
        boost::system::error_code waits_or_fails;
        auto written = socket_.write_some(buffers, waits_or_fails);
        bool all = true;
        for (auto& buffer : buffers) {
            auto const part = std::min(written, buffer.size());
            buffer += part;
            written -= part;
            all &= buffer.size() == 0;
        }
        return all;
    }

    /// No operation blocks; TCP_NODELAY, and keep-alive probes after a minute of silence: reasoning models are silent
    /// for minutes, and address translators forget idle connections.
    void set_usual_options();

    /// Ends what is being waited for, with operation_aborted.
    void cancel();
    void close();
    /// Says that nothing more will be sent: under TLS with close_notify, then with TCP's own end. Best effort; behind
    /// the last write. Reading goes on.
    boost::asio::awaitable<void> end_sending();
    /// Closes so that the peer sees a reset, not an end.
    void reset();

    /// Whether the peer has closed, or sent something unasked: either way an idle connection is of no use. One system
    /// call, never blocks.
    bool is_stale();

private:
    socket_type socket_;
    std::unique_ptr<tls_type> tls_;
};

} // namespace weir::net
