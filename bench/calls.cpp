#include "bench/client.hpp"
#include "bench/connection.hpp"
#include "bench/prose.hpp"

#include <array>
#include <charconv>
#include <cstdio>
#include <deque>
#include <memory>

#include <sys/socket.h>

namespace weir::bench
{
namespace
{

constexpr int different_requests = 4096;
constexpr std::chrono::seconds patience{10}; // for what is still out when the time is over

enum class progress : std::uint8_t { none, complete, broken };

/// A kept connection, and the call that it carries.
class caller
{
public:
    explicit caller(std::uint16_t port)
        : to_(port)
    {
    }

    int fd() const { return to_.fd(); }
    nanoseconds due() const { return due_; }
    bool is_busy() const { return busy_; }

    void start(std::string_view request, nanoseconds due)
    {
        due_ = due;
        busy_ = true;
        answer_.clear();
        to_.send(request);
    }

    /// Reads what is there.
    progress receive()
    {
        std::array<char, 8192> block;
        auto const count = recv(fd(), block.data(), block.size(), MSG_DONTWAIT);
        if (count < 0 && (errno == EAGAIN || errno == EINTR)) return progress::none;
        if (count <= 0 || !busy_) return progress::broken;
        answer_.append(block.data(), static_cast<std::size_t>(count));
        auto const head_end = answer_.find("\r\n\r\n");
        if (head_end == answer_.npos) return progress::none;
        auto const whole = head_end + 4 + content_length(std::string_view(answer_).substr(0, head_end));
        if (answer_.size() < whole) return progress::none;
        busy_ = false;
        return answer_.size() == whole && answer_.compare(9, 3, "200") == 0 ? progress::complete : progress::broken;
    }

private:
    static std::size_t content_length(std::string_view head)
    {
        std::size_t length = 0;
        for (std::string_view const name : {"content-length: ", "Content-Length: "})
            if (auto const at = head.find(name); at != head.npos)
                std::from_chars(head.data() + at + name.size(), head.data() + head.size(), length);
        return length;
    }

    connection to_;
    std::string answer_;
    nanoseconds due_{};
    bool busy_ = false;
};

std::vector<std::string> prepared_requests()
{
    prose text(1);
    std::vector<std::string> requests;
    for (int i = 0; i < different_requests; ++i) {
        auto const body = chat_request(text, false);
        requests.push_back(head("/v1/chat/completions", "application/json", body.size()) + body);
    }
    return requests;
}

class fixed_rate
{
public:
    fixed_rate(std::uint16_t port, int connections)
        : port_(port)
        , callers_(static_cast<std::size_t>(connections))
    {
        for (auto& c : callers_) connect(c);
    }

    void run(int per_second, int seconds)
    {
        auto const calls = std::int64_t{per_second} * seconds;
        auto const begin = now();
        auto const due = [&](std::int64_t call) { return begin + nanoseconds(call * 1'000'000'000 / per_second); };
        auto const end = due(calls) + patience;
        for (std::int64_t next = 0; (next < calls || out_ > 0) && now() < end;) {
            for (auto time = now(); next < calls && due(next) <= time; ++next) {
                late_us_.push_back(microseconds(time - due(next)));
                waiting_.push_back(due(next));
                ++out_;
            }
            send_waiting();
            receive(next < calls ? due(next) - now() : patience);
        }
        failed_ += out_;
        took_ = now() - begin;
    }

    bool report()
    {
        std::printf("calls=%zu us=%.0f sent=%lld failed=%lld%s%s\n", times_us_.size(), microseconds(took_),
                    static_cast<long long>(sent_), static_cast<long long>(failed_), percentiles(times_us_).c_str(),
                    percentiles(late_us_, "late_").c_str());
        return failed_ == 0;
    }

private:
    void connect(std::unique_ptr<caller>& place)
    {
        place = std::make_unique<caller>(port_);
        poll_.add(place->fd(), {.ptr = &place});
        idle_.push_back(place.get());
    }

    /// The connections take turns, so that none idles until it is closed.
    void send_waiting()
    {
        for (; !waiting_.empty() && !idle_.empty(); waiting_.pop_front(), idle_.pop_front()) {
            idle_.front()->start(requests_[static_cast<std::size_t>(sent_ % different_requests)], waiting_.front());
            ++sent_;
        }
    }

    void receive(nanoseconds most)
    {
        std::array<epoll_event, 64> events;
        for (auto const& ready : poll_.wait(events, most)) {
            auto& place = *static_cast<std::unique_ptr<caller>*>(ready.data.ptr);
            bool const had_call = place->is_busy();
            auto const got = place->receive();
            if (got == progress::none) continue;
            if (had_call) --out_;
            if (got == progress::complete) {
                times_us_.push_back(microseconds(now() - place->due()));
                idle_.push_back(place.get());
                continue;
            }
            if (had_call) ++failed_;
            std::erase(idle_, place.get());
            connect(place);
        }
    }

    std::uint16_t const port_;
    poll poll_;
    std::vector<std::string> const requests_ = prepared_requests();
    std::vector<std::unique_ptr<caller>> callers_;
    std::deque<caller*> idle_;
    std::deque<nanoseconds> waiting_; // when those were due that found no connection
    std::int64_t sent_ = 0, failed_ = 0;
    std::int64_t out_ = 0; // due and not answered
    nanoseconds took_{};
    std::vector<float> times_us_, late_us_;
};

} // namespace

bool measure_calls(std::uint16_t port, int per_second, int seconds, int connections)
{
    fixed_rate load(port, connections);
    load.run(per_second, seconds);
    return load.report();
}

} // namespace weir::bench
