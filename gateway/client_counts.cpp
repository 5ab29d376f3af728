#include "gateway/client_counts.hpp"

#include <boost/asio/ip/address_v4.hpp>
#include <boost/asio/ip/address_v6.hpp>

#include <algorithm>

namespace weir::gateway
{

namespace ip = boost::asio::ip;

namespace
{

ip::address client_of(ip::address const& address)
{
    if (address.is_v4()) return address;
    auto const v6 = address.to_v6();
    if (v6.is_v4_mapped()) return ip::make_address_v4(ip::v4_mapped, v6);
    auto bytes = v6.to_bytes();
    std::fill(bytes.begin() + 8, bytes.end(), static_cast<unsigned char>(0));
    return ip::address_v6(bytes);
}

} // namespace

std::optional<client_counts::place> client_counts::enter(ip::address const& address)
{
    if (limit_ == 0) return place();
    auto const client = client_of(address);
    std::scoped_lock const lock(mutex_);
    auto& connections = connections_[client];
    if (connections >= limit_) return std::nullopt;
    ++connections;
    return place(*this, client);
}

void client_counts::leave(ip::address const& client)
{
    std::scoped_lock const lock(mutex_);
    auto const found = connections_.find(client);
    if (--found->second == 0) connections_.erase(found);
}

} // namespace weir::gateway
