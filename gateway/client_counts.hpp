#pragma once

#include <boost/asio/ip/address.hpp>

#include <cstdint>
#include <map>
#include <mutex>
#include <optional>
#include <utility>

namespace weir::gateway
{

/// How many connections each client has. A client is an address, for IPv6 the /64 that it is in: whoever has one of its
/// addresses has them all. Any thread; outlives the places that it gives.
class client_counts
{
public:
    /// `limit`: connections of one client; 0: as many as it likes, and none are counted.
    explicit client_counts(std::int64_t limit)
        : limit_(limit)
    {
    }

    /// One connection's place among those of its client, given back with it.
    class place
    {
    public:
        place() = default;
        place(place&& other) noexcept
            : of_(std::exchange(other.of_, nullptr))
            , client_(other.client_)
        {
        }
        place& operator=(place&&) = delete;
        ~place()
        {
            if (of_) of_->leave(client_);
        }

    private:
        friend class client_counts;
        place(client_counts& of, boost::asio::ip::address client)
            : of_(&of)
            , client_(std::move(client))
        {
        }

        client_counts* of_ = nullptr;
        boost::asio::ip::address client_;
    };

    /// A place for one more connection from `address`; none when its client has all that it may.
    std::optional<place> enter(boost::asio::ip::address const& address);

private:
    void leave(boost::asio::ip::address const& client);

    std::int64_t const limit_;
    std::mutex mutex_;
    std::map<boost::asio::ip::address, std::int64_t> connections_; ///< guarded by mutex_
};

} // namespace weir::gateway
