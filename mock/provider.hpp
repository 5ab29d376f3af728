#pragma once

#include "mock/knobs.hpp"

#include <cstdint>
#include <memory>
#include <string>

namespace weir::mock
{

/// What a mock provider is started with.
struct options {
    std::string host = "127.0.0.1"; // an IP address
    std::uint16_t port = 8788;      // 0: any free one
    unsigned threads = 1;
    bool record = true; // keep the last 1,000 requests for /_mock/requests; off for benchmarks
    knobs defaults;     // what every request asks for unless it says otherwise
};

/// An LLM vendor that answers by rule: OpenAI's, Anthropic's and Gemini's wire formats, plain and streamed, with every
/// fault that `knobs` can ask for. `answer_for` in routes.hpp says what the answers are and how their tokens are
/// counted.
///
/// `GET /_mock/requests` tells what was received, `DELETE /_mock/requests` forgets it, `GET /_mock/stats` counts.
class provider
{
public:
    /// Binds and listens; from here on connections are accepted by the kernel. Throws boost::system::system_error
    /// when the address cannot be had.
    explicit provider(options with);

    /// Ends what is still open. Not while `run` is running.
    ~provider();

    provider(provider const&) = delete;
    provider& operator=(provider const&) = delete;

    /// The port it listens at.
    std::uint16_t port() const;

    /// Serves until `stop`. Once only.
    void run();

    /// Makes `run` return; calls in progress are dropped. Threads: any, also before `run`.
    void stop();

private:
    struct state;
    std::unique_ptr<state> state_;
};

} // namespace weir::mock
