#include "gateway/client_stream.hpp"

namespace weir::gateway
{

namespace asio = boost::asio;
using boost::system::error_code;

namespace
{

/// What a client may go on sending after its refusal before the connection is cut.
constexpr std::chrono::seconds linger_time{2};

} // namespace

client_stream::client_stream(net::watchdog& watchdog, net::stream stream)
    : deadline(
          watchdog, [](void* self) { static_cast<client_stream*>(self)->stream_.cancel(); }, this)
    , stream_(std::move(stream))
{
}

void client_stream::start_read()
{
    reading_ = true;
    in.rest();
    if (silence_is_likely_ && in.is_resting() && !stream_.tls()) return read_first_bytes();
    stream_.async_read_some(in.prepare(), [this](error_code error, std::size_t n) { end_read(error, n); });
}

/// Waits with room for a few bytes only; what else came is read with them.
void client_stream::read_first_bytes()
{
    stream_.async_read_some(asio::buffer(first_bytes_), [this](error_code error, std::size_t n) {
        auto const room = error ? asio::mutable_buffer() : in.prepare();
        auto const first = asio::buffer_copy(room, asio::buffer(first_bytes_, n));
        auto const rest = n == first_bytes_.size() ? stream_.read_now(room + first, error) : 0;
        if (error == asio::error::would_block) error = {};
        end_read(error, first + rest);
    });
}

void client_stream::end_read(error_code error, std::size_t n)
{
    reading_ = false;
    if (n > 0) in.commit(n);
    if (error) read_error_ = error;
    if (read_done_.is_waited_for())
        read_done_.set();
    else if (error && gone_)
        gone_(error);
    else if (may_read_ahead())
        start_read();
}

asio::awaitable<error_code> client_stream::read_more()
{
    if (deadline.fired()) co_return asio::error::operation_aborted;
    if (!reading_ && !read_error_) start_read();
    if (reading_) co_await read_done_.wait();
    co_return read_error_;
}

void client_stream::watch(std::function<void(error_code)> gone)
{
    gone_ = std::move(gone);
    if (may_read_ahead()) start_read();
}

asio::awaitable<void> client_stream::end()
{
    deadline.after(linger_time);
    co_await stream_.end_sending();
    deadline.off();
    stream_.close();
}

asio::awaitable<void> client_stream::linger()
{
    stream_.cancel();
    co_await settle();
    if (read_error_ == asio::error::operation_aborted) read_error_ = {}; // ours: the client may still be sending
    auto const until = net::clock::now() + linger_time;
    deadline.at(until);
    co_await stream_.end_sending();
    error_code ignored;
    while (!ignored && net::clock::now() < until) {
        in.consume(in.size());
        ignored = co_await read_more();
    }
    deadline.off();
}

asio::awaitable<void> client_stream::settle()
{
    if (reading_) co_await read_done_.wait();
}

} // namespace weir::gateway
