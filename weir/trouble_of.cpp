#include "weir/trouble_of.hpp"

#include <boost/asio/as_tuple.hpp>
#include <boost/asio/post.hpp>
#include <boost/asio/steady_timer.hpp>
#include <boost/asio/this_coro.hpp>
#include <boost/asio/use_awaitable.hpp>

#include <chrono>
#include <memory>

namespace asio = boost::asio;

namespace weir
{
namespace
{

/// Neither a disk that does not answer nor a long queue must keep whoever asks waiting.
constexpr std::chrono::seconds patience{2};

} // namespace

asio::awaitable<std::string> trouble_of(storage::recorder& recorder)
{
    auto const found = std::make_shared<asio::steady_timer>(co_await asio::this_coro::executor, patience);
    recorder.probe([found] { asio::post(found->get_executor(), [found] { found->cancel(); }); });
    co_await found->async_wait(asio::as_tuple(asio::use_awaitable));
    co_return recorder.trouble();
}

} // namespace weir
