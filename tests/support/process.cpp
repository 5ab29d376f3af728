#include "tests/support/process.hpp"

#include "tests/support/wait.hpp"

#include <array>
#include <csignal>
#include <fcntl.h>
#include <poll.h>
#include <pty.h>
#include <stdexcept>
#include <sys/wait.h>
#include <unistd.h>
#include <utility>

namespace weir::test
{

namespace
{

/// Both ends, the one to be read from first.
std::array<int, 2> new_pipe()
{
    std::array<int, 2> ends{};
    if (::pipe2(ends.data(), O_CLOEXEC) != 0) throw std::runtime_error("no pipe");
    return ends;
}

std::array<int, 2> new_terminal()
{
    std::array<int, 2> ends{};
    if (::openpty(ends.data(), &ends[1], nullptr, nullptr, nullptr) != 0) throw std::runtime_error("no terminal");
    for (int const end : ends) ::fcntl(end, F_SETFD, FD_CLOEXEC);
    return ends;
}

} // namespace

process::process(std::vector<std::string> const& arguments, std::string const& folder, errors_to where)
{
    std::vector<char*> words{const_cast<char*>("weir")};
    for (auto const& a : arguments) words.push_back(const_cast<char*>(a.c_str()));
    words.push_back(nullptr);
    auto const output = new_pipe();
    auto const errors = where == errors_to::terminal ? new_terminal() : new_pipe();
    id_ = ::fork();
    if (id_ == 0) { // only what a signal handler may do from here on
        if (::chdir(folder.c_str()) != 0) ::_exit(126);
        ::dup2(output[1], STDOUT_FILENO);
        ::dup2(errors[1], STDERR_FILENO);
        ::execv(WEIR_BINARY, words.data());
        ::_exit(127);
    }
    ::close(output[1]);
    ::close(errors[1]);
    output_pipe_ = output[0];
    errors_pipe_ = errors[0];
    if (id_ < 0) throw std::runtime_error("no process");
}

process::~process()
{
    for (int const pipe : {output_pipe_, errors_pipe_})
        if (pipe >= 0) ::close(pipe);
    if (id_ <= 0) return;
    ::kill(id_, SIGKILL);
    ::waitpid(id_, nullptr, 0);
}

/// Takes what comes within that time; a pipe whose other end is closed is closed here too.
void process::read(std::chrono::milliseconds wait)
{
    std::pair<int*, std::string*> const pipes[] = {{&output_pipe_, &output_}, {&errors_pipe_, &errors_}};
    std::array<pollfd, 2> polled{};
    for (std::size_t i = 0; i < 2; ++i) polled[i] = {*pipes[i].first, POLLIN, 0};
    if (::poll(polled.data(), polled.size(), static_cast<int>(wait.count())) <= 0) return;
    for (std::size_t i = 0; i < 2; ++i) {
        if (polled[i].revents == 0) continue;
        std::array<char, 4096> piece;
        auto const n = ::read(*pipes[i].first, piece.data(), piece.size());
        if (n > 0) {
            pipes[i].second->append(piece.data(), static_cast<std::size_t>(n));
        } else {
            ::close(*pipes[i].first);
            *pipes[i].first = -1;
        }
    }
}

std::string process::told_after(std::string_view mark)
{
    std::size_t at = 0, end = 0;
    auto const is_there = [&] {
        if (errors_pipe_ >= 0) read(std::chrono::milliseconds(20));
        at = errors_.find(mark);
        end = at == std::string::npos ? at : errors_.find('\n', at);
        if (end == std::string::npos && errors_pipe_ < 0) throw late("it ended without \"" + std::string(mark) + "\"");
        return end != std::string::npos;
    };
    eventually(is_there, "\"" + std::string(mark) + "\" in: " + errors_);
    return errors_.substr(at + mark.size(), end - at - mark.size());
}

std::uint16_t process::port_of(std::string_view side)
{
    return static_cast<std::uint16_t>(std::stoi(told_after(std::string(side) + " listening on 127.0.0.1:")));
}

void process::signal(int number) const { ::kill(id_, number); }

int process::wait()
{
    eventually(
        [this] {
            read(std::chrono::milliseconds(20));
            return output_pipe_ < 0 && errors_pipe_ < 0;
        },
        "the process to end");
    int status = 0;
    ::waitpid(std::exchange(id_, -1), &status, 0);
    return WIFEXITED(status) ? WEXITSTATUS(status) : 128 + WTERMSIG(status);
}

ended run(std::vector<std::string> const& arguments, std::string const& folder)
{
    process p(arguments, folder);
    auto const code = p.wait();
    return {code, p.output(), p.errors()};
}

} // namespace weir::test
