#include "gateway/json_post.hpp"

#include "net/http_message.hpp"
#include "net/nothrow.hpp"

#include <boost/asio/write.hpp>

#include <array>

namespace weir::gateway
{

namespace asio = boost::asio;
using net::nothrow;

namespace
{

constexpr std::uint32_t most_answer_head = 64 * 1024;

std::string head_of(post_request const& what)
{
    std::string head = "POST " + what.target + " HTTP/1.1\r\nHost: ";
    what.to.append_host_field(head);
    return head + "\r\nUser-Agent: weir\r\nContent-Type: application/json\r\nContent-Length: " +
           std::to_string(what.body.size()) + "\r\nConnection: close\r\n" + what.fields + "\r\n";
}

} // namespace

json_post::json_post(connect_context& with)
    : with_(with)
    , whole_(
          with.watchdog, [](void* self) { static_cast<json_post*>(self)->cancel(); }, this)
{
}

void json_post::cancel()
{
    cancelled_ = true;
    if (connecting_) connecting_->cancel();
    if (connection_) connection_->stream.cancel();
}

asio::awaitable<post_result> json_post::run(post_request what)
{
    post_result result;
    refusal why;
    connect_attempt attempt(with_);
    connecting_ = &attempt;
    auto const connection = co_await attempt.run(what.to, what.any_address, what.until, why);
    connecting_ = nullptr;
    result.problem = why.message;
    if (!connection || cancelled_) co_return result;

    connection_ = connection.get();
    whole_.at(what.until);
    result = co_await exchange(what);
    whole_.off();
    connection_ = nullptr;
    co_return result;
}

asio::awaitable<post_result> json_post::exchange(post_request const& what)
{
    post_result result;
    auto const head = head_of(what);
    std::array const buffers{asio::buffer(head), asio::buffer(what.body)};
    auto& stream = connection_->stream;
    auto [error, written] = co_await asio::async_write(stream, buffers, nothrow);
    net::response_parser parser(most_answer_head);
    while (!error && !cancelled_) {
        auto const [failed, n] = co_await stream.async_read_some(connection_->in.prepare(), nothrow);
        error = failed;
        connection_->in.commit(n);
        if (error) break;
        auto const length = parser.parse_head(connection_->in.data(), error);
        if (length == 0) continue;
        connection_->in.consume(length);
        result.status = parser.head().status;
        if (result.status >= 200) co_return result;
        result.status = 0; // 1xx: the answer is still to come
    }
    result.problem = cancelled_ ? "no answer in time" : error.message();
    co_return result;
}

} // namespace weir::gateway
