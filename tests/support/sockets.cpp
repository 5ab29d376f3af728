#include "tests/support/sockets.hpp"

#include "tests/support/read_buffer.hpp"

#include <arpa/inet.h>
#include <netinet/in.h>
#include <netinet/tcp.h>
#include <poll.h>
#include <sys/socket.h>
#include <unistd.h>

#include <cerrno>
#include <cstring>
#include <utility>

namespace weir::test
{
namespace
{

constexpr int patience_ms = static_cast<int>(std::chrono::milliseconds(patience).count());

[[noreturn]] void fail(std::string const& what)
{
    throw std::runtime_error(what + ": " + std::strerror(errno)); // NOLINT(concurrency-mt-unsafe)
}

bool is_ready(int descriptor, short events, int wait_ms)
{
    pollfd one{descriptor, events, 0};
    int n = 0;
    do n = ::poll(&one, 1, wait_ms);
    while (n < 0 && errno == EINTR);
    return n > 0;
}

sockaddr_in address_of(std::string const& host, std::uint16_t port)
{
    sockaddr_in address{};
    address.sin_family = AF_INET;
    address.sin_port = htons(port);
    ::inet_pton(AF_INET, host.c_str(), &address.sin_addr);
    return address;
}

std::uint16_t port_of(int descriptor)
{
    sockaddr_in address{};
    socklen_t size = sizeof address;
    ::getsockname(descriptor, reinterpret_cast<sockaddr*>(&address), &size);
    return ntohs(address.sin_port);
}

int listening_at(sockaddr_in const& address, int queue)
{
    int const descriptor = ::socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0);
    if (::bind(descriptor, reinterpret_cast<sockaddr const*>(&address), sizeof address) != 0) fail("bind");
    if (::listen(descriptor, queue) != 0) fail("listen");
    return descriptor;
}

} // namespace

connection::connection(int descriptor)
    : descriptor_(descriptor)
{
    int const on = 1;
    ::setsockopt(descriptor_, IPPROTO_TCP, TCP_NODELAY, &on, sizeof on);
}

connection::connection(connection&& other) noexcept
    : descriptor_(std::exchange(other.descriptor_, -1))
    , buffer_(std::move(other.buffer_))
    , ended_(other.ended_)
    , reset_(other.reset_)
{
}

connection& connection::operator=(connection&& other) noexcept
{
    std::swap(descriptor_, other.descriptor_);
    std::swap(buffer_, other.buffer_);
    std::swap(ended_, other.ended_);
    std::swap(reset_, other.reset_);
    return *this;
}

connection::~connection() { close(); }

connection connection::to(std::uint16_t port, std::string const& from)
{
    connection made(::socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0));
    auto const own = address_of(from, 0);
    if (::bind(made.descriptor_, reinterpret_cast<sockaddr const*>(&own), sizeof own) != 0) fail("bind");
    auto const address = address_of("127.0.0.1", port);
    if (::connect(made.descriptor_, reinterpret_cast<sockaddr const*>(&address), sizeof address) != 0) fail("connect");
    return made;
}

void connection::send(std::string_view bytes)
{
    while (!bytes.empty()) {
        auto const n = send_some(bytes, patience);
        if (n == 0) throw late("nobody took what was sent");
        bytes.remove_prefix(n);
    }
}

std::size_t connection::send_some(std::string_view bytes, std::chrono::milliseconds wait)
{
    if (!is_ready(descriptor_, POLLOUT, static_cast<int>(wait.count()))) return 0;
    auto const n = ::send(descriptor_, bytes.data(), bytes.size(), MSG_NOSIGNAL | MSG_DONTWAIT);
    if (n < 0 && errno != EAGAIN) fail("send");
    return n < 0 ? 0 : static_cast<std::size_t>(n);
}

bool connection::receive_now(int flags)
{
    char some[64 * 1024];
    auto const n = ::recv(descriptor_, some, sizeof some, flags);
    if (n > 0) {
        buffer_.append(some, static_cast<std::size_t>(n));
        return true;
    }
    if (n < 0 && (errno == EAGAIN || errno == EINTR)) return false;
    ended_ = true;
    reset_ = n < 0;
    return false;
}

bool connection::read_more()
{
    while (!ended_) {
        if (!is_ready(descriptor_, POLLIN, patience_ms)) throw late("nothing came; before it: " + buffer_);
        if (receive_now(MSG_DONTWAIT)) return true;
    }
    return false;
}

std::string connection::read_until(std::string_view mark)
{
    return take_through(mark, buffer_, [this] { return read_more(); });
}

std::string connection::read_exactly(std::size_t n)
{
    return take_exactly(n, buffer_, [this] { return read_more(); });
}

std::string connection::read_to_end()
{
    while (read_more()) {
    }
    return std::exchange(buffer_, {});
}

bool connection::has_ended()
{
    while (!ended_ && is_ready(descriptor_, POLLIN, 0) && receive_now(MSG_DONTWAIT)) {
    }
    return ended_;
}

void connection::end_sending() { ::shutdown(descriptor_, SHUT_WR); }

void connection::close()
{
    if (descriptor_ >= 0) ::close(std::exchange(descriptor_, -1));
}

void connection::reset()
{
    linger const now{1, 0};
    ::setsockopt(descriptor_, SOL_SOCKET, SO_LINGER, &now, sizeof now);
    close();
}

void connection::set_receive_buffer(int bytes)
{
    ::setsockopt(descriptor_, SOL_SOCKET, SO_RCVBUF, &bytes, sizeof bytes);
}

listener::listener(std::string const& host)
    : descriptor_(listening_at(address_of(host, 0), 128))
    , port_(port_of(descriptor_))
{
}

listener::~listener() { close(); }

connection listener::accept()
{
    if (!is_ready(descriptor_, POLLIN, patience_ms)) throw late("nobody connected");
    int const descriptor = ::accept4(descriptor_, nullptr, nullptr, SOCK_CLOEXEC);
    if (descriptor < 0) fail("accept");
    return connection(descriptor);
}

bool listener::is_called() const { return is_ready(descriptor_, POLLIN, 0); }

void listener::close()
{
    if (descriptor_ >= 0) ::close(std::exchange(descriptor_, -1));
}

// A queue for one connection, which is full from the start: Linux then drops what would be the next.
deaf_address::deaf_address(std::string const& host, std::uint16_t port)
    : listening_(listening_at(address_of(host, port), 0))
    , filling_(::socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0))
{
    auto const address = address_of(host, port_of(listening_));
    if (::connect(filling_, reinterpret_cast<sockaddr const*>(&address), sizeof address) != 0) fail("connect");
    if (!is_ready(listening_, POLLIN, patience_ms)) throw late("the connection was not made");
}

std::uint16_t deaf_address::port() const { return port_of(listening_); }

deaf_address::~deaf_address()
{
    ::close(filling_);
    ::close(listening_);
}

std::uint16_t unused_port()
{
    // Bound and not listening, to the end of the process: who connects is refused, and nobody else is given the port.
    int const descriptor = ::socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0);
    auto const address = address_of("127.0.0.1", 0);
    if (::bind(descriptor, reinterpret_cast<sockaddr const*>(&address), sizeof address) != 0) fail("bind");
    return port_of(descriptor);
}

} // namespace weir::test
