#include "gateway/upstream/resolver.hpp"

#include <algorithm>

namespace weir::gateway
{

namespace asio = boost::asio;
using boost::system::error_code;

namespace
{

/// The system's look-up, on a thread of Asio's own. An address that comes several times (for each kind of socket) is
/// told once.
look_up by_the_system(asio::ip::tcp::resolver& with)
{
    return [&with](std::string const& host, std::function<void(error_code, addresses)> const& done) {
        with.async_resolve(host, "0", asio::ip::tcp::resolver::numeric_service,
                           [done](error_code failed, auto const& results) {
                               addresses found;
                               for (auto const& result : results)
                                   if (auto const address = result.endpoint().address();
                                       std::find(found.begin(), found.end(), address) == found.end())
                                       found.push_back(address);
                               done(failed, std::move(found));
                           });
    };
}

} // namespace

resolver::resolver(asio::io_context& on, std::chrono::milliseconds ttl, look_up how)
    : resolver_(on)
    , ttl_(ttl)
    , look_up_(how ? std::move(how) : by_the_system(resolver_))
{
}

asio::awaitable<addresses> resolver::resolve(std::string host, waiting& wait, std::string& error)
{
    error_code not_address;
    auto const literal = asio::ip::make_address(host, not_address);
    if (!not_address) co_return addresses{literal};

    // Hosts come from the configuration or the allow-list, so they are few; a limit all the same.
    if (entries_.size() > 10'000)
        std::erase_if(entries_, [](auto const& e) { return e.second.users == 0 && !e.second.resolving; });
    auto& e = entries_[host];
    if (e.fresh_until > net::clock::now()) co_return e.found;

    ++e.users;
    e.waiters.push_back(&wait); // before the look-up, which may answer at once
    if (!e.resolving) start(host, e);
    co_await wait.answered.wait();
    std::erase(e.waiters, &wait);
    --e.users;
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
    look_up_(host, [this, &e](error_code failed, addresses found) { finish(e, failed, std::move(found)); });
}

void resolver::finish(entry& e, error_code error, addresses found)
{
    e.resolving = false;
    e.error.clear();
    if (!error) {
        e.found = std::move(found);
        e.fresh_until = net::clock::now() + ttl_;
    } else if (e.found.empty()) {
        e.error = "the host's name could not be resolved (" + error.message() + ")";
    } else {
        e.fresh_until = net::clock::now() + std::chrono::seconds(1);
    }
    for (auto* waiter : std::exchange(e.waiters, {})) waiter->answered.set();
}

} // namespace weir::gateway
