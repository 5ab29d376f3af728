#pragma once

#include "config/settings.hpp"
#include "gateway/gateway.hpp"
#include "metrics/registry.hpp"
#include "storage/connection.hpp"
#include "storage/key_ring.hpp"
#include "storage/keys.hpp"
#include "storage/provider_keys.hpp"
#include "storage/recorder.hpp"
#include "storage/requests.hpp"
#include "tests/support/http.hpp"
#include "tests/support/sockets.hpp"
#include "tests/support/temp_folder.hpp"

#include <functional>
#include <map>
#include <memory>
#include <optional>
#include <string>
#include <vector>

namespace weir::test
{

/// A real gateway on a free port, with a database of its own and a provider that the test plays itself, step by step:
/// `provider` is the base_url of openai, anthropic, google and of `local_ai`, which is not known to report usage.
class running_gateway
{
public:
    using change = std::function<void(config::settings&)>;

    /// `change` adjusts the settings before the start; the usual ones have one network thread. `names` looks hosts up
    /// in place of the system.
    explicit running_gateway(change const& adjust = {}, std::map<std::string, std::string> environment = {},
                             gateway::look_up names = {});
    ~running_gateway();

    listener provider;
    temp_folder folder;

    std::uint16_t port() const { return gateway_->port(); }
    /// A new client.
    connection client() const { return connection::to(port()); }

    /// Sends `request` on a new connection, lets the provider answer with `answer`, and returns what the client got.
    message ask(std::string_view request, std::string_view answer);
    /// Sends `request` on a new connection, lets the provider answer it well, and returns the request as the provider
    /// got it.
    message forwarded(std::string_view request);
    /// Sends `request` and returns what the client got; the provider has no part in it.
    message refusal_of(std::string_view request) const;

    /// The rows that an organisation has, newest first, once there are `count` and none is pending; throws when there
    /// are more.
    std::vector<storage::request_record> rows(
        std::size_t count, storage::organization_id organization = storage::default_organization) const;
    /// Ends the gateway and the recorder. Returns all rows that there will ever be, newest first.
    std::vector<storage::request_record> final_rows();
    /// The only row, or the newest of `count`.
    storage::request_record row(std::size_t count = 1) const { return rows(count).front(); }
    storage::bodies bodies_of(storage::request_record const& row) const;
    /// Whether a call was recorded by now.
    bool has_rows() const;

    /// The value of a metric's line in the exposition text ("weir_x" or "weir_x{…}"); 0 when there is none.
    double metric(std::string_view line) const;

    /// Makes an API key, as `weir keys create` would, and waits until the gateway knows it.
    storage::created_key new_key(storage::key_wish const& wish);
    /// Stores a provider's key and makes a proxy key for it, and waits until the gateway knows that.
    std::string new_proxy_key(storage::provider_key_wish const& wish,
                              storage::organization_id organization = storage::default_organization);
    /// Ends what a proxy key stands for, and waits until the gateway knows that.
    void end_proxy_key(std::string const& key);

    /// Revokes one, and waits until the gateway knows that.
    void revoke(std::int64_t id);

    std::string reload_tls() { return gateway_->reload_tls(); }
    /// Changes settings while it runs.
    void reload(change const& adjust);
    void stop(std::chrono::milliseconds grace) { gateway_->stop(grace); }
    std::string database() const { return folder.file("weir.db"); }
    gateway::gateway& gateway() { return *gateway_; }
    metrics::registry& metrics() { return metrics_; }
    storage::vault const& vault() const { return vault_; }
    storage::recorder& recorder() { return *recorder_; }

private:
    storage::connection open() const;
    void end();
    void wait_for_keys(std::string const& kind, double count) const;

    config::settings settings_;
    metrics::registry metrics_;
    storage::vault const vault_{storage::vault::master_key{1, 2, 3}};
    std::unique_ptr<storage::recorder> recorder_;
    std::unique_ptr<storage::key_ring> keys_;
    std::unique_ptr<gateway::gateway> gateway_;
};

/// Holds the database's write lock, as another process might.
class database_lock
{
public:
    explicit database_lock(std::string const& path);
    void release();

private:
    storage::connection db_;
};

} // namespace weir::test
