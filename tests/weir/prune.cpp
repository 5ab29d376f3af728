#include "storage/ids.hpp"
#include "storage/requests.hpp"
#include "tests/support/http.hpp"
#include "tests/support/process.hpp"
#include "tests/support/sample_database.hpp"

#include <boost/test/unit_test.hpp>

#include <csignal>
#include <filesystem>

namespace weir
{
namespace
{

using namespace std::chrono_literals;
using std::chrono::days;
using std::chrono::system_clock;

/// A record of 300 calls of 40 days ago, 20 of 10 days ago and 3 of an hour ago, each with a body of 10 kB.
struct aged_record : storage::fresh_database {
    aged_record()
    {
        add(days(40), 300);
        add(days(10), 20);
        add(1h, 3);
    }

    void add(system_clock::duration age, int count)
    {
        std::vector<storage::request_record> rows;
        auto const first = static_cast<std::int64_t>(storage::first_row_id(system_clock::now() - age));
        std::string body;
        for (int i = 0; i < 10'000; ++i) body += static_cast<char>(i * i * 31 >> (i % 7));
        for (int i = 0; i < count; ++i) {
            rows.push_back(storage::minimal(first + i));
            rows.back().has_body = true;
        }
        BOOST_REQUIRE(storage::insert(db, std::move(rows), {body, "", ""}).has_value());
    }

    std::int64_t rows()
    {
        auto found = db.query("SELECT count(*) FROM request");
        BOOST_REQUIRE(found.value().next());
        return found->get<std::int64_t>(0);
    }

    test::ended prune(std::vector<std::string> arguments)
    {
        arguments.insert(arguments.begin(), {"prune", "--database", path});
        return run(arguments);
    }
    test::ended run(std::vector<std::string> const& arguments) { return test::run(arguments, folder.file("")); }

    std::vector<std::string> serving(std::vector<std::string> more = {})
    {
        more.insert(more.begin(),
                    {"serve", "--database", path, "--gateway-listen", "127.0.0.1:0", "--admin-listen", "127.0.0.1:0"});
        return more;
    }
};

std::string day_text(system_clock::time_point when)
{
    std::chrono::year_month_day const date(std::chrono::floor<days>(when));
    char text[32];
    std::snprintf(text, sizeof text, "%04d-%02u-%02u", static_cast<int>(date.year()),
                  static_cast<unsigned>(date.month()), static_cast<unsigned>(date.day()));
    return text;
}

/// Makes a call that weir refuses, which is a row all the same.
void call(std::uint16_t port)
{
    auto client = test::connection::to(port);
    client.send(test::post("/v1/v1/chat/completions", "{}"));
    BOOST_TEST(test::read_response(client).status() == 404U);
}

} // namespace

BOOST_FIXTURE_TEST_SUITE(prune_command, aged_record)

BOOST_AUTO_TEST_CASE(calls_older_than_so_many_days_go_and_it_says_what_it_did)
{
    auto const got = prune({"--older-than", "30"});

    BOOST_TEST(got.code == 0);
    BOOST_TEST(got.output.find("deleted 300 calls ") == 0U);
    BOOST_TEST(got.output.find(" bytes given back") != std::string::npos);
    BOOST_TEST(got.errors == ""); // no progress where standard error is no terminal
    BOOST_TEST(rows() == 23);
}

BOOST_AUTO_TEST_CASE(calls_of_before_a_day_go)
{
    auto const got = prune({"--before", day_text(system_clock::now() - days(5))});

    BOOST_TEST(got.code == 0);
    BOOST_TEST(rows() == 3);
    BOOST_TEST(prune({"--before", "2020-01-01"}).output.find("deleted 0 calls ") == 0U);
    BOOST_TEST(rows() == 3);
}

BOOST_AUTO_TEST_CASE(a_day_to_come_means_everything_until_now)
{
    BOOST_TEST(prune({"--before", "2200-12-31"}).code == 0);
    BOOST_TEST(rows() == 0);
}

BOOST_AUTO_TEST_CASE(without_an_age_the_configured_one_counts_and_there_must_be_one)
{
    auto const none = prune({});
    BOOST_TEST(none.code == 2);
    BOOST_TEST(none.errors.find("--older-than DAYS") != std::string::npos);
    BOOST_TEST(none.errors.find("storage.retain_days") != std::string::npos);
    BOOST_TEST(rows() == 323);

    BOOST_TEST(prune({"--set", "storage.retain_days=30"}).code == 0);
    BOOST_TEST(rows() == 23);
    BOOST_TEST(prune({"--set", "storage.retain_days=30", "--older-than", "5"}).code == 0);
    BOOST_TEST(rows() == 3);
}

BOOST_AUTO_TEST_CASE(wrong_usage_deletes_nothing)
{
    std::vector<std::string> const cases[] = {
        {"--older-than", "0"},
        {"--older-than", "-1"},
        {"--older-than", "x"},
        {"--older-than", "36501"},
        {"--before", "yesterday"},
        {"--before", "2026-02-30"},
        {"--before", "2026-1-1"},
        {"--before", ""},
        {"--before", "2026-01-01", "--older-than", "1"},
        {"--set", "storage.retain_days=36501"},
    };
    for (auto const& arguments : cases)
        BOOST_TEST_CONTEXT(arguments[0] << " " << arguments[1]) BOOST_TEST(prune(arguments).code == 2);
    BOOST_TEST(rows() == 323);
}

BOOST_AUTO_TEST_CASE(what_is_no_weir_database_is_refused_and_left_alone)
{
    auto const other = folder.write("other.db", "not a database");

    auto const missing = run({"prune", "--database", folder.file("missing.db"), "--older-than", "1"});
    BOOST_TEST(missing.code == 1);
    BOOST_TEST(missing.errors.find("there is no database at ") != std::string::npos);
    BOOST_TEST(!std::filesystem::exists(folder.file("missing.db")));

    BOOST_TEST(run({"prune", "--database", other, "--older-than", "1"}).code == 1);
    BOOST_TEST(test::content_of(other) == "not a database");
}

BOOST_AUTO_TEST_CASE(a_listen_address_that_serve_would_refuse_does_not_matter)
{
    BOOST_TEST(prune({"--older-than", "30", "--set", "gateway.listen=0.0.0.0:8787"}).code == 0);
    BOOST_TEST(rows() == 23);
}

BOOST_AUTO_TEST_CASE(it_works_beside_a_server_which_goes_on_recording)
{
    test::process server(serving(), folder.file(""));
    auto const port = server.port_of("gateway");
    call(port);

    auto const got = prune({"--older-than", "30"});
    call(port);

    BOOST_TEST(got.code == 0);
    test::eventually([this] { return rows() == 25; }, "23 old and 2 new rows");
    server.signal(SIGTERM);
    BOOST_TEST(server.wait() == 0);
    BOOST_TEST(server.errors().find(" error ") == std::string::npos);
}

BOOST_AUTO_TEST_CASE(a_server_deletes_what_is_older_than_it_may_keep)
{
    test::process server(serving({"--set", "storage.retain_days=30"}), folder.file(""));

    BOOST_TEST(server.told_after("deleted old calls ").find("calls=300 bytes_given_back=") == 0U);
    BOOST_TEST(rows() == 23);
    auto client = test::connection::to(server.port_of("admin"));
    client.send("GET /metrics HTTP/1.1\r\nHost: localhost\r\n\r\n");
    BOOST_TEST(test::read_response(client).body.find("\nweir_records_pruned_total 300\n") != std::string::npos);
    server.signal(SIGTERM);
    BOOST_TEST(server.wait() == 0);
}

BOOST_AUTO_TEST_SUITE_END()

} // namespace weir
