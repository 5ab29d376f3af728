#pragma once

#include "config/settings.hpp"
#include "gateway/call_log.hpp"
#include "gateway/upstream/look_up.hpp"
#include "gateway/webhook_dispatcher.hpp"
#include "metrics/registry.hpp"
#include "pricing/price_table.hpp"
#include "storage/ids.hpp"
#include "storage/key_ring.hpp"
#include "storage/recorder.hpp"

#include <chrono>
#include <cstdint>
#include <map>
#include <memory>
#include <optional>
#include <string>

namespace weir::gateway
{

/// What the gateway is joined with. All of it outlives the gateway.
struct dependencies {
    config::settings const& settings;
    std::shared_ptr<pricing::price_table const> prices;
    storage::recorder& recorder;
    storage::key_ring const& keys;
    metrics::registry& metrics;
    std::string hash_key;                           ///< for hashes of credentials: secret, of the database
    std::map<std::string, std::string> environment; ///< HTTPS_PROXY, NO_PROXY and providers' keys are read
    storage::row_id last_row = {};                  ///< the newest in the record: ids go on from it
    look_up names = {};                             ///< in place of the system's look-up of hosts; any network thread
    webhook_message_maker webhook_message = {};     ///< without it, no webhook is told of anything
};

/// The listener that carries calls. Threads of its own.
class gateway
{
public:
    /// Binds the listener. Throws a std::exception that says why when it cannot, or when a file that the settings name
    /// cannot be read.
    explicit gateway(dependencies with);
    ~gateway();

    /// The port listened on, also where the settings say 0.
    std::uint16_t port() const;

    void start();

    /// Uses other settings and prices for calls that begin from now on. What only a start can set (config/reload.hpp)
    /// must be as it was. Any thread.
    void use(config::settings fresh, std::shared_ptr<pricing::price_table const> prices);

    /// What the next call is priced by. Any thread.
    std::shared_ptr<pricing::price_table const> prices() const;

    /// Opens a connection for calls that weir makes itself: the gateway serves the other end of the socket that this
    /// returns, without TLS. What comes on it is the organisation's, and goes to the provider with `key`, else with
    /// weir's own (`providers.NAME.api_key_env`). Throws boost::system::system_error when there are too many files. Any
    /// thread, from start() to stop().
    int connect(storage::organization_id organization, std::optional<storage::lent_key> const& key);

    /// Records a call that somebody else carried; answers once it is committed. From any executor that one thread runs,
    /// as long as the recorder runs.
    boost::asio::awaitable<log_outcome> log(submission what);

    /// Whether webhooks may be sent to an origin: over https to public addresses, and wherever gateway.allowed_targets
    /// names the origin. Any thread.
    webhook_permission may_send_webhooks_to(net::origin const& to) const;

    /// Reads the files of gateway.tls again, for connections that begin from now on. Says what is wrong with them;
    /// then, and when there is no TLS, nothing changes. Any thread.
    std::string reload_tls();

    /// Accepts no more, lets the calls under way go on for `grace`, then ends them. Returns when all have ended; each
    /// has then been handed to the recorder. Webhooks are told of no more.
    void stop(std::chrono::milliseconds grace);

private:
    struct state;
    std::unique_ptr<state> state_;
};

} // namespace weir::gateway
