#pragma once

#include "net/deadline.hpp"
#include "storage/keys.hpp"
#include "storage/request_record.hpp"

#include <boost/asio/any_io_executor.hpp>
#include <boost/asio/awaitable.hpp>
#include <boost/asio/local/stream_protocol.hpp>

#include <chrono>
#include <cstddef>
#include <functional>
#include <optional>
#include <string>

namespace weir::experiments
{

/// A call that weir makes itself, by its own gateway: so it is recorded, priced and counted like anybody's.
struct gateway_request {
    storage::organization_id organization = storage::default_organization;
    std::optional<storage::lent_key> key; ///< of the provider; none: that of `providers.NAME.api_key_env`, if any
    std::string target;                   ///< of the gateway
    std::string fields;                   ///< further ones, each with its line end
    std::string body;                     ///< JSON
    net::clock::time_point until;         ///< for all of it
    std::size_t most_answer = 0;          ///< bytes of the answer that are of interest; the rest is read and dropped
};

struct gateway_answer {
    unsigned status = 0;     ///< 0: none came whole
    std::string body;        ///< as far as it is of interest
    std::string retry_after; ///< the field, if there is one
    std::string problem;     ///< why there is no status
};

/// Opens a connection to the gateway, on which all calls are an organisation's: a socket whose other end the gateway
/// serves. Throws boost::system::system_error when there are too many files.
using gateway_connector =
    std::function<int(storage::organization_id organization, std::optional<storage::lent_key> const& key)>;

/// Makes one call on a connection of its own. On one thread, which `watchdog` is of.
class gateway_call
{
public:
    gateway_call(boost::asio::any_io_executor on, net::watchdog& watchdog, gateway_connector const& connect);
    gateway_call(gateway_call const&) = delete;
    gateway_call& operator=(gateway_call const&) = delete;

    boost::asio::awaitable<gateway_answer> run(gateway_request what);

    /// Ends it early: the gateway sees its client go away.
    void cancel();

private:
    boost::asio::awaitable<gateway_answer> exchange(gateway_request const& what);

    boost::asio::local::stream_protocol::socket socket_;
    gateway_connector const& connect_;
    net::deadline whole_;
    bool cancelled_ = false;
};

} // namespace weir::experiments
