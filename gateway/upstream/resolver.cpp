#include "gateway/upstream/resolver.hpp"

#include <algorithm>

namespace weir::gateway
{

namespace asio = boost::asio;

resolver::resolver(asio::io_context& on, std::chrono::milliseconds ttl)
    : resolver_(on)
    , ttl_(ttl)
{
}

asio::awaitable<addresses> resolver::resolve(std::string host, waiting& wait, std::string& error)
{
    boost::system::error_code not_address;
    auto const literal = asio::ip::make_address(host, not_address);
    if (!not_address) co_return addresses{literal};

    // Hosts come from the configuration or the allow-list, so they are few; a limit all the same.
    if (entries_.size() > 10'000)
        std::erase_if(entries_, [](auto const& e) { return e.second.waiters.empty() && !e.second.resolving; });
    auto& e = entries_[host];
    if (e.fresh_until > net::clock::now()) co_return e.found;

    if (!e.resolving) start(host, e);
    e.waiters.push_back(&wait);
    co_await wait.answered.wait();
    std::erase(e.waiters, &wait);
    if (e.resolving) { // somebody else ended the wait
        error = "looking up " + host + " took too long";
        co_return addresses{};
    }
    error = e.error;
    co_return e.found;
}

void resolver::start(std::string const& host, entry& e)
{
    e.resolving = true;
    resolver_.async_resolve(
        host, "0", asio::ip::tcp::resolver::numeric_service,
        [this, &e](boost::system::error_code failed, auto const& results) { finish(e, failed, results); });
}

void resolver::finish(entry& e, boost::system::error_code error, asio::ip::tcp::resolver::results_type const& results)
{
    e.resolving = false;
    e.error.clear();
    if (!error) {
        e.found.clear();
        for (auto const& result : results)
            if (auto const address = result.endpoint().address();
                std::find(e.found.begin(), e.found.end(), address) == e.found.end())
                e.found.push_back(address);
        e.fresh_until = net::clock::now() + ttl_;
    } else if (e.found.empty()) {
        e.error = "the host's name could not be resolved (" + error.message() + ")";
    } else {
        e.fresh_until = net::clock::now() + std::chrono::seconds(1);
    }
    for (auto* waiter : std::exchange(e.waiters, {})) waiter->answered.set();
}

} // namespace weir::gateway
