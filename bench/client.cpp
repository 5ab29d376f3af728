// bench_client: what the benchmarks ask of weir and wrk cannot.
//
//   bench_client bodies calls|streams COUNT   so many different bodies of chat calls, one a line
//   bench_client calls PORT PER_SECOND SECONDS CONNECTIONS
//   bench_client streams PORT STREAMS PER_SECOND CHUNKS INTERVAL_MS STALL_MS [held]
//   bench_client upload-file|upload-json|download-binary|download-json PORT BYTES
//
// bench/client.hpp says what they do and print.

#include "bench/client.hpp"
#include "bench/connection.hpp"
#include "bench/prose.hpp"

#include <algorithm>
#include <cstdio>
#include <exception>

#include <sys/prctl.h>

namespace weir::bench
{
namespace
{

void print_bodies(int count, bool stream)
{
    prose text(1);
    for (int i = 0; i < count; ++i) std::puts(chat_request(text, stream).c_str());
}

/// False when something failed that was measured; throws when the arguments make no sense.
bool run(std::vector<std::string> const& arguments)
{
    auto const& what = arguments.at(0);
    auto const number = [&](std::size_t i) { return std::stoi(arguments.at(i)); };
    if (what == "bodies") {
        print_bodies(number(2), arguments[1] == "streams");
        return true;
    }
    checked(prctl(PR_SET_TIMERSLACK, 1UL), "PR_SET_TIMERSLACK"); // else each wait is 50 us too long
    auto const port = static_cast<std::uint16_t>(number(1));
    if (what == "calls") return measure_calls(port, number(2), number(3), number(4));
    if (what == "streams") {
        stream_load load{number(2), number(3), number(4)};
        load.interval = std::chrono::milliseconds(number(5));
        load.stall = std::chrono::milliseconds(number(6));
        load.held = arguments.size() > 7;
        return measure_streams(port, load);
    }
    return measure_large(port, what, std::stoull(arguments.at(2)));
}

} // namespace

std::string percentiles(std::vector<float>& values, std::string const& prefix)
{
    std::sort(values.begin(), values.end());
    std::string text;
    for (auto const& [name, part] : {std::pair{"p50_us", 0.5}, {"p95_us", 0.95}, {"p99_us", 0.99}, {"max_us", 1.0}}) {
        auto const at = static_cast<std::size_t>(part * static_cast<double>(values.empty() ? 0 : values.size() - 1));
        text.append(" ").append(prefix).append(name).append("=");
        text += std::to_string(values.empty() ? 0 : values[at]);
    }
    return text;
}

} // namespace weir::bench

int main(int argc, char** argv)
{
    try {
        return weir::bench::run({argv + 1, argv + argc}) ? 0 : 1;
    } catch (std::exception const& failure) {
        std::fprintf(stderr, "bench_client: %s (see the top of bench/client.cpp for its arguments)\n", failure.what());
        return 2;
    }
}
