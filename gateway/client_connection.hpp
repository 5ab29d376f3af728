#pragma once

#include "gateway/client_stream.hpp"
#include "gateway/errc.hpp"
#include "gateway/worker.hpp"

#include <boost/asio/awaitable.hpp>
#include <boost/intrusive/list.hpp>

#include <optional>

namespace weir::gateway
{

class call;

/// A client's connection: reads the heads of its requests, one call after the other.
class client_connection
    : public boost::intrusive::list_base_hook<boost::intrusive::link_mode<boost::intrusive::auto_unlink>>
{
public:
    /// `own`: the connection is weir's, and this is who makes its calls.
    client_connection(worker& on, net::stream stream, client_counts::place place, std::optional<caller> own);
    ~client_connection();

    boost::asio::awaitable<void> run();

    /// Ends it after the call it carries; at once when it carries none.
    void drain();
    /// Ends it.
    void abort();

private:
    boost::asio::awaitable<void> take_requests();
    boost::asio::awaitable<bool> handshake(tls_server& tls);
    boost::asio::awaitable<bool> read_head(net::request_parser& parser);
    boost::asio::awaitable<void> answer_bad_head(boost::system::error_code error);
    boost::asio::awaitable<bool> answer_itself(net::request_parser& parser, std::string answer);
    boost::asio::awaitable<bool> refuse(net::request_parser& parser, refusal why);
    boost::asio::awaitable<bool> take_log(net::request_parser& parser, submission what);
    boost::asio::awaitable<refusal> read_log(net::request_parser& parser, capture& body);
    bool pass_over_body(net::request_parser& parser);
    boost::asio::awaitable<bool> answer(std::string text, bool keep);

    worker& on_;
    client_counts::place const place_;
    std::optional<caller> const own_;
    client_stream client_;
    call* carrying_ = nullptr;
    bool idle_ = true; ///< waits for a request, not a byte of which has come
};

} // namespace weir::gateway
