#include "tests/support/http.hpp"

#include <algorithm>
#include <charconv>
#include <cstdlib>
#include <strings.h>

namespace weir::test
{
namespace
{

bool same_name(std::string_view a, std::string_view b)
{
    return a.size() == b.size() && ::strncasecmp(a.data(), b.data(), a.size()) == 0;
}

/// Reads the body by its framing; leaves `complete` false when the connection ends before.
void read_body(connection& from, message& to, bool until_end)
{
    try {
        if (same_name(to.field("Transfer-Encoding"), "chunked")) {
            for (;;) {
                auto const line = from.read_until("\r\n");
                to.raw += line;
                auto const size = std::strtoull(line.c_str(), nullptr, 16);
                if (size == 0) {
                    to.raw += from.read_until("\r\n");
                    break;
                }
                // Piece by piece, so that what came before a cut is there.
                std::string chunk;
                while (chunk.size() < size) {
                    if (from.received().empty() && !from.read_more()) throw std::runtime_error("cut");
                    auto const piece =
                        from.read_exactly(std::min<std::size_t>(size - chunk.size(), from.received().size()));
                    chunk += piece;
                    to.raw += piece;
                    to.body += piece;
                }
                to.raw += from.read_exactly(2);
            }
        } else if (auto const length = to.field("Content-Length"); !length.empty()) {
            auto left = std::strtoull(length.c_str(), nullptr, 10);
            while (left > 0) {
                if (from.received().empty() && !from.read_more()) throw std::runtime_error("cut");
                auto const piece = from.read_exactly(std::min<std::size_t>(left, from.received().size()));
                left -= piece.size();
                to.body += piece;
            }
            to.raw = to.body;
        } else if (until_end) {
            to.raw = to.body = from.read_to_end();
            if (from.was_reset()) return;
        }
        to.complete = true;
    } catch (late const&) {
        throw;
    } catch (std::runtime_error const&) {
        to.complete = false;
    }
}

} // namespace

unsigned message::status() const
{
    return head.starts_with("HTTP/1.") && head.size() > 12 ? static_cast<unsigned>(std::atoi(head.c_str() + 9)) : 0;
}

std::vector<std::string> message::lines() const
{
    std::vector<std::string> all;
    auto at = head.find("\r\n") + 2;
    while (at < head.size()) {
        auto const end = head.find("\r\n", at);
        if (end == at || end == std::string::npos) break;
        all.push_back(head.substr(at, end - at));
        at = end + 2;
    }
    return all;
}

std::vector<std::string> message::fields(std::string_view name) const
{
    std::vector<std::string> values;
    for (auto const& line : lines()) {
        auto const colon = line.find(':');
        if (!same_name(std::string_view(line).substr(0, colon), name)) continue;
        auto const begin = line.find_first_not_of(" \t", colon + 1);
        values.push_back(begin == std::string::npos ? "" : line.substr(begin));
    }
    return values;
}

std::string message::field(std::string_view name) const
{
    auto const all = fields(name);
    return all.empty() ? "" : all.size() > 1 ? "(several)" : all.front();
}

message read_head(connection& from)
{
    message m;
    m.head = from.read_until("\r\n\r\n");
    return m;
}

std::string read_chunk(connection& from)
{
    auto const line = from.read_until("\r\n");
    auto const size = std::strtoull(line.c_str(), nullptr, 16);
    auto const content = from.read_exactly(size);
    if (from.read_exactly(2) != "\r\n") throw std::runtime_error("a chunk without its end");
    return content;
}

message read_request(connection& from)
{
    auto m = read_head(from);
    read_body(from, m, false);
    return m;
}

message read_response(connection& from, bool has_body)
{
    auto m = read_head(from);
    auto const status = m.status();
    if (!has_body || status / 100 == 1 || status == 204 || status == 304)
        m.complete = true;
    else
        read_body(from, m, true);
    return m;
}

std::string post(std::string_view target, std::string_view body, std::string_view fields)
{
    return "POST " + std::string(target) + " HTTP/1.1\r\nHost: weir.test\r\nContent-Type: application/json\r\n" +
           std::string(fields) + "Content-Length: " + std::to_string(body.size()) + "\r\n\r\n" + std::string(body);
}

std::string get(std::string_view target, std::string_view fields)
{
    return "GET " + std::string(target) + " HTTP/1.1\r\nHost: weir.test\r\n" + std::string(fields) + "\r\n";
}

std::string ok(std::string_view body, std::string_view fields)
{
    return "HTTP/1.1 200 OK\r\n" + std::string(fields) + "Content-Length: " + std::to_string(body.size()) + "\r\n\r\n" +
           std::string(body);
}

std::string_view events_head()
{
    return "HTTP/1.1 200 OK\r\nContent-Type: text/event-stream\r\nTransfer-Encoding: chunked\r\n\r\n";
}

std::string chunk(std::string_view content)
{
    char digits[20];
    auto const end = std::to_chars(digits, digits + sizeof digits, content.size(), 16).ptr;
    return std::string(digits, end) + "\r\n" + std::string(content) + "\r\n";
}

} // namespace weir::test
