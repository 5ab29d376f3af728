#pragma once

#include <chrono>
#include <cstdint>
#include <string>
#include <string_view>
#include <vector>

/// What the benchmarks ask of weir and wrk cannot. All of it goes to 127.0.0.1; what answers is weir's mock provider,
/// directly or through a proxy. Results are printed as `name=value` words on one line.
namespace weir::bench
{

/// Calls at a fixed rate, whatever the answers do: a call that finds no free connection waits, and its time counts from
/// when it was due. Prints how many came back (`calls`) within how many `us`, how many were `sent` and `failed`, their
/// `p50_us` … `max_us`, and how late the client itself was (`late_p99_us`). False when one failed.
bool measure_calls(std::uint16_t port, int per_second, int seconds, int connections);

struct stream_load {
    int streams = 0;                      ///< in all
    int per_second = 0;                   ///< how many begin in each second
    int chunks = 0;                       ///< of each stream
    std::chrono::milliseconds interval{}; ///< between its chunks
    std::chrono::milliseconds stall{};    ///< a longer gap between two chunks counts as a stall
    bool held = false;                    ///< measure only while all streams are open
};

/// Streams whose chunks the mock stamps with the time of sending. Prints the number of `chunks`, their delays `p50_us`
/// … `max_us`, how long the first chunks took to come (`first_p50_us` …), how many streams had a stall, and how many
/// `failed`. Where the load is held, a line `open N` comes once each stream has had its first chunk, and a line `end`
/// when the first of them ends. False when one failed.
bool measure_streams(std::uint16_t port, stream_load const& load);

/// One call of `kind` upload-file, upload-json, download-binary or download-json with a body of `bytes`. Prints the
/// `status`, the bytes `received`, and the `seconds`. False when it did not come through whole.
bool measure_large(std::uint16_t port, std::string_view kind, std::uint64_t bytes);

/// ` p50_us=… p95_us=… p99_us=… max_us=…`, `prefix` before each name.
std::string percentiles(std::vector<float>& values, std::string const& prefix = "");

} // namespace weir::bench
