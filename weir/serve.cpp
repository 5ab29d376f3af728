#include "gateway/tls_server.hpp"
#include "gateway/upstream/tls_client.hpp"
#include "log/log.hpp"
#include "net/address.hpp"
#include "weir/commands.hpp"
#include "weir/instance.hpp"
#include "weir/prices.hpp"
#include "weir/reload.hpp"
#include "weir/vault.hpp"

#include <csignal>
#include <pthread.h>
#include <signal.h>

namespace weir
{
namespace
{

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

int run(configuration_arguments const& arguments, config::settings const& settings,
        std::shared_ptr<pricing::price_table const> prices, std::optional<storage::vault> const& vault,
        sigset_t const& signals)
{
    auto const made = instance::open({settings, std::move(prices), vault, environment()});
    if (!made) return 1;
    made->start();
    log::info("recording into " + settings.storage.path);
    log::info("gateway listening on " + made->gateway_address() +
              (settings.gateway.tls.certificate.empty() ? "" : ", with TLS"));
    log::info("admin listening on " + made->admin_address());

    reloader configuration(arguments, settings, made->gateway());
    wait_for_end(signals, configuration, made->retention());
    auto const grace = configuration.settings().gateway.drain_timeout;
    log::info("stopping: calls under way may end", {{"drain_timeout_ms", grace.count()}});
    auto const lost = made->stop(grace);
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
        print_errors({loaded.placed(prices.error())});
        return 2;
    }
    auto const& tls = settings.gateway.tls;
    for (auto const& problem : {gateway::tls_server::problem_with(tls.certificate, tls.key),
                                gateway::tls_client::problem_with(settings.gateway.ca_file)}) {
        if (problem.empty()) continue;
        print_errors({loaded.placed(problem)});
        return 2;
    }
    auto const vault = load_vault(settings, environment());
    if (!vault) {
        print_errors({loaded.placed(vault.error())});
        return 2;
    }
    log::configure(log::level_of(settings.log.level), settings.log.format == config::log_format::json);
    warn_of_clear_text(settings);
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
