#include "gateway/worker.hpp"

#include "gateway/client_connection.hpp"
#include "log/log.hpp"

#include <boost/asio/co_spawn.hpp>
#include <boost/asio/post.hpp>

namespace weir::gateway
{

namespace asio = boost::asio;

struct worker::connections {
    boost::intrusive::list<client_connection, boost::intrusive::constant_time_size<false>> list;
};

shared_state::shared_state(config::settings const& s, std::shared_ptr<pricing::price_table const> prices,
                           storage::recorder& r, storage::key_ring const& k, metrics::registry& metrics,
                           std::string hash_key, std::map<std::string, std::string> const& environment,
                           storage::row_id last_row, look_up how)
    : settings(s)
    , recorder(r)
    , keys(k)
    , maker(std::move(hash_key), {std::move(prices), s.storage.raw_streams, s.gateway.max_logged_body.bytes}, metrics)
    , proxy(environment)
    , names(std::move(how))
    , captures(s.gateway.max_capture_memory.bytes)
    , log(maker, captures, r,
          {.max_body = s.gateway.max_logged_body.bytes,
           .patience = s.storage.commit_timeout,
           .records = s.storage.record == config::record_mode::all})
    , upstreams(s.gateway.max_upstream_connections)
    , tls(s.gateway.ca_file)
    , client_tls(s.gateway.tls.certificate.empty()
                     ? nullptr
                     : std::make_unique<tls_server>(s.gateway.tls.certificate, s.gateway.tls.key))
    , ids(0, last_row)
    , clients(s.gateway.max_connections_per_client)
    , skipped_rewrites(metrics.single_counter("weir_rewrites_skipped_total",
                                              "Request bodies too large to be changed (gateway.max_rewritten_body)."))
    , failed_handshakes(metrics.single_counter("weir_tls_handshakes_failed_total",
                                               "Connections of clients that ended before TLS was agreed on."))
    , unauthorized(metrics.single_counter("weir_unauthorized_total",
                                          "Requests refused for a missing or wrong gateway key, without a row."))
{
}

worker::worker(shared_state& with, std::shared_ptr<live_settings const> begin_with)
    : names_(io_, with.settings.gateway.dns_ttl, with.names)
    , shared(with)
    , live(std::move(begin_with))
    , watchdog(io_)
    , pool(io_, with.settings.gateway.upstream_idle_timeout, with.settings.gateway.max_upstream_connections)
    , connecting{io_, watchdog, names_, with.tls, with.proxy, with.upstreams, {}}
    , keys(with.keys)
    , random(std::random_device{}())
    , connections_(std::make_unique<connections>())
{
}

worker::~worker() { join(); }

void worker::start()
{
    watchdog.ticked = [this] { return shared.recorder.keep_up(); };
    thread_ = std::thread([this] { io_.run(); });
}

void worker::adopt(asio::ip::tcp::socket socket, client_counts::place place, std::optional<caller> own)
{
    asio::post(io_, [this, socket = std::move(socket), place = std::move(place), own = std::move(own)]() mutable {
        serve(std::move(socket), std::move(place), std::move(own));
    });
}

void worker::serve(asio::ip::tcp::socket socket, client_counts::place place, std::optional<caller> own)
{
    if (draining) return;
    net::stream stream(std::move(socket));
    stream.set_usual_options();
    auto connection = std::make_unique<client_connection>(*this, std::move(stream), std::move(place), std::move(own));
    auto& running = *connection;
    connections_->list.push_back(running);
    asio::co_spawn(io_, running.run(),
                   [this, connection = std::move(connection)](std::exception_ptr const& failure) mutable {
                       connection.reset();
                       if (failure) {
                           try {
                               std::rethrow_exception(failure);
                           } catch (std::exception const& bug) {
                               log::error("a connection ended by an exception", {{"reason", bug.what()}});
                           }
                       }
                       finish_if_idle();
                   });
}

void worker::use(std::shared_ptr<live_settings const> fresh)
{
    asio::post(io_, [this, fresh = std::move(fresh)]() mutable { live = std::move(fresh); });
}

void worker::drain()
{
    asio::post(io_, [this] {
        draining = true;
        pool.stop();
        for (auto& connection : connections_->list) connection.drain();
        finish_if_idle();
    });
}

void worker::abort()
{
    asio::post(io_, [this] {
        for (auto& connection : connections_->list) connection.abort();
    });
}

void worker::finish_if_idle()
{
    if (!draining || !connections_->list.empty()) return;
    watchdog.stop();
    work_.reset();
}

void worker::join()
{
    if (thread_.joinable()) thread_.join();
}

} // namespace weir::gateway
