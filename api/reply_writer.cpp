#include "api/reply_writer.hpp"

#include "net/nothrow.hpp"

#include <boost/asio/socket_base.hpp>
#include <boost/asio/write.hpp>
#include <boost/beast/http/status.hpp>

#include <array>
#include <cstdio>
#include <string>
#include <string_view>
#include <utility>

namespace asio = boost::asio;
using weir::net::nothrow;

namespace weir::api
{
namespace
{

asio::awaitable<bool> write_buffers(shared_state& shared, open_connection& client,
                                    std::array<asio::const_buffer, 3> what)
{
    client.stream.expires_after(shared.options.write_timeout);
    auto const [failed, n] = co_await asio::async_write(client.stream, what, nothrow);
    co_return !failed;
}

/// All that follows the head. Until the end is written, whatever ends the connection resets it: a client of HTTP/1.0
/// would take its end for the body's.
asio::awaitable<bool> send_pieces(shared_state& shared, open_connection& client, reply what, bool in_chunks)
{
    boost::system::error_code ignored;
    client.stream.socket().set_option(asio::socket_base::linger(true, 0), ignored);
    std::string_view const end = in_chunks ? "\r\n" : "";
    for (auto piece = std::move(what.body); !piece.empty();) {
        std::array<char, 20> size{};
        auto const length = in_chunks ? std::snprintf(size.data(), size.size(), "%zx\r\n", piece.size()) : 0;
        std::array const chunk{asio::const_buffer(size.data(), static_cast<std::size_t>(length)),
                               asio::buffer(std::as_const(piece)), asio::buffer(end)};
        bool const written = co_await write_buffers(shared, client, chunk);
        if (!written) co_return false;
        client.stream.expires_never(); // what makes the next has a deadline of its own
        auto next = co_await what.more();
        if (!next) {
            shared.report("an answer was broken off: " + next.error().message());
            co_return false;
        }
        piece = std::move(*next);
    }
    std::array const last{asio::buffer(std::string_view(in_chunks ? "0\r\n\r\n" : "")), asio::const_buffer(),
                          asio::const_buffer()};
    bool const written = co_await write_buffers(shared, client, last);
    client.stream.socket().set_option(asio::socket_base::linger(false, 0), ignored);
    co_return written;
}

std::string head_of(reply const& what, bool in_chunks, reply_manner how)
{
    auto const reason = boost::beast::http::obsolete_reason(static_cast<boost::beast::http::status>(what.status));
    std::string head = "HTTP/1.1 " + std::to_string(what.status) + " " + std::string(reason) +
                       "\r\nCache-Control: no-store\r\nX-Content-Type-Options: nosniff\r\n";
    if (what.status != 204) {
        head.append("Content-Type: ").append(what.content_type).append("\r\n");
        if (!what.more)
            head.append("Content-Length: ").append(std::to_string(what.body.size())).append("\r\n");
        else if (in_chunks)
            head += "Transfer-Encoding: chunked\r\n";
    }
    if (!what.allow.empty()) head.append("Allow: ").append(what.allow).append("\r\n");
    if (!what.request_id.empty()) head.append("helicone-id: ").append(what.request_id).append("\r\n");
    if (what.status == 401) head += "WWW-Authenticate: Bearer\r\n";
    if (!how.keep_alive)
        head += "Connection: close\r\n";
    else if (how.version < 11)
        head += "Connection: keep-alive\r\n";
    return head + "\r\n";
}

} // namespace

asio::awaitable<bool> send_reply(shared_state& shared, open_connection& client, reply what, reply_manner how)
{
    bool const in_pieces = static_cast<bool>(what.more), in_chunks = in_pieces && how.version >= 11;
    how.keep_alive = how.keep_alive && (!in_pieces || in_chunks);
    auto const head = head_of(what, in_chunks, how);
    bool const head_only = how.to_head || what.status == 204;
    std::array const buffers{asio::buffer(head),
                             head_only || in_pieces ? asio::const_buffer() : asio::buffer(std::as_const(what.body)),
                             asio::const_buffer()};
    bool sent = co_await write_buffers(shared, client, buffers);
    if (sent && in_pieces && !head_only) sent = co_await send_pieces(shared, client, std::move(what), in_chunks);
    bool const again = sent && how.keep_alive;
    co_return again;
}

} // namespace weir::api
