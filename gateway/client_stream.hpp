#pragma once

#include "net/byte_buffer.hpp"
#include "net/deadline.hpp"
#include "net/event.hpp"
#include "net/stream.hpp"

#include <boost/asio/as_tuple.hpp>
#include <boost/asio/awaitable.hpp>
#include <boost/asio/use_awaitable.hpp>
#include <boost/asio/write.hpp>
#include <boost/system/error_code.hpp>

#include <array>
#include <functional>

namespace weir::gateway
{

/// The connection to a client: what it sent and was not yet used, and at most one read under way, which may run ahead
/// while the client waits for its answer. That read costs nothing, since the next request's would come anyway, and
/// tells at once when the client goes away.
class client_stream
{
public:
    client_stream(net::watchdog& watchdog, net::stream stream);

    net::byte_buffer in;

    /// Ends what waits on this stream when it passes. Set anew for each wait.
    net::deadline deadline;

    net::stream& stream() { return stream_; }

    /// Waits until more has come than is in `in`, or for the end.
    boost::asio::awaitable<boost::system::error_code> read_more();

    /// Whether what comes next is probably long in coming, as behind a stream's request: the wait for it then takes no
    /// memory, and the read one system call more. Default: it is.
    void expect_silence(bool is_likely) { silence_is_likely_ = is_likely; }

    /// Reads ahead, within bounds; `gone` is called when the client goes away, until `stop_watching`.
    void watch(std::function<void(boost::system::error_code)> gone);
    void stop_watching() { gone_ = nullptr; }

    /// Writes all of `buffers`. When that fails the connection ends with a reset: the client must not take what it has
    /// for all there is.
    template <class Buffers>
    boost::asio::awaitable<boost::system::error_code> write(Buffers buffers)
    {
        auto const [error, n] =
            co_await boost::asio::async_write(stream_, buffers, boost::asio::as_tuple(boost::asio::use_awaitable));
        if (error) stream_.reset();
        co_return error;
    }

    /// Ends the connection in good order, without waiting for the client: nothing of a response may be missing.
    boost::asio::awaitable<void> end();

    /// Ends the connection so that the client can still read what it was sent: closes the sending side, then reads and
    /// drops what the client is sending, for a short while.
    boost::asio::awaitable<void> linger();

    /// Waits for a read under way; the stream must have been closed or cancelled.
    boost::asio::awaitable<void> settle();

private:
    static constexpr std::size_t most_read_ahead = 16UL * 1024; ///< requests that wait for their turn

    void start_read();
    void read_first_bytes();
    void end_read(boost::system::error_code error, std::size_t n);
    bool may_read_ahead() const { return gone_ && !reading_ && !read_error_ && in.size() < most_read_ahead; }

    net::stream stream_;
    std::array<char, 256> first_bytes_{};
    net::event read_done_;
    std::function<void(boost::system::error_code)> gone_;
    bool reading_ = false;
    bool silence_is_likely_ = true;
    boost::system::error_code read_error_;
};

} // namespace weir::gateway
