// A command that evaluators may name, as a test wants it: what it does is its first argument. It does without all but
// the C library and is built without sanitizers, which need more memory than commands have.
#include <csignal>
#include <cstdio>
#include <cstdlib>
#include <cstring>
#include <fcntl.h>
#include <initializer_list>
#include <string>
#include <sys/inotify.h>
#include <sys/ipc.h>
#include <sys/shm.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <sys/syscall.h>
#include <unistd.h>
#include <utility>
#include <vector>

extern char** environ;

namespace
{

std::string input()
{
    std::string all;
    char piece[4096];
    for (ssize_t n = 0; (n = ::read(0, piece, sizeof piece)) > 0;) all.append(piece, static_cast<std::size_t>(n));
    return all;
}

int said(char const* score)
{
    std::puts(score);
    return 0;
}

/// Says how many of the forbidden things could be done, and which on standard error.
int count(std::initializer_list<std::pair<char const*, bool>> done)
{
    int number = 0;
    for (auto const& [what, is_done] : done) {
        if (is_done) std::fprintf(stderr, "%s\n", what);
        number += is_done;
    }
    std::printf("%d\n", number);
    return 0;
}

bool opens(char const* path, int flags)
{
    int const file = ::open(path, flags, 0600);
    if (file >= 0) ::close(file);
    return file >= 0;
}

bool makes_pair(int type)
{
    int both[2];
    return ::socketpair(AF_UNIX, type, 0, both) == 0;
}

int reach_network()
{
    return count({{"an internet socket", ::socket(AF_INET, SOCK_STREAM, 0) >= 0},
                  {"an internet socket of the new kind", ::socket(AF_INET6, SOCK_DGRAM, 0) >= 0},
                  {"a local socket", ::socket(AF_UNIX, SOCK_STREAM, 0) >= 0},
                  {"a raw socket", ::socket(AF_PACKET, SOCK_RAW, 0) >= 0},
                  {"a pair of datagram sockets", makes_pair(SOCK_DGRAM)},
                  {"a pair of packet sockets", makes_pair(SOCK_SEQPACKET)},
                  {"no pair of streams, which reach only each other", !makes_pair(SOCK_STREAM | SOCK_CLOEXEC)}});
}

/// By a system call of Linux 6.17.
bool sets_attributes(char const* file)
{
    constexpr long file_setattr = 469;
    char attributes[24] = {}; // struct file_attr
    return ::syscall(file_setattr, AT_FDCWD, file, attributes, sizeof attributes, 0) == 0;
}

/// `file`: one of weir's own.
int reach_files(char const* file)
{
    return count({{"reads weir's file", opens(file, O_RDONLY)},
                  {"writes weir's file", opens(file, O_WRONLY)},
                  {"truncates weir's file", ::truncate(file, 0) == 0},
                  {"changes the mode of weir's file", ::chmod(file, 0777) == 0},
                  {"removes weir's file", ::unlink(file) == 0},
                  {"changes the attributes of weir's file", sets_attributes(file)},
                  {"watches a folder", ::inotify_add_watch(::inotify_init(), "/tmp", IN_CREATE) >= 0},
                  {"has memory that outlives it", ::shmget(IPC_PRIVATE, 4096, IPC_CREAT | 0600) >= 0},
                  {"reads passwords", opens("/etc/passwd", O_RDONLY)},
                  {"reads processes", opens("/proc/self/environ", O_RDONLY)},
                  {"lists the root", opens("/", O_RDONLY | O_DIRECTORY)},
                  {"makes a file", opens("/tmp/weir-command-was-here", O_WRONLY | O_CREAT)},
                  {"makes a file here", opens("weir-command-was-here", O_WRONLY | O_CREAT)}});
}

int count_descriptors()
{
    int number = 0;
    for (int i = 0; i < 1024; ++i) number += ::fcntl(i, F_GETFD) >= 0;
    std::printf("%d\n", number);
    return 0;
}

/// Forks until it may not; each process waits, for ever.
int fork_on()
{
    int children = 0;
    for (; children < 100'000; ++children) {
        auto const child = ::fork();
        if (child < 0) break;
        if (child == 0)
            for (;;) ::pause();
    }
    std::printf("%d\n", children);
    return 0;
}

int eat_memory()
{
    std::vector<char*> all;
    for (;;) {
        auto* const piece = static_cast<char*>(std::malloc(1 << 20));
        if (!piece) {
            std::fprintf(stderr, "no more memory\n");
            return 1;
        }
        std::memset(piece, 1, 1 << 20);
        all.push_back(piece);
    }
}

/// Leaves a process that would go on, in a session of its own where it may, and that holds standard output.
int leave_child()
{
    if (::fork() == 0) {
        ::setsid();
        for (;;) ::pause();
    }
    return said("1");
}

int signal_others(pid_t weir) { return count({{"a signal to weir", ::kill(weir, 0) == 0}}); }

} // namespace

int main(int argc, char** argv)
{
    std::string const what = argc > 1 ? argv[1] : "";
    char const* const more = argc > 2 ? argv[2] : "";
    if (what == "echo") { // how many bytes it was given, if these have a text
        auto const got = input();
        std::printf("{\"score\": %zu, \"said\": \"\"}\n", got.find(more) == got.npos ? 0 : got.size());
        return 0;
    }
    if (what == "say") return said(more);
    if (what == "network") return reach_network();
    if (what == "files") return reach_files(more);
    if (what == "environment") return said(environ && *environ ? "1" : "0");
    if (what == "descriptors") return count_descriptors();
    if (what == "root") return said(::geteuid() == 0 ? "1" : "0");
    if (what == "fork") return fork_on();
    if (what == "memory") return eat_memory();
    if (what == "spin")
        for (unsigned long volatile n = 0;;) n = n + 1;
    if (what == "flood")
        for (std::string const line(4096, 'x');;)
            if (std::puts(line.c_str()) < 0) return 1;
    if (what == "sleep")
        for (;;) ::pause();
    if (what == "child") return leave_child();
    if (what == "signals") return signal_others(static_cast<pid_t>(std::atol(more)));
    if (what == "killed") __builtin_trap();
    if (what == "closed") { // its pipes, and goes on
        for (int i = 0; i < 3; ++i) ::close(i);
        for (;;) ::pause();
    }
    if (what == "fail") {
        std::fprintf(stderr, "\n%s\nand more\n", more);
        return 3;
    }
    if (what == "trace") {
        std::fprintf(stderr, "Traceback (most recent call last):\n  File \"a\"\nKeyError: 'x'\n");
        return 1;
    }
    return 2;
}
