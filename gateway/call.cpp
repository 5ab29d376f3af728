#include "gateway/call.hpp"

#include "gateway/error_reply.hpp"
#include "log/log.hpp"
#include "net/nothrow.hpp"

#include <boost/asio/post.hpp>
#include <boost/asio/ssl/error.hpp>

#include <atomic>

namespace weir::gateway
{

namespace asio = boost::asio;
using boost::system::error_code;
using net::nothrow;

namespace
{

std::int64_t in_us(net::clock::duration time)
{
    return std::chrono::duration_cast<std::chrono::microseconds>(time).count();
}

void log_fault(std::exception_ptr const& fault, std::string const& request_id)
{
    try {
        std::rethrow_exception(fault);
    } catch (std::exception const& bug) {
        log::error("a call ended by an exception", {{"request_id", request_id}, {"reason", bug.what()}});
    }
}

} // namespace

call::call(worker& on, client_stream& client, net::request_parser& request, caller who)
    : on_(on)
    , live_(on.live)
    , settings_(live_->values.gateway)
    , client_(client)
    , request_(request)
    , head_(request.head())
    , caller_(std::move(who))
    , connection_options_(connection_options(head_))
    , asked_(read_relay_headers(head_))
    , upstream_deadline_(
          on.watchdog, [](void* self) { static_cast<call*>(self)->cancel_upstream(); }, this)
    , upload_deadline_(
          on.watchdog, [](void* self) { static_cast<call*>(self)->cancel_upstream(); }, this)
    , keep_client_(head_.keep_alive)
{
}

call::~call()
{
    client_.stop_watching();
    on_.shared.captures.give_back(held_);
    if (!record_) return;
    // Only a second exception gets here, which fail() met.
    record_->row.error_type = name_of(errc::internal);
    finish();
}

asio::awaitable<bool> call::run()
{
    begin_record();
    if (auto const why = admit()) co_return co_await refuse(why);

    upload_ = receive();
    if (upload_ == upload::running && head_.expects_continue) {
        std::string_view const go_on = "HTTP/1.1 100 Continue\r\n\r\n";
        client_.deadline.after(settings_.idle_timeout);
        if (co_await client_.write(asio::buffer(go_on))) upload_ = upload::client_gone;
        continued_ = true;
    }
    if (may_be_rewritten() && (takes_tags_out() || may_ask_for_usage())) {
        auto const begun = elapsed_us();
        co_await hold_and_rewrite();
        waited_us_ += elapsed_us() - begun;
    }
    if (upload_ != upload::running && upload_ != upload::done) co_return co_await refuse(why_upload_failed());
    if (upload_ == upload::done) client_.watch([this](error_code error) { client_went(error); });

    bool good = false;
    for (bool fresh = false;; fresh = true) {
        why_ = {};
        upstream_spoke_ = false;
        upstream_ = fresh ? nullptr : on_.pool.take(route_.to);
        good = upstream_ != nullptr;
        if (!good) good = co_await connect();
        if (good) good = co_await exchange_heads();
        bool const was_stale = !good && !fresh && !client_gone_ && upstream_ && upstream_->reused && !upstream_spoke_ &&
                               why_.code == errc::upstream_unreachable && can_resend();
        if (!was_stale) break;
        co_await stop_pump();
        upstream_.reset();
    }
    if (!good) {
        co_await stop_pump();
        upstream_.reset();
        if (upload_ != upload::running && upload_ != upload::done && upload_ != upload::upstream_gone)
            why_ = why_upload_failed();
        co_return co_await refuse(why_);
    }

    if (record_->upstream_status == 101) co_return co_await run_websocket();
    co_await relay_response();
    client_.stop_watching();
    if (upload_ != upload::done) {
        // The answer came before the request's end: neither connection can be used again.
        co_await stop_pump();
        keep_client_ = keep_upstream_ = false;
    }
    if (keep_upstream_)
        on_.pool.give_back(std::move(upstream_));
    else
        upstream_.reset();
    if (record_) finish();
    co_return keep_client_;
}

asio::awaitable<bool> call::connect()
{
    if (client_gone_) co_return false;
    connect_attempt attempt(on_.connecting);
    connecting_ = &attempt;
    auto const begun = elapsed_us();
    auto const until = net::clock::now() + settings_.connect_timeout;
    upstream_ = co_await attempt.run(route_.to, route_.any_address, until, why_);
    waited_us_ += elapsed_us() - begun;
    connecting_ = nullptr;
    co_return upstream_ != nullptr;
}

/// Sends the request, or its beginning, and reads the response's head. On failure `why_` says why.
asio::awaitable<bool> call::exchange_heads()
{
    bool const sent = co_await send_request();
    if (!sent) co_return false;
    if (upload_ == upload::running)
        start_pump();
    else
        upstream_deadline_.after(first_byte_patience());
    bool const answered = co_await read_response_head();
    co_return answered;
}

/// How long the provider may think before its response's head.
std::chrono::milliseconds call::first_byte_patience() const
{
    constexpr int increase = 3; // from the usual 10 minutes to the half hour that Helicone-Increase-Timeout stands for
    return settings_.first_byte_timeout * (asked_.increase_timeout ? increase : 1);
}

/// How long the provider may be silent in the middle of its answer.
std::chrono::milliseconds call::idle_patience() const
{
    constexpr int increase = 6; // from 5 minutes to the same half hour
    return settings_.idle_timeout * (asked_.increase_timeout ? increase : 1);
}

asio::awaitable<bool> call::read_response_head()
{
    for (;;) {
        response_.emplace(static_cast<std::uint32_t>(settings_.max_header_bytes.bytes));
        if (head_.method == "HEAD") response_->expect_no_body();
        std::size_t n = 0;
        while (n == 0) {
            error_code malformed;
            n = upstream_->in.empty() ? 0 : response_->parse_head(upstream_->in.data(), malformed);
            if (malformed) {
                why_ = {errc::upstream_malformed, route_.to.text() + " answered with what is no HTTP response"};
                co_return false;
            }
            if (n > 0) break;
            bool const more = co_await read_from_upstream();
            if (!more) co_return false;
        }
        upstream_->in.consume(n);
        if (response_->head().status >= 200 || (upgrade_ && response_->head().status == 101)) break;
        bool const relayed = co_await relay_informational();
        if (!relayed) co_return false;
    }
    upstream_deadline_.off();
    record_->upstream_status = static_cast<int>(response_->head().status);
    record_->row.status = record_->upstream_status;
    co_return true;
}

/// 1xx responses go on to clients that can know them. 100 is not among them: weir answered that itself.
asio::awaitable<bool> call::relay_informational()
{
    auto& head = response_->head();
    if (head.status == 101) {
        why_ = {errc::upstream_malformed, route_.to.text() + " switched protocols, which nobody asked it to"};
        co_return false;
    }
    if (head.status == 100 || head_.version < 11) co_return true;
    std::string out = "HTTP/1.1 " + std::to_string(head.status) + " " + std::string(head.reason) + "\r\n";
    auto const options = connection_options(head);
    for (auto const& f : head.fields)
        if (is_returned(f, options)) out.append(f.name).append(": ").append(f.value).append("\r\n");
    out += "\r\n";
    std::array const buffers{asio::buffer(std::as_const(out)), asio::const_buffer()};
    co_return co_await to_client(buffers);
}

asio::awaitable<bool> call::read_from_upstream()
{
    error_code error = asio::error::operation_aborted;
    std::size_t n = 0;
    bool const goes_on = !upstream_deadline_.fired() && !upload_deadline_.fired() && !pump_fault_;
    if (goes_on && !has_upload_failed()) {
        auto const room = upstream_->in.prepare();
        std::tie(error, n) = co_await upstream_->stream.async_read_some(room, nothrow);
    }
    if (pump_fault_) std::rethrow_exception(pump_fault_);
    if (!error) {
        upstream_->in.commit(n);
        upstream_spoke_ = true;
        co_return true;
    }
    if (upstream_deadline_.fired() || upload_deadline_.fired())
        why_ = {errc::upstream_timeout,
                route_.to.text() + (response_ && response_->has_head()
                                        ? " fell silent in the middle of its answer"
                                        : " did not answer in time (gateway.first_byte_timeout)")};
    else if (error == asio::error::eof && response_ && response_->has_head())
        why_ = {}; // perhaps the proper end: the caller knows
    else
        why_ = {errc::upstream_unreachable,
                route_.to.text() + " ended the connection without an answer (" + error.message() + ")"};
    co_return false;
}

void call::cancel_upstream()
{
    if (connecting_)
        connecting_->cancel();
    else if (upstream_)
        upstream_->stream.cancel();
}

void call::stop()
{
    stopped_ = client_gone_ = true;
    cancel_upstream();
}

/// Writes down why a call ended without anybody to answer.
void call::note_client_gone()
{
    auto& row = record_->row;
    if (!stopped_)
        row.status = storage::status::cancelled;
    else if (row.status > 0)
        row.stream_error = "weir was stopped before the answer's end (gateway.drain_timeout)";
    else
        row.error_message = "weir was stopped before the answer (gateway.drain_timeout)";
}

void call::client_went(error_code error)
{
    // Some simple clients close their sending side behind the request; those that keep connections alive never do.
    if (error == asio::error::eof && !head_.keep_alive) return;
    client_gone_ = true;
    cancel_upstream();
}

/// Answers with an error of weir's own and records it; the row is first where clients wait for its commit.
asio::awaitable<bool> call::refuse(refusal why)
{
    auto& row = record_->row;
    row.error_type = name_of(why.code);
    row.error_message = why.message;
    row.status = why.code == errc::upstream_timeout ? storage::status::timeout : static_cast<int>(status_of(why.code));
    if (client_gone_ || upload_ == upload::client_gone) {
        row.status = storage::status::unknown;
        row.error_type.clear();
        row.error_message.clear();
        note_client_gone();
        finish();
        co_return false;
    }
    bool const is_awaited = head_.expects_continue && !continued_; // then the client sends nothing
    if (upload_ == upload::running && !pumping_ && !is_awaited) {
        if (why.code == errc::request_too_large)
            upload_ = receive();
        else
            co_await receive_for_record();
    }
    bool const keeps = keep_client_ && upload_ == upload::done && !on_.draining;
    client_.stop_watching();
    error_form const form{.format = route_.format,
                          .request_id = row.request_id.text(),
                          .extra_fields = cross_origin_fields_,
                          .closes = !keeps,
                          .head_only = head_.method == "HEAD"};
    auto const answer = error_response(why, form);
    if (waits_for_commit()) {
        bool const committed = co_await finish_committed();
        if (!committed) {
            end_as_cut();
            co_return false;
        }
    }
    client_.deadline.after(settings_.idle_timeout);
    answering_ = true;
    auto const error = co_await client_.write(asio::buffer(answer));
    client_.deadline.off();
    if (record_) finish();
    co_return keeps && !error;
}

/// A fault of weir's own: whatever of the call goes on must end before this object does. The client is told unless it
/// has something of an answer, which is then cut.
asio::awaitable<bool> call::fail(std::exception_ptr fault)
{
    connecting_ = nullptr;
    co_await stop_pump();
    upstream_.reset();
    client_.stop_watching();
    keep_client_ = false;
    log_fault(fault, record_ ? record_->row.request_id.text() : std::string());
    if (record_ && !answering_ && !client_gone_) {
        refusal const why{errc::internal, "a fault of weir's own ended the call; its log says more"};
        co_return co_await refuse(why);
    }
    if (record_) {
        auto& row = record_->row;
        row.error_type = name_of(errc::internal);
        if (answering_ && row.stream_error.empty()) row.stream_error = "a fault of weir's own ended the call";
        finish();
    }
    end_as_cut();
    co_return false;
}

/// Whether the request's body did not come to its end, and that is the client's doing.
bool call::has_upload_failed() const
{
    return upload_ == upload::client_silent || upload_ == upload::malformed || upload_ == upload::too_large;
}

refusal call::why_upload_failed() const
{
    switch (upload_) {
    case upload::client_silent:
        return {errc::request_timeout, "the request body stopped coming (gateway.idle_timeout)"};
    case upload::too_large:
        return {errc::request_too_large, "the request body is larger than gateway.max_request_body"};
    case upload::upstream_gone: return {errc::upstream_unreachable, route_.to.text() + " stopped taking the request"};
    default: return {errc::malformed_request, "the request body is not framed as HTTP/1.1 says"};
    }
}

std::int64_t call::elapsed_us() const { return in_us(net::clock::now() - started_); }

bool call::waits_for_commit() const
{
    return is_recorded() && on_.shared.settings.storage.durability == config::durability_mode::commit;
}

void call::finish()
{
    if (!is_recorded()) {
        record_.reset();
        return;
    }
    auto& row = record_->row;
    row.ended_us = row.created_us + elapsed_us();
    row.overhead_us = own_us_;
    record_->is_request_partial = upload_ != upload::done && !record_->session;
    record_->head = std::move(head_);
    record_->sent_to = std::move(route_);
    on_.shared.recorder.push(std::move(record_));
}

namespace
{

/// The wait for a row's commit. Shared, since whichever side gives up first must not take it along.
struct recorded_wait {
    net::event ended;
    std::optional<error_code> outcome;
    std::atomic<bool> given_up{false}; ///< the recorder reads it
};

} // namespace

/// Hands the record over and waits until it is committed. False when it is not, or not in time.
asio::awaitable<bool> call::finish_committed()
{
    auto const wait = std::make_shared<recorded_wait>();
    record_->on_settled = [wait, &io = on_.io()](error_code error) {
        asio::post(io, [wait, error] {
            wait->outcome = error;
            wait->ended.set();
        });
    };
    record_->is_cut = std::shared_ptr<std::atomic<bool> const>(wait, &wait->given_up);
    finish();
    net::deadline patience(
        on_.watchdog, [](void* self) { static_cast<recorded_wait*>(self)->ended.set_later(); }, wait.get());
    patience.after(live_->values.storage.commit_timeout);
    co_await wait->ended.wait();
    if (!wait->outcome) wait->given_up = true;
    co_return wait->outcome.has_value() && !*wait->outcome;
}

} // namespace weir::gateway
