// A call's request: what is received of it, changed in it, and sent on.
#include "gateway/call.hpp"

#include "gateway/browser.hpp"
#include "gateway/websocket/handshake.hpp"
#include "net/nothrow.hpp"
#include "net/unix_time.hpp"
#include "prompts/json_text.hpp"

#include <boost/asio/co_spawn.hpp>
#include <boost/asio/write.hpp>

#include <array>
#include <charconv>

namespace weir::gateway
{

namespace asio = boost::asio;
using boost::system::error_code;
using net::nothrow;
using http_field = boost::beast::http::field;

namespace
{

/// The line before a chunk of `size` bytes.
std::string chunk_line(std::size_t size)
{
    std::array<char, 20> digits;
    auto const end = std::to_chars(digits.data(), digits.data() + digits.size(), size, 16).ptr;
    return std::string(digits.data(), end) + "\r\n";
}

/// How long a provider that no longer takes the request may need to say why.
constexpr std::chrono::seconds late_answer_wait{5};

/// How long the body of a call that is refused may take to come.
constexpr std::chrono::seconds refused_body_wait{2};

} // namespace

void call::begin_record()
{
    record_ = std::make_unique<exchange>(on_.shared.maker, on_.shared.captures);
    auto& row = record_->row;
    row.created_us = net::unix_now_us();
    row.id = on_.shared.ids.next(std::chrono::system_clock::now());
    row.client_chose_id = asked_.request_id.has_value();
    row.request_id = asked_.request_id ? *asked_.request_id : storage::public_id(row.id, on_.random());
    row.organization = caller_.organization;
    row.api_key_id = caller_.api_key_id;
    if (!is_recorded()) return;
    record_->request.begin(head_.find(http_field::content_type).value_or(""),
                           head_.find(http_field::content_encoding).value_or(""), settings_.max_logged_body.bytes);
}

/// Why the head alone refuses the call, if it does; else where it goes, and with which credential.
refusal call::admit()
{
    if (is_foreign_page(head_, settings_.allowed_origins)) {
        route meant; // for the shape that the client's SDK expects
        static_cast<void>(live_->routes.find(head_, meant));
        route_.format = meant.format;
        return {errc::origin_not_allowed,
                "web pages of this origin may not call: the operator can allow it in gateway.allowed_origins"};
    }
    cross_origin_fields_ = cross_origin_fields(head_);
    if (auto why = live_->routes.find(head_, route_)) {
        auto const format = route_.format;
        route_ = {};
        route_.format = format;
        return why;
    }
    if (asked_.prompts == prompt_mode::unknown)
        return {errc::malformed_request, "Helicone-Prompt-Mode must be production, testing or deactivated"};
    if (auto why = choose_credential()) return why;
    if (head_.content_length && *head_.content_length > settings_.max_request_body.bytes)
        return {errc::request_too_large, "the request body is larger than gateway.max_request_body"};
    if (!websocket::is_asked_for(head_)) return {};
    upgrade_ = true;
    keep_client_ = false; // what follows may be frames, whatever the answer
    return websocket::why_not(head_);
}

/// Finds the provider's key for a call whose only credential is a proxy key, or a gateway key.
refusal call::choose_credential()
{
    if (caller_.lent) return choose_lent_credential();
    bool const may_borrow = caller_.api_key_id || caller_.is_weir;
    if (!may_borrow || caller_.has_provider_credential) return {};
    own_credential_ = live_->keys_of_providers.find(route_, caller_.key_in_authorization);
    if (own_credential_)
        record_->own_credential = own_credential_->value;
    else if (caller_.key_for_provider && !route_.local)
        return {errc::missing_provider_key, "a gateway key is the only credential: send the key of " + route_.provider +
                                                " too, or let the operator name one in providers.NAME.api_key_env"};
    return {};
}

/// The key that a proxy key stands for goes to its provider and nowhere else.
refusal call::choose_lent_credential()
{
    auto const& lent = *caller_.lent;
    if (!lent.key)
        return {errc::missing_provider_key, "the vault cannot open the provider key that the proxy key stands for: the "
                                            "operator should check vault.master_key_file"};
    lent_credential_ = credential_for(live_->values, lent, route_, caller_.key_in_authorization);
    if (!lent_credential_)
        return {errc::target_not_allowed,
                "the proxy key stands for a key of " + lent.provider + ", which goes only to that provider's base_url"};
    own_credential_ = &*lent_credential_;
    record_->own_credential = *lent.key;
    return {};
}

/// Takes what the client's buffer holds of the body into `body_` and the capture.
call::upload call::receive()
{
    error_code malformed;
    auto const n = request_.parse_body(client_.in.data(), malformed);
    for (auto const piece : request_.body_pieces()) {
        body_ += piece;
        received_bytes_ += piece.size();
        record_->request.add(piece, elapsed_us());
    }
    client_.in.consume(n);
    if (malformed) return upload::malformed;
    if (received_bytes_ > settings_.max_request_body.bytes) return upload::too_large;
    return request_.is_done() ? upload::done : upload::running;
}

/// Receives on until the body is complete or longer than `limit`, or the memory for what is held does not suffice.
asio::awaitable<call::upload> call::receive_all(std::size_t limit)
{
    auto state = upload::running;
    while (state == upload::running && body_.size() <= limit) {
        client_.deadline.after(settings_.idle_timeout);
        if (auto const error = co_await client_.read_more())
            co_return client_.deadline.fired() ? upload::client_silent : upload::client_gone;
        state = receive();
        if (!on_.shared.captures.take(body_.size() - held_)) break;
        held_ = body_.size();
    }
    client_.deadline.off();
    co_return state;
}

/// Receives what is still to come of a refused call's body, as far as the record takes it and it comes swiftly.
asio::awaitable<void> call::receive_for_record()
{
    upload_ = receive();
    client_.deadline.after(refused_body_wait);
    while (upload_ == upload::running && is_recorded() && received_bytes_ <= settings_.max_logged_body.bytes) {
        body_.clear();
        auto const error = co_await client_.read_more();
        if (error) break; // the record says that something is missing
        upload_ = receive();
    }
    client_.deadline.off();
}

/// Whether the body is one that weir may change: JSON, as it is.
bool call::may_be_rewritten() const
{
    return head_.method == "POST" && is_json(record_->request.content_type()) &&
           record_->request.content_encoding().empty();
}

bool call::may_ask_for_usage() const
{
    if (!route_.stream_usage && !asked_.wants_stream_usage) return false;
    if (settings_.stream_usage == config::stream_usage_mode::as_is && !asked_.wants_stream_usage) return false;
    if (route_.format != config::wire_format::openai) return false;
    auto const path = route_.path();
    return path.ends_with("/chat/completions") || path.ends_with("/completions");
}

bool call::takes_tags_out() const
{
    return asked_.prompts == prompt_mode::production || asked_.prompts == prompt_mode::testing;
}

/// Holds a body that may have to change until it is complete, takes the markup of prompts out of it, and asks for a
/// stream's usage where it would not come by itself. A body larger than `max_rewritten_body` passes as it is, counted.
asio::awaitable<void> call::hold_and_rewrite()
{
    auto const limit = settings_.max_rewritten_body.bytes;
    bool const may_fit = !head_.content_length || *head_.content_length <= limit;
    if (may_fit && upload_ == upload::running) upload_ = co_await receive_all(limit);
    if (upload_ != upload::running && upload_ != upload::done) co_return;
    if (upload_ != upload::done || body_.size() > limit) {
        on_.shared.skipped_rewrites.add();
        co_return;
    }
    if (takes_tags_out())
        if (auto plain = prompts::without_markup(body_)) body_ = std::move(*plain);
    if (may_ask_for_usage()) edit_ = ask_for_usage(body_);
    if (edit_) hide_usage_ = !asked_.wants_stream_usage;
}

std::string call::upstream_head() const
{
    std::string out;
    out.reserve(head_.raw.size() + 64);
    out.append(head_.method).append(" ").append(route_.target).append(" HTTP/1.1\r\nHost: ");
    route_.to.append_host_field(out);
    out += "\r\n";
    for (auto const& f : head_.fields) {
        if (!is_forwarded(f, connection_options_)) continue;
        if (own_credential_ && is_credential(f.name)) continue;
        auto value = f.value;
        std::string left;
        if (caller_.key_in_fields && mentions_gateway_key(value)) {
            left = provider_value(value);
            if (left.empty()) continue;
            value = left;
        }
        // The event with the usage can only be taken out of a stream that is not compressed.
        if (hide_usage_ && f.id == http_field::accept_encoding) continue;
        out.append(f.name).append(": ").append(value).append("\r\n");
    }
    if (own_credential_) out.append(own_credential_->name).append(": ").append(own_credential_->value).append("\r\n");
    if (hide_usage_) out += "Accept-Encoding: identity\r\n";
    if (upgrade_) out += "Connection: Upgrade\r\nUpgrade: websocket\r\n";
    if (upload_ == upload::done && (head_.content_length || head_.chunked)) {
        auto const size = body_is_all_ ? body_.size() : record_->request.text().size();
        auto const changed = edit_ ? size - edit_->removed + edit_->inserted.size() : size;
        out.append("Content-Length: ").append(std::to_string(changed)).append("\r\n");
    } else if (head_.content_length) {
        out.append("Content-Length: ").append(std::to_string(*head_.content_length)).append("\r\n");
    } else if (head_.chunked) {
        out += "Transfer-Encoding: chunked\r\n";
    }
    out += "\r\n";
    return out;
}

/// Whether the whole body can be sent a second time.
bool call::can_resend() const { return upload_ == upload::done && (body_is_all_ || record_->request.is_whole()); }

/// Sends the head and what there is of the body, in one write.
asio::awaitable<bool> call::send_request()
{
    auto const head = upstream_head();
    bool const in_chunks = upload_ == upload::running && head_.chunked;
    std::string_view const body = body_is_all_ ? std::string_view(body_) : std::string_view(record_->request.text());
    auto const line = in_chunks && !body.empty() ? chunk_line(body.size()) : std::string();
    std::string_view before = body, inserted, after;
    if (edit_) {
        before = body.substr(0, edit_->at);
        inserted = edit_->inserted;
        after = body.substr(edit_->at + edit_->removed);
    } else if (!line.empty()) {
        after = "\r\n";
    }
    std::array<asio::const_buffer, 5> buffers{asio::buffer(head), asio::buffer(line), asio::buffer(before),
                                              asio::buffer(inserted), asio::buffer(after)};
    if (own_us_ == 0) own_us_ = elapsed_us() - waited_us_;
    error_code error;
    bool late = false;
    if (!upstream_->stream.write_now(buffers)) {
        upload_deadline_.after(settings_.idle_timeout);
        std::size_t n = 0;
        std::tie(error, n) = co_await asio::async_write(upstream_->stream, buffers, nothrow);
        late = upload_deadline_.fired();
        upload_deadline_.off();
    }
    if (upload_ == upload::running) {
        body_.clear();
        body_is_all_ = false;
    }
    if (!error || upload_ == upload::running) co_return true; // the provider may have answered before it closed
    if (late)
        why_ = {errc::upstream_timeout, route_.to.text() + " did not take the request in time"};
    else
        why_ = {errc::upstream_unreachable, route_.to.text() + " ended the connection (" + error.message() + ")"};
    co_return false;
}

void call::start_pump()
{
    pumping_ = true;
    pump_stops_ = false;
    pump_ended_.clear();
    asio::co_spawn(on_.io(), pump(), [this](std::exception_ptr const& fault) {
        if (fault) {
            pump_fault_ = fault;
            cancel_upstream(); // who reads from it is told
        }
        pumping_ = false;
        pump_ended_.set();
    });
}

/// Sends the rest of the body as it comes, beside the reading of the response.
asio::awaitable<void> call::pump()
{
    while (upload_ == upload::running && !pump_stops_) {
        client_.deadline.after(settings_.idle_timeout);
        auto const error = co_await client_.read_more();
        bool const silent = client_.deadline.fired();
        client_.deadline.off();
        if (error && pump_stops_) co_return;
        if (error) {
            upload_ = silent ? upload::client_silent : upload::client_gone;
            client_gone_ = !silent;
            break;
        }
        auto const state = receive();
        if (state == upload::malformed || state == upload::too_large) {
            upload_ = state;
            break;
        }
        bool const ends = state == upload::done;
        auto const line = head_.chunked && !body_.empty() ? chunk_line(body_.size()) : std::string();
        std::string_view const behind = !head_.chunked  ? ""
                                        : body_.empty() ? (ends ? "0\r\n\r\n" : "")
                                        : ends          ? "\r\n0\r\n\r\n"
                                                        : "\r\n";
        std::array<asio::const_buffer, 3> const buffers{asio::buffer(line), asio::buffer(body_), asio::buffer(behind)};
        upload_deadline_.after(settings_.idle_timeout);
        auto const [write_error, n] = co_await asio::async_write(upstream_->stream, buffers, nothrow);
        bool const late = upload_deadline_.fired();
        if (!late) upload_deadline_.off();
        body_.clear();
        if (write_error) {
            // Its answer, if it gave one, is what the client should see: only the wait for that is cut short.
            upload_ = upload::upstream_gone;
            if (!late) upstream_deadline_.after(late_answer_wait);
            co_return;
        }
        upload_ = state;
    }
    if (upload_ == upload::done) {
        if (record_ && record_->upstream_status == 0) upstream_deadline_.after(first_byte_patience());
        client_.watch([this](error_code error) { client_went(error); });
    } else {
        cancel_upstream();
    }
}

/// Ends the sending of the body and waits until nothing of it is under way.
asio::awaitable<void> call::stop_pump()
{
    if (!pumping_) co_return;
    pump_stops_ = true;
    client_.stream().cancel();
    cancel_upstream();
    co_await pump_ended_.wait();
    client_.stop_watching();
}

} // namespace weir::gateway
