#include "bench/connection.hpp"

#include <algorithm>
#include <cstring>

#include <netinet/in.h>
#include <netinet/tcp.h>
#include <sys/socket.h>
#include <unistd.h>

namespace weir::bench
{

connection::connection(std::uint16_t port)
    : fd_(checked(socket(AF_INET, SOCK_STREAM, 0), "socket"))
{
    sockaddr_in address{};
    address.sin_family = AF_INET;
    address.sin_port = htons(port);
    address.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
    sockaddr any;
    std::memcpy(&any, &address, sizeof any);
    checked(connect(fd_, &any, sizeof any), "connect");
    int const on = 1;
    checked(setsockopt(fd_, IPPROTO_TCP, TCP_NODELAY, &on, sizeof on), "TCP_NODELAY");
}

connection::~connection() { close(fd_); }

void connection::send(std::string_view bytes) const
{
    while (!bytes.empty()) {
        auto const sent = checked(::send(fd_, bytes.data(), bytes.size(), MSG_NOSIGNAL), "send");
        bytes.remove_prefix(static_cast<std::size_t>(sent));
    }
}

poll::poll()
    : fd_(checked(epoll_create1(0), "epoll_create1"))
{
}

poll::~poll() { close(fd_); }

void poll::add(int fd, epoll_data data)
{
    epoll_event wanted{EPOLLIN, data};
    checked(epoll_ctl(fd_, EPOLL_CTL_ADD, fd, &wanted), "epoll_ctl");
}

std::span<epoll_event> poll::wait(std::span<epoll_event> events, nanoseconds most)
{
    constexpr nanoseconds longest = std::chrono::milliseconds(100);
    timespec const wait{0, std::clamp(most, nanoseconds(0), longest).count()};
    int const count = epoll_pwait2(fd_, events.data(), static_cast<int>(events.size()), &wait, nullptr);
    return events.first(static_cast<std::size_t>(std::max(count, 0)));
}

std::string head(std::string_view path, std::string_view content_type, std::uint64_t length, std::string_view more)
{
    std::string text = "POST ";
    text.append(path).append(" HTTP/1.1\r\nhost: 127.0.0.1\r\nauthorization: "
                             "Bearer sk-bench\r\ncontent-type: ");
    text.append(content_type).append("\r\ncontent-length: ").append(std::to_string(length)).append("\r\n");
    return text.append(more).append("\r\n");
}

} // namespace weir::bench
