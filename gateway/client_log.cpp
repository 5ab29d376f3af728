// What a client logs by hand of a call that weir did not carry.
#include "gateway/browser.hpp"
#include "gateway/client_connection.hpp"
#include "gateway/error_reply.hpp"

#include <boost/asio/buffer.hpp>

namespace weir::gateway
{

namespace asio = boost::asio;
using boost::system::error_code;

namespace
{

refusal malformed(std::string_view why) { return {errc::malformed_request, std::string(why)}; }

refusal too_large() { return {errc::request_too_large, "the body of a log is larger than 10 MiB"}; }

refusal no_memory() { return {errc::overloaded, "there is no memory for the body (gateway.max_capture_memory)"}; }

refusal late() { return {errc::request_timeout, "the request body stopped coming (gateway.idle_timeout)"}; }

/// What can be said against a log by its head alone.
refusal why_not(net::request_head const& head, std::vector<std::string> const& allowed_origins)
{
    if (is_foreign_page(head, allowed_origins))
        return {errc::origin_not_allowed, "web pages of this origin may not log calls: the operator can allow it in "
                                          "gateway.allowed_origins"};
    if (head.content_length.value_or(0) > call_log::most_bytes) return too_large();
    if (head.find(boost::beast::http::field::content_encoding))
        return malformed("the body of a log must come without a Content-Encoding");
    return {};
}

std::string ok_response(storage::uuid const& id, std::string const& more_fields)
{
    return "HTTP/1.1 200 OK\r\nContent-Type: text/plain; charset=utf-8\r\nContent-Length: 2\r\nhelicone-id: " +
           id.text() + "\r\n" + more_fields + "\r\nok";
}

} // namespace

/// Takes in the body of a log, whose memory counts as that of captures.
asio::awaitable<refusal> client_connection::read_log(net::request_parser& parser, capture& body)
{
    auto const patience = on_.live->values.gateway.idle_timeout;
    body.begin("application/json", "", call_log::most_bytes + 1);
    if (parser.head().expects_continue) {
        std::string_view const go_on = "HTTP/1.1 100 Continue\r\n\r\n";
        client_.deadline.after(patience);
        static_cast<void>(co_await client_.write(asio::buffer(go_on)));
    }
    for (;;) {
        error_code error;
        auto const n = parser.parse_body(client_.in.data(), error);
        for (auto const piece : parser.body_pieces()) body.add(piece, 0);
        client_.in.consume(n);
        if (error) co_return malformed("the request body is not framed as HTTP/1.1 says");
        if (body.total_bytes() > call_log::most_bytes) co_return too_large();
        if (body.is_refused()) co_return no_memory();
        if (parser.is_done()) co_return refusal();
        client_.deadline.after(patience);
        error = co_await client_.read_more();
        if (error) co_return late();
    }
}

/// Answers a request at one of the paths for logs, and says whether the connection can take another.
asio::awaitable<bool> client_connection::take_log(net::request_parser& parser, submission what)
{
    auto const& head = parser.head();
    auto const live = on_.live;
    auto why = why_not(head, live->values.gateway.allowed_origins);
    auto const more_fields = why.code == errc::origin_not_allowed ? std::string() : cross_origin_fields(head);
    if (!why) {
        capture body(on_.shared.captures);
        why = co_await read_log(parser, body);
        client_.deadline.off();
        what.json = body.take_text();
    }
    auto id = storage::public_id(on_.shared.ids.next(std::chrono::system_clock::now()), on_.random());
    if (!why) {
        for (auto const& f : head.fields) what.fields.emplace_back(f.name, f.value);
        auto const taken = co_await on_.shared.log.take(std::move(what));
        if (taken)
            id = *taken;
        else
            why = taken.error();
    }
    bool const keep = parser.is_done() && head.keep_alive && !on_.draining;
    if (!why) co_return co_await answer(ok_response(id, more_fields), keep);
    error_form const form{.request_id = id.text(), .extra_fields = more_fields, .closes = !keep};
    co_return co_await answer(error_response(why, form), keep);
}

} // namespace weir::gateway
