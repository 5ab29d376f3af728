#include "net/stream.hpp"

#include <boost/asio/as_tuple.hpp>
#include <boost/asio/use_awaitable.hpp>

#include <cerrno>
#include <netinet/in.h>
#include <netinet/tcp.h>
#include <sys/socket.h>

namespace weir::net
{

namespace asio = boost::asio;

stream::stream(socket_type socket)
    : socket_(std::move(socket))
{
}

stream::tls_type& stream::add_tls(asio::ssl::context& context)
{
    tls_ = std::make_unique<tls_type>(socket_, context);
    return *tls_;
}

void stream::set_usual_options()
{
    boost::system::error_code ignored;
    socket_.non_blocking(true, ignored);
    socket_.set_option(asio::ip::tcp::no_delay(true), ignored);
    socket_.set_option(asio::socket_base::keep_alive(true), ignored);
    int const seconds = 60;
    ::setsockopt(socket_.native_handle(), IPPROTO_TCP, TCP_KEEPIDLE, &seconds, sizeof seconds);
    ::setsockopt(socket_.native_handle(), IPPROTO_TCP, TCP_KEEPINTVL, &seconds, sizeof seconds);
}

void stream::cancel()
{
    boost::system::error_code ignored;
    socket_.cancel(ignored);
}

void stream::close()
{
    boost::system::error_code ignored;
    socket_.close(ignored);
}

asio::awaitable<void> stream::end_sending()
{
    if (tls_) co_await tls_->async_end(asio::as_tuple(asio::use_awaitable));
    boost::system::error_code ignored;
    socket_.shutdown(asio::socket_base::shutdown_send, ignored);
}

void stream::reset()
{
    boost::system::error_code ignored;
    socket_.set_option(asio::socket_base::linger(true, 0), ignored);
    socket_.close(ignored);
}

bool stream::is_stale()
{
    if (tls_ && tls_->has_unread_bytes()) return true;
    char byte = 0;
    auto const n = ::recv(socket_.native_handle(), &byte, 1, MSG_PEEK | MSG_DONTWAIT);
    return n >= 0 || (errno != EAGAIN && errno != EWOULDBLOCK);
}

} // namespace weir::net
