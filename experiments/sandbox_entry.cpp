#include "experiments/sandbox.hpp"
#include "experiments/sandbox_arguments.hpp"
#include "experiments/sandbox_files.hpp"
#include "experiments/sandbox_filter.hpp"

#include <algorithm>
#include <cerrno>
#include <csignal>
#include <cstdio>
#include <cstring>
#include <fcntl.h>
#include <fstream>
#include <grp.h>
#include <optional>
#include <sched.h>
#include <sys/prctl.h>
#include <sys/resource.h>
#include <sys/wait.h>
#include <unistd.h>
#include <vector>

namespace weir::experiments
{
namespace
{

/// What a command has beside the limits of the configuration: processes and threads, open files, how nice it is.
constexpr rlim_t most_processes = 32, most_files = 64;
constexpr int niceness = 10;

/// Nobody, whom a command of a weir that runs as root becomes.
constexpr uid_t nobody = 65534;

void tell(std::string_view word, std::string const& what)
{
    auto const line = std::string(word) + what + "\n";
    static_cast<void>(::write(told_descriptor, line.data(), line.size()) == 0); // who reads it may be gone
}

[[noreturn]] void refuse(std::string const& why)
{
    tell(told_refused, why);
    ::_exit(1);
}

std::string because() { return std::string(": ") + std::strerror(errno); }

/// Has a signal come to this process when the one that started it, which is `parent`, ends.
void hear_of_end(pid_t parent, int signal)
{
    if (::prctl(PR_SET_PDEATHSIG, signal) != 0 || ::getppid() != parent) ::_exit(1);
}

/// What runs as root may do too much also without its capabilities: it owns most files.
void leave_root()
{
    if (::geteuid() != 0) return;
    if (::setgroups(0, nullptr) != 0 || ::setresgid(nobody, nobody, nobody) != 0 ||
        ::setresuid(nobody, nobody, nobody) != 0)
        refuse("weir runs as root, and commands could not be run as somebody else" + because());
}

/// Processes and threads there are on the whole system: of one user there are fewer.
rlim_t processes_now()
{
    std::ifstream file("/proc/loadavg");
    std::string word;
    for (int i = 0; i < 4; ++i) file >> word; // "0.20 0.18 0.12 1/80 11206"
    auto const slash = word.find('/');
    return slash == word.npos ? 0 : static_cast<rlim_t>(std::strtoul(word.c_str() + slash + 1, nullptr, 10));
}

void limit(__rlimit_resource_t what, rlim_t soft, rlim_t hard)
{
    rlimit now{};
    if (::getrlimit(what, &now) != 0) refuse("its limits could not be read" + because());
    rlimit const next{std::min(soft, now.rlim_max), std::min(hard, now.rlim_max)};
    if (::setrlimit(what, &next) != 0) refuse("its limits could not be set" + because());
}

/// The last one is that of memory, under which nothing else may be needed any more.
void set_limits(sandbox_arguments const& what, rlim_t processes)
{
    limit(RLIMIT_CORE, 0, 0);
    limit(RLIMIT_FSIZE, 0, 0);
    limit(RLIMIT_MEMLOCK, 0, 0);
    limit(RLIMIT_MSGQUEUE, 0, 0);
    limit(RLIMIT_NOFILE, most_files, most_files);
    limit(RLIMIT_NPROC, processes, processes);
    limit(RLIMIT_CPU, what.cpu_seconds, what.cpu_seconds + 1);
    limit(RLIMIT_AS, what.memory, what.memory);
}

/// SIGTERM, by which weir asks for the end, and SIGCHLD.
sigset_t awaited_signals()
{
    sigset_t both;
    sigemptyset(&both);
    sigaddset(&both, SIGTERM);
    sigaddset(&both, SIGCHLD);
    return both;
}

/// Becomes the command.
[[noreturn]] void become(sandbox_arguments const& what, bool is_apart)
{
    auto const processes = most_processes + (is_apart ? 0 : processes_now());
    std::vector<char*> words;
    for (auto const& word : what.command) words.push_back(const_cast<char*>(word.c_str()));
    words.push_back(nullptr);
    char* const no_environment[] = {nullptr};
    auto readable = what.readable;
    for (auto const& word : what.command)
        if (word.starts_with('/')) readable.push_back(word);

    if (::prctl(PR_SET_NO_NEW_PRIVS, 1, 0, 0, 0) != 0) refuse("it could not be kept from new privileges" + because());
    if (!hide_files(readable))
        refuse("this system has no Landlock (Linux 5.13), or does not let weir use it, to keep the command from files");
    if (!forbid_system_calls(is_apart))
        refuse("this system lets weir have no filters (seccomp), to keep the command from the network");
    auto const blocked = awaited_signals();
    ::sigprocmask(SIG_UNBLOCK, &blocked, nullptr);
    set_limits(what, processes);
    ::execve(words.front(), words.data(), no_environment);
    char line[512]; // no memory may be asked for here
    auto const length = std::snprintf(line, sizeof line, "%s%s cannot be executed: %s\n", told_refused.data(),
                                      words.front(), std::strerror(errno));
    auto const bytes = std::min(static_cast<std::size_t>(length), sizeof line - 1);
    ::_exit(::write(told_descriptor, line, bytes) > 0 ? 1 : 2);
}

void tell_end(int status)
{
    if (WIFSIGNALED(status))
        tell(told_killed, std::to_string(WTERMSIG(status)));
    else
        tell(told_exited, std::to_string(WEXITSTATUS(status)));
}

pid_t fork_or_refuse()
{
    auto const made = ::fork();
    if (made < 0) refuse("no process could be made" + because());
    return made;
}

/// Waits for the end of a process, or for weir's wish that all ends. The process's status; none: it was not over.
std::optional<int> await(pid_t process)
{
    auto const signals = awaited_signals();
    for (;;) {
        int status = 0;
        if (::waitpid(process, &status, WNOHANG) == process) return status;
        int signal = 0;
        if (::sigwait(&signals, &signal) == 0 && signal == SIGTERM) return std::nullopt;
    }
}

/// Ends processes (a group, if negative) and waits for all that this one has.
void end_all(pid_t processes)
{
    ::kill(processes, SIGKILL);
    while (::waitpid(-1, nullptr, 0) > 0 || errno == EINTR) {
    }
}

/// In namespaces of its own: the first process of the new ones waits for the command, and with it all of them end.
void run_apart(sandbox_arguments const& what)
{
    auto const first = fork_or_refuse();
    if (first > 0) {
        ::close(told_descriptor);
        static_cast<void>(await(first));
        end_all(first);
        return;
    }
    if (::prctl(PR_SET_PDEATHSIG, SIGKILL) != 0) ::_exit(1);
    auto const command = fork_or_refuse();
    if (command == 0) {
        hear_of_end(1, SIGKILL);
        become(what, true);
    }
    for (int status = 0;;) {
        auto const ended = ::waitpid(-1, &status, 0); // also what lost its parent
        if (ended == command) tell_end(status);
        if (ended == command || (ended < 0 && errno != EINTR)) ::_exit(0);
    }
}

/// Among weir's own processes: what the command starts cannot leave its group, and becomes this process's when it has
/// lost its parent.
void run_among_others(sandbox_arguments const& what)
{
    ::prctl(PR_SET_CHILD_SUBREAPER, 1, 0, 0, 0);
    auto const self = ::getpid();
    auto const command = fork_or_refuse();
    if (command == 0) {
        ::setpgid(0, 0);
        hear_of_end(self, SIGKILL);
        become(what, false);
    }
    ::setpgid(command, command); // whoever comes first
    auto const status = await(command);
    end_all(-command);
    if (status) tell_end(*status);
}

} // namespace

int enter_sandbox(std::vector<std::string> const& arguments)
{
    auto const what = read_arguments(arguments);
    if (!what || ::fcntl(told_descriptor, F_SETFD, FD_CLOEXEC) != 0) {
        std::fputs("weir: sandbox is weir's own, for commands that evaluators name\n", stderr);
        return 2;
    }
    auto const parent = ::getppid();
    auto const signals = awaited_signals();
    ::sigprocmask(SIG_BLOCK, &signals, nullptr);
    std::ofstream("/proc/self/oom_score_adj") << "1000"; // rather this than weir, when memory runs out
    if (::nice(niceness) == -1) errno = 0;
    leave_root();
    ::prctl(PR_CAP_AMBIENT, PR_CAP_AMBIENT_CLEAR_ALL, 0, 0, 0);
    if (::chdir("/") != 0) refuse("there is no folder to run it in" + because());
    bool const is_apart = ::unshare(CLONE_NEWUSER | CLONE_NEWNET | CLONE_NEWPID | CLONE_NEWIPC | CLONE_NEWUTS) == 0;
    hear_of_end(parent, SIGTERM);
    is_apart ? run_apart(*what) : run_among_others(*what);
    ::_exit(0); // what libraries say at their end would stand among the command's words
}

} // namespace weir::experiments
