#pragma once

#include "experiments/command_pool.hpp"

#include <string>
#include <vector>

namespace weir::test
{

/// What a test's command is run by: the weir of this build.
inline experiments::sandboxed_command hostile(std::vector<std::string> arguments)
{
    experiments::sandboxed_command what;
    what.command = std::move(arguments);
    what.command.insert(what.command.begin(), HOSTILE_COMMAND);
    what.time = std::chrono::seconds(60);
    what.weir = WEIR_BINARY;
    return what;
}

} // namespace weir::test
