#include "mock/provider.hpp"

#include "mock/connection.hpp"
#include "mock/journal.hpp"
#include "net/nothrow.hpp"

#include <boost/asio/co_spawn.hpp>
#include <boost/asio/detached.hpp>
#include <boost/asio/executor_work_guard.hpp>
#include <boost/asio/io_context.hpp>
#include <boost/asio/ip/address.hpp>
#include <boost/asio/steady_timer.hpp>

#include <algorithm>
#include <thread>
#include <vector>

namespace asio = boost::asio;
using asio::ip::tcp;
using weir::net::nothrow;

namespace weir::mock
{

struct provider::state {
    // The contexts come last: with them go the connections, which use the rest.
    options with;
    journal seen;
    std::vector<std::unique_ptr<asio::io_context>> contexts; // one for each thread
    std::unique_ptr<tcp::acceptor> acceptor;

    explicit state(options from)
        : with(std::move(from))
        , seen(with.record)
    {
        for (unsigned i = 0; i < std::max(with.threads, 1u); ++i)
            contexts.push_back(std::make_unique<asio::io_context>(1));
        tcp::endpoint const at(asio::ip::make_address(with.host), with.port);
        acceptor = std::make_unique<tcp::acceptor>(*contexts.front(), at);
        acceptor->listen(4096);
    }

    /// Deals the connections out to the threads in turn.
    asio::awaitable<void> accept()
    {
        asio::steady_timer breath(acceptor->get_executor());
        for (std::size_t turn = 0;; turn = (turn + 1) % contexts.size()) {
            auto& context = *contexts[turn];
            auto [error, socket] = co_await acceptor->async_accept(context, nothrow);
            if (error == asio::error::operation_aborted) co_return;
            if (error) { // no file descriptors, most likely: some will come free
                breath.expires_after(std::chrono::milliseconds(10));
                co_await breath.async_wait(nothrow);
                continue;
            }
            // A connection belongs to its context and ends with it at the latest.
            asio::co_spawn(context, serve_connection(std::move(socket), seen, with.defaults), asio::detached);
        }
    }
};

provider::provider(options with)
    : state_(std::make_unique<state>(std::move(with)))
{
}

provider::~provider()
{
    stop();
    state_->acceptor.reset();
    state_->contexts.clear();
}

std::uint16_t provider::port() const { return state_->acceptor->local_endpoint().port(); }

void provider::run()
{
    asio::co_spawn(*state_->contexts.front(), state_->accept(), asio::detached);
    std::vector<std::jthread> others;
    for (std::size_t i = 1; i < state_->contexts.size(); ++i)
        others.emplace_back([context = state_->contexts[i].get()] {
            auto const work = asio::make_work_guard(*context);
            context->run();
        });
    state_->contexts.front()->run();
}

void provider::stop()
{
    for (auto const& context : state_->contexts) context->stop();
}

} // namespace weir::mock
