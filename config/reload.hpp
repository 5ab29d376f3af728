#pragma once

#include "config/settings.hpp"

#include <string>
#include <vector>

namespace weir::config
{

/// What came of reading the configuration again.
struct reload_outcome {
    std::vector<std::string> changed;       ///< keys that take effect at once
    std::vector<std::string> needs_restart; ///< keys that differ and keep their running value until a restart
};

/// Makes `fresh` the settings of a process that runs with `running`: what only a start can set keeps its running value.
reload_outcome adapt(settings& fresh, settings const& running);

} // namespace weir::config
