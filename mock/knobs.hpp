#pragma once

#include <chrono>
#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

namespace weir::mock
{

/// How the end of a body is shown on the wire.
enum class framing {
    natural, // Content-Length for plain answers, chunked for streams
    chunked,
    length,
    close, // neither: the body ends with the connection
    both,  // the forbidden pair of Content-Length and Transfer-Encoding
};

/// What is done to the body's bytes, and what the head says about it.
enum class encoding { none, gzip, deflate, gzip_unlabelled, gzip_label_only };

/// Which kind of body a call gets, whatever it asked for.
enum class shape { as_asked, json, sse, empty };

/// When a kept-alive connection ends, without a word in the response's head.
enum class reuse { allowed, refused_at_next_request, closed_at_once };

/// A point in an answer: after so many content chunks, or after so many body bytes, or before the head.
struct answer_point {
    enum class unit { chunks, bytes, head };

    unit counted = unit::chunks;
    std::uint64_t after = 0;
    bool reset = false;     // cut only: RST instead of FIN
    bool mid_event = false; // cut only: half of the next event still goes out
};

/// Everything that can be asked of one answer, with values that ask for nothing.
///
/// Each field is set by `set`, under the name written beside it: on the command line as `--NAME VALUE`, per request as
/// header `x-mock-NAME: VALUE` or query parameter `mock-NAME=VALUE`. Durations are `250ms`, `2s`, `1m` or plain
/// milliseconds; sizes are `64KiB`, `10MB` or plain bytes; flags are `1`, `true` or `on`.
struct knobs {
    std::chrono::microseconds delay{0};             // delay: before the head
    std::chrono::microseconds first_chunk_delay{0}; // first-chunk-delay: between the head and the body
    std::chrono::microseconds interval{0};          // interval: between the content chunks of a stream
    std::uint64_t chunks = 0;                       // chunks: content chunks of a stream; 0: one for each word
    std::uint64_t filler_bytes = 6;                 // filler-bytes: length of a made-up word, its space included
    unsigned status = 0;                            // status: answer with this status, in the vendor's error shape
    std::string retry_after;                        // retry-after: the header's value
    std::optional<std::uint64_t> body_bytes;        // body-bytes: size of a plain or binary answer
    std::string content_type;                       // content-type: application/octet-stream makes a binary answer
    std::optional<answer_point> cut;                // cut: N, Nb or head, with ,rst and ,mid as wanted
    std::optional<answer_point> stall;              // stall: N, Nb or head: silence until the peer goes away
    framing framed = framing::natural;              // framing: chunked, length, close, both
    std::int64_t length_delta = 0;                  // length-delta: what is added to a true Content-Length
    encoding encoded = encoding::none;              // encoding: gzip, deflate, gzip-unlabelled, gzip-label-only
    shape shaped = shape::as_asked;                 // shape: json, sse, empty
    std::string line_end;                           // line-ends: lf, crlf, cr; by default as the vendor does it
    bool comments = false;                          // comments: ": keep-alive" before each event
    bool stamp = false;                             // stamp: ": sent NANOSECONDS" (CLOCK_MONOTONIC) in content events
    bool no_done = false;                           // no-done: leave the vendor's last event out
    bool no_last_blank = false;                     // no-last-blank: leave the last event's blank line out
    std::optional<std::uint64_t> error_event; // error-event: an error event after N content chunks ends the stream
    bool html = false;                        // html: an HTML error page, 502 unless status says otherwise
    bool split_bytes = false;                 // split-bytes: one byte per HTTP chunk
    bool split_utf8 = false;                  // split-utf8: pieces end in the middle of characters
    reuse reused = reuse::allowed;            // refuse-reuse: on (closes when the next request comes), at-once
    bool close = false;                       // close: say Connection: close, and do
    bool early_response = false;              // early-response: answer without reading the body
    bool hundred = false;                     // hundred: a 103 Early Hints first
    std::uint64_t cached_tokens = 0;          // cached-tokens: prompt tokens reported as read from a cache
    std::uint64_t reasoning_tokens = 0;       // reasoning-tokens: added to the output
    std::string key;                          // key: names a series of requests for `times`
    std::uint64_t times = 0;                  // times: only the first N requests of a key get any knob
    std::vector<std::pair<std::string, std::string>> response_headers; // response-header[-N]: "Name: value"

    /// Sets the knob called `name`. Returns an empty text, or what is wrong in one sentence.
    std::string set(std::string_view name, std::string_view value);

    /// True when a plain answer may go out in one write, with nothing to be done to it.
    bool plain_on_the_wire() const;
};

/// The names that `knobs::set` knows, for the command line's help.
std::vector<std::string_view> knob_names();

} // namespace weir::mock
