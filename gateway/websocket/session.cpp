#include "gateway/websocket/session.hpp"

#include "net/nothrow.hpp"
#include "net/text.hpp"

#include <boost/asio/co_spawn.hpp>
#include <boost/asio/error.hpp>
#include <boost/asio/write.hpp>

#include <algorithm>
#include <exception>

namespace weir::gateway::websocket
{

namespace asio = boost::asio;
using boost::system::error_code;
using net::nothrow;

namespace
{

std::string told(std::string_view who, close_message const& closed)
{
    auto const reason = net::clean_text(closed.reason);
    return std::string(who) + " closed the websocket with code " + std::to_string(closed.code) +
           (reason.empty() ? "" : ": " + reason);
}

} // namespace

session::session(worker& on, client_stream& client, upstream_connection& provider, exchange& record, options how)
    : on_(on)
    , client_(client)
    , provider_(provider)
    , record_(record)
    , how_(std::move(how))
    , events_(how_.provider)
    , from_client_(side::client)
    , from_provider_(side::server)
    , silence_(
          on.watchdog, [](void* self) { static_cast<session*>(self)->fell_silent(); }, this)
    , to_client_(
          on.watchdog, [](void* self) { static_cast<session*>(self)->give_up(ending::client_stuck); }, this)
    , to_provider_(
          on.watchdog, [](void* self) { static_cast<session*>(self)->give_up(ending::provider_stuck); }, this)
{
    ++on_.shared.websockets;
    if (!how_.is_recorded) return;
    from_client_.keep_texts(record.request);
    from_provider_.keep_texts(record.response);
    from_provider_.read_events(events_, on.shared.captures);
}

session::~session() { --on_.shared.websockets; }

asio::awaitable<void> session::run()
{
    moved();
    asio::co_spawn(on_.io(), upward(), [this](std::exception_ptr const& failure) {
        if (failure) fail(failure);
        upward_ended_.set();
    });
    try {
        co_await downward();
    } catch (...) { // the other direction must end before this object does
        fail(std::current_exception());
    }
    co_await upward_ended_.wait();
    silence_.off();
    if (over_) client_.stream().close(); // not in good order: without a word of an end
    conclude();
    if (failure_) std::rethrow_exception(failure_);
}

/// Passes on what the client sends.
asio::awaitable<void> session::upward()
{
    while (!over_) {
        if (client_.in.empty()) {
            auto const error = co_await client_.read_more();
            if (is_end(error, from_client_)) {
                note(ending::client_left);
                co_await end_sending(provider_.stream, from_client_);
                co_return;
            }
            if (error) {
                give_up(ending::client_left);
                co_return;
            }
        }
        auto const bytes = client_.in.data();
        see(from_client_, bytes);
        ++writing_;
        to_provider_.after(how_.patience);
        auto const [error, n] = co_await asio::async_write(provider_.stream, asio::buffer(bytes), nothrow);
        to_provider_.off();
        --writing_;
        client_.in.consume(bytes.size());
        if (error) { // what the provider has said before is still to be read, and tells why
            note(ending::provider_left);
            one_ended_ = true;
        }
        moved();
        if (error) co_return;
    }
}

/// Passes on what the provider sends.
asio::awaitable<void> session::downward()
{
    while (!over_) {
        if (provider_.in.empty()) {
            auto const [error, n] = co_await provider_.stream.async_read_some(provider_.in.prepare(), nothrow);
            if (is_end(error, from_provider_)) {
                note(ending::provider_left);
                co_await end_sending(client_.stream(), from_provider_);
                co_return;
            }
            if (error) {
                give_up(ending::provider_left);
                co_return;
            }
            provider_.in.commit(n);
        }
        auto const bytes = provider_.in.data();
        see(from_provider_, bytes);
        ++writing_;
        to_client_.after(how_.patience);
        auto const error = co_await client_.write(asio::buffer(bytes));
        to_client_.off();
        --writing_;
        provider_.in.consume(bytes.size());
        moved();
        if (error) {
            give_up(ending::client_left);
            co_return;
        }
    }
}

/// Whether a side that was being read has ended its connection, and the other may go on. How it does that behind its
/// close frame says nothing more: many end TLS without a word, or reset.
bool session::is_end(error_code error, observer const& from) const
{
    if (over_ || error == asio::error::operation_aborted) return false;
    return error == asio::error::eof || (error && from.closed());
}

/// Tells `to` that the other side has ended its connection: in good order only if it had closed the websocket.
asio::awaitable<void> session::end_sending(net::stream& to, observer const& from)
{
    one_ended_ = true;
    moved();
    if (from.closed()) {
        co_await to.end_sending();
    } else {
        error_code ignored;
        to.socket().shutdown(asio::socket_base::shutdown_send, ignored);
    }
}

std::int64_t session::elapsed_us() const
{
    return std::chrono::duration_cast<std::chrono::microseconds>(net::clock::now() - how_.started).count();
}

void session::see(observer& from, std::string_view bytes)
{
    from.see(bytes, elapsed_us());
    // A side that answers the other's going with a close frame does not close the session.
    bool const too_late = ending_ == (&from == &from_client_ ? ending::provider_left : ending::client_left);
    if (from.closed() && !first_to_close_ && !too_late) first_to_close_ = &from;
}

/// Something came or went, so the silence begins anew.
void session::moved()
{
    bool const is_ending = one_ended_ || first_to_close_;
    silence_.after(is_ending ? std::min<std::chrono::milliseconds>(how_.patience, closing_time) : how_.patience);
}

void session::fell_silent()
{
    if (writing_ == 0) give_up(ending::silence);
}

/// Only the first reason counts; the others follow from it.
void session::note(ending why)
{
    if (ending_ == ending::none && !over_) ending_ = why;
}

/// A fault of weir's: the session is nobody's to end any more.
void session::fail(std::exception_ptr failure)
{
    if (!failure_) failure_ = std::move(failure);
    give_up(ending::none);
}

void session::give_up(ending why)
{
    note(why);
    over_ = true;
    client_.stream().cancel();
    provider_.stream.cancel();
}

void session::conclude()
{
    for (auto* const side : {&from_client_, &from_provider_}) side->end(elapsed_us());
    auto& facts = record_.session.emplace();
    facts.said = std::move(events_.result());
    facts.request_bytes = from_client_.bytes();
    facts.response_bytes = from_provider_.bytes();
    facts.request_messages = from_client_.messages();
    facts.response_messages = from_provider_.messages();

    auto& row = record_.row;
    row.stream_error = how_it_ended();
    record_.response_ended = row.stream_error.empty();
    if (!first_to_close_) {
        if (ending_ == ending::client_left) row.status = storage::status::cancelled;
        if (ending_ == ending::silence || ending_ == ending::client_stuck || ending_ == ending::provider_stuck)
            row.status = storage::status::timeout;
    }
    for (auto const* one : {&from_client_, &from_provider_})
        if (!one->problem().empty() && row.warning.empty())
            row.warning = std::string(one == &from_client_ ? "the client" : "the provider") +
                          "'s frames are not RFC 6455's (" + std::string(one->problem()) +
                          "): they were passed on, and observed no longer";
}

/// Why the session did not come to a usual end; empty when it did.
std::string session::how_it_ended() const
{
    if (first_to_close_) {
        auto const& closed = *first_to_close_->closed();
        if (closed.is_usual()) return {};
        return told(first_to_close_ == &from_client_ ? "the client" : "the provider", closed);
    }
    switch (ending_) {
    case ending::client_left: return "the client ended the connection without closing the websocket";
    case ending::client_stuck: return "the client stopped reading (gateway.idle_timeout)";
    case ending::provider_left: return "the provider ended the connection without closing the websocket";
    case ending::provider_stuck: return "the provider stopped reading (gateway.idle_timeout)";
    case ending::silence: return "both sides were silent (gateway.idle_timeout)";
    case ending::none: break;
    }
    return "the session was broken off";
}

} // namespace weir::gateway::websocket
