#include "experiments/command_pool.hpp"

#include <boost/asio/co_spawn.hpp>
#include <boost/asio/use_awaitable.hpp>

#include <stdexcept>
#include <sys/eventfd.h>
#include <unistd.h>
#include <utility>

namespace weir::experiments
{

namespace asio = boost::asio;

command_pool::command_pool(command_options options)
    : options_(std::move(options))
    , stop_(::eventfd(0, EFD_CLOEXEC))
{
    if (stop_ < 0) throw std::runtime_error("no descriptor is left to stop commands with");
}

command_pool::~command_pool()
{
    stop();
    threads_.join();
    ::close(stop_);
}

void command_pool::stop()
{
    static_cast<void>(::eventfd_write(stop_, 1)); // can only fail when it is set already
}

asio::awaitable<command_result> command_pool::run(evaluation::command_wish what,
                                                  std::shared_ptr<evaluation::subject const> of)
{
    auto work = run_here(std::move(what), std::move(of));
    co_return co_await asio::co_spawn(threads_, std::move(work), asio::use_awaitable);
}

asio::awaitable<command_result> command_pool::run_here(evaluation::command_wish what,
                                                       std::shared_ptr<evaluation::subject const> of)
{
    command_result result;
    auto const known = options_.commands.find(what.name);
    if (known == options_.commands.end()) {
        result.said.problem = "the configuration has no command \"" + what.name + "\" (experiments.commands)";
        co_return result;
    }
    auto const input = evaluation::input_of(what, *of);
    if (!input.text) {
        result.said.problem = input.problem;
        co_return result;
    }
    sandboxed_command command;
    command.command = known->second;
    command.readable = options_.readable;
    command.time = options_.time;
    command.cpu_time = options_.cpu_time;
    command.memory = options_.memory;
    command.weir = options_.weir;
    auto const outcome = run_in_sandbox(command, *input.text, stop_);
    result.was_stopped = outcome.was_stopped;
    if (outcome.output)
        result.said = evaluation::read_command_output(*outcome.output);
    else
        result.said.problem = outcome.problem;
    co_return result;
}

} // namespace weir::experiments
