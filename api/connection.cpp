#include "api/connection.hpp"

#include "api/read_json.hpp"
#include "api/reply_writer.hpp"
#include "api/spooled_body.hpp"
#include "api/write_json.hpp"
#include "net/byte_buffer.hpp"
#include "net/http_message.hpp"
#include "net/nothrow.hpp"
#include "net/text.hpp"

#include <boost/asio/this_coro.hpp>
#include <boost/asio/write.hpp>
#include <boost/json/serialize.hpp>
#include <boost/json/value.hpp>

#include <algorithm>
#include <array>
#include <cerrno>
#include <sys/socket.h>
#include <utility>

namespace asio = boost::asio;

namespace weir::api
{
namespace
{

using boost::system::error_code;
using net::nothrow;
using http_field = boost::beast::http::field;

/// Why a request was not read: it came, but is refused.
error_code const too_large = make_error_code(errc::too_large);
error_code const too_many_bytes = make_error_code(errc::not_ready);

/// What the client is told about a request that could not be read; nothing when it is gone or was too slow.
std::optional<failure> refusal_of(error_code error)
{
    if (error == too_large) return failure(errc::too_large);
    if (error == storage::errc::full) return failure(error, "no space is left for the body");
    if (error == storage::errc::io) return failure(error, "the body cannot be kept");
    if (error == too_many_bytes)
        return failure(errc::not_ready, "too many large bodies are under way at once: try again");
    if (error == net::http_error::header_too_large) return failure(errc::head_too_large);
    if (error == net::http_error::malformed) return invalid("malformed HTTP request");
    return {};
}

page_facts facts_of(net::request_head const& head, boost::beast::tcp_stream& stream)
{
    page_facts facts;
    for (auto const& f : head.fields) {
        if (f.id == http_field::host) facts.hosts.push_back(f.value);
        if (f.id == http_field::origin) facts.origins.push_back(f.value);
        if (net::iequals(f.name, "Sec-Fetch-Site")) facts.fetch_sites.push_back(f.value);
    }

    error_code error;
    auto const local = stream.socket().local_endpoint(error);
    if (error) return facts;
    auto address = local.address();
    if (address.is_v6() && address.to_v6().is_v4_mapped()) // a listener on "::" that was reached by IPv4
        address = asio::ip::make_address_v4(asio::ip::v4_mapped, address.to_v6());
    facts.local_address = address.to_string();
    return facts;
}

/// The key in the reference's other header, which its web page sends: `{"_type":"bearer","token":"…"}`.
std::string token_of_session(net::request_head const& head)
{
    for (auto const& f : head.fields) {
        if (!net::iequals(f.name, "Helicone-Authorization")) continue;
        boost::json::value said;
        if (parse_json(f.value, said, f.name)) return std::string(f.value);
        auto const* const object = said.if_object();
        auto const* const token = object ? object->if_contains("token") : nullptr;
        return token && token->is_string() ? std::string(token->get_string()) : std::string(f.value);
    }
    return {};
}

/// What is to be said of whose a call is, in the head of its request: empty when nothing is.
std::string credential_of(net::request_head const& head, dialect speaks)
{
    if (speaks == dialect::promptlayer)
        for (auto const& f : head.fields)
            if (net::iequals(f.name, "X-API-KEY") && !net::trimmed(f.value).empty())
                return std::string(net::trimmed(f.value));
    auto const authorization = head.find(http_field::authorization).value_or("");
    return authorization.empty() ? token_of_session(head) : std::string(authorization);
}

/// The key in a body of PromptLayer's clients, whose `parsed` is filled then; empty when there is none.
std::string key_in_body(incoming& came)
{
    constexpr std::string_view member = "api_key";
    if (came.body.find(member) == came.body.npos) return {};
    boost::json::value parsed;
    if (parse_json(came.body, parsed, "body")) return {}; // the endpoint says what is wrong with it
    std::string key;
    if (auto const* object = parsed.if_object())
        if (auto const* given = object->if_contains(member); given && !given->is_null())
            key = given->is_string() ? std::string(given->get_string()) : boost::json::serialize(*given);
    came.parsed = std::move(parsed);
    return key;
}

/// The answer to a request for which there is no endpoint. Beyond Helicone's paths, PromptLayer's clients want a
/// message.
reply not_served(std::string_view path, router::match found)
{
    failure const why(found.allow.empty() ? errc::no_route : errc::wrong_method);
    auto made = reply_for(why, found.speaks);
    made.allow = std::move(found.allow);
    if (why.code == errc::no_route && !path.starts_with("/v1/")) {
        made.body.pop_back();
        made.body += R"(,"message":)";
        write_string(text_for(why), made.body);
        made.body += '}';
    }
    return made;
}

/// One request, from its head to its answer.
class exchange
{
public:
    exchange(shared_state& shared, open_connection& client, net::byte_buffer& in)
        : shared_(shared)
        , client_(client)
        , in_(in)
        , parser_(shared.options.max_header_bytes)
    {
    }

    exchange(exchange const&) = delete;
    exchange& operator=(exchange const&) = delete;
    ~exchange() { shared_.body_bytes -= counted_; }

    /// Whether the connection can carry another.
    asio::awaitable<bool> run();

private:
    asio::awaitable<error_code> read_more();
    asio::awaitable<error_code> read_head();
    asio::awaitable<error_code> read_body(endpoint const& asked);
    error_code take(std::string_view piece);
    asio::awaitable<std::optional<reply>> answer();
    std::string base_url();
    asio::awaitable<std::optional<reply>> identify(std::string credential, dialect speaks);
    bool has_client_gone();
    asio::awaitable<std::optional<reply>> carry_out(router::match found, std::string_view query);
    asio::awaitable<void> linger();

    shared_state& shared_;
    open_connection& client_;
    net::byte_buffer& in_;
    net::request_parser parser_;
    std::string body_;
    std::shared_ptr<spooled_body> file_; ///< takes the body in its place
    std::uint64_t received_ = 0;         ///< bytes of the body
    std::uint64_t counted_ = 0;          ///< of those, in shared_.body_bytes
    services with_;                      ///< this call's own
};

asio::awaitable<error_code> exchange::read_more()
{
    auto const [error, n] = co_await client_.stream.async_read_some(in_.prepare(), nothrow);
    in_.commit(n);
    co_return error;
}

asio::awaitable<error_code> exchange::read_head()
{
    client_.stream.expires_after(shared_.options.header_timeout);
    for (error_code error;;) {
        auto const n = parser_.parse_head(in_.data(), error);
        if (error) co_return error;
        if (n > 0) {
            in_.consume(n);
            co_return error;
        }
        error = co_await read_more();
        if (error) co_return error;
    }
}

/// How long a body of this kind may be.
std::uint64_t most_body(kind of, server_options const& options)
{
    constexpr std::uint64_t of_no_interest = 64 * 1024;
    switch (of) {
    case kind::null: return of_no_interest;
    case kind::file: return options.max_upload;
    default: return options.max_body;
    }
}

error_code exchange::take(std::string_view piece)
{
    received_ += piece.size();
    if (file_) {
        auto const kept = file_->append(piece);
        return kept ? error_code() : kept.error();
    }
    body_ += piece;
    shared_.body_bytes += body_.size() - counted_;
    counted_ = body_.size();
    return {};
}

asio::awaitable<error_code> exchange::read_body(endpoint const& asked)
{
    auto const& head = parser_.head();
    auto const expected = body_kind(asked);
    auto const most = most_body(expected, shared_.options);
    if (expected == kind::file) {
        auto made = spooled_body::make(shared_.options.spool_folder);
        if (!made) co_return made.error();
        file_ = std::move(*made);
    }
    client_.stream.expires_after(shared_.options.body_timeout);
    bool is_waiting = head.expects_continue;
    for (error_code error;;) {
        in_.consume(parser_.parse_body(in_.data(), error));
        if (error) co_return error;
        for (auto const piece : parser_.body_pieces())
            if (auto const failed = take(piece)) co_return failed;
        if (shared_.body_bytes > shared_.options.max_bodies) co_return too_many_bytes;
        if (received_ > most || parser_.announced_bytes() > most - received_) co_return too_large;
        if (parser_.is_done()) co_return error;
        if (std::exchange(is_waiting, false)) {
            static constexpr std::string_view go_on = "HTTP/1.1 100 Continue\r\n\r\n";
            auto const [failed, written] = co_await asio::async_write(client_.stream, asio::buffer(go_on), nothrow);
            if (failed) co_return failed;
        }
        error = co_await read_more();
        if (error) co_return error;
    }
}

std::string exchange::base_url()
{
    auto url = shared_.options.public_url;
    while (url.ends_with('/')) url.pop_back();
    if (!url.empty()) return url;
    return "http://" + std::string(parser_.head().find(http_field::host).value_or(""));
}

/// Whether the client has closed its side, behind which nobody waits for an answer.
bool exchange::has_client_gone()
{
    char next = 0;
    auto const n = ::recv(client_.stream.socket().native_handle(), &next, 1, MSG_PEEK | MSG_DONTWAIT);
    return n == 0 || (n < 0 && errno != EAGAIN && errno != EINTR);
}

/// Asks whose call it is. The key is a secret: it goes nowhere else.
asio::awaitable<std::optional<reply>> exchange::identify(std::string credential, dialect speaks)
{
    auto const whose = co_await with_.identify(std::move(credential));
    if (!whose) co_return reply_for(whose.error(), speaks);
    with_.organization = whose->organization;
    with_.permissions = whose->permissions;
    co_return std::nullopt;
}

/// Asks whose call it is, reads its body and runs the handler. Strangers' bodies are not read, but where the key may
/// stand in them.
asio::awaitable<std::optional<reply>> exchange::carry_out(router::match found, std::string_view query)
{
    with_ = shared_.with;
    auto const& head = parser_.head();
    with_.base_url = base_url();
    with_.is_caller_gone = [this] { return has_client_gone(); };
    auto const speaks = found.speaks;
    bool asks_key = !found.is_open && with_.identify;
    auto credential = credential_of(head, speaks);
    if (asks_key && (speaks == dialect::helicone || !credential.empty())) {
        auto refused = co_await identify(std::move(credential), speaks);
        if (refused) co_return refused;
        asks_key = false;
    }
    auto const unread = co_await read_body(*found.found);
    if (unread) {
        auto const why = refusal_of(unread);
        if (!why) co_return std::nullopt;
        co_return reply_for(*why, speaks);
    }
    client_.stream.expires_never(); // a handler has deadlines of its own
    incoming came;
    came.speaks = speaks;
    came.path = std::move(found.path);
    came.query = parse_query(query);
    for (auto const& f : head.fields) came.headers.emplace_back(f.name, f.value);
    came.content_type = std::string(head.find(http_field::content_type).value_or(""));
    came.body = std::move(body_);
    came.file = std::move(file_);
    if (asks_key) {
        auto key = key_in_body(came);
        auto refused = co_await identify(std::move(key), speaks);
        if (refused) co_return refused;
    }
    co_return co_await found.found->run(*found.found, std::move(came), with_);
}

/// What to say, or nothing when nobody listens any more. An exception is a bug, or the end of the server's patience;
/// neither is the client's to read.
asio::awaitable<std::optional<reply>> exchange::answer()
{
    auto const& head = parser_.head();
    auto const question = std::min(head.target.find('?'), head.target.size());
    auto const path = head.target.substr(0, question);
    auto const query = head.target.substr(std::min(question + 1, head.target.size()));
    auto found = shared_.routes.find(head.method, path);
    auto const speaks = found.speaks;
    if (auto const why = shared_.guard.refuses(facts_of(head, client_.stream))) co_return reply_for(*why, speaks);
    if (!found.found) co_return not_served(path, std::move(found));
    auto const& asked = *found.found;
    std::string fault;
    try {
        auto said = co_await carry_out(std::move(found), query);
        if (said && !said->fault.empty())
            shared_.report(std::string(name_of(asked.method)) + " " + std::string(asked.path) + ": " + said->fault);
        co_return said;
    } catch (std::exception const& e) {
        fault = e.what();
    } catch (...) {
        fault = "an exception of unknown type";
    }
    auto const state = co_await asio::this_coro::cancellation_state;
    if (state.cancelled() == asio::cancellation_type::none) // cut off by the server's own end: no fault
        shared_.report(std::string(name_of(asked.method)) + " " + std::string(asked.path) + ": " + fault);
    auto const bug = boost::system::errc::make_error_code(boost::system::errc::state_not_recoverable);
    co_return reply_for(failure(bug), speaks);
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
    auto const error = co_await read_head();
    client_.has_request = true;
    std::optional<reply> said;
    // A method that no endpoint has is answered like one that this path does not have.
    if (!error || error == net::http_error::bad_method)
        said = co_await answer();
    else if (auto const why = refusal_of(error))
        said = reply_for(*why);
    if (!said) co_return false;

    bool const was_read = !error && parser_.is_done();
    bool const keep_alive = was_read && parser_.head().keep_alive && !shared_.draining;
    reply_manner const how{parser_.head().version, parser_.head().method == "HEAD", keep_alive};
    bool const again = co_await send_reply(shared_, client_, std::move(*said), how);
    if (!was_read) co_await linger();
    co_return again;
}

} // namespace

asio::awaitable<void> serve(shared_state& shared, open_connection& client)
{
    net::byte_buffer in;
    for (bool again = true; again && !shared.draining;) {
        client.idle = true;
        client.has_request = false;
        client.waits_since = std::chrono::steady_clock::now();
        if (in.empty()) {
            client.stream.expires_after(shared.options.idle_timeout);
            auto const [error, n] = co_await client.stream.async_read_some(in.prepare(), nothrow);
            if (error) break;
            in.commit(n);
        }
        client.idle = false;
        exchange one(shared, client, in);
        again = co_await one.run();
    }
    client.stream.close();
}

} // namespace weir::api
