#include "api/identify.hpp"
#include "api/request_links.hpp"
#include "api/server.hpp"
#include "api/webhook_message.hpp"
#include "gateway/gateway.hpp"
#include "gateway/tls_server.hpp"
#include "log/log.hpp"
#include "net/address.hpp"
#include "storage/alert_watch.hpp"
#include "storage/body_index.hpp"
#include "storage/body_indexer.hpp"
#include "storage/file_lock.hpp"
#include "storage/key_ring.hpp"
#include "storage/migrations.hpp"
#include "storage/property_index.hpp"
#include "storage/query_threads.hpp"
#include "storage/recorder.hpp"
#include "storage/requests.hpp"
#include "storage/retention.hpp"
#include "storage/settings.hpp"
#include "weir/commands.hpp"
#include "weir/log_call.hpp"
#include "weir/prices.hpp"
#include "weir/process_metrics.hpp"
#include "weir/reload.hpp"
#include "weir/vault.hpp"

#include <csignal>
#include <cstdio>
#include <malloc.h>
#include <pthread.h>
#include <signal.h>

namespace weir
{
namespace
{

constexpr std::size_t reader_threads = 2, most_waiting_queries = 256;
constexpr std::chrono::seconds query_timeout{30};
constexpr std::size_t most_waiting_sql = 16;
constexpr std::chrono::seconds sql_timeout{10};

std::string listening_on(net::host_port const& at, std::uint16_t port)
{
    return (at.host.find(':') == std::string::npos ? at.host : "[" + at.host + "]") + ":" + std::to_string(port);
}

/// What links begin with where no request says how the admin side was reached; empty when nobody can know.
std::string address_of_admin(config::admin_settings const& admin, std::uint16_t port)
{
    auto url = admin.public_url;
    while (url.ends_with('/')) url.pop_back();
    if (!url.empty()) return url;
    for (std::string_view const all : {"", "0.0.0.0", "::"})
        if (admin.listen.host == all) return {};
    return "http://" + listening_on(admin.listen, port);
}

/// Blocks the signals that end or reload the process, in this thread and those it starts: main waits for them.
sigset_t block_signals()
{
    sigset_t signals;
    sigemptyset(&signals);
    for (int const s : {SIGTERM, SIGINT, SIGHUP}) sigaddset(&signals, s);
    pthread_sigmask(SIG_BLOCK, &signals, nullptr);
    std::signal(SIGPIPE, SIG_IGN);
    std::signal(SIGXFSZ, SIG_IGN); // a file beyond `ulimit -f` is an error like a full disk, not the end
    return signals;
}

/// Waits until the process is asked to end.
void wait_for_end(sigset_t const& signals, reloader& configuration, storage::retention& retention)
{
    for (;;) {
        int which = 0;
        sigwait(&signals, &which);
        if (which != SIGHUP) return;
        configuration.reload();
        retention.keep_for(std::chrono::days(configuration.settings().storage.retain_days));
    }
}

/// What strangers on the way can read.
void warn_of_clear_text(config::settings const& settings)
{
    if (settings.gateway.tls.certificate.empty() && !net::is_loopback(settings.gateway.listen.host))
        log::warn("gateway.listen is beyond loopback without TLS: calls, answers and keys pass the network in clear; "
                  "give a certificate in [gateway.tls], or let a TLS proxy stand in front");
    if (!net::is_loopback(settings.admin.listen.host))
        log::warn("admin.listen is beyond loopback and the admin side speaks no TLS: the record and API keys pass the "
                  "network in clear; let a TLS proxy stand in front");
}

/// What the gateway needs of the database before it starts.
struct store_facts {
    storage::file_lock lock;
    std::string hash_key;
    storage::row_id last_row{};
};

/// Opens the database, brings it to this version's schema and reads what is needed of it; none when it cannot be used,
/// which is then logged.
std::optional<store_facts> prepare_store(config::storage_settings const& settings)
{
    auto const& path = settings.path;
    auto lock = storage::file_lock::take(path);
    if (!lock) {
        log::error(path + (lock.error() == storage::errc::busy
                               ? " is in use by another weir: stop that one, or name another file with storage.path"
                               : " cannot be written: check that its folder exists and may be written"));
        return std::nullopt;
    }
    std::string problem;
    auto db = storage::open_and_migrate(path, problem);
    if (!db) {
        log::error(problem);
        return std::nullopt;
    }
    if (auto const indexed = storage::index_properties(*db, settings.indexed_properties); !indexed) {
        log::error(path + ": the properties cannot be indexed", {{"reason", indexed.error().message()}});
        return std::nullopt;
    }
    if (auto const kept = storage::keep_body_index(*db, settings.index_bodies); !kept) {
        log::error(path + ": the index of bodies cannot be made or dropped", {{"reason", kept.error().message()}});
        return std::nullopt;
    }
    auto key = storage::find_setting(*db, "hash_key");
    auto const last = storage::last_row_id(*db);
    if (!key || !last) {
        log::error(path + " cannot be read", {{"reason", (key ? last.error() : key.error()).message()}});
        return std::nullopt;
    }
    return store_facts{std::move(*lock), std::move(*key), *last};
}

int run(configuration_arguments const& arguments, config::settings const& settings,
        std::shared_ptr<pricing::price_table const> prices, std::optional<storage::vault> const& vault,
        sigset_t const& signals)
{
    auto const store = prepare_store(settings.storage);
    if (!store) return 1;

    metrics::registry metrics;
    add_process_metrics(metrics, settings.storage.path);
    storage::recorder recorder({settings.storage.path, settings.storage.max_queue.bytes,
                                settings.storage.durability == config::durability_mode::commit},
                               metrics);
    storage::retention_options retain;
    retain.path = settings.storage.path;
    retain.keep_for = std::chrono::days(settings.storage.retain_days);
    retain.may_write = [&recorder] { return recorder.is_keeping_up(); };
    storage::retention retention(std::move(retain), metrics);
    storage::body_indexer indexer(
        {.path = settings.storage.path, .may_write = [&recorder] { return recorder.is_keeping_up(); }});
    storage::alert_watch alerts(settings.storage.path, metrics);
    using database = storage::connection::mode;
    storage::query_threads readers(settings.storage.path, database::read_only, reader_threads, most_waiting_queries);
    storage::query_threads writer(settings.storage.path, database::read_write, 1, most_waiting_queries);
    storage::key_ring keys(settings.storage.path, metrics, storage::key_ring::usual_interval,
                           vault ? &*vault : nullptr);
    storage::query_threads analysts(settings.storage.path, database::read_only, 1, most_waiting_sql);
    if (settings.auth.required && keys.size() == 0)
        log::warn("auth.required is true and there is no key: every call is refused until weir keys create makes one");
    api::services services;
    services.links = std::make_shared<api::signed_links const>(store->hash_key);
    auto const message_to_webhook = [&services](storage::connection& db, storage::webhook const& to,
                                                storage::row_id of) {
        api::request_links const links(*services.links, services.base_url, to.organization, services.now_us());
        return api::webhook_message(db, to, of, links);
    };
    gateway::gateway gateway({settings,
                              std::move(prices),
                              recorder,
                              keys,
                              metrics,
                              store->hash_key,
                              environment(),
                              store->last_row,
                              {},
                              message_to_webhook});

    services.store = api::store(readers, writer, query_timeout, [&keys] { keys.look_now(); });
    services.vault = vault ? &*vault : nullptr;
    services.analysis = api::store(analysts, writer, sql_timeout);
    storage::key_ring::reader admin_keys(keys);
    services.identify = [&admin_keys, required = settings.auth.required](std::string authorization) {
        return api::identify(std::move(authorization), admin_keys, required);
    };
    services.log_call = [&gateway](api::call_to_log call) { return log_call(gateway, std::move(call)); };
    services.may_send_to = [&gateway](net::origin const& to) { return gateway.may_send_webhooks_to(to).problem; };
    services.prices = [&gateway] { return gateway.prices(); };
    services.metrics = [&metrics] { return metrics.text(); };
    services.not_ready = [&recorder]() -> std::optional<std::string> {
        recorder.probe(); // the next to ask is told what this finds
        auto trouble = recorder.trouble();
        if (trouble.empty()) return std::nullopt;
        return trouble;
    };
    api::server_options options;
    options.host = settings.admin.listen.host;
    options.port = settings.admin.listen.port;
    options.public_url = settings.admin.public_url;
    options.report = [](std::string_view text) { log::error("admin side", {{"reason", text}}); };
    api::server admin(options, services);
    services.base_url = address_of_admin(settings.admin, admin.port()); // of what webhooks are sent

    recorder.start();
    retention.start();
    if (settings.storage.index_bodies) indexer.start();
    alerts.start();
    gateway.start();
    admin.start();
    log::info("recording into " + settings.storage.path);
    log::info("gateway listening on " + listening_on(settings.gateway.listen, gateway.port()) +
              (settings.gateway.tls.certificate.empty() ? "" : ", with TLS"));
    log::info("admin listening on " + listening_on(settings.admin.listen, admin.port()));

    reloader configuration(arguments, settings, gateway);
    wait_for_end(signals, configuration, retention);
    auto const grace = configuration.settings().gateway.drain_timeout;
    log::info("stopping: calls under way may end", {{"drain_timeout_ms", grace.count()}});
    gateway.stop(grace);
    admin.stop(std::chrono::seconds(1));
    retention.stop();
    indexer.stop();
    alerts.stop();
    auto const lost = recorder.stop(std::chrono::seconds(10));
    readers.join();
    writer.join();
    analysts.join();
    if (lost > 0) {
        log::error("stopped with calls that could not be recorded", {{"calls", static_cast<long long>(lost)}});
        return 1;
    }
    log::info("stopped");
    return 0;
}

} // namespace

int serve(configuration_arguments const& arguments)
{
    auto const loaded = load_configuration(arguments);
    print_errors(loaded.errors);
    if (!loaded.errors.empty()) return 2;
    auto const& settings = loaded.values;
    auto prices = load_prices(settings);
    if (!prices) {
        print_errors({prices.error()});
        return 2;
    }
    auto const& tls = settings.gateway.tls;
    if (auto const problem = gateway::tls_server::problem_with(tls.certificate, tls.key); !problem.empty()) {
        print_errors({problem});
        return 2;
    }
    auto const vault = load_vault(settings, environment());
    if (!vault) {
        print_errors({vault.error()});
        return 2;
    }
    log::configure(log::level_of(settings.log.level), settings.log.format == config::log_format::json);
    warn_of_clear_text(settings);
    // What the network threads allocate and the recorder frees would else be given back to the system and asked for
    // again all the time, each time with the lock on the process's memory.
    ::mallopt(M_TRIM_THRESHOLD, 256 * 1024 * 1024);
    auto const signals = block_signals();
    try {
        return run(arguments, settings, std::make_shared<pricing::price_table const>(std::move(*prices)), *vault,
                   signals);
    } catch (std::exception const& failure) {
        log::error("weir could not start or go on", {{"reason", failure.what()}});
        return 1;
    }
}

} // namespace weir
