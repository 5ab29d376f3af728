#pragma once

#include "mock/knobs.hpp"
#include "mock/request.hpp"

#include <boost/json/object.hpp>

#include <cstdint>
#include <functional>
#include <optional>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

namespace weir::mock
{

/// The pieces of a streamed body, in the order of their fields. Each piece is a whole event with its line ends as `\n`.
struct event_stream {
    std::vector<std::string> before;
    std::uint64_t count = 0;                           // of content chunks
    std::function<std::string(std::uint64_t)> content; // the chunk of that index, counted from 0
    std::vector<std::string> after;
    std::string last;  // what tells the client that it has everything; may be empty
    std::string error; // what stands for the rest when the stream fails
    bool is_sse = true;
    std::string line_end = "\n"; // the vendor's own
};

/// What is sent back: a body, possibly filled up to a size, or a stream.
struct answer {
    unsigned status = 200;
    std::string content_type = "application/json";
    std::vector<std::pair<std::string, std::string>> headers;
    std::string body;
    std::uint64_t fill_bytes = 0; // so many made-up bytes are sent between body[0, fill_at) and the rest
    std::size_t fill_at = 0;
    char filler = 'x'; // 0: binary, the bytes of `binary_block` over and over
    std::optional<event_stream> stream;
};

/// Stands in an answer's text where the knob `body-bytes` puts its filling.
inline constexpr std::string_view fill_mark = "~~fill-mark~~";

/// 64 KiB in which byte i is `(i * 131 + i / 256) % 256`: what binary answers consist of.
std::string const& binary_block();

/// `{"…":…}` with status 200.
answer json_answer(boost::json::object const& body);

/// A binary answer of `bytes` bytes.
answer binary_answer(std::string content_type, std::uint64_t bytes);

/// A stream of server-sent events.
answer stream_answer(event_stream stream);

/// An error as the vendor words it. An empty message becomes one that fits the status.
answer error_answer(vendor of, unsigned status, std::string_view message);

/// The JSON of the vendor's error body.
boost::json::object error_body(vendor of, unsigned status, std::string_view message);

/// `event: NAME\ndata: DATA\n\n`; without a name only the data line.
std::string sse(std::string_view name, std::string_view data);

/// `text` as a JSON string with its quotes.
std::string quoted(std::string_view text);

/// `PREFIX` and 16 hex digits that depend on `seed` alone, so that the same question gets the same answer.
std::string stable_id(std::string_view prefix, std::string_view seed);

/// The reason phrase of a status.
std::string_view reason_phrase(unsigned status);

/// The `created` of every answer, in Unix seconds.
inline constexpr std::int64_t created_at = 1767225600;

} // namespace weir::mock
