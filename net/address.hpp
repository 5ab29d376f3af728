#pragma once

#include <boost/asio/ip/address.hpp>

#include <string>

namespace weir::net
{

/// Whether an address is one of the public internet's: not loopback, private, link-local, shared, multicast, reserved,
/// nor an IPv6 form that carries such an IPv4 address. By the IANA special-purpose registries (RFC 6890).
bool is_public(boost::asio::ip::address const& address);

/// Whether a host is this machine alone: localhost, or an address of loopback.
bool is_loopback(std::string const& host);

} // namespace weir::net
