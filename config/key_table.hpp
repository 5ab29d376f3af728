#pragma once

#include "config/settings.hpp"

#include <functional>
#include <optional>
#include <span>
#include <string>
#include <string_view>
#include <variant>
#include <vector>

namespace weir::config
{

/// A value as a source has it. The environment and flags have only text.
using raw_value = std::variant<std::string, std::int64_t, bool, std::vector<std::string>>;

/// One setting: its path, what it may be, and where it goes.
struct key {
    std::string_view path;
    /// Sets it; returns what is wrong with the value ("must be …"), or nothing.
    std::function<std::optional<std::string>(settings&, raw_value const&)> set;
    bool needs_restart; ///< a process that runs cannot take up another value
    bool (*is_same)(settings const&, settings const&);
    void (*copy)(settings& to, settings const& from);
};

std::span<key const> keys();

/// What the name of a command stands behind, in its setting's path.
inline constexpr std::string_view command_section = "experiments.commands";

/// Names a command that evaluators may run; returns what is wrong with the value, or nothing.
std::optional<std::string> set_command(settings& to, std::string_view name, raw_value const& value);

/// The members of a [providers.NAME] table.
struct provider_key {
    std::string_view name;
    std::function<std::optional<std::string>(provider_settings&, raw_value const&)> set;
};
std::span<provider_key const> provider_keys();

} // namespace weir::config
