#include "storage/migrations.hpp"

#include "storage/settings.hpp"
#include "tests/support/sample_database.hpp"

#include <boost/test/unit_test.hpp>

#include <sys/stat.h>
#include <unistd.h>

namespace weir::storage
{
namespace
{

struct at_path {
    test::temp_folder folder;
    std::string path = folder.file("weir.db");
    std::string problem;

    /// The error of opening, which must be one; the file's bytes must stay, and nothing beside it appear.
    boost::system::error_code refused()
    {
        auto const before = test::content_of(path);
        auto const got = open_and_migrate(path, problem);
        BOOST_REQUIRE(!got.has_value());
        BOOST_TEST((test::content_of(path) == before));
        BOOST_TEST(!std::filesystem::exists(path + "-wal"));
        BOOST_TEST(!std::filesystem::exists(path + "-journal"));
        BOOST_TEST(problem.find(path) != std::string::npos);
        return got.error();
    }

    void make(std::string const& sql)
    {
        auto db = connection::open(path, connection::mode::create);
        BOOST_REQUIRE(db.has_value());
        BOOST_REQUIRE(db->execute_script(sql).has_value());
    }

    std::int64_t number(connection& db, std::string_view sql)
    {
        auto found = db.query(sql);
        BOOST_REQUIRE(found.has_value());
        BOOST_REQUIRE(found->next());
        return found->get<std::int64_t>(0);
    }
};

} // namespace

BOOST_FIXTURE_TEST_SUITE(migrating, at_path)

BOOST_AUTO_TEST_CASE(a_new_file_gets_the_schema_the_default_organisation_and_a_secret)
{
    auto db = open_and_migrate(path, problem);

    BOOST_REQUIRE(db.has_value());
    BOOST_TEST(number(*db, "PRAGMA user_version") == latest_schema());
    BOOST_TEST(number(*db, "SELECT count(*) FROM organization") == 1);
    BOOST_TEST(number(*db, "SELECT count(*) FROM request") == 0);
    BOOST_TEST(find_setting(*db, "hash_key").value().size() == 32U);
    BOOST_TEST((find_setting(*db, "nothing").error() == errc::not_found));
    auto mode = db->query("PRAGMA journal_mode");
    BOOST_REQUIRE(mode.has_value());
    BOOST_REQUIRE(mode->next());
    BOOST_TEST(mode->get<std::string>(0) == "wal");
}

BOOST_AUTO_TEST_CASE(a_file_of_an_earlier_schema_gets_what_is_new_and_keeps_its_rows)
{
    {
        auto db = open_and_migrate(path, problem);
        BOOST_REQUIRE(insert(*db, {minimal(1)}).has_value());
        BOOST_REQUIRE(db->execute_script("DROP TABLE score_value;DROP TABLE score_attribute;DROP TABLE feedback;"
                                         "DROP TABLE tag;PRAGMA user_version=1")
                          .has_value());
    }
    auto db = open_and_migrate(path, problem);

    BOOST_REQUIRE(db.has_value());
    BOOST_TEST(number(*db, "PRAGMA user_version") == latest_schema());
    BOOST_TEST(number(*db, "SELECT count(*) FROM request") == 1);
    for (std::string const table : {"score_value", "score_attribute", "feedback", "tag"})
        BOOST_TEST(number(*db, "SELECT count(*) FROM " + table) == 0);
}

BOOST_AUTO_TEST_CASE(opening_it_again_changes_nothing)
{
    std::string key;
    {
        auto db = open_and_migrate(path, problem);
        key = find_setting(*db, "hash_key").value();
        BOOST_REQUIRE(insert(*db, {minimal(1)}).has_value());
    }
    auto db = open_and_migrate(path, problem);

    BOOST_REQUIRE(db.has_value());
    BOOST_TEST((find_setting(*db, "hash_key").value() == key));
    BOOST_TEST(number(*db, "SELECT count(*) FROM request") == 1);
}

BOOST_AUTO_TEST_CASE(it_can_be_opened_while_another_connection_is_open)
{
    auto one = open_and_migrate(path, problem);
    auto two = open_and_migrate(path, problem);

    BOOST_TEST(one.has_value());
    BOOST_TEST(two.has_value());
}

BOOST_AUTO_TEST_CASE(an_empty_file_is_as_good_as_none)
{
    folder.write("weir.db", "");

    BOOST_TEST(open_and_migrate(path, problem).has_value());
}

BOOST_AUTO_TEST_CASE(another_programs_database_is_left_untouched)
{
    make("CREATE TABLE request (id INTEGER PRIMARY KEY, mine TEXT); INSERT INTO request VALUES (1, 'x')");

    BOOST_TEST((refused() == errc::foreign));
    BOOST_TEST(problem.find("not a weir database") != std::string::npos);
}

BOOST_AUTO_TEST_CASE(another_programs_database_with_an_id_of_its_own_is_left_untouched)
{
    make("PRAGMA application_id=42; CREATE TABLE x (y)");

    BOOST_TEST((refused() == errc::foreign));
}

BOOST_AUTO_TEST_CASE(a_newer_schema_is_left_untouched)
{
    make("PRAGMA application_id=2003134834; PRAGMA user_version=" + std::to_string(latest_schema() + 1) +
         "; CREATE TABLE x (y)");

    BOOST_TEST((refused() == errc::foreign));
    BOOST_TEST(problem.find("newer") != std::string::npos);
}

BOOST_AUTO_TEST_CASE(a_file_that_is_no_database_is_left_untouched)
{
    for (auto const& content : {std::string("x"), std::string("[gateway]\nlisten = \"127.0.0.1:1\"\n"),
                                std::string(5000, '\0'), "SQLite format 3" + std::string(20, '\0')}) {
        folder.write("weir.db", content);
        BOOST_TEST((refused() == errc::foreign));
    }
}

BOOST_AUTO_TEST_CASE(a_missing_folder_is_an_error_that_says_what_to_do)
{
    path = folder.file("absent/weir.db");
    auto const got = open_and_migrate(path, problem);

    BOOST_REQUIRE(!got.has_value());
    BOOST_TEST((got.error() == errc::io));
    BOOST_TEST(problem.find(path) != std::string::npos);
    BOOST_TEST(problem.find("folder") != std::string::npos);
}

BOOST_AUTO_TEST_CASE(a_folder_in_the_files_place_is_an_error)
{
    path = folder.file("");
    BOOST_TEST(!open_and_migrate(path, problem).has_value());
    BOOST_TEST(problem != "");
}

BOOST_AUTO_TEST_CASE(a_damaged_file_is_an_error)
{
    {
        auto db = open_and_migrate(path, problem);
        BOOST_REQUIRE(db.has_value());
    }
    auto content = test::content_of(path);
    for (std::size_t i = 100; i < 3000; ++i) content[i] = static_cast<char>(i * 7);
    folder.write("weir.db", content);
    std::filesystem::remove(path + "-wal");

    auto const got = open_and_migrate(path, problem);
    bool const readable = got.has_value();
    BOOST_TEST((!readable || problem.empty())); // at the latest, the first query says so
}

BOOST_AUTO_TEST_CASE(a_command_beside_a_server_opens_only_what_is_there_and_up_to_date)
{
    BOOST_TEST((open_current(path, problem).error() == errc::not_found));
    BOOST_TEST(problem.find("there is no database at " + path) == 0U);
    BOOST_TEST(!std::filesystem::exists(path));

    {
        auto db = open_and_migrate(path, problem);
        BOOST_REQUIRE(db.has_value());
        BOOST_TEST(open_current(path, problem).has_value());
        BOOST_REQUIRE(db->execute_script("PRAGMA user_version=0").has_value());
    }
    BOOST_TEST((open_current(path, problem).error() == errc::foreign));
    BOOST_TEST(problem.find("start this version's weir serve once") != std::string::npos);
    auto db = connection::open(path, connection::mode::read_only);
    BOOST_TEST(number(*db, "PRAGMA user_version") == 0); // it was not migrated
}

BOOST_AUTO_TEST_SUITE_END()

} // namespace weir::storage
