#include "experiments/sandbox.hpp"

#include "experiments/retry.hpp"
#include "experiments/sandbox_arguments.hpp"
#include "net/text.hpp"

#include <algorithm>
#include <array>
#include <cerrno>
#include <csignal>
#include <cstring>
#include <fcntl.h>
#include <memory>
#include <poll.h>
#include <spawn.h>
#include <sys/wait.h>
#include <unistd.h>
#include <utility>

namespace weir::experiments
{
namespace
{

using clock = std::chrono::steady_clock;

/// Bytes that a command may write: its score, and what it says of its failure, of which more is not kept.
constexpr std::size_t most_output = 64UL * 1024, most_errors = 16UL * 1024, most_told = 1024;

/// Of a reason.
constexpr std::size_t most_sandbox_reason = 300;

/// How long what is killed may take to let go of its pipes.
constexpr std::chrono::seconds kill_patience{2};

class descriptor
{
public:
    descriptor() = default;
    explicit descriptor(int number)
        : number_(number)
    {
    }
    descriptor(descriptor&& other) noexcept
        : number_(std::exchange(other.number_, -1))
    {
    }
    descriptor& operator=(descriptor&& other) noexcept
    {
        close();
        number_ = std::exchange(other.number_, -1);
        return *this;
    }
    ~descriptor() { close(); }

    void close()
    {
        if (number_ >= 0) ::close(std::exchange(number_, -1));
    }
    int get() const { return number_; }
    bool is_open() const { return number_ >= 0; }

private:
    int number_ = -1;
};

/// A pipe whose ends no other process inherits. They are above the numbers that a command's descriptors have.
struct pipe_ends {
    descriptor read, write;

    static std::optional<pipe_ends> make()
    {
        std::array<int, 2> ends{};
        if (::pipe2(ends.data(), O_CLOEXEC) != 0) return std::nullopt;
        descriptor const first(ends[0]), second(ends[1]);
        pipe_ends made{descriptor(::fcntl(ends[0], F_DUPFD_CLOEXEC, told_descriptor + 1)),
                       descriptor(::fcntl(ends[1], F_DUPFD_CLOEXEC, told_descriptor + 1))};
        if (!made.read.is_open() || !made.write.is_open()) return std::nullopt;
        return made;
    }
};

void never_wait(descriptor const& on)
{
    ::fcntl(on.get(), F_SETFL, O_NONBLOCK); // set at the end alone: the other one is another description
}

/// What a command writes to one of its descriptors, up to so many bytes.
class reader
{
public:
    reader(descriptor from, std::size_t most)
        : from_(std::move(from))
        , most_(most)
    {
        never_wait(from_);
    }

    int number() const { return from_.get(); }
    void close() { from_.close(); }
    bool is_open() const { return from_.is_open(); }
    bool is_full() const { return was_more_; }
    std::string const& text() const { return text_; }

    void read()
    {
        std::array<char, 16 * 1024> piece;
        auto const n = ::read(from_.get(), piece.data(), piece.size());
        if (n == 0 || (n < 0 && errno != EAGAIN && errno != EINTR)) from_.close();
        if (n <= 0) return;
        auto const kept = std::min(static_cast<std::size_t>(n), most_ - text_.size());
        was_more_ |= kept < static_cast<std::size_t>(n);
        text_.append(piece.data(), kept);
    }

private:
    descriptor from_;
    std::size_t const most_;
    std::string text_;
    bool was_more_ = false;
};

/// A command that runs; killed with all that it started when this goes.
class running_command
{
public:
    /// Null, and errno says why, when it cannot be started.
    static std::unique_ptr<running_command> start(sandboxed_command const& what, std::string_view input);

    running_command(running_command const&) = delete;
    running_command& operator=(running_command const&) = delete;
    ~running_command()
    {
        end();
        while (::waitpid(process_, nullptr, 0) < 0 && errno == EINTR) {
        }
    }

    sandbox_outcome await(sandboxed_command const& what, int stop);

private:
    running_command(pid_t process, std::string_view input, descriptor to, reader output, reader errors, reader told)
        : process_(process)
        , input_(input)
        , to_(std::move(to))
        , output_(std::move(output))
        , errors_(std::move(errors))
        , told_(std::move(told))
    {
        never_wait(to_);
    }

    void end();
    bool step(clock::time_point until, int stop);
    void write();
    sandbox_outcome outcome() const;
    std::string failure_of(std::string_view status) const;

    pid_t const process_;
    std::string_view input_; ///< what of it is still to be written
    descriptor to_;
    reader output_, errors_, told_;
};

/// The subcommand's process, in a session of its own, with no signal blocked or ignored and no descriptor but these.
pid_t spawn(sandboxed_command const& what, pipe_ends const& in, pipe_ends const& out, pipe_ends const& err,
            pipe_ends const& told)
{
    posix_spawn_file_actions_t files;
    posix_spawnattr_t attributes;
    ::posix_spawn_file_actions_init(&files);
    ::posix_spawnattr_init(&attributes);
    std::array const descriptors{in.read.get(), out.write.get(), err.write.get(), told.write.get()};
    int error = 0;
    for (std::size_t i = 0; i < descriptors.size() && error == 0; ++i)
        error = ::posix_spawn_file_actions_adddup2(&files, descriptors[i], static_cast<int>(i));
    if (error == 0) error = ::posix_spawn_file_actions_addclosefrom_np(&files, told_descriptor + 1);
    sigset_t none, all;
    sigemptyset(&none);
    sigfillset(&all);
    ::posix_spawnattr_setsigmask(&attributes, &none);
    ::posix_spawnattr_setsigdefault(&attributes, &all);
    ::posix_spawnattr_setflags(&attributes, POSIX_SPAWN_SETSID | POSIX_SPAWN_SETSIGMASK | POSIX_SPAWN_SETSIGDEF);

    std::vector<std::string> words{"weir", std::string(sandbox_subcommand)};
    for (auto& word : to_arguments(what)) words.push_back(std::move(word));
    std::vector<char*> arguments;
    for (auto& word : words) arguments.push_back(word.data());
    arguments.push_back(nullptr);
    char* const no_environment[] = {nullptr};
    pid_t process = -1;
    if (error == 0)
        error = ::posix_spawn(&process, what.weir.c_str(), &files, &attributes, arguments.data(), no_environment);
    ::posix_spawnattr_destroy(&attributes);
    ::posix_spawn_file_actions_destroy(&files);
    errno = error;
    return error == 0 ? process : -1;
}

std::unique_ptr<running_command> running_command::start(sandboxed_command const& what, std::string_view input)
{
    auto in = pipe_ends::make(), out = pipe_ends::make(), err = pipe_ends::make(), told = pipe_ends::make();
    if (!in || !out || !err || !told) return nullptr;
    auto const process = spawn(what, *in, *out, *err, *told);
    if (process < 0) return nullptr;
    return std::unique_ptr<running_command>(
        new running_command(process, input, std::move(in->write), reader(std::move(out->read), most_output),
                            reader(std::move(err->read), most_errors), reader(std::move(told->read), most_told)));
}

/// A command that does not read its input has a right to that.
void running_command::write()
{
    auto const n = ::write(to_.get(), input_.data(), input_.size());
    if (n < 0 && (errno == EAGAIN || errno == EINTR)) return;
    input_.remove_prefix(n < 0 ? input_.size() : static_cast<std::size_t>(n));
    if (input_.empty()) to_.close();
}

/// Waits until something can be read or written, and does that. False when it is time to end instead.
bool running_command::step(clock::time_point until, int stop)
{
    auto const left = std::chrono::ceil<std::chrono::milliseconds>(until - clock::now()).count();
    if (left <= 0) return false;
    std::array<pollfd, 5> on{{{output_.number(), POLLIN, 0},
                              {errors_.number(), POLLIN, 0},
                              {told_.number(), POLLIN, 0},
                              {to_.get(), POLLOUT, 0},
                              {stop, POLLIN, 0}}};
    constexpr std::int64_t longest = 60'000;
    if (::poll(on.data(), on.size(), static_cast<int>(std::min(left, longest))) < 0) return errno == EINTR;
    if (on[4].revents != 0) return false;
    if (on[0].revents != 0) output_.read();
    if (on[1].revents != 0) errors_.read();
    if (on[2].revents != 0) told_.read();
    if (on[3].revents != 0) write();
    return true;
}

sandbox_outcome running_command::await(sandboxed_command const& what, int stop)
{
    auto const until = clock::now() + what.time;
    while (told_.is_open()) {
        if (!step(until, stop)) {
            bool const is_late = clock::now() >= until;
            if (!is_late) return {.output = {}, .problem = "weir is stopping", .was_stopped = true};
            return {.output = {},
                    .problem = "the command took longer than " + std::to_string(what.time.count()) +
                               " ms (experiments.command_timeout)"};
        }
        if (output_.is_full())
            return {.output = {}, .problem = "the command wrote more than " + std::to_string(most_output) + " bytes"};
    }
    // It has ended, and what it started with it, which holds the pipes no more.
    auto const soon = clock::now() + kill_patience;
    while ((output_.is_open() || errors_.is_open()) && !output_.is_full() && step(soon, -1)) {
    }
    return outcome();
}

/// Asks for the end of all, which is told by the end of what is told; who does not answer is ended himself.
void running_command::end()
{
    if (told_.is_open()) ::kill(process_, SIGTERM);
    output_.close();
    errors_.close();
    to_.close();
    auto const soon = clock::now() + kill_patience;
    while (told_.is_open() && step(soon, -1)) {
    }
    if (told_.is_open()) ::kill(-process_, SIGKILL);
}

/// The line in which programs say why they failed: the first one, but of a trace of Python's the last.
std::string reason_in(std::string_view errors)
{
    std::string_view first, last;
    while (!errors.empty()) {
        auto const line = net::trimmed(errors.substr(0, errors.find('\n')));
        errors.remove_prefix(
            std::min(errors.size(), errors.find('\n') == errors.npos ? errors.size() : errors.find('\n') + 1));
        if (line.empty()) continue;
        if (first.empty()) first = line;
        last = line;
    }
    auto text = net::clean_text(first.starts_with("Traceback ") ? last : first);
    std::replace_if(
        text.begin(), text.end(), [](unsigned char c) { return c < 0x20 || c == 0x7f; }, ' ');
    return beginning_of(std::move(text), most_sandbox_reason);
}

std::string running_command::failure_of(std::string_view status) const
{
    std::string how = "the command ended without a word: it may have been killed";
    if (status.starts_with(told_exited))
        how = "the command exited with " + std::string(status.substr(told_exited.size()));
    if (status.starts_with(told_killed)) {
        auto const number = net::parse_number(status.substr(told_killed.size())).value_or(0);
        auto const* const name = ::sigdescr_np(static_cast<int>(number));
        how = "the command was ended by signal " + std::to_string(number) +
              (name ? " (" + std::string(name) + ")" : std::string());
    }
    auto const why = reason_in(errors_.text());
    return why.empty() ? how : how + ": " + why;
}

sandbox_outcome running_command::outcome() const
{
    std::string_view const told = told_.text();
    auto const status =
        told.substr(0, told.find('\n')); // a process that waited for one that refused tells of that, too
    if (status.starts_with(told_refused))
        return {.output = {}, .problem = "the command was not run: " + std::string(status.substr(told_refused.size()))};
    if (output_.is_full())
        return {.output = {}, .problem = "the command wrote more than " + std::to_string(most_output) + " bytes"};
    if (status == std::string(told_exited) + "0") return {.output = output_.text(), .problem = {}};
    return {.output = {}, .problem = failure_of(status)};
}

} // namespace

sandbox_outcome run_in_sandbox(sandboxed_command const& what, std::string_view input, int stop)
{
    auto const running = running_command::start(what, input);
    if (!running) return {.output = {}, .problem = "the command was not run: " + std::string(std::strerror(errno))};
    return running->await(what, stop);
}

} // namespace weir::experiments
