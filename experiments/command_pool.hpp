#pragma once

#include "evaluation/command.hpp"
#include "experiments/sandbox.hpp"

#include <boost/asio/awaitable.hpp>
#include <boost/asio/thread_pool.hpp>

#include <cstddef>
#include <cstdint>
#include <map>
#include <memory>
#include <string>
#include <vector>

namespace weir::experiments
{

/// The commands that evaluators may name, and what these may take (`experiments.command…`).
struct command_options {
    std::map<std::string, std::vector<std::string>> commands; ///< by name: a program by its path, and its arguments
    std::vector<std::string> readable;
    std::chrono::milliseconds time{10'000}, cpu_time{5'000};
    std::uint64_t memory = 512ULL << 20U;
    std::string weir = "/proc/self/exe"; ///< which makes the sandbox
};

/// What a command came to.
struct command_result {
    evaluation::command_score said;
    bool was_stopped = false; ///< there was no time to see its end
};

/// Runs commands on threads of its own.
class command_pool
{
public:
    static constexpr std::size_t threads = 4;

    explicit command_pool(command_options options);

    /// Stops, and waits for the threads.
    ~command_pool();

    /// Ends all that runs, and what would still begin. Any thread.
    void stop();

    /// Runs a command on a call. From any executor; the pool must outlive that.
    boost::asio::awaitable<command_result> run(evaluation::command_wish what,
                                               std::shared_ptr<evaluation::subject const> of);

private:
    boost::asio::awaitable<command_result> run_here(evaluation::command_wish what,
                                                    std::shared_ptr<evaluation::subject const> of);

    command_options const options_;
    int const stop_; ///< an eventfd
    boost::asio::thread_pool threads_{threads};
};

} // namespace weir::experiments
