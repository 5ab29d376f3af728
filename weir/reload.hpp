#pragma once

#include "config/settings.hpp"
#include "gateway/gateway.hpp"
#include "weir/commands.hpp"

namespace weir
{

/// Reads the configuration again while weir runs, from where it came at the start: for SIGHUP. What is wrong with it is
/// logged and changes nothing; so is each key that only a restart changes. One thread.
class reloader
{
public:
    reloader(configuration_arguments arguments, config::settings started_with, gateway::gateway& with);

    void reload();

    /// What is in force.
    config::settings const& settings() const { return settings_; }

private:
    configuration_arguments const arguments_;
    config::settings settings_;
    gateway::gateway& gateway_;
};

} // namespace weir
