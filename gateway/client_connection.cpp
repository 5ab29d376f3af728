#include "gateway/client_connection.hpp"

#include "gateway/authorization.hpp"
#include "gateway/browser.hpp"
#include "gateway/call.hpp"
#include "gateway/error_reply.hpp"
#include "log/log.hpp"
#include "net/nothrow.hpp"

#include <boost/asio/buffer.hpp>

#include <exception>

namespace weir::gateway
{

namespace asio = boost::asio;
using boost::system::error_code;
using net::nothrow;

namespace
{

std::string health_response(net::request_head const& head)
{
    std::string_view const body = R"({"status":"ok"})";
    std::string out =
        "HTTP/1.1 200 OK\r\nContent-Type: application/json\r\nContent-Length: " + std::to_string(body.size()) +
        "\r\n\r\n";
    if (head.method != "HEAD") out += body;
    return out;
}

} // namespace

client_connection::client_connection(worker& on, net::stream stream, client_counts::place place,
                                     std::optional<caller> own)
    : on_(on)
    , place_(std::move(place))
    , own_(std::move(own))
    , client_(on.watchdog, std::move(stream))
{
    ++on_.shared.client_connections;
}

client_connection::~client_connection() { --on_.shared.client_connections; }

void client_connection::drain()
{
    if (idle_) client_.stream().cancel();
}

void client_connection::abort()
{
    if (carrying_) carrying_->stop();
    client_.stream().close();
}

asio::awaitable<void> client_connection::run()
{
    std::exception_ptr fault;
    try {
        co_await take_requests();
    } catch (...) {
        fault = std::current_exception();
    }
    carrying_ = nullptr;
    if (!fault && client_.stream().socket().is_open()) co_await client_.linger();
    client_.stream().close();
    co_await client_.settle(); // a read under way must end before this object does
    if (fault) std::rethrow_exception(fault);
}

asio::awaitable<void> client_connection::take_requests()
{
    bool keep = true;
    if (on_.shared.client_tls && !own_) keep = co_await handshake(*on_.shared.client_tls);
    while (keep && !on_.draining) {
        net::request_parser parser(static_cast<std::uint32_t>(on_.live->values.gateway.max_header_bytes.bytes));
        bool const complete = co_await read_head(parser);
        if (!complete) break;
        auto const& head = parser.head();
        if (head.target == "/healthz") {
            keep = co_await answer_itself(parser, health_response(head));
        } else if (is_preflight(head) && !is_foreign_page(head, on_.live->values.gateway.allowed_origins)) {
            keep = co_await answer_itself(parser, preflight_response(head));
        } else {
            auto who = own_.value_or(caller{});
            refusal unauthorized;
            if (!own_) unauthorized = authorize(head, on_.keys, on_.shared.settings.auth.required, who);
            if (unauthorized) {
                keep = co_await refuse(parser, unauthorized);
                continue;
            }
            auto const logged = provider_of_log_path(head.target.substr(0, head.target.find('?')));
            if (logged && head.method == "POST") {
                submission what{.who = std::move(who), .provider = std::string(*logged), .fields = {}, .json = {}};
                keep = co_await take_log(parser, std::move(what));
                continue;
            }
            call c(on_, client_, parser, std::move(who));
            carrying_ = &c;
            std::exception_ptr fault;
            try {
                keep = co_await c.run();
            } catch (...) {
                fault = std::current_exception();
            }
            if (fault) keep = co_await c.fail(fault);
            carrying_ = nullptr;
        }
    }
}

/// Agrees on TLS. The time for it is that of a head, from the connection's beginning. A client that speaks plain HTTP
/// is told so, without TLS.
asio::awaitable<bool> client_connection::handshake(tls_server& tls)
{
    client_.deadline.after(on_.live->values.gateway.header_timeout);
    auto& stream = client_.stream();
    auto [error] = co_await stream.socket().async_wait(asio::socket_base::wait_read, nothrow);
    if (!error && tls_server::speaks_plain_http(stream)) {
        co_await answer_bad_head(asio::error::no_protocol_option);
        co_return false;
    }
    if (!error) {
        auto& layer = tls.prepare(stream);
        auto const [failed] = co_await layer.async_handshake(asio::ssl::stream_base::server, nothrow);
        error = failed;
    }
    client_.deadline.off();
    if (!error) co_return true;
    on_.shared.failed_handshakes.add();
    log::debug("a client's TLS handshake failed", {{"reason", error.message()}});
    stream.close();
    co_return false;
}

/// Reads until a head is complete; answers one that is not good, and says that the connection ends.
asio::awaitable<bool> client_connection::read_head(net::request_parser& parser)
{
    auto const live = on_.live;
    auto const& settings = live->values.gateway;
    idle_ = client_.in.empty();
    client_.deadline.after(idle_ ? settings.keep_alive_timeout : settings.header_timeout);
    error_code error;
    while (!error) {
        if (!client_.in.empty()) {
            auto const n = parser.parse_head(client_.in.data(), error);
            if (n > 0 && !error) {
                client_.deadline.off();
                client_.in.consume(n);
                co_return true;
            }
            if (error) break;
        }
        error = co_await client_.read_more();
        // From the first byte on, the whole head has a deadline: trickling bytes does not extend it.
        if (idle_ && !client_.in.empty()) client_.deadline.after(settings.header_timeout);
        if (!client_.in.empty()) idle_ = false;
    }
    idle_ = false;
    bool const late = client_.deadline.fired();
    client_.deadline.off();
    if (error.category() == net::make_error_code(net::http_error::malformed).category())
        co_await answer_bad_head(error);
    else if (late && !client_.in.empty())
        co_await answer_bad_head(asio::error::timed_out);
    else
        co_await client_.end(); // gone, or idle for long: nobody waits for an answer
    co_return false;
}

asio::awaitable<void> client_connection::answer_bad_head(error_code error)
{
    refusal why{errc::malformed_request, "the request is not well-formed HTTP/1.1"};
    if (error == net::http_error::header_too_large)
        why = {errc::header_too_large, "the request's head is larger than gateway.max_header_bytes"};
    else if (error == net::http_error::bad_method)
        why = {errc::unsupported_method, "the method is none that a provider's API uses"};
    else if (error == asio::error::timed_out)
        why = {errc::request_timeout, "the request's head did not come in time (gateway.header_timeout)"};
    else if (error == asio::error::no_protocol_option)
        why = {errc::malformed_request, "this port speaks TLS: call it with https"};
    auto const id = storage::public_id(on_.shared.ids.next(std::chrono::system_clock::now()), on_.random());
    auto const answer = error_response(why, {.request_id = id.text(), .closes = true});
    client_.deadline.after(on_.live->values.gateway.idle_timeout);
    static_cast<void>(co_await client_.write(asio::buffer(answer)));
    client_.deadline.off();
}

/// Answers a request that is no call, whose body, if any, is of no interest.
asio::awaitable<bool> client_connection::answer_itself(net::request_parser& parser, std::string text)
{
    bool const keep = pass_over_body(parser);
    co_return co_await answer(std::move(text), keep);
}

/// Answers a request that may not become a call: nothing of it is recorded, only its kind counted.
asio::awaitable<bool> client_connection::refuse(net::request_parser& parser, refusal why)
{
    on_.shared.unauthorized.add();
    auto const& head = parser.head();
    bool const keep = pass_over_body(parser) && !on_.draining;
    auto const id = storage::public_id(on_.shared.ids.next(std::chrono::system_clock::now()), on_.random());
    route meant; // for the shape that the client's SDK expects
    static_cast<void>(on_.live->routes.find(head, meant));
    error_form form{
        .format = meant.format, .request_id = id.text(), .closes = !keep, .head_only = head.method == "HEAD"};
    if (!is_foreign_page(head, on_.live->values.gateway.allowed_origins)) form.extra_fields = cross_origin_fields(head);
    co_return co_await answer(error_response(why, form), keep);
}

/// Drops what has come of a request's body. Returns whether the next request begins behind it.
bool client_connection::pass_over_body(net::request_parser& parser)
{
    error_code malformed;
    client_.in.consume(parser.parse_body(client_.in.data(), malformed));
    return parser.is_done() && !malformed && parser.head().keep_alive;
}

asio::awaitable<bool> client_connection::answer(std::string text, bool keep)
{
    client_.deadline.after(on_.live->values.gateway.idle_timeout);
    auto const error = co_await client_.write(asio::buffer(text));
    client_.deadline.off();
    co_return keep && !error;
}

} // namespace weir::gateway
