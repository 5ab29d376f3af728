#pragma once

#include "gateway/authorization.hpp"
#include "gateway/call_headers.hpp"
#include "gateway/client_stream.hpp"
#include "gateway/exchange.hpp"
#include "gateway/stream_usage.hpp"
#include "gateway/worker.hpp"
#include "net/event.hpp"
#include "net/http_message.hpp"

#include <boost/asio/awaitable.hpp>

#include <array>
#include <exception>
#include <memory>
#include <optional>
#include <string>

namespace weir::gateway
{

/// One call: from a request's head, which has been read, to the last byte of its response and the record of it.
///
/// Memory: what `client.in` and the upstream's buffer hold (16 KiB each at most), the captures, and a JSON body that
/// must change before it is sent. Reading from one side waits for writing to the other.
class call
{
public:
    call(worker& on, client_stream& client, net::request_parser& request, caller who);
    call(call const&) = delete;
    call& operator=(call const&) = delete;
    /// Records the call if nothing else did.
    ~call();

    /// Carries the call out. Returns whether the client's connection can take another.
    boost::asio::awaitable<bool> run();

    /// Ends a call whose `run` has thrown. Returns the same as it.
    boost::asio::awaitable<bool> fail(std::exception_ptr fault);

    /// Gives the call up: weir stops, and its patience is over.
    void stop();

private:
    enum class upload : unsigned char {
        running,
        done,
        client_gone,
        client_silent,
        malformed,
        too_large,
        upstream_gone
    };
    enum class framing : unsigned char { as_received, chunks, until_close };

    // The request (call_request.cpp).
    void begin_record();
    refusal admit();
    refusal choose_credential();
    refusal choose_lent_credential();
    upload receive();
    boost::asio::awaitable<upload> receive_all(std::size_t limit);
    boost::asio::awaitable<void> receive_for_record();
    bool may_be_rewritten() const;
    bool may_ask_for_usage() const;
    bool takes_tags_out() const;
    boost::asio::awaitable<void> hold_and_rewrite();
    std::string upstream_head() const;
    boost::asio::awaitable<bool> send_request();
    boost::asio::awaitable<void> pump();
    void start_pump();
    boost::asio::awaitable<void> stop_pump();
    bool can_resend() const;

    // The provider (call.cpp).
    boost::asio::awaitable<bool> connect();
    boost::asio::awaitable<bool> exchange_heads();
    std::chrono::milliseconds first_byte_patience() const;
    std::chrono::milliseconds idle_patience() const;
    boost::asio::awaitable<bool> read_response_head();
    boost::asio::awaitable<bool> relay_informational();
    void cancel_upstream();
    void client_went(boost::system::error_code error);
    void note_client_gone();

    // The response (call_response.cpp).
    void choose_framing();
    void add_own_fields(std::string& out) const;
    std::string response_head();
    boost::asio::awaitable<void> relay_response();
    std::string_view next_piece(std::size_t used, bool last);
    boost::asio::awaitable<bool> read_from_upstream();
    boost::asio::awaitable<bool> to_client(std::array<boost::asio::const_buffer, 2> buffers);
    boost::asio::awaitable<void> cut(std::string why, int status);
    void end_as_cut();
    bool is_proper_end() const;

    // A websocket (call_websocket.cpp).
    boost::asio::awaitable<bool> run_websocket();
    std::string switching_head();
    void record_as_open();

    // Its end.
    boost::asio::awaitable<bool> refuse(refusal why);
    bool has_upload_failed() const;
    refusal why_upload_failed() const;
    bool is_recorded() const { return on_.shared.settings.storage.record == config::record_mode::all; }
    bool waits_for_commit() const;
    void finish();
    boost::asio::awaitable<bool> finish_committed();
    std::int64_t elapsed_us() const;

    worker& on_;
    std::shared_ptr<live_settings const> const live_;
    config::gateway_settings const& settings_;
    client_stream& client_;
    net::request_parser& request_;
    net::request_head& head_;
    caller const caller_;
    std::string const connection_options_;
    std::string cross_origin_fields_; ///< for the response to a web page
    route route_;
    credential_field const* own_credential_ = nullptr; ///< what weir sends in place of the client's gateway key
    std::optional<credential_field> lent_credential_;  ///< or proxy key
    std::unique_ptr<exchange> record_;
    relay_headers const asked_;
    net::clock::time_point const started_ = net::clock::now();

    // The request's body: what was received and not yet sent; all of it, while `body_is_all_`.
    std::string body_;
    bool body_is_all_ = true;
    std::size_t held_ = 0; ///< bytes of it that count in the captures' budget
    std::uint64_t received_bytes_ = 0;
    std::optional<body_edit> edit_;
    bool hide_usage_ = false;
    upload upload_ = upload::running;
    bool pumping_ = false;
    bool pump_stops_ = false; ///< what it still meets says nothing of the client or the provider
    net::event pump_ended_;
    std::exception_ptr pump_fault_;

    std::unique_ptr<upstream_connection> upstream_;
    connect_attempt* connecting_ = nullptr;
    net::deadline upstream_deadline_, upload_deadline_;
    bool upstream_spoke_ = false; ///< some byte of an answer came over this connection
    bool client_gone_ = false;
    bool continued_ = false; ///< the client was told to send its body
    bool upgrade_ = false;   ///< the client asks for a websocket
    bool answering_ = false; ///< some of a response's head may have left for the client
    bool stopped_ = false;   ///< weir itself ended the call, at the end of its drain
    refusal why_;

    std::optional<net::response_parser> response_;
    framing framing_ = framing::as_received;
    std::optional<event_sieve> sieve_;
    bool is_events_ = false;
    std::size_t repeated_ =
        0; ///< bytes in front of the upstream's buffer that the client has and the parser wants again
    std::string scratch_;
    bool keep_client_ = true;
    bool keep_upstream_ = false;
    std::int64_t waited_us_ = 0; ///< for the client's body, and for a connection to the provider
    std::int64_t own_us_ = 0;    ///< what weir itself spent before the first byte
};

} // namespace weir::gateway
