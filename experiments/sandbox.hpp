#pragma once

#include <chrono>
#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

/// Programs of the operator's, run where they can do no harm: without network, environment, files of their own or time
/// without end. docs/evaluators.md says what they have.
namespace weir::experiments
{

/// What a program is, and what it may take.
struct sandboxed_command {
    std::vector<std::string> command;  ///< a program by its absolute path, and its arguments
    std::vector<std::string> readable; ///< absolute paths that it may read, beside the system's programs and libraries
    std::chrono::milliseconds time{10'000};
    std::chrono::milliseconds cpu_time{5'000}; ///< of one process; whole seconds, rounded up
    std::uint64_t memory = 512ULL << 20U;      ///< bytes of address space of one process
    /// The weir that makes the sandbox, by `weir sandbox`.
    std::string weir = "/proc/self/exe";
};

/// What came of it.
struct sandbox_outcome {
    std::optional<std::string> output; ///< what it wrote, when it ended well
    std::string problem;               ///< else why not, for people
    bool was_stopped = false;          ///< there was no time to see it end
};

/// Runs a command with `input` as its standard input, and waits for its end. What it leaves running is killed. `stop`:
/// a descriptor on which something can be read once there is no more time. Blocks; any thread. SIGPIPE must be ignored.
sandbox_outcome run_in_sandbox(sandboxed_command const& what, std::string_view input, int stop);

/// The name of the subcommand that makes the sandbox around itself and becomes the command. It is weir's own, so that
/// nothing happens between fork and exec of a process that has threads.
inline constexpr std::string_view sandbox_subcommand = "sandbox";

/// `weir sandbox` with these arguments, which run_in_sandbox() gives it. Needs a process with a single thread.
int enter_sandbox(std::vector<std::string> const& arguments);

} // namespace weir::experiments
