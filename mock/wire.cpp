#include "mock/wire.hpp"

#include "net/nothrow.hpp"

#include <boost/asio/buffer.hpp>
#include <boost/asio/write.hpp>

#include <algorithm>
#include <array>

#include <poll.h>

namespace asio = boost::asio;
using boost::system::error_code;
using weir::net::nothrow;

namespace weir::mock
{
namespace
{

constexpr std::chrono::microseconds look_interval = std::chrono::milliseconds(250);
constexpr std::size_t smallest_read = 4096;
constexpr std::size_t largest_read = 64 * 1024;

} // namespace

wire::wire(asio::ip::tcp::socket socket)
    : socket_(std::move(socket))
    , timer_(socket_.get_executor())
{
    error_code ignored;
    socket_.set_option(asio::ip::tcp::no_delay(true), ignored);
}

asio::awaitable<bool> wire::receive()
{
    auto const room = std::clamp(buffer_.capacity() - buffer_.size(), smallest_read, largest_read);
    auto [error, n] = co_await socket_.async_read_some(buffer_.prepare(room), nothrow);
    if (error) co_return false;
    buffer_.commit(n);
    if (n == room && buffer_.capacity() < largest_read) buffer_.reserve(largest_read);
    co_return true;
}

asio::awaitable<bool> wire::send(std::string bytes)
{
    auto [error, n] = co_await asio::async_write(socket_, asio::buffer(bytes), nothrow);
    static_cast<void>(n);
    co_return !error;
}

asio::awaitable<bool> wire::send(std::string first, std::string second)
{
    std::array<asio::const_buffer, 2> const both{asio::buffer(first), asio::buffer(second)};
    auto [error, n] = co_await asio::async_write(socket_, both, nothrow);
    static_cast<void>(n);
    co_return !error;
}

asio::awaitable<bool> wire::send(asio::const_buffer bytes)
{
    auto [error, n] = co_await asio::async_write(socket_, bytes, nothrow);
    static_cast<void>(n);
    co_return !error;
}

asio::awaitable<bool> wire::pause(std::chrono::microseconds time)
{
    auto const end = std::chrono::steady_clock::now() + time;
    for (;;) {
        auto const now = std::chrono::steady_clock::now();
        if (now >= end) co_return !peer_gone();
        timer_.expires_at(std::min(end, now + look_interval));
        co_await timer_.async_wait(nothrow);
        if (peer_gone()) co_return false;
    }
}

asio::awaitable<void> wire::until_gone()
{
    for (;;) { // not `while (co_await …)`, for which GCC 12 makes a trap instruction
        auto const still_there = co_await pause(std::chrono::hours(1));
        if (!still_there) co_return;
    }
}

asio::awaitable<void> wire::until_readable()
{
    if (buffer_.size() == 0) co_await socket_.async_wait(asio::ip::tcp::socket::wait_read, nothrow);
}

asio::awaitable<void> wire::finish()
{
    error_code error;
    socket_.shutdown(asio::ip::tcp::socket::shutdown_send, error);
    socket_.non_blocking(true, error);
    std::array<char, 16 * 1024> thrown_away;
    for (int waited = 0; waited < 100; ++waited) {
        while (!error && socket_.read_some(asio::buffer(thrown_away), error) > 0) {
        }
        if (error != asio::error::would_block && error != asio::error::try_again) break;
        error = {};
        timer_.expires_after(std::chrono::milliseconds(20));
        co_await timer_.async_wait(nothrow);
    }
    close(false);
}

void wire::close(bool reset)
{
    error_code ignored;
    if (reset) socket_.set_option(asio::socket_base::linger(true, 0), ignored);
    socket_.close(ignored);
}

bool wire::peer_gone()
{
    pollfd look{socket_.native_handle(), POLLRDHUP, 0};
    return poll(&look, 1, 0) > 0; // error and hang-up are reported unasked
}

} // namespace weir::mock
