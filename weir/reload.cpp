#include "weir/reload.hpp"

#include "config/reload.hpp"
#include "log/log.hpp"
#include "weir/prices.hpp"

namespace weir
{
namespace
{

std::string listed(std::vector<std::string> const& keys)
{
    std::string out;
    for (auto const& key : keys) out.append(out.empty() ? "" : ", ").append(key);
    return out;
}

} // namespace

reloader::reloader(configuration_arguments arguments, config::settings started_with, gateway::gateway& with)
    : arguments_(std::move(arguments))
    , settings_(std::move(started_with))
    , gateway_(with)
{
}

void reloader::reload()
{
    auto loaded = load_configuration(arguments_);
    auto errors = std::move(loaded.errors);
    auto prices = load_prices(loaded.values);
    if (!prices) errors.push_back(loaded.placed(prices.error()));
    for (auto const& error : errors) log::error("the configuration was not reloaded", {{"reason", error}});
    if (!errors.empty()) return;

    auto const outcome = config::adapt(loaded.values, settings_);
    settings_ = std::move(loaded.values);
    log::set_level(log::level_of(settings_.log.level));
    gateway_.use(settings_, std::make_shared<pricing::price_table const>(std::move(*prices)));
    if (auto const problem = gateway_.reload_tls(); !problem.empty())
        log::error("the certificate was not reloaded", {{"reason", problem}});
    if (!outcome.needs_restart.empty())
        log::warn("some changes take effect after a restart", {{"keys", listed(outcome.needs_restart)}});
    log::info("reloaded the configuration", {{"changed", listed(outcome.changed)}});
}

} // namespace weir
