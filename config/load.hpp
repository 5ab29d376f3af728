#pragma once

#include "config/settings.hpp"

#include <functional>
#include <map>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

namespace weir::config
{

/// What the settings are read from. Later ones in the list win: file, environment, flags.
struct sources {
    std::optional<std::string> file; ///< --config; else weir.toml in the working directory, if there is one
    std::map<std::string, std::string> environment; ///< all variables; those that begin WEIR_ count
    std::map<std::string, std::string> flags;       ///< by the key's path: "gateway.listen"
    bool insecure = false;                          ///< --insecure: listening beyond loopback without keys is accepted
};

struct loaded {
    settings values;
    std::vector<std::string> read_from; ///< "weir.toml", "environment WEIR_LOG_LEVEL", "command line log.level"
    std::vector<std::string> errors;    ///< one clear line each, with file, line and key; empty: the settings are good
    std::map<std::string, std::string, std::less<>> places; ///< where each key that is set got its value

    /// The line for what is wrong with a key's value, "KEY: …", with its place in front: "weir.toml:3: KEY: …". What
    /// begins otherwise ("environment NAME: …") is its own place.
    std::string placed(std::string_view problem) const;
};

/// Reads and validates the settings. Finds all errors, not only the first.
loaded load(sources const& from);

/// The paths of all keys, as in docs/configuration.md ("gateway.listen"; "providers.NAME.base_url" for the tables).
std::vector<std::string> key_paths();

} // namespace weir::config
