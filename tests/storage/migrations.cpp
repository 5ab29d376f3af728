#include "storage/migrations.hpp"
#include "storage/row_groups.hpp"

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
    char const* const names[] = {"1_record", "2_judgements"};
    for (int version = 1; version <= 2; ++version) {
        test::temp_folder old;
        path = old.file("weir.db");
        std::string script = "PRAGMA page_size=8192;";
        for (int step = 0; step < version; ++step)
            script += test::content_of(WEIR_SOURCE_DIR "/storage/schema/" + std::string(names[step]) + ".sql");
        script += "INSERT INTO request (id,request_id,client_chose_id,organization_id,created_us,ended_us,overhead_us,"
                  "method,path,status,is_stream,usage_missing,cost_source,request_bytes,response_bytes,"
                  "request_truncated,response_truncated,model,properties,prompt_tokens,cost_nanos) "
                  "VALUES (1,x'01',0,1,1800000000,1800000007,0,'POST','/',200,0,0,'table',1,1,0,0,'m',"
                  "'{\"App\":\"x\"}',5,70);";
        if (version == 2)
            script += "INSERT INTO score_attribute VALUES (1,1,'quality','number',0);"
                      "INSERT INTO score_value VALUES (1,x'01',1,95,0),(1,x'02',1,7,0);";
        make(script + "PRAGMA application_id=0x77656972;PRAGMA user_version=" + std::to_string(version));

        auto db = open_and_migrate(path, problem);

        BOOST_REQUIRE_MESSAGE(db.has_value(), problem);
        BOOST_TEST(number(*db, "PRAGMA user_version") == latest_schema());
        BOOST_TEST(number(*db, "SELECT count(*) FROM request WHERE model='m'") == 1);
        BOOST_TEST(number(*db, "SELECT count(*) FROM organization_property WHERE property_key='App'") == 1);
        BOOST_TEST(number(*db, "SELECT calls*1000+cost_nanos+latency_us FROM traffic WHERE quarter=2 AND model='m'") ==
                   1077);
        BOOST_TEST(number(*db, "SELECT count(*) FROM score_value WHERE row_id IS NOT NULL") == (version == 2 ? 1 : 0));
    }
}

BOOST_AUTO_TEST_CASE(a_file_of_the_schema_before_gets_the_index_of_figures)
{
    std::string script = "PRAGMA page_size=8192;";
    for (auto const* step : {"1_record", "2_judgements", "3_queries", "4_prompts"})
        script += test::content_of(WEIR_SOURCE_DIR "/storage/schema/" + std::string(step) + ".sql");
    make(script + "PRAGMA application_id=0x77656972;PRAGMA user_version=4");

    auto db = open_and_migrate(path, problem);

    BOOST_REQUIRE_MESSAGE(db.has_value(), problem);
    BOOST_TEST(number(*db, "PRAGMA user_version") == latest_schema());
    BOOST_TEST(number(*db, "SELECT count(*) FROM sqlite_schema WHERE type='index' AND name='request_figures'") == 1);
}

BOOST_AUTO_TEST_CASE(groups_of_schemas_before_are_made_anew)
{
    std::string const as_13 = "DROP TABLE value_filter;ALTER TABLE column_chunk DROP COLUMN filter_parts;"
                              "ALTER TABLE column_chunk DROP COLUMN value_count;";
    std::string const as_12 = as_13 + "DROP TABLE field_text;DROP TABLE field_text_check;DROP INDEX request_pending;"
                                      "CREATE INDEX request_by_model ON request (model);"
                                      "CREATE INDEX request_by_user ON request (user_id);"
                                      "CREATE INDEX request_by_session ON request (session_id);"
                                      "CREATE INDEX request_by_status ON request (status);";
    for (auto const& script : {as_13 + "PRAGMA user_version=13", as_12 + "PRAGMA user_version=12"}) {
        std::filesystem::remove(path);
        {
            auto db = open_and_migrate(path, problem);
            std::vector<request_record> rows;
            for (std::int64_t id = 1; id <= 2000; ++id) rows.push_back(minimal(id));
            BOOST_REQUIRE(insert(*db, rows).has_value());
            BOOST_REQUIRE(group_some_rows(*db).has_value());
            BOOST_TEST(number(*db, "SELECT count(*) FROM row_group") == 1);
            BOOST_REQUIRE(db->execute_script(script).has_value());
        }
        auto db = open_and_migrate(path, problem);
        BOOST_REQUIRE_MESSAGE(db.has_value(), problem);
        BOOST_TEST(number(*db, "SELECT count(*) FROM row_group") == 0);
        BOOST_TEST(number(*db, "SELECT sum(json_array_length(row_ids)) FROM ungrouped_rows") == 2000);
        BOOST_TEST(number(*db, "SELECT count(*) FROM sqlite_schema WHERE name LIKE 'request_by_%'") == 1);
        while (group_some_rows(*db).value() > 0) {
        }
        BOOST_TEST(number(*db, "SELECT sum(row_count) FROM row_group") == 2000);
        BOOST_REQUIRE(db->execute("UPDATE request SET session_id='s' WHERE id=5").has_value());
        BOOST_TEST(number(*db, "SELECT count(*) FROM ungrouped_rows") == 1);
    }
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
