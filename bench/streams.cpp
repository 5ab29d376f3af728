#include "bench/client.hpp"
#include "bench/connection.hpp"

#include <array>
#include <charconv>
#include <cstdio>
#include <map>
#include <memory>
#include <utility>

#include <fcntl.h>
#include <sys/socket.h>

namespace weir::bench
{
namespace
{

constexpr std::chrono::seconds patience{30}; // beyond the time that all streams should take

/// One streamed answer, in which the mock's stamps are found.
class stream
{
public:
    stream(std::uint16_t port, stream_load const& load)
        : load_(load)
        , to_(port)
        , started_(now())
    {
        std::string const body =
            R"({"model":"gpt-4o","stream":true,"messages":[{"role":"user","content":"Tell me a story."}]})";
        auto const knobs = std::string(close_after) +
                           "x-mock-stamp: 1\r\nx-mock-chunks: " + std::to_string(load.chunks) +
                           "\r\nx-mock-interval: " + std::to_string(load.interval.count()) + "ms\r\n";
        to_.send(head("/v1/chat/completions", "application/json", body.size(), knobs) + body);
        checked(fcntl(to_.fd(), F_SETFL, O_NONBLOCK), "O_NONBLOCK");
    }

    int fd() const { return to_.fd(); }
    int chunks() const { return chunks_; }
    bool is_complete() const { return chunks_ == load_.chunks; }
    bool has_stalled() const { return stalled_; }
    nanoseconds first_after() const { return first_after_; }

    /// Reads what is there and calls `use` with the delay of each chunk in it;
    /// false when the stream has ended.
    template <class Use>
    bool receive(Use use)
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
            use(received - nanoseconds(sent));
            if (chunks_++ == 0)
                first_after_ = received - started_;
            else if (received - last_ > load_.stall)
                stalled_ = true;
            last_ = received;
            text_.erase(0, end);
        }
    }

private:
    stream_load const& load_;
    connection to_;
    nanoseconds const started_;
    nanoseconds first_after_{}, last_{}; // when the first and the latest chunk came
    std::string text_;                   // what came after the latest stamp
    int chunks_ = 0;
    bool stalled_ = false;
};

class all_streams
{
public:
    all_streams(std::uint16_t port, stream_load const& load)
        : port_(port)
        , load_(load)
    {
    }

    void run()
    {
        nanoseconds const gap{1'000'000'000 / load_.per_second};
        auto const begin = now();
        auto const end = begin + load_.streams * gap + load_.chunks * load_.interval + patience;
        while ((started_ < load_.streams || !open_.empty()) && now() < end) {
            while (started_ < load_.streams && now() >= begin + started_ * gap) start_one();
            receive(started_ < load_.streams ? begin + started_ * gap - now() : patience);
        }
    }

    bool report()
    {
        std::printf("chunks=%zu%s%s stalled=%d failed=%d\n", delays_us_.size(), percentiles(delays_us_).c_str(),
                    percentiles(firsts_us_, "first_").c_str(), stalled_, load_.streams - completed_);
        return completed_ == load_.streams;
    }

private:
    void start_one()
    {
        auto fresh = std::make_unique<stream>(port_, load_);
        poll_.add(fresh->fd(), {.fd = fresh->fd()});
        open_.emplace(fresh->fd(), std::move(fresh));
        ++started_;
    }

    void receive(nanoseconds most)
    {
        std::array<epoll_event, 64> events;
        for (auto const& ready : poll_.wait(events, most)) {
            auto const found = open_.find(ready.data.fd);
            auto& one = *found->second;
            bool const was_silent = one.chunks() == 0;
            bool const goes_on = one.receive([this](nanoseconds delay) {
                if (measuring_) delays_us_.push_back(microseconds(delay));
            });
            if (was_silent && one.chunks() > 0) speaks(one);
            if (goes_on) continue;
            ended(one);
            open_.erase(found);
        }
    }

    void speaks(stream const& one)
    {
        firsts_us_.push_back(microseconds(one.first_after()));
        if (!load_.held || firsts_us_.size() < static_cast<std::size_t>(load_.streams)) return;
        measuring_ = true;
        announce("open " + std::to_string(open_.size()));
    }

    void ended(stream const& one)
    {
        if (one.is_complete()) ++completed_;
        if (one.has_stalled()) ++stalled_;
        if (!load_.held || !measuring_) return;
        measuring_ = false;
        announce("end");
    }

    /// Tells whoever reads the output at once.
    static void announce(std::string const& what)
    {
        std::puts(what.c_str());
        std::fflush(stdout);
    }

    std::uint16_t const port_;
    stream_load const load_;
    poll poll_;
    std::map<int, std::unique_ptr<stream>> open_;
    bool measuring_ = !load_.held;
    std::vector<float> delays_us_, firsts_us_;
    int started_ = 0, completed_ = 0, stalled_ = 0;
};

} // namespace

bool measure_streams(std::uint16_t port, stream_load const& load)
{
    all_streams streams(port, load);
    streams.run();
    return streams.report();
}

} // namespace weir::bench
