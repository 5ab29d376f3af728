#include "weir/trouble_of.hpp"

#include <boost/asio/associated_executor.hpp>
#include <boost/asio/execution/outstanding_work.hpp>
#include <boost/asio/post.hpp>
#include <boost/asio/prefer.hpp>
#include <boost/asio/use_awaitable.hpp>

#include <memory>

namespace asio = boost::asio;

namespace weir
{

asio::awaitable<std::string> trouble_of(storage::recorder& recorder)
{
    auto const start = [&recorder](auto handler) {
        auto const home =
            asio::prefer(asio::get_associated_executor(handler), asio::execution::outstanding_work.tracked);
        auto const waiting = std::make_shared<decltype(handler)>(std::move(handler)); // a std::function wants copies
        recorder.probe([home, waiting] { asio::post(home, [waiting] { std::move (*waiting)(); }); });
    };
    co_await asio::async_initiate<asio::use_awaitable_t<> const, void()>(start, asio::use_awaitable);
    co_return recorder.trouble();
}

} // namespace weir
