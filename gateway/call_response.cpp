// A call's response: how it is framed for the client, relayed as it comes, and ended.
#include "gateway/call.hpp"

#include "gateway/browser.hpp"
#include "gateway/error_reply.hpp"
#include "gateway/formats/format.hpp"
#include "net/text.hpp"

#include <boost/asio/buffer.hpp>

#include <array>
#include <charconv>

namespace weir::gateway
{

namespace asio = boost::asio;
using boost::system::error_code;
using http_field = boost::beast::http::field;

namespace
{

void append_chunk(std::string& out, std::string_view content)
{
    if (content.empty()) return;
    std::array<char, 20> digits;
    auto const end = std::to_chars(digits.data(), digits.data() + digits.size(), content.size(), 16).ptr;
    out.append(digits.data(), end).append("\r\n").append(content).append("\r\n");
}

/// Milliseconds with three decimals.
std::string in_ms(std::int64_t us)
{
    auto const rest = std::to_string(us % 1000);
    return std::to_string(us / 1000) + "." + std::string(3 - rest.size(), '0') + rest;
}

} // namespace

void call::choose_framing()
{
    auto const& head = response_->head();
    auto const type = head.find(http_field::content_type).value_or("");
    auto const coding = head.find(http_field::content_encoding).value_or("");
    is_events_ = is_event_stream(type);
    // How a body that ends with its connection ended is told by its last bytes.
    if (is_recorded() || response_->until_end_of_connection())
        record_->response.begin(type, coding, is_recorded() ? settings_.max_logged_body.bytes : 0);

    if (hide_usage_ && is_events_ && (coding.empty() || net::iequals(coding, "identity"))) sieve_.emplace();
    bool const ends_with_connection = head_.version < 11;
    if (response_->is_done() || (head.content_length && !sieve_))
        framing_ = framing::as_received;
    else if (ends_with_connection)
        framing_ = framing::until_close;
    else if (head.chunked && !sieve_ && (head_.keep_alive || !is_events_))
        framing_ = framing::as_received;
    else
        framing_ = framing::chunks; // ours to end, or not to end
    if (framing_ == framing::until_close || on_.draining) keep_client_ = false;
}

/// What weir adds to any response's head.
void call::add_own_fields(std::string& out) const
{
    out += cross_origin_fields_;
    out.append("helicone-id: ").append(record_->row.request_id.text()).append("\r\nhelicone-status: success\r\n");
    out.append("Server-Timing: weir;dur=").append(in_ms(own_us_)).append("\r\n");
}

std::string call::response_head()
{
    auto const& head = response_->head();
    auto const options = connection_options(head);
    std::string out;
    out.reserve(head.raw.size() + 256);
    out.append("HTTP/1.1 ").append(std::to_string(head.status)).append(" ").append(head.reason).append("\r\n");
    bool const has_no_body = head_.method == "HEAD" || head.status == 204 || head.status == 304;
    bool has_cache_control = false, has_buffering = false;
    for (auto const& f : head.fields) {
        if (!is_returned(f, options) || is_cross_origin_field(f.name)) continue;
        has_cache_control |= f.id == http_field::cache_control;
        has_buffering |= is_events_ && net::iequals(f.name, "X-Accel-Buffering");
        out.append(f.name).append(": ").append(f.value).append("\r\n");
    }
    if (framing_ == framing::chunks || (framing_ == framing::as_received && head.chunked && !has_no_body))
        out += "Transfer-Encoding: chunked\r\n";
    else if (framing_ == framing::as_received && head.content_length && head.status != 204)
        out.append("Content-Length: ").append(std::to_string(*head.content_length)).append("\r\n");
    if (is_events_ && !has_cache_control) out += "Cache-Control: no-cache, no-transform\r\n";
    if (is_events_ && !has_buffering) out += "X-Accel-Buffering: no\r\n";
    add_own_fields(out);
    // A cut of a response that says "close" looks like its end to Node's clients: streams never say it.
    if (!keep_client_ && framing_ == framing::as_received && head.content_length)
        out += "Connection: close\r\n";
    else if (keep_client_ && head_.version < 11)
        out += "Connection: keep-alive\r\n";
    out += "\r\n";
    return out;
}

asio::awaitable<void> call::relay_response()
{
    auto const head_at = elapsed_us();
    body_ = {};
    choose_framing();
    client_.expect_silence(is_events_); // clients of streams go on calling for such
    if (is_events_) upstream_->in.grow_up_to(net::byte_buffer::first_capacity); // events are small, and streams many
    own_us_ += elapsed_us() - head_at;
    auto head = response_head();
    repeated_ = 0;
    for (;;) {
        error_code malformed;
        auto const used = response_->parse_body(upstream_->in.data(), malformed);
        if (malformed && !head.empty()) {
            // The client has nothing of it yet: it can be told properly.
            co_await stop_pump();
            refusal const broken{errc::upstream_malformed,
                                 route_.to.text() + " answered with what is no HTTP response"};
            keep_client_ = co_await refuse(broken);
            co_return;
        }
        if (malformed) {
            std::string const reason = "the provider's response is not framed as HTTP/1.1 says";
            co_await cut(reason, 0);
            co_return;
        }
        auto const now = elapsed_us();
        for (auto const piece : response_->body_pieces()) record_->response.add(piece, now);
        bool const last = response_->is_done();
        auto const piece = next_piece(used, last);
        upstream_->in.consume(used); // the piece stays where it is until the next read
        if (last) {
            record_->response_ended = true;
            keep_upstream_ = response_->head().keep_alive && upload_ == upload::done && upstream_->in.empty();
            if (waits_for_commit()) {
                co_await stop_pump();
                bool const committed = co_await finish_committed();
                if (!committed) {
                    keep_client_ = false;
                    end_as_cut();
                    co_return;
                }
            }
        }
        std::array buffers{asio::buffer(std::as_const(head)), asio::buffer(piece.data(), piece.size())};
        answering_ = true;
        bool written = client_.stream().write_now(buffers);
        if (!written) written = co_await to_client(buffers);
        if (!written) co_return;
        head.clear();
        if (last) co_return;
        if (scratch_.capacity() > net::byte_buffer::first_capacity) std::string().swap(scratch_); // likewise rare
        if (is_events_ && used <= net::byte_buffer::small_capacity / 2) upstream_->in.expect_small_pieces();

        upstream_deadline_.after(idle_patience());
        bool const more = co_await read_from_upstream();
        bool const silent = upstream_deadline_.fired();
        upstream_deadline_.off();
        if (more) continue;
        if (client_gone_) {
            note_client_gone();
            keep_client_ = false;
            end_as_cut();
            co_return;
        }
        // Who owes the rest of the request is told of first when both sides were silent.
        if (pumping_ && client_.deadline.fired()) upload_ = upload::client_silent;
        if (has_upload_failed()) {
            auto const reason = why_upload_failed().message;
            co_await cut(reason, upload_ == upload::client_silent ? storage::status::timeout : 0);
            co_return;
        }
        error_code incomplete;
        if (!why_) response_->parse_end(incomplete);
        if (why_ || incomplete || !is_proper_end()) {
            auto const reason =
                why_ ? why_.message : std::string("the provider ended the connection in the middle of its answer");
            co_await cut(reason, silent ? storage::status::timeout : 0);
            co_return;
        }
    }
}

/// What of the bytes just parsed goes to the client. `used`: how many the parser understood.
std::string_view call::next_piece(std::size_t used, bool last)
{
    auto const bytes = upstream_->in.data();
    if (framing_ == framing::as_received) {
        // The bytes of an unfinished chunk frame went out with the read before; the parser wanted them again.
        auto const fresh = (last ? bytes.substr(0, used) : bytes).substr(std::min(repeated_, bytes.size()));
        repeated_ = bytes.size() - used;
        return fresh;
    }
    scratch_.clear();
    if (!sieve_ && framing_ == framing::until_close) {
        for (auto const piece : response_->body_pieces()) scratch_ += piece;
        return scratch_;
    }
    std::string content;
    for (auto const piece : response_->body_pieces()) {
        if (sieve_)
            sieve_->put(piece, content);
        else
            content += piece;
    }
    if (last && sieve_) sieve_->finish(content);
    if (framing_ == framing::until_close) {
        scratch_ = std::move(content);
    } else {
        append_chunk(scratch_, content);
        if (last) scratch_ += "0\r\n\r\n";
    }
    return scratch_;
}

asio::awaitable<bool> call::to_client(std::array<asio::const_buffer, 2> buffers)
{
    client_.deadline.after(settings_.idle_timeout);
    auto const error = co_await client_.write(buffers);
    bool const stuck = client_.deadline.fired();
    if (!pumping_) client_.deadline.off();
    if (!error) co_return true;
    keep_client_ = false;
    client_gone_ = true;
    if (record_ && stuck) {
        record_->row.status = storage::status::timeout;
        record_->row.stream_error = "the client stopped reading (gateway.idle_timeout)";
    } else if (record_) {
        note_client_gone();
    }
    co_return false;
}

/// A body that is delimited by nothing but the end of the connection ends properly when its last event came.
bool call::is_proper_end() const
{
    if (response_->is_done() && !response_->until_end_of_connection()) return true;
    if (!is_events_ || !record_->response.content_encoding().empty()) return true;
    auto const& seen = record_->response;
    return formats::ends_properly(route_.format, seen.is_whole() ? std::string_view(seen.text()) : seen.tail());
}

/// Ends the client's connection so that it cannot take what it has for a whole response.
void call::end_as_cut()
{
    if (framing_ == framing::until_close)
        client_.stream().reset();
    else
        client_.stream().close();
}

/// Ends a response that did not come to its end, so that the client cannot take it for complete.
asio::awaitable<void> call::cut(std::string why, int status)
{
    keep_client_ = false;
    record_->row.stream_error = why;
    if (status != 0) record_->row.status = status;
    std::string rest;
    if (sieve_) sieve_->finish(rest);
    bool const sees_cuts = head_.keep_alive && framing_ != framing::until_close;
    if (is_events_ && !sees_cuts && framing_ != framing::as_received) rest += error_event(why, route_.format);
    if (!rest.empty()) {
        scratch_.clear();
        if (framing_ == framing::chunks)
            append_chunk(scratch_, rest);
        else
            scratch_ = rest;
        auto const kept = std::pair(record_->row.status, client_gone_);
        std::array const buffers{asio::buffer(std::as_const(scratch_)), asio::const_buffer()};
        static_cast<void>(co_await to_client(buffers));
        std::tie(record_->row.status, client_gone_) = kept;
    }
    end_as_cut();
}

} // namespace weir::gateway
