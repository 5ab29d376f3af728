#pragma once

#include <boost/asio/ip/address.hpp>
#include <boost/system/error_code.hpp>

#include <functional>
#include <string>
#include <vector>

namespace weir::gateway
{

using addresses = std::vector<boost::asio::ip::address>;

/// Finds the addresses of a host name. Called on a network thread, which it must not block; it calls `done` once, on
/// that thread, at once or later.
using look_up =
    std::function<void(std::string const& host, std::function<void(boost::system::error_code, addresses)> done)>;

} // namespace weir::gateway
