#pragma once

#include "tests/support/sockets.hpp"

#include <optional>
#include <string>
#include <string_view>
#include <vector>

namespace weir::test
{

/// A message as it came over a connection.
struct message {
    std::string head;      ///< with the blank line
    std::string body;      ///< without the chunks' framing
    std::string raw;       ///< the body as it came
    bool complete = false; ///< it ended as its framing says

    std::string first_line() const { return head.substr(0, head.find("\r\n")); }
    unsigned status() const;
    /// The values of all fields of that name, in any case, in order.
    std::vector<std::string> fields(std::string_view name) const;
    /// The value of the only field of that name; empty when there is none, "(several)" when there are.
    std::string field(std::string_view name) const;
    /// The fields, each "name: value", in order.
    std::vector<std::string> lines() const;
};

/// The head only; the body is left to the caller.
message read_head(connection& from);

/// A chunk's content, its framing checked; empty for the last one.
std::string read_chunk(connection& from);

/// A request, whole.
message read_request(connection& from);

/// A response, as far as it comes: `complete` says whether that is all of it. `has_body`: false for the answer to HEAD.
message read_response(connection& from, bool has_body = true);

/// "POST target HTTP/1.1" with a Host, a JSON body and its length. `fields`: whole lines with their ends.
std::string post(std::string_view target, std::string_view body, std::string_view fields = "");
std::string get(std::string_view target, std::string_view fields = "");

/// "HTTP/1.1 200 OK" with a length. `fields` as above.
std::string ok(std::string_view body, std::string_view fields = "Content-Type: application/json\r\n");
/// The head of a chunked stream of events.
std::string_view events_head();
std::string chunk(std::string_view content);
inline constexpr std::string_view last_chunk = "0\r\n\r\n";

} // namespace weir::test
