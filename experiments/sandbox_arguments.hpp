#pragma once

#include "experiments/sandbox.hpp"

#include <cstdint>
#include <optional>
#include <string>
#include <vector>

/// What passes between the two sides of a sandbox.
namespace weir::experiments
{

/// Where `weir sandbox` tells what became of it, a line of one of these words and what follows them.
inline constexpr int told_descriptor = 3;
inline constexpr std::string_view told_refused = "refused "; ///< it was not run: why
inline constexpr std::string_view told_exited = "exited ";   ///< its exit code
inline constexpr std::string_view told_killed = "killed ";   ///< the signal that ended it

/// What `weir sandbox` is to do.
struct sandbox_arguments {
    std::uint64_t memory = 0, cpu_seconds = 0;
    std::vector<std::string> readable, command;
};

std::vector<std::string> to_arguments(sandboxed_command const& what);

/// None for what to_arguments() does not make.
std::optional<sandbox_arguments> read_arguments(std::vector<std::string> const& from);

} // namespace weir::experiments
