#include "gateway/upstream/connector.hpp"

#include "net/address.hpp"
#include "net/http_message.hpp"
#include "net/nothrow.hpp"

#include <boost/asio/write.hpp>

#include <algorithm>

namespace weir::gateway
{

namespace asio = boost::asio;
using net::nothrow;

namespace
{

/// A proxy's answer to CONNECT has no business being longer.
constexpr std::uint32_t most_proxy_head = 16 * 1024;

refusal unreachable(net::origin const& to, std::string_view why)
{
    return {errc::upstream_unreachable, "cannot reach " + to.text() + ": " + std::string(why)};
}

} // namespace

addresses allowed_addresses(addresses found, bool any_address)
{
    if (!any_address) std::erase_if(found, [](asio::ip::address const& a) { return !net::is_public(a); });
    return found;
}

connect_attempt::connect_attempt(connect_context& with)
    : with_(with)
    , whole_(
          with.watchdog, [](void* self) { static_cast<connect_attempt*>(self)->cancel(); }, this)
    , one_address_(
          with.watchdog,
          [](void* self) {
              auto* const me = static_cast<connect_attempt*>(self);
              if (me->stream_) me->stream_->cancel();
          },
          this)
{
}

void connect_attempt::cancel()
{
    cancelled_ = true;
    if (stream_)
        stream_->cancel();
    else
        wait_.answered.set_later();
}

asio::awaitable<std::unique_ptr<upstream_connection>> connect_attempt::run(net::origin to, bool any_address,
                                                                           net::clock::time_point until, refusal& why)
{
    auto load = with_.load.open(to);
    if (!load) {
        why = {errc::overloaded, "too many connections to " + to.text() + " (gateway.max_upstream_connections)"};
        co_return nullptr;
    }
    auto connection =
        std::make_unique<upstream_connection>(net::stream(net::stream::socket_type(with_.io)), to, std::move(load));
    whole_.at(until);

    bool const proxied = with_.proxy.applies_to(to);
    auto const first_hop = proxied ? with_.proxy.proxy() : to;
    bool const unchecked = any_address || proxied; // the proxy connects, and is the operator's own choice
    bool good = co_await connect_tcp(connection->stream, first_hop, unchecked, until, why);
    stream_ = &connection->stream;
    if (good) connection->stream.set_usual_options();
    if (good && proxied) good = co_await connect_proxy(*connection, why);
    if (good && to.tls) good = co_await handshake(*connection, why);
    stream_ = nullptr;
    if (!good && whole_.fired()) why = unreachable(to, "no connection within gateway.connect_timeout");
    whole_.off();
    if (!good) co_return nullptr;
    co_return connection;
}

asio::awaitable<bool> connect_attempt::connect_tcp(net::stream& stream, net::origin const& to, bool any_address,
                                                   net::clock::time_point until, refusal& why)
{
    std::string problem;
    auto candidates = co_await with_.names.resolve(to.host, wait_, problem);
    if (cancelled_ || candidates.empty()) {
        why = unreachable(to, problem.empty() ? "the host has no address" : problem);
        co_return false;
    }
    candidates = allowed_addresses(std::move(candidates), any_address);
    if (candidates.empty()) {
        why = {errc::target_not_allowed, "the target " + to.text() +
                                             " has only private addresses; the operator can "
                                             "allow it as an origin in gateway.allowed_targets"};
        co_return false;
    }
    stream_ = &stream;
    std::string last = "no address";
    for (std::size_t i = 0; i < candidates.size() && !cancelled_; ++i) {
        auto const left = until - net::clock::now();
        one_address_.after(left / static_cast<int>(candidates.size() - i));
        stream.close();
        asio::ip::tcp::endpoint const endpoint(candidates[i], to.port);
        auto const [error] = co_await stream.socket().async_connect(endpoint, nothrow);
        one_address_.off();
        if (!error) co_return true;
        last = candidates[i].to_string() + ": " + error.message();
    }
    why = unreachable(to, last);
    co_return false;
}

asio::awaitable<bool> connect_attempt::connect_proxy(upstream_connection& connection, refusal& why)
{
    auto const authority =
        (connection.to.host.find(':') == std::string::npos ? connection.to.host : "[" + connection.to.host + "]") +
        ":" + std::to_string(connection.to.port);
    std::string request = "CONNECT " + authority + " HTTP/1.1\r\nHost: " + authority + "\r\n";
    if (!with_.proxy.authorization().empty()) request += "Proxy-Authorization: " + with_.proxy.authorization() + "\r\n";
    request += "\r\n";
    auto const [write_error, written] = co_await asio::async_write(connection.stream, asio::buffer(request), nothrow);
    if (write_error) {
        why = unreachable(connection.to, "the proxy ended the connection");
        co_return false;
    }
    net::response_parser parser(most_proxy_head);
    parser.expect_no_body();
    for (;;) {
        auto const [read_error, n] = co_await connection.stream.async_read_some(connection.in.prepare(), nothrow);
        boost::system::error_code malformed;
        if (!read_error) connection.in.commit(n);
        auto const head = read_error ? 0 : parser.parse_head(connection.in.data(), malformed);
        if (read_error || malformed) {
            why = unreachable(connection.to, "the proxy did not answer CONNECT");
            co_return false;
        }
        if (head == 0) continue;
        connection.in.consume(head);
        if (parser.head().status / 100 == 2 && connection.in.empty()) co_return true;
        why = unreachable(connection.to, "the proxy answered CONNECT with " + std::to_string(parser.head().status));
        co_return false;
    }
}

asio::awaitable<bool> connect_attempt::handshake(upstream_connection& connection, refusal& why)
{
    auto& tls = with_.tls.prepare(connection.stream, connection.to.host, with_.sessions[connection.to]);
    auto const [error] = co_await tls.async_handshake(asio::ssl::stream_base::client, nothrow);
    if (!error) co_return true;
    auto const refused = tls_client::verification_error(tls);
    why = unreachable(connection.to,
                      refused.empty() ? "TLS: " + error.message() : "its certificate is not trusted: " + refused);
    co_return false;
}

} // namespace weir::gateway
