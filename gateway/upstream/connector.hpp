#pragma once

#include "gateway/errc.hpp"
#include "gateway/upstream/connection.hpp"
#include "gateway/upstream/proxy_settings.hpp"
#include "gateway/upstream/resolver.hpp"
#include "gateway/upstream/tls_client.hpp"
#include "net/deadline.hpp"

#include <boost/asio/awaitable.hpp>
#include <boost/asio/io_context.hpp>

#include <map>
#include <memory>

namespace weir::gateway
{

/// What a connection is opened with; one for each network thread.
struct connect_context {
    boost::asio::io_context& io;
    net::watchdog& watchdog;
    resolver& names;
    tls_client& tls;
    proxy_settings const& proxy;
    upstream_load& load;
    std::map<net::origin, tls_session> sessions; ///< TLS sessions to resume, of this thread
};

/// Those of a host's addresses that may be connected to, in their order: with `any_address` all, else the public ones.
addresses allowed_addresses(addresses found, bool any_address);

/// One try to open a connection to an origin: look-up, TCP, proxy, TLS. Several addresses of a host are tried in turn,
/// each with its share of the time that is left.
class connect_attempt
{
public:
    explicit connect_attempt(connect_context& with);

    /// `any_address`: private addresses are fine; else the address that is connected to must be public, which is the
    /// guard against names that resolve to internal hosts. Errors: upstream_unreachable, target_not_allowed,
    /// overloaded.
    boost::asio::awaitable<std::unique_ptr<upstream_connection>> run(net::origin to, bool any_address,
                                                                     net::clock::time_point until, refusal& why);

    /// Ends it early, from a deadline or because nobody waits any more.
    void cancel();

private:
    boost::asio::awaitable<bool> connect_tcp(net::stream& stream, net::origin const& to, bool any_address,
                                             net::clock::time_point until, refusal& why);
    boost::asio::awaitable<bool> connect_proxy(upstream_connection& connection, refusal& why);
    boost::asio::awaitable<bool> handshake(upstream_connection& connection, refusal& why);

    connect_context& with_;
    resolver::waiting wait_;
    net::stream* stream_ = nullptr;
    net::deadline whole_, one_address_;
    bool cancelled_ = false;
};

} // namespace weir::gateway
