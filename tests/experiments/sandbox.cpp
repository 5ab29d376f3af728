// What a command may not do, and what becomes of it and of weir when it tries. Each case is told by what the command
// could do, or by the reason that weir has for its end.
#include "experiments/sandbox.hpp"

#include "command_support.hpp"
#include "tests/support/temp_folder.hpp"
#include "tests/support/wait.hpp"

#include <boost/test/unit_test.hpp>

#include <fcntl.h>
#include <sys/eventfd.h>
#include <thread>
#include <unistd.h>

using namespace std::chrono_literals;
using weir::test::hostile;

namespace weir::experiments
{
namespace
{

struct sandbox_fixture {
    test::temp_folder folder;
    int const stop = ::eventfd(0, EFD_CLOEXEC);

    sandbox_fixture() = default;
    sandbox_fixture(sandbox_fixture const&) = delete;
    sandbox_fixture& operator=(sandbox_fixture const&) = delete;
    ~sandbox_fixture() { ::close(stop); }

    sandbox_outcome run(sandboxed_command const& what, std::string_view input = "{}\n") const
    {
        return run_in_sandbox(what, input, stop);
    }

    /// What a command wrote that ended well.
    std::string said(std::vector<std::string> arguments, std::string_view input = "{}\n") const
    {
        auto const done = run(hostile(std::move(arguments)), input);
        BOOST_TEST(done.problem == "");
        BOOST_TEST(!done.was_stopped);
        return done.output.value_or("none");
    }

    std::string problem_of(std::vector<std::string> arguments) const
    {
        auto const done = run(hostile(std::move(arguments)));
        BOOST_TEST(!done.output.has_value());
        return done.problem;
    }
};

/// How many processes there are whose command is the test's.
int hostile_processes()
{
    int found = 0;
    std::error_code error;
    for (std::filesystem::directory_iterator entry("/proc", error), end; !error && entry != end; entry.increment(error))
        found += test::content_of(entry->path().native() + "/cmdline").starts_with(test::hostile_command());
    return found;
}

} // namespace

BOOST_FIXTURE_TEST_SUITE(sandboxes, sandbox_fixture)

BOOST_AUTO_TEST_CASE(a_command_reads_its_input_and_is_heard)
{
    std::string input = "{\"mark\":1}";
    BOOST_TEST(said({"echo", "mark"}, input) == "{\"score\": 10, \"said\": \"\"}\n");
    input.resize(5'000'000, ' '); // more than a pipe holds
    BOOST_TEST(said({"echo", "mark"}, input) == "{\"score\": 5000000, \"said\": \"\"}\n");
    BOOST_TEST(said({"echo", ""}, "") == "{\"score\": 0, \"said\": \"\"}\n");
}

BOOST_AUTO_TEST_CASE(a_command_need_not_read_its_input)
{
    BOOST_TEST(said({"say", "true"}, std::string(5'000'000, ' ')) == "true\n");
}

BOOST_AUTO_TEST_CASE(a_command_reaches_no_network_and_no_socket) { BOOST_TEST(said({"network"}) == "0\n"); }

BOOST_AUTO_TEST_CASE(a_command_reaches_no_files)
{
    auto const file = folder.write("weir.db", "secret");

    // Its path is no argument that stands alone, which it might read.
    auto command = hostile({"files", file});
    command.command.back() = "." + file; // from the root, where it is run
    auto const done = run(command);

    BOOST_TEST(done.problem == "");
    BOOST_TEST(done.output.value_or("") == "0\n");
    BOOST_TEST(test::content_of(file) == "secret");
    BOOST_TEST(!std::filesystem::exists("/tmp/weir-command-was-here"));
}

BOOST_AUTO_TEST_CASE(a_command_reads_what_it_may)
{
    auto const script = folder.write("script", "echo 7 # $1");
    std::filesystem::permissions(folder.file(""), std::filesystem::perms::all); // also for whom root becomes
    auto command = hostile({});
    command.command = {"/bin/sh", script};
    BOOST_TEST(run(command).output.value_or("none") == "7\n");

    command.command = {"/bin/sh", "-c", ". " + script};
    BOOST_TEST(!run(command).output.has_value());
    command.readable = {folder.file("")};
    BOOST_TEST(run(command).output.value_or("none") == "7\n");
}

BOOST_AUTO_TEST_CASE(a_command_has_no_environment_and_three_descriptors)
{
    int const open = ::open("/dev/null", O_RDONLY); // inherited by what does not care
    BOOST_TEST(said({"environment"}) == "0\n");
    BOOST_TEST(said({"descriptors"}) == "3\n");
    ::close(open);
}

BOOST_AUTO_TEST_CASE(a_command_is_never_root) { BOOST_TEST(said({"root"}) == "0\n"); }

BOOST_AUTO_TEST_CASE(a_command_sends_no_signals_to_weir)
{
    BOOST_TEST(said({"signals", std::to_string(::getpid())}) == "0\n");
}

BOOST_AUTO_TEST_CASE(a_command_that_forks_on_is_bounded_and_leaves_nothing)
{
    auto const children = std::stoi(said({"fork"}));

    BOOST_TEST(children < 1000);
    test::eventually([] { return hostile_processes() == 0; }, "the end of what was left");
}

BOOST_AUTO_TEST_CASE(a_command_that_leaves_a_process_is_not_waited_for_and_that_ends)
{
    BOOST_TEST(said({"child"}) == "1\n");
    test::eventually([] { return hostile_processes() == 0; }, "the end of what was left");
}

BOOST_AUTO_TEST_CASE(a_command_that_eats_memory_has_no_more)
{
    auto command = hostile({"memory"});
    command.memory = 64ULL << 20U;
    BOOST_TEST(run(command).problem == "the command exited with 1: no more memory");
}

BOOST_AUTO_TEST_CASE(a_command_that_spins_is_ended)
{
    auto command = hostile({"spin"});
    command.cpu_time = 1s;
    BOOST_TEST(run(command).problem == "the command was ended by signal 24 (CPU time limit exceeded)");
}

BOOST_AUTO_TEST_CASE(a_command_that_floods_is_ended)
{
    BOOST_TEST(problem_of({"flood"}) == "the command wrote more than 65536 bytes");
}

BOOST_AUTO_TEST_CASE(a_command_that_never_ends_is_ended_with_all_of_it)
{
    for (auto const* what : {"sleep", "closed"}) {
        auto command = hostile({what});
        command.time = 300ms;
        BOOST_TEST(run(command).problem == "the command took longer than 300 ms (experiments.command_timeout)");
    }
    test::eventually([] { return hostile_processes() == 0; }, "the end of what was left");
}

BOOST_AUTO_TEST_CASE(a_command_that_fails_is_told_by_its_word)
{
    std::pair<std::vector<std::string>, std::string> const cases[] = {
        {{"fail", "no model"}, "the command exited with 3: no model"},
        {{"fail", ""}, "the command exited with 3: and more"},
        {{"fail", "\x1b[31m\xff"}, "the command exited with 3:  [31m\xc3\xbf"},
        {{"fail", std::string(5000, 'x')}, "the command exited with 3: " + std::string(300, 'x')},
        {{"trace"}, "the command exited with 1: KeyError: 'x'"},
        {{"killed"}, "the command was ended by signal 4 (Illegal instruction)"},
        {{}, "the command exited with 2"},
    };
    for (auto const& [arguments, expected] : cases) BOOST_TEST(problem_of(arguments) == expected);
}

BOOST_AUTO_TEST_CASE(what_cannot_be_executed_is_told)
{
    auto command = hostile({});
    command.command = {"/no/such/program"};
    BOOST_TEST(run(command).problem ==
               "the command was not run: /no/such/program cannot be executed: No such file or directory");
    command.weir = "/no/such/weir";
    BOOST_TEST(run(command).problem == "the command was not run: No such file or directory");
}

BOOST_AUTO_TEST_CASE(where_namespaces_are_not_permitted_a_command_is_kept_in_by_filters)
{
    auto const run_without = [this](std::vector<std::string> arguments) {
        auto command = hostile(std::move(arguments));
        command.weir = WITHOUT_NAMESPACES;
        auto const done = run(command);
        return done.output.value_or(done.problem);
    };
    for (auto const* what : {"network", "environment", "root"}) BOOST_TEST(run_without({what}) == "0\n");
    BOOST_TEST(run_without({"signals", std::to_string(::getpid())}) == "0\n");
    BOOST_TEST(run_without({"child"}) == "1\n");
    test::eventually([] { return hostile_processes() == 0; }, "the end of what was left");
    BOOST_TEST(std::stoi(run_without({"fork"})) < 100'000);
    test::eventually([] { return hostile_processes() == 0; }, "the end of what was left");
    BOOST_TEST(run_without({"fail", "no model"}) == "the command exited with 3: no model");
}

BOOST_AUTO_TEST_CASE(where_a_command_cannot_be_kept_in_it_is_not_run)
{
    auto command = hostile({"say", "1"});
    command.weir = WITHOUT_FILTERS;
    BOOST_TEST(run(command).problem == "the command was not run: this system lets weir have no filters (seccomp), "
                                       "to keep the command from the network");
    command.weir = WITHOUT_LANDLOCK;
    BOOST_TEST(run(command).problem == "the command was not run: this system has no Landlock (Linux 5.13), or does not "
                                       "let weir use it, to keep the command from files");
}

BOOST_AUTO_TEST_CASE(a_stop_ends_commands)
{
    sandbox_outcome done;
    std::thread waits([&] { done = run(hostile({"sleep"})); });
    test::eventually([] { return hostile_processes() > 0; }, "the command");

    ::eventfd_write(stop, 1);
    waits.join();

    BOOST_TEST(done.was_stopped);
    test::eventually([] { return hostile_processes() == 0; }, "its end");
}

BOOST_AUTO_TEST_CASE(many_at_once_do_not_disturb_each_other)
{
    std::vector<std::thread> threads;
    std::vector<std::string> all(8);
    for (std::size_t i = 0; i < all.size(); ++i)
        threads.emplace_back([this, i, &all] {
            for (int n = 0; n < 5; ++n) all[i] += run(hostile({"say", std::to_string(i)})).output.value_or("none");
        });
    for (auto& one : threads) one.join();

    for (std::size_t i = 0; i < all.size(); ++i) {
        std::string expected;
        for (int n = 0; n < 5; ++n) expected += std::to_string(i) + "\n";
        BOOST_TEST(all[i] == expected);
    }
}

BOOST_AUTO_TEST_SUITE_END()

} // namespace weir::experiments
