#include "api/connection.hpp"

#include "net/text.hpp"

#include <boost/asio/as_tuple.hpp>
#include <boost/asio/this_coro.hpp>
#include <boost/asio/use_awaitable.hpp>
#include <boost/asio/write.hpp>
#include <boost/beast/core/flat_buffer.hpp>
#include <boost/beast/http/message.hpp>
#include <boost/beast/http/parser.hpp>
#include <boost/beast/http/read.hpp>
#include <boost/beast/http/serializer.hpp>
#include <boost/beast/http/string_body.hpp>
#include <boost/beast/http/write.hpp>

#include <algorithm>
#include <array>

namespace asio = boost::asio;
namespace beast = boost::beast;
namespace http = boost::beast::http;

namespace weir::api
{
namespace
{

constexpr auto nothrow = asio::as_tuple(asio::use_awaitable);
using error_code = boost::system::error_code;
using request_parser = http::request_parser<http::string_body>;

bool is_http_error(error_code error)
{
    static error_code const any = http::make_error_code(http::error::bad_method);
    return error.category() == any.category();
}

/// What the client is told about bytes that are no request; nothing when it is gone or was too slow.
std::optional<failure> refusal_of(error_code error)
{
    if (error == http::error::end_of_stream || error == http::error::partial_message) return {};
    if (error == http::error::header_limit || error == http::error::buffer_overflow)
        return failure(errc::head_too_large);
    if (error == http::error::body_limit) return failure(errc::too_large);
    if (is_http_error(error)) return invalid("malformed HTTP request");
    return {};
}

/// A target in its parts: `/path?query`, or the same after `http://authority` (RFC 9112 section 3.2.2).
struct target_parts {
    std::string_view authority, path, query;
};

target_parts split(std::string_view target)
{
    target_parts parts;
    for (std::string_view const scheme : {"http://", "https://"})
        if (net::istarts_with(target, scheme)) {
            target.remove_prefix(scheme.size());
            parts.authority = target.substr(0, target.find_first_of("/?"));
            target.remove_prefix(parts.authority.size());
            break;
        }
    auto const question = target.find('?');
    parts.path = target.substr(0, question);
    if (question != target.npos) parts.query = target.substr(question + 1);
    return parts;
}

page_facts facts_of(http::fields const& fields, std::string_view authority, beast::tcp_stream& stream)
{
    page_facts facts;
    auto const collect = [&fields](http::field name, std::vector<std::string_view>& into) {
        auto const [begin, end] = fields.equal_range(name);
        for (auto at = begin; at != end; ++at) into.push_back(at->value());
    };
    collect(http::field::host, facts.hosts);
    collect(http::field::origin, facts.origins);
    auto const [begin, end] = fields.equal_range("Sec-Fetch-Site");
    for (auto at = begin; at != end; ++at) facts.fetch_sites.push_back(at->value());
    if (!authority.empty()) facts.hosts.assign(1, authority);

    error_code error;
    auto const local = stream.socket().local_endpoint(error);
    if (error) return facts;
    auto address = local.address();
    if (address.is_v6() && address.to_v6().is_v4_mapped()) // a listener on "::" that was reached by IPv4
        address = asio::ip::make_address_v4(asio::ip::v4_mapped, address.to_v6());
    facts.local_address = address.to_string();
    return facts;
}

/// One request, from its head to its answer.
class exchange
{
public:
    exchange(shared_state& shared, open_connection& client, beast::flat_buffer& buffer)
        : shared_(shared)
        , client_(client)
        , buffer_(buffer)
    {
        parser_.header_limit(shared.options.max_header_bytes);
        parser_.body_limit(shared.options.max_body);
    }

    /// Whether the connection can carry another.
    asio::awaitable<bool> run();

private:
    asio::awaitable<std::optional<reply>> answer();
    asio::awaitable<std::optional<reply>> carry_out(router::match found, target_parts parts);
    asio::awaitable<error_code> read_body();
    asio::awaitable<bool> send(reply what, bool keep_alive);
    asio::awaitable<void> linger();

    shared_state& shared_;
    open_connection& client_;
    beast::flat_buffer& buffer_;
    request_parser parser_;
    services with_; ///< this call's own
};

asio::awaitable<error_code> exchange::read_body()
{
    if (parser_.is_done()) co_return error_code();
    client_.stream.expires_after(shared_.options.body_timeout);
    if (beast::iequals(parser_.get()[http::field::expect], "100-continue")) {
        static constexpr std::string_view go_on = "HTTP/1.1 100 Continue\r\n\r\n";
        auto const [error, written] = co_await asio::async_write(client_.stream, asio::buffer(go_on), nothrow);
        if (error) co_return error;
    }
    auto const [error, size] = co_await http::async_read(client_.stream, buffer_, parser_, nothrow);
    co_return error;
}

/// Asks whose call it is, reads its body and runs the handler. Strangers' bodies are not read.
asio::awaitable<std::optional<reply>> exchange::carry_out(router::match found, target_parts parts)
{
    with_ = shared_.with;
    auto& message = parser_.get();
    if (!found.is_open && with_.identify) {
        auto const whose = co_await with_.identify(std::string(message[http::field::authorization]));
        if (!whose) co_return reply_for(whose.error());
        with_.organization = *whose;
    }
    auto const unread = co_await read_body();
    if (unread) {
        auto const why = refusal_of(unread);
        if (!why) co_return std::nullopt;
        co_return reply_for(*why);
    }
    client_.stream.expires_never(); // a handler has deadlines of its own
    incoming came;
    came.path = std::move(found.path);
    came.query = parse_query(parts.query);
    came.content_type = std::string(message[http::field::content_type]);
    came.body = std::move(message.body());
    co_return co_await found.found->run(*found.found, std::move(came), with_);
}

/// What to say, or nothing when nobody listens any more. An exception is a bug, or the end of the server's patience;
/// neither is the client's to read.
asio::awaitable<std::optional<reply>> exchange::answer()
{
    auto const& message = parser_.get();
    auto const parts = split(message.target());
    if (auto const why = shared_.guard.refuses(facts_of(message, parts.authority, client_.stream)))
        co_return reply_for(*why);

    auto found = shared_.routes.find(message.method_string(), parts.path);
    if (!found.found) {
        auto made = reply_for(failure(found.allow.empty() ? errc::no_route : errc::wrong_method));
        made.allow = std::move(found.allow);
        co_return made;
    }
    auto const& asked = *found.found;
    std::string fault;
    try {
        co_return co_await carry_out(std::move(found), parts);
    } catch (std::exception const& e) {
        fault = e.what();
    } catch (...) {
        fault = "an exception of unknown type";
    }
    auto const state = co_await asio::this_coro::cancellation_state;
    if (state.cancelled() == asio::cancellation_type::none) // cut off by the server's own end: no fault
        shared_.report(std::string(name_of(asked.method)) + " " + std::string(asked.path) + ": " + fault);
    co_return reply_for(failure(boost::system::errc::make_error_code(boost::system::errc::state_not_recoverable)));
}

asio::awaitable<bool> exchange::send(reply what, bool keep_alive)
{
    http::response<http::string_body> message;
    message.version(11);
    message.result(static_cast<unsigned>(what.status));
    message.set(http::field::cache_control, "no-store");
    message.set("X-Content-Type-Options", "nosniff");
    if (what.status != 204) message.set(http::field::content_type, what.content_type);
    if (!what.allow.empty()) message.set(http::field::allow, what.allow);
    if (what.status == 401) message.set(http::field::www_authenticate, "Bearer");
    message.keep_alive(keep_alive);
    message.body() = std::move(what.body);
    if (what.status != 204) message.content_length(message.body().size());

    http::response_serializer<http::string_body> serializer(message);
    client_.stream.expires_after(shared_.options.write_timeout);
    error_code failed;
    if (parser_.get().method() == http::verb::head) { // the head of the answer that GET would get
        auto const [error, size] = co_await http::async_write_header(client_.stream, serializer, nothrow);
        failed = error;
    } else {
        auto const [error, size] = co_await http::async_write(client_.stream, serializer, nothrow);
        failed = error;
    }
    co_return !failed && keep_alive;
}

/// Closes so that an answer given before the body was read arrives: a socket closed over unread bytes resets the
/// connection, and the reset may overtake the answer.
asio::awaitable<void> exchange::linger()
{
    constexpr std::chrono::seconds patience(2);
    constexpr std::size_t most = 4 * 1024 * 1024;
    error_code ignored;
    client_.stream.socket().shutdown(asio::ip::tcp::socket::shutdown_send, ignored);
    client_.stream.expires_after(patience);
    std::array<char, 16 * 1024> discarded;
    for (std::size_t total = 0; total < most;) {
        auto const [error, n] = co_await client_.stream.async_read_some(asio::buffer(discarded), nothrow);
        if (error) co_return;
        total += n;
    }
}

asio::awaitable<bool> exchange::run()
{
    client_.stream.expires_after(shared_.options.header_timeout);
    auto const [error, size] = co_await http::async_read_header(client_.stream, buffer_, parser_, nothrow);
    std::optional<reply> said;
    if (error) {
        if (auto const why = refusal_of(error)) said = reply_for(*why);
    } else if (auto const version = parser_.get().version(); version != 10 && version != 11) {
        said = reply_for(invalid("malformed HTTP request"));
    } else {
        said = co_await answer();
    }
    if (!said) co_return false;

    bool const was_read = !error && parser_.is_done();
    bool const keep_alive = was_read && parser_.get().keep_alive() && !shared_.draining;
    bool const again = co_await send(std::move(*said), keep_alive);
    if (!was_read) co_await linger();
    co_return again;
}

} // namespace

asio::awaitable<void> serve(shared_state& shared, open_connection& client)
{
    // A head must fit as a whole; bodies pass through what is left.
    beast::flat_buffer buffer(shared.options.max_header_bytes + 16 * 1024);
    for (bool again = true; again && !shared.draining;) {
        client.idle = true;
        if (buffer.size() == 0) {
            client.stream.expires_after(shared.options.idle_timeout);
            auto const [error, n] = co_await client.stream.async_read_some(buffer.prepare(8 * 1024), nothrow);
            if (error) break;
            buffer.commit(n);
        }
        client.idle = false;
        exchange one(shared, client, buffer);
        again = co_await one.run();
    }
    client.stream.close();
}

} // namespace weir::api
