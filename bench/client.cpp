// What the benchmarks ask of weir and wrk cannot: the delay of each chunk of many streams, and very large bodies.
//
//   bench_client stream PORT STREAMS PER_SECOND   prints the number of chunks, their delays in us (p50 p95 p99 max),
//                                                 and how many streams failed
//   bench_client upload-file|upload-json|download-file|download-json PORT BYTES
//                                                 prints the status, the bytes of the response's body and the seconds
//
// All of it goes to 127.0.0.1; what answers is weir's mock provider, directly or through a proxy.

#include <algorithm>
#include <array>
#include <charconv>
#include <chrono>
#include <cstdint>
#include <cstdio>
#include <cstdlib>
#include <cstring>
#include <map>
#include <stdexcept>
#include <string>
#include <string_view>
#include <system_error>
#include <vector>

#include <arpa/inet.h>
#include <fcntl.h>
#include <netinet/in.h>
#include <netinet/tcp.h>
#include <sys/epoll.h>
#include <sys/socket.h>
#include <unistd.h>

namespace
{

using std::chrono::nanoseconds;
using std::chrono::steady_clock;

constexpr int chunks_per_stream = 50, ms_between_chunks = 20;
constexpr std::chrono::seconds patience{10}; // beyond the time that all streams should take

nanoseconds now() { return steady_clock::now().time_since_epoch(); }

template <class Value>
Value checked(Value result, char const* what)
{
    if (result < 0) throw std::system_error(errno, std::system_category(), what);
    return result;
}

int connect_to(std::uint16_t port)
{
    int const fd = checked(socket(AF_INET, SOCK_STREAM, 0), "socket");
    sockaddr_in address{};
    address.sin_family = AF_INET;
    address.sin_port = htons(port);
    address.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
    sockaddr any;
    std::memcpy(&any, &address, sizeof any);
    checked(connect(fd, &any, sizeof any), "connect");
    int const on = 1;
    checked(setsockopt(fd, IPPROTO_TCP, TCP_NODELAY, &on, sizeof on), "TCP_NODELAY");
    return fd;
}

void send_all(int fd, std::string_view bytes)
{
    while (!bytes.empty())
        bytes.remove_prefix(static_cast<std::size_t>(checked(send(fd, bytes.data(), bytes.size(), MSG_NOSIGNAL), "send")));
}

std::string request_head(std::string_view path, std::string_view content_type, std::uint64_t length,
                         std::string_view more = "")
{
    std::string head = "POST ";
    head.append(path).append(" HTTP/1.1\r\nhost: 127.0.0.1\r\nauthorization: Bearer sk-bench\r\nconnection: close\r\n");
    head.append("content-type: ").append(content_type);
    return head.append("\r\ncontent-length: ").append(std::to_string(length)).append("\r\n").append(more).append("\r\n");
}

/// One streamed answer: finds the mock's stamps in it.
class stream
{
public:
    explicit stream(std::uint16_t port)
        : fd_(connect_to(port))
    {
        std::string const body =
            R"({"model":"gpt-4o","stream":true,"messages":[{"role":"user","content":"Tell me a story."}]})";
        auto const knobs = "x-mock-stamp: 1\r\nx-mock-chunks: " + std::to_string(chunks_per_stream) +
                           "\r\nx-mock-interval: " + std::to_string(ms_between_chunks) + "ms\r\n";
        send_all(fd_, request_head("/v1/chat/completions", "application/json", body.size(), knobs) + body);
        checked(fcntl(fd_, F_SETFL, O_NONBLOCK), "O_NONBLOCK");
    }

    ~stream() { close(fd_); }

    stream(stream const&) = delete;
    stream& operator=(stream const&) = delete;

    int fd() const { return fd_; }

    /// Reads what is there and adds the delays of the chunks in it; false when the stream has ended.
    bool receive(std::vector<double>& delays_us)
    {
        std::array<char, 16384> block;
        auto const count = recv(fd_, block.data(), block.size(), 0);
        auto const at = now();
        if (count < 0 && (errno == EAGAIN || errno == EINTR)) return true;
        if (count <= 0) return false;
        text_.append(block.data(), static_cast<std::size_t>(count));

        constexpr std::string_view mark = ": sent ";
        for (;;) {
            auto const begin = text_.find(mark);
            auto const end = begin == text_.npos ? begin : text_.find('\n', begin);
            if (end == text_.npos) return true;
            std::int64_t sent = 0;
            std::from_chars(text_.data() + begin + mark.size(), text_.data() + end, sent);
            delays_us.push_back(static_cast<double>(at.count() - sent) / 1000);
            ++found_;
            text_.erase(0, end);
        }
    }

    bool complete() const { return found_ == chunks_per_stream; }

private:
    int fd_;
    std::string text_;
    int found_ = 0;
};

double percentile(std::vector<double> const& sorted, double part)
{
    return sorted.empty() ? 0 : sorted[static_cast<std::size_t>(part * static_cast<double>(sorted.size() - 1))];
}

/// Starts a stream every 1 / `per_second` s and reads them all.
int measure_streams(std::uint16_t port, int streams, int per_second)
{
    int const poll = checked(epoll_create1(0), "epoll_create1");
    nanoseconds const gap{1'000'000'000 / per_second};
    auto const begin = now();
    auto const deadline = begin + streams * gap + nanoseconds(1'000'000LL * chunks_per_stream * ms_between_chunks) +
                          patience;
    std::map<int, stream> open;
    std::vector<double> delays_us;
    int started = 0, failed = 0;

    while ((started < streams || !open.empty()) && now() < deadline) {
        auto const due = begin + started * gap;
        if (started < streams && now() >= due) {
            // The socket's number is known only once the stream is made, and a stream does not move.
            auto const fresh = std::make_unique<stream>(port);
            (void)fresh;
        }
        (void)poll;
        break;
    }
    std::sort(delays_us.begin(), delays_us.end());
    failed += static_cast<int>(open.size()) + streams - started;
    return failed;
}

} // namespace
