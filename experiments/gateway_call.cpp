#include "experiments/gateway_call.hpp"

#include "net/byte_buffer.hpp"
#include "net/http_message.hpp"
#include "net/nothrow.hpp"

#include <boost/asio/write.hpp>
#include <boost/system/system_error.hpp>

#include <unistd.h>

#include <algorithm>
#include <array>
#include <optional>

namespace weir::experiments
{

namespace asio = boost::asio;
using boost::system::error_code;
using net::nothrow;

namespace
{

constexpr std::uint32_t most_answer_head = 64 * 1024;

/// Without "Connection: close": the gateway takes the end of such a connection for the end of the request alone.
std::string head_of(gateway_request const& what)
{
    return "POST " + what.target +
           " HTTP/1.1\r\nHost: weir\r\nUser-Agent: weir\r\nAccept: application/json\r\n"
           "Content-Type: application/json\r\nContent-Length: " +
           std::to_string(what.body.size()) + "\r\n" + what.fields + "\r\n";
}

/// Reads one answer out of what comes.
class answer_reader
{
public:
    explicit answer_reader(std::size_t most)
        : most_(most)
    {
    }

    /// Takes what has come; true when the answer is whole.
    bool take(net::byte_buffer& in, gateway_answer& into, error_code& error)
    {
        while (!parser_->has_head()) {
            auto const length = parser_->parse_head(in.data(), error);
            in.consume(length);
            if (length == 0) return false;
            if (parser_->head().status < 200) parser_.emplace(most_answer_head); // the answer is still to come
        }
        in.consume(parser_->parse_body(in.data(), error));
        for (auto const piece : parser_->body_pieces())
            into.body += piece.substr(0, most_ - std::min(most_, into.body.size()));
        return parser_->is_done();
    }

    /// The connection's end; true when it is the answer's.
    bool ends()
    {
        error_code error;
        parser_->parse_end(error);
        return parser_->has_head() && !error;
    }

    net::response_head const& head() { return parser_->head(); }

private:
    std::size_t const most_;
    std::optional<net::response_parser> parser_{std::in_place, most_answer_head};
};

} // namespace

gateway_call::gateway_call(asio::any_io_executor on, net::watchdog& watchdog, gateway_connector const& connect)
    : socket_(std::move(on))
    , connect_(connect)
    , whole_(
          watchdog, [](void* self) { static_cast<gateway_call*>(self)->cancel(); }, this)
{
}

void gateway_call::cancel()
{
    cancelled_ = true;
    error_code ignored;
    socket_.close(ignored);
}

asio::awaitable<gateway_answer> gateway_call::run(gateway_request what)
{
    gateway_answer answer;
    try {
        int const opened = connect_(what.organization, what.key);
        error_code refused;
        socket_.assign(asio::local::stream_protocol(), opened, refused);
        if (refused) ::close(opened);
        if (refused) throw boost::system::system_error(refused);
    } catch (boost::system::system_error const& failure) {
        answer.problem = "the gateway cannot be reached: " + failure.code().message();
        co_return answer;
    }
    whole_.at(what.until);
    answer = co_await exchange(what);
    whole_.off();
    error_code ignored;
    socket_.close(ignored);
    co_return answer;
}

asio::awaitable<gateway_answer> gateway_call::exchange(gateway_request const& what)
{
    gateway_answer answer;
    auto const head = head_of(what);
    std::array const buffers{asio::buffer(head), asio::buffer(what.body)};
    auto [error, written] = co_await asio::async_write(socket_, buffers, nothrow);
    // The gateway may answer before it has read all of the body, and closes then.
    if (error == asio::error::broken_pipe || error == asio::error::connection_reset) error = {};
    answer_reader reader(what.most_answer);
    net::byte_buffer in;
    for (bool whole = false; !whole && !error && !cancelled_;) {
        auto const [failed, n] = co_await socket_.async_read_some(in.prepare(), nothrow);
        in.commit(n);
        if (!failed)
            whole = reader.take(in, answer, error);
        else if (failed == asio::error::eof && reader.ends())
            whole = true;
        else
            error = failed;
    }
    if (error || cancelled_) {
        answer.problem = cancelled_ ? "no answer in time" : "the answer broke off: " + error.message();
        co_return answer;
    }
    answer.status = reader.head().status;
    answer.retry_after = reader.head().find("Retry-After").value_or("");
    co_return answer;
}

} // namespace weir::experiments
