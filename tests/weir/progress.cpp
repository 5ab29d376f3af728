// Long work shows on a terminal how far it is.
#include "tests/support/process.hpp"
#include "tests/support/sample_database.hpp"

#include <boost/test/unit_test.hpp>

namespace weir
{

BOOST_FIXTURE_TEST_SUITE(progress, storage::fresh_database)

BOOST_AUTO_TEST_CASE(long_work_shows_on_a_terminal_how_far_it_is_and_clears_the_line)
{
    BOOST_REQUIRE(storage::insert(db, {storage::minimal(1), storage::minimal(2)}).has_value());
    struct {
        std::vector<std::string> command;
        std::string shows;
    } const cases[] = {
        {{"export", "--database", path, "--output", folder.file("calls.jsonl")}, "exported 2 calls, up to 20"},
        {{"reprice", "--database", path}, "looked at 2 calls, up to 20"},
        {{"prune", "--database", path, "--older-than", "30"}, "deleted 2 calls, up to "},
    };
    constexpr std::string_view new_line = "\r\033[K"; // of the terminal's, over the last
    for (auto const& c : cases) {
        BOOST_TEST_CONTEXT(c.command[0])
        {
            test::process p(c.command, folder.file(""), test::process::errors_to::terminal);

            BOOST_TEST(p.wait() == 0);
            BOOST_TEST(p.errors().find(std::string(new_line) + c.shows) != std::string::npos, p.errors());
            auto const last = p.errors().substr(p.errors().rfind(new_line));
            BOOST_TEST(last.find(" up to ") == std::string::npos, last);
            BOOST_TEST(p.output().find(new_line) == std::string::npos);
        }
    }
}

BOOST_AUTO_TEST_SUITE_END()

} // namespace weir
