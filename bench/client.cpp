// What the benchmarks ask of weir and wrk cannot: the delay of each chunk of many streams, and very large bodies.
//
//   bench_client stream PORT STREAMS PER_SECOND   prints the number of chunks, their delays in us (p50 p95 p99 max)
//                                                 and how many streams failed
//   bench_client upload-file|upload-json|download-binary|download-json PORT BYTES
//                                                 prints the status, the bytes of the response's body and the seconds
//
// All of it goes to 127.0.0.1; what answers is weir's mock provider, directly or through a proxy.

#include <algorithm>
#include <array>
#include <cerrno>
#include <charconv>
#include <chrono>
#include <cstdint>
#include <cstdio>
#include <cstring>
#include <iterator>
#include <map>
#include <memory>
#include <string>
#include <string_view>
#include <system_error>
#include <vector>

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

class connection
{
public:
    explicit connection(std::uint16_t port)
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

    ~connection() { close(fd_); }

    connection(connection const&) = delete;
    connection& operator=(connection const&) = delete;

    int fd() const { return fd_; }

    void send(std::string_view bytes) const
    {
        while (!bytes.empty()) {
            auto const sent = checked(::send(fd_, bytes.data(), bytes.size(), MSG_NOSIGNAL), "send");
            bytes.remove_prefix(static_cast<std::size_t>(sent));
        }
    }

private:
    int fd_;
};

/// A request's head, `more` being further header lines. The connection ends with the response.
std::string head(std::string_view path, std::string_view content_type, std::uint64_t length, std::string_view more = "")
{
    std::string text = "POST ";
    text.append(path).append(" HTTP/1.1\r\nhost: 127.0.0.1\r\nauthorization: Bearer sk-bench\r\nconnection: close\r\n");
    text.append("content-type: ").append(content_type);
    return text.append("\r\ncontent-length: ")
        .append(std::to_string(length))
        .append("\r\n")
        .append(more)
        .append("\r\n");
}

/// One streamed answer, in which the mock's stamps are found.
class stream
{
public:
    explicit stream(std::uint16_t port)
        : to_(port)
    {
        std::string const body =
            R"({"model":"gpt-4o","stream":true,"messages":[{"role":"user","content":"Tell me a story."}]})";
        auto const knobs = "x-mock-stamp: 1\r\nx-mock-chunks: " + std::to_string(chunks_per_stream) +
                           "\r\nx-mock-interval: " + std::to_string(ms_between_chunks) + "ms\r\n";
        to_.send(head("/v1/chat/completions", "application/json", body.size(), knobs) + body);
        checked(fcntl(to_.fd(), F_SETFL, O_NONBLOCK), "O_NONBLOCK");
    }

    int fd() const { return to_.fd(); }
    bool complete() const { return found_ == chunks_per_stream; }

    /// Reads what is there and adds the delays of the chunks in it; false when the stream has ended.
    bool receive(std::vector<double>& delays_us)
    {
        std::array<char, 16384> block;
        auto const count = recv(fd(), block.data(), block.size(), 0);
        auto const received = now();
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
            delays_us.push_back(static_cast<double>(received.count() - sent) / 1000);
            ++found_;
            text_.erase(0, end);
        }
    }

private:
    connection to_;
    std::string text_; // what came after the last stamp
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
    auto const end = begin + streams * gap + std::chrono::milliseconds(chunks_per_stream * ms_between_chunks);
    std::map<int, std::unique_ptr<stream>> open;
    std::vector<double> delays_us;
    int started = 0, completed = 0;

    while ((started < streams || !open.empty()) && now() < end + patience) {
        if (started < streams && now() >= begin + started * gap) {
            auto fresh = std::make_unique<stream>(port);
            epoll_event wanted{EPOLLIN, {.fd = fresh->fd()}};
            checked(epoll_ctl(poll, EPOLL_CTL_ADD, fresh->fd(), &wanted), "epoll_ctl");
            open.emplace(fresh->fd(), std::move(fresh));
            ++started;
        }
        std::array<epoll_event, 64> ready;
        int const count = epoll_wait(poll, ready.data(), std::size(ready), 1);
        for (int i = 0; i < count; ++i) {
            auto const found = open.find(ready[static_cast<std::size_t>(i)].data.fd);
            if (found->second->receive(delays_us)) continue;
            if (found->second->complete()) ++completed;
            open.erase(found);
        }
    }
    close(poll);
    std::sort(delays_us.begin(), delays_us.end());
    std::printf("%zu %.1f %.1f %.1f %.1f %d\n", delays_us.size(), percentile(delays_us, 0.5),
                percentile(delays_us, 0.95), percentile(delays_us, 0.99), percentile(delays_us, 1),
                streams - completed);
    return completed == streams ? 0 : 1;
}

void send_filler(connection const& to, std::uint64_t bytes)
{
    std::string const block(256 * 1024, 'x');
    for (std::uint64_t left = bytes; left > 0;) {
        auto const part = std::min<std::uint64_t>(left, block.size());
        to.send(std::string_view(block).substr(0, part));
        left -= part;
    }
}

/// Sends a body of about `bytes` bytes, of which all but the beginning and the end is filler.
void send_large(connection const& to, std::string_view path, std::string_view content_type, std::string_view first,
                std::uint64_t bytes, std::string_view last)
{
    to.send(head(path, content_type, first.size() + bytes + last.size()));
    to.send(first);
    send_filler(to, bytes);
    to.send(last);
}

void send_large_request(connection const& to, std::string_view kind, std::uint64_t bytes)
{
    if (kind == "upload-file") {
        send_large(to, "/v1/files", "multipart/form-data; boundary=bench",
                   "--bench\r\nContent-Disposition: form-data; name=\"purpose\"\r\n\r\nbatch\r\n"
                   "--bench\r\nContent-Disposition: form-data; name=\"file\"; filename=\"f.bin\"\r\n"
                   "Content-Type: application/octet-stream\r\n\r\n",
                   bytes, "\r\n--bench--\r\n");
        return;
    }
    if (kind == "upload-json") {
        send_large(to, "/v1/chat/completions", "application/json",
                   R"({"model":"gpt-4o","messages":[{"role":"user","content":")", bytes, R"("}]})");
        return;
    }
    auto knobs = "x-mock-body-bytes: " + std::to_string(bytes) + "\r\n";
    if (kind == "download-binary") knobs += "x-mock-content-type: application/octet-stream\r\n";
    std::string const body = R"({"model":"gpt-4o","messages":[{"role":"user","content":"hello"}]})";
    to.send(head("/v1/chat/completions", "application/json", body.size(), knobs) + body);
}

/// Reads a response to its end. Returns its status and the bytes of its body.
std::pair<std::string, std::uint64_t> read_response(connection const& from)
{
    std::string start;
    std::vector<char> block(256 * 1024);
    std::uint64_t total = 0;
    while (auto const count = checked(recv(from.fd(), block.data(), block.size(), 0), "recv")) {
        total += static_cast<std::uint64_t>(count);
        if (start.find("\r\n\r\n") == start.npos) start.append(block.data(), static_cast<std::size_t>(count));
    }
    auto const head_end = start.find("\r\n\r\n");
    if (head_end == start.npos) return {"none", 0};
    return {start.substr(9, 3), total - head_end - 4};
}

int measure_large(std::string_view kind, std::uint16_t port, std::uint64_t bytes)
{
    auto const begin = now();
    connection const to(port);
    send_large_request(to, kind, bytes);
    auto const [status, received] = read_response(to);
    std::printf("%s %llu %.2f\n", status.c_str(), static_cast<unsigned long long>(received),
                std::chrono::duration<double>(now() - begin).count());
    auto const whole = kind.starts_with("upload") || received >= bytes;
    return status == "200" && whole ? 0 : 1;
}

} // namespace

int main(int argc, char** argv)
{
    try {
        std::vector<std::string> const arguments(argv + 1, argv + argc);
        if (arguments.size() == 4 && arguments[0] == "stream")
            return measure_streams(static_cast<std::uint16_t>(std::stoi(arguments[1])), std::stoi(arguments[2]),
                                   std::stoi(arguments[3]));
        if (arguments.size() == 3)
            return measure_large(arguments[0], static_cast<std::uint16_t>(std::stoi(arguments[1])),
                                 std::stoull(arguments[2]));
        std::fprintf(stderr, "bench_client: see the top of bench/client.cpp for its arguments\n");
        return 2;
    } catch (std::exception const& failure) {
        std::fprintf(stderr, "bench_client: %s\n", failure.what());
        return 1;
    }
}
