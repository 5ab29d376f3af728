#include "gateway/gateway.hpp"

#include "config/built_in_providers.hpp"
#include "gateway/error_reply.hpp"
#include "gateway/worker.hpp"
#include "log/log.hpp"
#include "net/address.hpp"
#include "net/nothrow.hpp"

#include <boost/asio/co_spawn.hpp>
#include <boost/asio/connect.hpp>
#include <boost/asio/steady_timer.hpp>

#include <cerrno>
#include <sys/resource.h>
#include <sys/socket.h>
#include <unistd.h>

#include <atomic>
#include <condition_variable>
#include <mutex>
#include <stdexcept>
#include <thread>

namespace weir::gateway
{

namespace asio = boost::asio;
using asio::ip::tcp;
using net::nothrow;

namespace
{

/// A proxy needs two descriptors a call; the usual soft limit of 1024 is for interactive programs.
void raise_file_limit()
{
    rlimit files{};
    if (::getrlimit(RLIMIT_NOFILE, &files) != 0) return;
    files.rlim_cur = files.rlim_max;
    ::setrlimit(RLIMIT_NOFILE, &files);
}

tcp::endpoint resolve(asio::io_context& io, net::host_port const& at)
{
    tcp::resolver names(io);
    return *names.resolve(at.host, std::to_string(at.port), tcp::resolver::passive).begin();
}

std::string provider_of(config::settings const& settings, net::origin const& to)
{
    for (auto const& [name, p] : settings.providers)
        if (auto const base = net::parse_url(p.base_url); base && base->at == to) return name;
    auto const* known = config::provider_of_host(to.host);
    return known ? std::string(known->name) : "other";
}

} // namespace

struct gateway::state {
    explicit state(dependencies with)
        : settings(with.settings)
        , environment(std::move(with.environment))
        , live(std::make_shared<live_settings const>(with.settings, environment))
        , shared(with.settings, with.prices, with.recorder, with.keys, with.metrics, std::move(with.hash_key),
                 environment, with.last_row, std::move(with.names))
        , refused(with.metrics.counters("weir_connections_refused_total",
                                        "Connections of clients that were one too many.", {"limit"}))
        , acceptor(accept_io)
    {
        if (!shared.proxy.problem().empty())
            log::warn("the proxy setting is ignored", {{"reason", shared.proxy.problem()}});
        for (auto const& problem : live->keys_of_providers.problems()) log::warn(problem);
        for (auto const* limit : {"max_connections", "max_connections_per_client"}) refused.with({limit});
        raise_file_limit();
        listen();
        auto const count = settings.gateway.threads > 0 ? static_cast<unsigned>(settings.gateway.threads)
                                                        : std::max(1U, std::thread::hardware_concurrency());
        for (unsigned i = 0; i < count; ++i) workers.push_back(std::make_unique<worker>(shared, live));
        add_metrics(with.metrics);
        if (!with.webhook_message) return;
        webhook_options telling{.path = settings.storage.path,
                                .first_retry = settings.webhooks.first_retry,
                                .timeout = settings.webhooks.timeout,
                                .dns_ttl = settings.gateway.dns_ttl,
                                .message = std::move(with.webhook_message),
                                .may_send_to = [this](net::origin const& to) { return may_send_webhooks_to(to); }};
        webhooks.emplace(std::move(telling), shared.tls, shared.proxy, shared.upstreams, shared.names, with.metrics);
    }

    webhook_permission may_send_webhooks_to(net::origin const& to)
    {
        if (live_now()->routes.allows(to)) return {.any_address = true, .problem = {}};
        if (!to.tls) return {.problem = "must be https, or an origin that gateway.allowed_targets names"};
        boost::system::error_code is_name;
        auto const address = asio::ip::make_address(to.host, is_name);
        if (is_name || net::is_public(address)) return {};
        return {.problem = "has a private address; the operator can allow it as an origin in gateway.allowed_targets"};
    }

    std::shared_ptr<live_settings const> live_now()
    {
        std::scoped_lock const lock(live_mutex);
        return live;
    }

    void listen()
    {
        auto const& at = settings.gateway.listen;
        try {
            auto const endpoint = resolve(accept_io, at);
            acceptor.open(endpoint.protocol());
            acceptor.set_option(asio::socket_base::reuse_address(true));
            acceptor.bind(endpoint);
            acceptor.listen(4096);
        } catch (boost::system::system_error const& failure) {
            throw std::runtime_error("the gateway cannot listen on " + at.host + ":" + std::to_string(at.port) + " (" +
                                     failure.code().message() + "): choose another address with gateway.listen");
        }
    }

    void add_metrics(metrics::registry& metrics)
    {
        metrics.gauge("weir_client_connections", "Connections of clients.",
                      [this] { return static_cast<double>(shared.client_connections.load()); });
        metrics.gauge("weir_websockets", "Websockets between clients and providers.",
                      [this] { return static_cast<double>(shared.websockets.load()); });
        metrics.gauge("weir_capture_memory_bytes", "Memory that copies of bodies take.",
                      [this] { return static_cast<double>(shared.captures.used()); });
        metrics.gauges("weir_upstream_connections", "Connections to providers.", {"provider", "state"},
                       [this](metrics::registry::series_sink const& sink) {
                           auto const now = live_now();
                           std::map<std::string, std::pair<std::int64_t, std::int64_t>> sums;
                           shared.upstreams.for_each([&](net::origin const& to, origin_load const& load) {
                               auto& [open, idle] = sums[provider_of(now->values, to)];
                               open += load.open;
                               idle += load.idle;
                           });
                           for (auto const& [provider, count] : sums) {
                               sink({provider, "active"}, static_cast<double>(count.first - count.second));
                               sink({provider, "idle"}, static_cast<double>(count.second));
                           }
                       });
    }

    /// Hands connections to the workers in turn.
    asio::awaitable<void> accept()
    {
        for (std::size_t next = 0;; next = (next + 1) % workers.size()) {
            tcp::socket socket(workers[next]->io());
            tcp::endpoint from;
            auto const [error] = co_await acceptor.async_accept(socket, from, nothrow);
            if (error == asio::error::operation_aborted) co_return;
            if (error) { // out of descriptors, mostly: accepting at once again would only burn time
                log::warn("a connection could not be accepted", {{"reason", error.message()}});
                asio::steady_timer pause(accept_io, std::chrono::milliseconds(50));
                co_await pause.async_wait(nothrow);
                continue;
            }
            if (shared.client_connections >= live_now()->values.gateway.max_connections) {
                refuse(socket, "max_connections");
                continue;
            }
            auto place = shared.clients.enter(from.address());
            if (!place) {
                refuse(socket, "max_connections_per_client");
                continue;
            }
            workers[next]->adopt(std::move(socket), std::move(*place));
        }
    }

    /// Best effort: a socket's buffer takes so short an answer. Under TLS there is none: a handshake costs more than
    /// weir has left for who comes too often.
    void refuse(tcp::socket& socket, std::string const& limit)
    {
        refused.with({limit}).add();
        if (shared.client_tls) return;
        auto const id = storage::public_id(shared.ids.next(std::chrono::system_clock::now()), random());
        auto const answer = error_response({errc::overloaded, "too many connections (gateway." + limit + ")"},
                                           {.request_id = id.text(), .closes = true});
        boost::system::error_code ignored;
        socket.non_blocking(true, ignored);
        socket.write_some(asio::buffer(answer), ignored);
    }

    config::settings const& settings;
    std::map<std::string, std::string> const environment;
    std::mutex live_mutex;
    std::shared_ptr<live_settings const> live; ///< guarded by live_mutex
    shared_state shared;
    metrics::family<metrics::counter>& refused;
    asio::io_context accept_io{1};
    tcp::acceptor acceptor;
    std::vector<std::unique_ptr<worker>> workers;
    std::atomic<std::size_t> next_own{0};           ///< worker for a connection of weir's own
    std::mt19937_64 random{std::random_device{}()}; ///< of the accept thread
    std::thread accept_thread;
    std::optional<webhook_dispatcher> webhooks;
};

gateway::gateway(dependencies with)
    : state_(std::make_unique<state>(std::move(with)))
{
}

gateway::~gateway() { stop(std::chrono::milliseconds(0)); }

std::uint16_t gateway::port() const { return state_->acceptor.local_endpoint().port(); }

void gateway::start()
{
    for (auto& w : state_->workers) w->start();
    asio::co_spawn(state_->accept_io, state_->accept(), [](std::exception_ptr const& failure) {
        if (failure) std::rethrow_exception(failure);
    });
    state_->accept_thread = std::thread([this] { state_->accept_io.run(); });
    if (state_->webhooks) state_->webhooks->start();
}

void gateway::use(config::settings fresh, std::shared_ptr<pricing::price_table const> prices)
{
    state_->shared.maker.use({std::move(prices), fresh.storage.raw_streams, fresh.gateway.max_logged_body.bytes});
    state_->shared.log.use(fresh.gateway.max_logged_body.bytes, fresh.storage.commit_timeout);
    auto const live = std::make_shared<live_settings const>(std::move(fresh), state_->environment);
    for (auto const& problem : live->keys_of_providers.problems()) log::warn(problem);
    {
        std::scoped_lock const lock(state_->live_mutex);
        state_->live = live;
    }
    for (auto& w : state_->workers) w->use(live);
}

std::shared_ptr<pricing::price_table const> gateway::prices() const { return state_->shared.maker.prices(); }

int gateway::connect(storage::organization_id organization, std::optional<storage::lent_key> const& key)
{
    int ends[2] = {};
    if (::socketpair(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0, ends) != 0)
        throw boost::system::system_error(errno, boost::system::system_category(), "socketpair");
    auto& on = *state_->workers[state_->next_own++ % state_->workers.size()];
    tcp::socket served(on.io());
    boost::system::error_code refused;
    served.assign(tcp::v4(), ends[1], refused); // what it is to Asio does not matter: nobody asks for its addresses
    if (refused) {
        for (int const end : ends) ::close(end);
        throw boost::system::system_error(refused, "socketpair");
    }
    caller weir;
    weir.organization = organization;
    weir.is_weir = true;
    weir.lent = key;
    on.adopt(std::move(served), {}, std::move(weir));
    return ends[0];
}

asio::awaitable<log_outcome> gateway::log(submission what) { return state_->shared.log.take(std::move(what)); }

webhook_permission gateway::may_send_webhooks_to(net::origin const& to) const
{
    return state_->may_send_webhooks_to(to);
}

std::string gateway::reload_tls()
{
    auto& tls = state_->shared.client_tls;
    return tls ? tls->reload() : std::string();
}

void gateway::stop(std::chrono::milliseconds grace)
{
    if (!state_->accept_thread.joinable()) return;
    asio::post(state_->accept_io, [this] { state_->acceptor.close(); });
    state_->accept_thread.join();
    for (auto& w : state_->workers) w->drain();
    if (state_->webhooks) state_->webhooks->stop();

    // The workers' threads end when their last connection has; the deadline ends the connections.
    std::mutex mutex;
    std::condition_variable all_ended;
    bool ended = false;
    std::thread enforcer([&] {
        std::unique_lock lock(mutex);
        if (all_ended.wait_for(lock, grace, [&] { return ended; })) return;
        for (auto& w : state_->workers) w->abort();
    });
    for (auto& w : state_->workers) w->join();
    {
        std::scoped_lock const lock(mutex);
        ended = true;
    }
    all_ended.notify_one();
    enforcer.join();
}

} // namespace weir::gateway
