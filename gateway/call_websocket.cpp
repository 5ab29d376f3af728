// A call that becomes a websocket: the provider has answered 101.
#include "gateway/call.hpp"

#include "gateway/browser.hpp"
#include "gateway/websocket/handshake.hpp"
#include "gateway/websocket/session.hpp"

namespace weir::gateway
{

namespace asio = boost::asio;

/// Carries the session out, or refuses what the provider answered. Nothing can come behind either.
asio::awaitable<bool> call::run_websocket()
{
    client_.stop_watching();
    if (auto const wrong = websocket::wrong_with(head_, response_->head()); !wrong.empty()) {
        upstream_.reset();
        refusal const why{errc::upstream_malformed, route_.to.text() + " opened no websocket: " + wrong};
        co_return co_await refuse(why);
    }
    if (is_recorded())
        for (auto* const transcript : {&record_->request, &record_->response})
            transcript->begin("application/json", "", settings_.max_logged_body.bytes);
    auto const head = switching_head();
    std::array const buffers{asio::buffer(head), asio::const_buffer()};
    answering_ = true;
    bool const begun = co_await to_client(buffers);
    if (begun) {
        if (is_recorded()) record_as_open();
        websocket::session::options how{.provider = route_.provider,
                                        .patience = idle_patience(),
                                        .started = started_,
                                        .is_recorded = is_recorded()};
        websocket::session session(on_, client_, *upstream_, *record_, std::move(how));
        co_await session.run();
        if (stopped_ && !record_->response_ended) {
            record_->row.status = record_->upstream_status;
            note_client_gone();
        }
    }
    upstream_.reset();
    finish();
    co_return false;
}

/// Writes a row that says that the session goes on; its end's will take the place.
void call::record_as_open()
{
    auto open = std::make_unique<exchange>(on_.shared.maker, on_.shared.captures);
    net::request_parser head(static_cast<std::uint32_t>(settings_.max_header_bytes.bytes));
    boost::system::error_code ignored;
    head.parse_head(head_.raw, ignored); // heads are not copied: their views point into them
    open->head = std::move(head.head());
    open->sent_to = route_;
    open->own_credential = record_->own_credential;
    open->row = record_->row;
    open->row.status = storage::status::pending;
    open->row.ended_us = open->row.created_us;
    open->row.overhead_us = own_us_;
    open->upstream_status = record_->upstream_status;
    open->session.emplace();
    open->is_open = true;
    on_.shared.recorder.push(std::move(open));
    record_->row.was_pending = true;
}

std::string call::switching_head()
{
    auto const& head = response_->head();
    auto const options = connection_options(head);
    std::string out = "HTTP/1.1 101 Switching Protocols\r\nConnection: Upgrade\r\nUpgrade: websocket\r\n";
    for (auto const& f : head.fields)
        if (is_returned(f, options) && !is_cross_origin_field(f.name))
            out.append(f.name).append(": ").append(f.value).append("\r\n");
    add_own_fields(out);
    out += "\r\n";
    return out;
}

} // namespace weir::gateway
