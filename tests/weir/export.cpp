#include "tests/support/http.hpp"
#include "tests/support/process.hpp"
#include "tests/support/sample_database.hpp"

#include <boost/test/unit_test.hpp>

#include <algorithm>
#include <csignal>

namespace weir
{
namespace
{

/// Three calls of the default organisation, one of another.
struct exported_record : storage::fresh_database {
    exported_record()
    {
        std::vector<storage::request_record> rows{storage::complete(1), storage::minimal(2), storage::minimal(3),
                                                  storage::minimal(4)};
        rows[1].user_id = "ann";
        rows[3].organization = storage::organization_id{2};
        BOOST_REQUIRE(storage::insert(db, rows, {R"({"a":1})", "{}", ""}).has_value());
        BOOST_REQUIRE(
            db.execute("INSERT INTO organization (id,public_id,name,created_us) VALUES (2,'other-id','other',1)")
                .has_value());
    }

    test::ended run(std::vector<std::string> arguments)
    {
        arguments.insert(arguments.begin(), {"export", "--database", path});
        return test::run(arguments, folder.file(""));
    }
};

auto lines(std::string const& text) { return std::count(text.begin(), text.end(), '\n'); }

} // namespace

BOOST_FIXTURE_TEST_SUITE(export_command, exported_record)

BOOST_AUTO_TEST_CASE(all_calls_go_to_standard_output)
{
    auto const got = run({});

    BOOST_TEST(got.code == 0);
    BOOST_TEST(got.errors == "");
    BOOST_TEST(lines(got.output) == 3);
    BOOST_TEST(got.output.find(storage::complete(1).request_id.text()) < got.output.find("\n"));
    BOOST_TEST(run({"--format", "csv"}).output.starts_with("response_id,response_created_at,"));
    BOOST_TEST(lines(run({"--filter", R"({"request":{"user_id":{"equals":"ann"}}})"}).output) == 1);
    BOOST_TEST(lines(run({"--organization", "other"}).output) == 1);
}

BOOST_AUTO_TEST_CASE(a_file_is_written_and_its_user_s_alone)
{
    auto const to = folder.file("calls.jsonl");

    auto const got = run({"--output", to});

    BOOST_TEST(got.code == 0);
    BOOST_TEST(got.output == "");
    BOOST_TEST(got.errors == "exported 3 calls\n");
    BOOST_TEST(test::content_of(to) == run({}).output);
}

BOOST_AUTO_TEST_CASE(wrong_usage_is_2_and_trouble_is_1)
{
    struct {
        std::vector<std::string> arguments;
        int code;
        std::string_view expected;
    } const cases[] = {
        {{"--format", "xml"}, 2, "--format xml: write jsonl or csv"},
        {{"--filter", "{"}, 2, "--filter: "},
        {{"--filter", R"({"request":{"user_id":{}}})"}, 2, "--filter.request.user_id: an operator is missing"},
        {{"--organization", "nobody"}, 2, "--organization nobody: there is none of that name"},
        {{"--output", "/nowhere/at/all"}, 1, "/nowhere/at/all cannot be written: No such file"},
        {{"--output", "/dev/full"}, 1, "the export cannot be written (No space left on device)"},
    };
    for (auto const& c : cases) BOOST_TEST_CONTEXT(c.arguments[0] << " " << c.arguments[1])
        {
            auto const got = run(c.arguments);
            BOOST_TEST(got.code == c.code);
            BOOST_TEST(got.errors.find(c.expected) != std::string::npos, got.errors);
        }
}

BOOST_AUTO_TEST_CASE(a_database_that_is_not_there_is_not_made)
{
    test::process p({"export", "--database", folder.file("missing.db")}, folder.file(""));

    BOOST_TEST(p.wait() == 1);
    BOOST_TEST(p.errors().find("there is no database at ") != std::string::npos);
}

BOOST_AUTO_TEST_CASE(it_works_beside_a_server_and_says_the_same)
{
    test::process server(
        {"serve", "--database", path, "--gateway-listen", "127.0.0.1:0", "--admin-listen", "127.0.0.1:0"},
        folder.file(""));
    auto client = test::connection::to(server.port_of("admin"));
    client.send("GET /v1/request/export HTTP/1.1\r\nHost: localhost\r\n\r\n");

    BOOST_TEST(test::read_response(client).body == run({}).output);

    server.signal(SIGTERM);
    BOOST_TEST(server.wait() == 0);
}

BOOST_AUTO_TEST_SUITE_END()

} // namespace weir
