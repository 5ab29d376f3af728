#pragma once

#include "gateway/upstream/connection.hpp"

#include <boost/asio/io_context.hpp>
#include <boost/asio/steady_timer.hpp>

#include <chrono>
#include <deque>
#include <map>
#include <memory>

namespace weir::gateway
{

/// Idle connections to providers, ready for the next call. Those used last are taken first; the others expire. One
/// network thread.
class upstream_pool
{
public:
    /// At most this many idle connections are kept to one origin.
    static constexpr std::size_t most_idle = 256;

    /// `limit`: of all threads' connections to one origin; where there are more, none is kept.
    upstream_pool(boost::asio::io_context& on, std::chrono::milliseconds idle_timeout, std::int64_t limit);

    /// A connection that nobody has ended or written to since, or none.
    std::unique_ptr<upstream_connection> take(net::origin const& to);

    /// Keeps a connection on which a call has ended in good order.
    void give_back(std::unique_ptr<upstream_connection> connection);

    /// Closes all idle connections and keeps none from now on.
    void stop();

private:
    using idle_list = std::deque<std::unique_ptr<upstream_connection>>;

    void sweep_later();
    void sweep();

    boost::asio::steady_timer timer_;
    std::chrono::milliseconds const idle_timeout_;
    std::int64_t const limit_;
    std::map<net::origin, idle_list> idle_;
    bool sweeping_ = false, stopped_ = false;
};

} // namespace weir::gateway
