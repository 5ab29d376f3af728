#pragma once

#include "mock/provider.hpp"

#include <span>
#include <string>
#include <string_view>

namespace weir::mock
{

/// The outcome of reading a command line: options, or what is wrong with it in one sentence.
struct parsed_command {
    options with;
    bool help = false;
    std::string problem;
};

/// Reads what follows `weir mock-provider`: `--listen HOST:PORT`, `--threads N`, `--record on|off` and `--KNOB VALUE`
/// (or `--KNOB=VALUE`) for each knob.
parsed_command parse_command(std::span<std::string_view const> arguments);

/// What `weir mock-provider --help` prints.
std::string command_help();

/// The whole subcommand: reads the arguments, prints `mock provider listening on HOST:PORT` on standard error, and
/// serves until SIGTERM or SIGINT. Returns the exit code.
int run_command(std::span<std::string_view const> arguments);

} // namespace weir::mock
