#include "config/reload.hpp"

#include "config/key_table.hpp"

namespace weir::config
{
namespace
{

/// The providers that differ, each under one key; their keys are read from the environment at start.
void adapt_providers(settings& fresh, settings const& running, reload_outcome& into)
{
    for (auto& [name, p] : fresh.providers) {
        auto const known = running.providers.find(name);
        auto const& key_source = known == running.providers.end() ? std::string() : known->second.api_key_env;
        if (p.api_key_env != key_source) {
            into.needs_restart.push_back("providers." + name + ".api_key_env");
            p.api_key_env = key_source;
        }
        if (known == running.providers.end() || p != known->second) into.changed.push_back("providers." + name);
    }
    for (auto const& [name, p] : running.providers)
        if (!fresh.providers.contains(name)) into.changed.push_back("providers." + name);
}

} // namespace

reload_outcome adapt(settings& fresh, settings const& running)
{
    reload_outcome outcome;
    for (auto const& k : keys()) {
        if (k.is_same(fresh, running)) continue;
        (k.needs_restart ? outcome.needs_restart : outcome.changed).emplace_back(k.path);
        if (k.needs_restart) k.copy(fresh, running);
    }
    if (fresh.experiments.commands != running.experiments.commands) {
        outcome.needs_restart.emplace_back(command_section);
        fresh.experiments.commands = running.experiments.commands;
    }
    adapt_providers(fresh, running, outcome);
    return outcome;
}

} // namespace weir::config
