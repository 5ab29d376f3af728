#include "storage/connection.hpp"

#include "storage/collect.hpp"
#include "storage/sql.hpp"
#include "tests/support/sample_database.hpp"

#include <boost/test/unit_test.hpp>

#include <csignal>
#include <filesystem>
#include <sqlite3.h>
#include <sys/resource.h>

namespace weir::storage
{
namespace
{

/// Files that this process writes may have no more than so many bytes while this lives.
class small_files
{
public:
    explicit small_files(rlim_t most)
    {
        std::signal(SIGXFSZ, SIG_IGN);
        ::getrlimit(RLIMIT_FSIZE, &before_);
        rlimit const now{most, before_.rlim_max};
        ::setrlimit(RLIMIT_FSIZE, &now);
    }
    small_files(small_files const&) = delete;
    small_files& operator=(small_files const&) = delete;
    ~small_files() { ::setrlimit(RLIMIT_FSIZE, &before_); }

private:
    rlimit before_{};
};

} // namespace

BOOST_FIXTURE_TEST_SUITE(connections, fresh_database)

BOOST_AUTO_TEST_CASE(a_file_that_may_not_grow_is_a_full_disk)
{
    BOOST_REQUIRE(db.execute("CREATE TABLE big (content BLOB)").has_value());
    {
        small_files const kept(1024 * 1024);
        auto const done = db.execute("INSERT INTO big VALUES (randomblob(8000000))");
        BOOST_REQUIRE(!done.has_value());
        BOOST_TEST(done.error() == make_error_code(errc::full), done.error().message() << ", " << db.message());
    }
    BOOST_TEST(db.execute("INSERT INTO big VALUES (randomblob(8000000))").has_value());
}

BOOST_AUTO_TEST_CASE(no_commit_moves_the_write_ahead_log_into_the_database)
{
    auto const size = [this] { return std::filesystem::file_size(path); };
    BOOST_REQUIRE(db.execute("CREATE TABLE small (content BLOB)").has_value());
    BOOST_REQUIRE(db.checkpoint().has_value());
    auto const before = size();

    constexpr int sqlites_own_limit = 1000; // pages, at which a commit would do it unasked
    for (int n = 0; n < 2 * sqlites_own_limit; ++n)
        BOOST_REQUIRE(db.execute("INSERT INTO small VALUES (randomblob(100))").has_value());
    BOOST_TEST(db.wal_pages() > sqlites_own_limit);
    BOOST_TEST(size() == before);

    BOOST_REQUIRE(db.checkpoint().has_value());
    BOOST_TEST(size() > before);
}

BOOST_AUTO_TEST_CASE(a_connection_that_has_read_nothing_yet_moves_the_write_ahead_log_too)
{
    for (bool const whole : {false, true}) {
        BOOST_TEST_CONTEXT((whole ? "empty_log" : "checkpoint"))
        {
            auto const before = std::filesystem::file_size(path);
            BOOST_REQUIRE(db.execute("CREATE TABLE IF NOT EXISTS more (content BLOB)").has_value());
            BOOST_REQUIRE(db.execute("INSERT INTO more VALUES (randomblob(1000000))").has_value());

            auto other = connection::open(path, connection::mode::read_write);
            BOOST_REQUIRE(other.has_value());
            if (whole)
                BOOST_TEST(other->empty_log().value() == 0);
            else
                BOOST_REQUIRE(other->checkpoint().has_value());

            BOOST_TEST(std::filesystem::file_size(path) > before + 900'000);
        }
    }
}

BOOST_AUTO_TEST_CASE(queries_of_the_same_text_share_a_statement_when_one_is_free)
{
    auto const statements = [this] {
        int count = 0;
        for (auto* each = sqlite3_next_stmt(db.handle(), nullptr); each; each = sqlite3_next_stmt(db.handle(), each))
            ++count;
        return count;
    };
    auto const numbers_from = [](std::int64_t first) {
        sql asked("SELECT value FROM json_each('[1,2,3]') WHERE value>=");
        asked.bind(first);
        return asked;
    };
    auto const before = statements();
    {
        auto one = db.query(numbers_from(1)), other = db.query(numbers_from(3)); // at the same time
        BOOST_TEST_REQUIRE(one->next());
        BOOST_TEST_REQUIRE(other->next());
        BOOST_TEST(one->get<int>(0) == 1);
        BOOST_TEST(other->get<int>(0) == 3);
        BOOST_TEST(one->next());
        BOOST_TEST(one->get<int>(0) == 2);
        BOOST_TEST(!other->next());
    }
    for (std::int64_t first = 1; first <= 3; ++first)
        BOOST_TEST((collect_column<std::int64_t>(db.query(numbers_from(first)))->size() ==
                    static_cast<std::size_t>(4 - first)));
    BOOST_TEST(statements() == before + 2);

    BOOST_REQUIRE(db.execute("CREATE TABLE json_each (value)").has_value()); // the text means something else now
    BOOST_TEST((collect_column<std::int64_t>(db.query(sql("SELECT value FROM json_each")))->empty()));

    for (int n = 0; n < 1000; ++n)
        BOOST_TEST(first_value<std::int64_t>(db.query(sql("SELECT " + std::to_string(n)))).value() == n);
    BOOST_TEST(statements() < before + 100);
}

BOOST_AUTO_TEST_SUITE_END()

} // namespace weir::storage
