#pragma once

#include <cerrno>
#include <chrono>
#include <cstdint>
#include <span>
#include <string>
#include <string_view>
#include <system_error>

#include <sys/epoll.h>

namespace weir::bench
{

using std::chrono::nanoseconds;

/// CLOCK_MONOTONIC, which the mock provider's stamps are too.
inline nanoseconds now() { return std::chrono::steady_clock::now().time_since_epoch(); }

inline float microseconds(nanoseconds time) { return static_cast<float>(time.count()) / 1000; }

/// The result of a system call; throws when it failed.
template <class Value>
Value checked(Value result, char const* what)
{
    if (result < 0) throw std::system_error(errno, std::system_category(), what);
    return result;
}

/// A TCP connection to a port of 127.0.0.1.
class connection
{
public:
    explicit connection(std::uint16_t port);
    ~connection();
    connection(connection const&) = delete;
    connection& operator=(connection const&) = delete;

    int fd() const { return fd_; }

    /// Sends all of it; blocks while the peer does not read, unless the socket
    /// was made non-blocking.
    void send(std::string_view bytes) const;

private:
    int fd_;
};

/// Many connections, to be waited for together.
class poll
{
public:
    poll();
    ~poll();
    poll(poll const&) = delete;
    poll& operator=(poll const&) = delete;

    /// Until it is closed. `data` comes back with its events.
    void add(int fd, epoll_data data);

    /// Waits until some have something to be read, but not longer than `most`, to
    /// the microsecond. Returns those of `events` that were filled in.
    std::span<epoll_event> wait(std::span<epoll_event> events, nanoseconds most);

private:
    int const fd_;
};

/// A request's head, `more` being further header lines.
std::string head(std::string_view path, std::string_view content_type, std::uint64_t length,
                 std::string_view more = "");

/// The header line after which the connection ends with the response.
inline constexpr std::string_view close_after = "connection: close\r\n";

} // namespace weir::bench
