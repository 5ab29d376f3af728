// What users' own queries may take: rows, bytes, memory, time and the stack.
#include "storage/foreign_query.hpp"

#include "foreign_query_support.hpp"

#include <algorithm>
#include <chrono>

namespace weir::storage
{
namespace
{

struct limited_queries : two_organizations {
    /// Until the test ends, queries are interrupted once that much time has passed.
    void end_after(std::chrono::milliseconds time)
    {
        until = std::chrono::steady_clock::now() + time;
        db.set_progress(
            [](void* p) {
                return std::chrono::steady_clock::now() > *static_cast<std::chrono::steady_clock::time_point*>(p) ? 1
                                                                                                                  : 0;
            },
            &until);
    }

    std::chrono::steady_clock::time_point until;
};

/// The beginning of a statement that takes longer to prepare with each of its parts, c0 to the last, twice as long.
std::string nested(int parts)
{
    std::string made = "WITH c0 AS (SELECT 1 FROM request_response_rmt)";
    for (int i = 1; i < parts; ++i) {
        auto const before = "c" + std::to_string(i - 1);
        made += ",c" + std::to_string(i) + " AS (SELECT 1 FROM " + before + " AS x," + before + " AS y)";
    }
    return made;
}

} // namespace

BOOST_FIXTURE_TEST_SUITE(foreign_query_limits_, limited_queries)

BOOST_AUTO_TEST_CASE(what_an_answer_may_have_is_bounded)
{
    std::string const numbers = "WITH n(i) AS (SELECT 1 UNION ALL SELECT i+1 FROM n LIMIT 10001) SELECT i FROM n";

    BOOST_TEST(ask(numbers).find("more than 10000 rows: add a LIMIT") != std::string::npos);
    BOOST_TEST(ask(numbers + " WHERE i>1").starts_with("2;3"));
    BOOST_TEST(ask("SELECT request_body FROM request_response_rmt", {.bytes = 8}).find("more than 0 MiB") !=
               std::string::npos);
    BOOST_TEST(ask("SELECT " + std::string(20'000, ' ') + "1").starts_with("error: "));
    BOOST_TEST(ask("WITH n(t) AS (SELECT 'aaaaaaaa' UNION ALL SELECT t||t FROM n) SELECT length(t) FROM n") ==
               "error: string or blob too big");
    std::string columns = "SELECT 1";
    for (int i = 0; i < 200; ++i) columns += ",1";
    BOOST_TEST(ask(columns) == "error: too many columns in result set");
    std::string deep = "1";
    for (int i = 0; i < 101; ++i) deep += "+1";
    BOOST_TEST(ask("SELECT " + deep) == "error: Expression tree is too large (maximum depth 100)");
}

BOOST_AUTO_TEST_CASE(what_a_query_may_take_is_bounded)
{
    foreign_query_limits const limits{.memory = 16UL << 20U};
    std::string const attempts[] = {
        nested(30) + " SELECT 1 FROM c29",
        "WITH n(i) AS (SELECT 1 UNION ALL SELECT i+1 FROM n) SELECT i FROM n ORDER BY i DESC",
        "WITH n(i) AS (SELECT 1 UNION SELECT i+1 FROM n) SELECT count(*) FROM n",
        "WITH n(i) AS (SELECT 1 UNION ALL SELECT i+1 FROM n) SELECT json_group_array(i) FROM n",
    };
    for (auto const& attempt : attempts) BOOST_TEST_CONTEXT(attempt)
        {
            auto const said = ask(attempt, limits);
            BOOST_TEST((said.find("more than 16 MiB of memory") != said.npos || said.find("too big") != said.npos),
                       said);
        }
    BOOST_TEST(ask("SELECT count(*) FROM request_response_rmt", limits) == "2");
}

BOOST_AUTO_TEST_CASE(a_query_ends_when_it_is_told_to)
{
    std::string const attempts[] = {
        "WITH n(i) AS (SELECT 1 UNION ALL SELECT i+1 FROM n) SELECT count(*) FROM n",
        "WITH n(i) AS (SELECT 1 UNION ALL SELECT i+1 FROM n LIMIT 100000) SELECT count(*) FROM n AS a,n AS b",
        nested(30) + " SELECT 1 FROM c29",
    };
    for (auto const& attempt : attempts) BOOST_TEST_CONTEXT(attempt)
        {
            auto const begun = std::chrono::steady_clock::now();
            end_after(std::chrono::seconds(1)); // by when it has begun, also on a busy machine
            BOOST_TEST(ask(attempt, {.memory = 4UL << 30U}) == "error: the query took too long");
            BOOST_TEST((std::chrono::steady_clock::now() - begun < std::chrono::seconds(10)));
        }
    db.set_progress(nullptr, nullptr);
}

BOOST_AUTO_TEST_CASE(what_takes_long_elsewhere_takes_little_time_here)
{
    // Half a million times a and then b, looked for in a million times a: SQLite's own instr takes minutes.
    std::string const doubled = "WITH n(t) AS (SELECT 'aaaaaaaa' UNION ALL SELECT t||t FROM n LIMIT 18), "
                                "l(t) AS (SELECT max(t) FROM n), s(t) AS (SELECT substr(t,1,500000)||'b' FROM l) ";
    auto const begun = std::chrono::steady_clock::now();

    BOOST_TEST(ask(doubled + "SELECT instr(l.t,s.t),length(replace(l.t,s.t,'')) FROM l,s") == "0|1048576");

    BOOST_TEST((std::chrono::steady_clock::now() - begun < std::chrono::seconds(10)));
}

BOOST_AUTO_TEST_CASE(statements_nested_deep_do_not_overflow_the_stack)
{
    std::string chain = "WITH c0(a) AS (SELECT 1)";
    for (int i = 1; chain.size() < 19'000; ++i)
        chain += ",c" + std::to_string(i) + " AS (SELECT a FROM c" + std::to_string(i - 1) + " LIMIT 9)";
    chain += " SELECT a FROM c" + std::to_string(std::count(chain.begin(), chain.end(), '(') - 3);

    auto const said = ask(chain);

    BOOST_TEST((said == "1" || said.starts_with("error: ")), said.substr(0, 200));
}

BOOST_AUTO_TEST_SUITE_END()

} // namespace weir::storage
