#pragma once

#include "gateway/upstream/look_up.hpp"
#include "net/deadline.hpp"
#include "net/event.hpp"

#include <boost/asio/awaitable.hpp>
#include <boost/asio/io_context.hpp>
#include <boost/asio/ip/tcp.hpp>

#include <map>
#include <string>
#include <vector>

namespace weir::gateway
{

/// Host names to addresses, remembered for a short time. Looking one up happens on a thread of Asio's own, once for all
/// who ask at the same time. When it fails, addresses that were good before are used on. One network thread.
class resolver
{
public:
    /// `how`: in place of the system's look-up.
    resolver(boost::asio::io_context& on, std::chrono::milliseconds ttl, look_up how = {});

    /// One caller's wait for an answer, which it may give up.
    struct waiting {
        net::event answered;
    };

    /// Starts a look-up if need be. Returns at once when the addresses are known, else when they are, when the look-up
    /// failed, or when somebody sets `wait.answered`: then empty, with `error` for the log.
    boost::asio::awaitable<addresses> resolve(std::string host, waiting& wait, std::string& error);

private:
    struct entry {
        addresses found;
        net::clock::time_point fresh_until{};
        bool resolving = false;
        std::string error;
        std::vector<waiting*> waiters;
        std::size_t users = 0; ///< coroutines that refer to the entry
    };

    void start(std::string const& host, entry& e);
    void finish(entry& e, boost::system::error_code error, addresses found);

    boost::asio::ip::tcp::resolver resolver_;
    std::chrono::milliseconds const ttl_;
    look_up const look_up_;
    std::map<std::string, entry> entries_;
};

} // namespace weir::gateway
