#include "weir/instance.hpp"

#include "api/identify.hpp"
#include "api/request_links.hpp"
#include "api/server.hpp"
#include "api/webhook_message.hpp"
#include "experiments/evaluation_worker.hpp"
#include "experiments/report_worker.hpp"
#include "experiments/runner.hpp"
#include "log/log.hpp"
#include "storage/alert_watch.hpp"
#include "storage/body_index.hpp"
#include "storage/file_lock.hpp"
#include "storage/indexer.hpp"
#include "storage/key_ring.hpp"
#include "storage/migrations.hpp"
#include "storage/pending_calls.hpp"
#include "storage/property_index.hpp"
#include "storage/query_threads.hpp"
#include "storage/recorder.hpp"
#include "storage/requests.hpp"
#include "storage/settings.hpp"
#include "weir/ask_judge.hpp"
#include "weir/log_call.hpp"
#include "weir/process_metrics.hpp"
#include "weir/trouble_of.hpp"

#include <filesystem>

namespace weir
{
namespace
{

constexpr std::size_t reader_threads = 2, most_waiting_queries = 256;
constexpr std::chrono::seconds query_timeout{30};
constexpr std::size_t most_waiting_sql = 16;
constexpr std::chrono::seconds sql_timeout{10};
using database = storage::connection::mode;

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
    auto const ended = storage::end_pending_calls(*db);
    if (!ended) {
        log::error(path + ": what was under way cannot be ended", {{"reason", ended.error().message()}});
        return std::nullopt;
    }
    if (*ended > 0)
        log::warn("sessions that went on when weir was killed are recorded as broken off",
                  {{"sessions", static_cast<long long>(*ended)}});
    auto key = storage::find_setting(*db, "hash_key");
    auto const last = storage::last_row_id(*db);
    if (!key || !last) {
        log::error(path + " cannot be read", {{"reason", (key ? last.error() : key.error()).message()}});
        return std::nullopt;
    }
    return store_facts{std::move(*lock), std::move(*key), *last};
}

} // namespace

/// The order is that in which the parts need each other.
struct instance::state {
    state(instance_parts parts, store_facts found)
        : settings(parts.settings)
        , store(std::move(found))
        , vault(parts.vault ? &*parts.vault : nullptr)
        , recorder({settings.storage.path, settings.storage.max_queue.bytes,
                    settings.storage.durability == config::durability_mode::commit},
                   metrics)
        , retention(retained(settings, recorder), metrics)
        , indexer({.path = settings.storage.path,
                   .indexes_bodies = settings.storage.index_bodies,
                   .may_write = [this] { return recorder.is_keeping_up(); }})
        , alerts(settings.storage.path, metrics)
        , readers(settings.storage.path, database::read_only, reader_threads, most_waiting_queries)
        , writer(settings.storage.path, database::read_write, 1, most_waiting_queries)
        , keys(settings.storage.path, metrics, storage::key_ring::usual_interval, vault)
        , analysts(settings.storage.path, database::read_only, 1, most_waiting_sql)
        , admin_keys(keys)
        , services(services_for_all())
        , gateway({.settings = settings,
                   .prices = std::move(parts.prices),
                   .recorder = recorder,
                   .keys = keys,
                   .metrics = metrics,
                   .hash_key = store.hash_key,
                   .environment = std::move(parts.environment),
                   .last_row = store.last_row,
                   .names = {},
                   .webhook_message = [this](storage::connection& db, storage::webhook const& to,
                                             storage::row_id of) { return message_to_webhook(db, to, of); }})
        , admin(admin_options(settings), with_gateway(services))
        , runs(for_workers(), metrics)
        , reports(for_workers(), metrics)
        , evaluations({.path = settings.storage.path,
                       .connect = connector(),
                       .vault = vault,
                       .commands = commands_of(settings)},
                      metrics)
    {
        add_process_metrics(metrics, settings.storage.path);
        services.base_url = address_of_admin(settings.admin, admin.port()); // of what webhooks are sent
        if (settings.auth.required && keys.size() == 0)
            log::warn("auth.required is true and there is no key: every call is refused until weir keys create makes "
                      "one");
    }

    experiments::worker_options for_workers()
    {
        return {.path = settings.storage.path,
                .concurrency = static_cast<std::size_t>(settings.experiments.concurrency),
                .most_attempts = settings.experiments.max_attempts,
                .first_retry = settings.experiments.first_retry,
                .timeout = settings.experiments.timeout,
                .connect = connector(),
                .vault = vault};
    }

    static storage::retention_options retained(config::settings const& settings, storage::recorder& recorder)
    {
        storage::retention_options retain;
        retain.path = settings.storage.path;
        retain.keep_for = std::chrono::days(settings.storage.retain_days);
        retain.may_write = [&recorder] { return recorder.is_keeping_up(); };
        return retain;
    }

    static experiments::command_options commands_of(config::settings const& settings)
    {
        experiments::command_options options;
        options.commands = settings.experiments.commands;
        options.readable = settings.experiments.command_paths;
        options.time = settings.experiments.command_timeout;
        options.cpu_time = settings.experiments.command_cpu_time;
        options.memory = settings.experiments.command_memory.bytes;
        return options;
    }

    static api::server_options admin_options(config::settings const& settings)
    {
        api::server_options options;
        options.host = settings.admin.listen.host;
        options.port = settings.admin.listen.port;
        options.public_url = settings.admin.public_url;
        options.spool_folder = std::filesystem::absolute(settings.storage.path).parent_path().string();
        options.report = [](std::string_view text) { log::error("admin side", {{"reason", text}}); };
        return options;
    }

    api::services services_for_all()
    {
        api::services with;
        with.links = std::make_shared<api::signed_links const>(store.hash_key);
        with.store = api::store(readers, writer, query_timeout, [this] { keys.look_now(); });
        with.vault = vault;
        with.gateway_url = settings.admin.gateway_url;
        with.runs_experiments = settings.experiments.concurrency > 0;
        for (auto const& [name, command] : settings.experiments.commands) with.commands.push_back(name);
        with.analysis = api::store(analysts, writer, sql_timeout);
        with.identify = [this](std::string authorization) {
            return api::identify(std::move(authorization), admin_keys, settings.auth.required);
        };
        with.metrics = [this] { return metrics.text(); };
        with.not_ready = [this] { return trouble_of(recorder); };
        return with;
    }

    experiments::gateway_connector connector()
    {
        return [this](storage::organization_id whose, std::optional<storage::lent_key> const& key) {
            return gateway.connect(whose, key);
        };
    }

    api::services& with_gateway(api::services& with)
    {
        with.log_call = [this](api::call_to_log call) { return log_call(gateway, std::move(call)); };
        with.may_send_to = [this](net::origin const& to) { return gateway.may_send_webhooks_to(to).problem; };
        with.prices = [this] { return gateway.prices(); };
        with.ask_judge = [this](api::judge_question question) { return ask_judge(evaluations, std::move(question)); };
        with.evaluate_now = [this] { evaluations.look_now(); };
        with.last_problem = [this](storage::uuid const& evaluator) { return evaluations.last_problem(evaluator); };
        with.run_command = [this](evaluation::command_wish what, evaluation::subject about) {
            return run_command(evaluations, std::move(what), std::move(about));
        };
        return with;
    }

    storage::result<std::string> message_to_webhook(storage::connection& db, storage::webhook const& to,
                                                    storage::row_id of) const
    {
        api::request_links const links(*services.links, services.base_url, to.organization, services.now_us());
        return api::webhook_message(db, to, of, links);
    }

    config::settings const& settings;
    store_facts const store;
    storage::vault const* const vault;
    metrics::registry metrics;
    storage::recorder recorder;
    storage::retention retention;
    storage::indexer indexer;
    storage::alert_watch alerts;
    storage::query_threads readers, writer;
    storage::key_ring keys;
    storage::query_threads analysts;
    storage::key_ring::reader admin_keys;
    api::services services;
    ::weir::gateway::gateway gateway;
    api::server admin;
    experiments::runner runs;
    experiments::report_worker reports;
    experiments::evaluation_worker evaluations;
};

std::unique_ptr<instance> instance::open(instance_parts parts)
{
    auto found = prepare_store(parts.settings.storage);
    if (!found) return nullptr;
    return std::unique_ptr<instance>(new instance(std::make_unique<state>(std::move(parts), std::move(*found))));
}

instance::instance(std::unique_ptr<state> made)
    : state_(std::move(made))
{
}

instance::~instance() = default;

void instance::start()
{
    auto& s = *state_;
    s.recorder.start();
    s.retention.start();
    s.indexer.start();
    s.alerts.start();
    s.gateway.start();
    s.runs.start();
    s.reports.start();
    s.evaluations.start();
    s.admin.start();
}

std::size_t instance::stop(std::chrono::milliseconds grace)
{
    auto& s = *state_;
    s.runs.drain();
    s.reports.drain();
    s.evaluations.stop(); // what it is about stays due
    s.gateway.stop(grace);
    s.runs.stop();
    s.reports.stop();
    s.admin.stop(std::chrono::seconds(1));
    s.retention.stop();
    s.indexer.stop();
    s.alerts.stop();
    auto const lost = s.recorder.stop(std::chrono::seconds(10));
    s.readers.join();
    s.writer.join();
    s.analysts.join();
    return lost;
}

std::string instance::gateway_address() const
{
    return listening_on(state_->settings.gateway.listen, state_->gateway.port());
}

std::string instance::admin_address() const
{
    return listening_on(state_->settings.admin.listen, state_->admin.port());
}
::weir::gateway::gateway& instance::gateway() { return state_->gateway; }
storage::retention& instance::retention() { return state_->retention; }

} // namespace weir
