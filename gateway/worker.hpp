#pragma once

#include "config/settings.hpp"
#include "gateway/authorization.hpp"
#include "gateway/call_log.hpp"
#include "gateway/capture.hpp"
#include "gateway/client_counts.hpp"
#include "gateway/provider_keys.hpp"
#include "gateway/record_maker.hpp"
#include "gateway/routing.hpp"
#include "gateway/tls_server.hpp"
#include "gateway/upstream/connector.hpp"
#include "gateway/upstream/pool.hpp"
#include "gateway/upstream/proxy_settings.hpp"
#include "gateway/upstream/resolver.hpp"
#include "gateway/upstream/tls_client.hpp"
#include "metrics/registry.hpp"
#include "net/deadline.hpp"
#include "storage/ids.hpp"
#include "storage/key_ring.hpp"
#include "storage/recorder.hpp"

#include <boost/asio/executor_work_guard.hpp>
#include <boost/asio/io_context.hpp>
#include <boost/asio/ip/tcp.hpp>

#include <atomic>
#include <optional>
#include <random>
#include <thread>

namespace weir::gateway
{

/// What a reload replaces, as a whole: a call keeps to its end what it began with.
struct live_settings {
    live_settings(config::settings s, std::map<std::string, std::string> const& environment)
        : values(std::move(s))
        , routes(values)
        , keys_of_providers(values, environment)
    {
    }

    config::settings const values;
    router const routes;
    provider_keys const keys_of_providers; ///< each for the origin that its provider has by these settings
};

/// What all network threads share. Outlives them.
struct shared_state {
    shared_state(config::settings const& s, std::shared_ptr<pricing::price_table const> prices, storage::recorder& r,
                 storage::key_ring const& k, metrics::registry& metrics, std::string hash_key,
                 std::map<std::string, std::string> const& environment, storage::row_id last_row, look_up how);

    config::settings const& settings; ///< as at the start: for what only a start can set
    storage::recorder& recorder;
    storage::key_ring const& keys;
    record_maker maker; ///< used on the recorder's thread
    proxy_settings const proxy;
    look_up const names; ///< empty: the system's
    capture_budget captures;
    call_log log;
    upstream_load upstreams;
    tls_client tls;
    std::unique_ptr<tls_server> client_tls; ///< none: clients speak plain HTTP
    storage::id_source ids;
    std::atomic<std::int64_t> client_connections{0}, websockets{0};
    client_counts clients;
    metrics::counter& skipped_rewrites;
    metrics::counter& failed_handshakes;
    metrics::counter& unauthorized;
};

/// One network thread, with everything that its calls need, so that they need no locks.
class worker
{
    boost::asio::io_context io_{1};
    boost::asio::executor_work_guard<boost::asio::io_context::executor_type> work_{io_.get_executor()};
    resolver names_;

public:
    worker(shared_state& with, std::shared_ptr<live_settings const> begin_with);
    ~worker();

    void start();

    /// Takes over a client's connection. `own`: it is weir's, and this is who makes its calls. Any thread.
    void adopt(boost::asio::ip::tcp::socket socket, client_counts::place place, std::optional<caller> own = {});

    /// Uses these settings from the next call on. Any thread.
    void use(std::shared_ptr<live_settings const> fresh);

    /// From now on connections end with the call they carry, idle ones at once. Any thread.
    void drain();
    /// Ends all connections. Any thread.
    void abort();
    /// Waits for the thread to end, which it does when its last connection has.
    void join();

    boost::asio::io_context& io() { return io_; }

    shared_state& shared;
    std::shared_ptr<live_settings const> live; ///< who waits for something keeps a reference of its own
    net::watchdog watchdog;
    upstream_pool pool;
    connect_context connecting;
    storage::key_ring::reader keys;
    std::mt19937_64 random; ///< for the random part of public ids
    bool draining = false;

private:
    void serve(boost::asio::ip::tcp::socket socket, client_counts::place place, std::optional<caller> own);
    void finish_if_idle();

    struct connections;
    std::unique_ptr<connections> connections_;
    std::thread thread_;
};

} // namespace weir::gateway
