#include "support.hpp"

#include <boost/json/serialize.hpp>
#include <boost/test/unit_test.hpp>

namespace json = boost::json;

namespace weir::api::test
{
namespace
{

constexpr std::int64_t january_us = 1'704'067'200'000'000; // 2024-01-01T00:00:00Z

/// "filter" and time, and what goes with them.
std::string over(std::string const& start, std::string const& end, std::string const& increment,
                 std::string const& filter = "\"all\"", std::string const& more = R"(,"timeZoneDifference":0)")
{
    return R"({"userFilter":)" + filter + R"(,"timeFilter":{"start":")" + start + R"(","end":")" + end +
           R"("},"dbIncrement":")" + increment + '"' + more + '}';
}

struct dashboards : stored_record {
    unsigned calls = 0;

    storage::request_record call(std::int64_t time_us, std::string model = "m", int status = 200,
                                 storage::organization_id organization = storage::default_organization)
    {
        auto made = storage::minimal_at(time_us, calls++);
        made.model = std::move(model);
        made.provider = "openai";
        made.status = status;
        made.organization = organization;
        made.used.prompt = 10;
        made.used.completion = 5;
        made.used.cache_read = 2;
        made.used.cache_write = 1;
        made.cost.nanos = 500'000'000;
        add({made});
        return made;
    }

    void score(storage::request_record const& of, std::string const& scores)
    {
        auto theirs = with;
        theirs.organization = of.organization;
        data_of(ask(theirs, "POST", "/v1/request/" + of.request_id.text() + "/score", R"({"scores":)" + scores + '}'));
    }

    json::array scores(std::string const& body)
    {
        return data_of(ask(with, "POST", "/v1/dashboard/scores/query", body)).as_array();
    }
    json::array requests(std::string const& body)
    {
        return data_of(ask(with, "POST", "/v1/dashboard/requests/query", body)).as_array();
    }

    /// "start name=mean" of each row that has a name.
    std::string named(std::string const& body)
    {
        std::string all;
        for (auto const& row : scores(body))
            if (!row.at("score_key").as_string().empty())
                all += std::string(row.at("created_at_trunc").as_string().subview(0, 19)) + ' ' +
                       std::string(row.at("score_key").as_string()) + '=' +
                       std::to_string(row.at("score_sum").to_number<double>()).substr(0, 4) + ' ';
        return all;
    }

    /// "group=calls" of each row with calls.
    std::string groups(std::string const& body)
    {
        std::string all;
        for (auto const& row : requests(body))
            if (row.at("requests").to_number<int>() > 0)
                all += std::string(row.at("group").as_string()) + '=' +
                       std::to_string(row.at("requests").to_number<int>()) + ' ';
        return all;
    }
};

} // namespace

BOOST_FIXTURE_TEST_SUITE(dashboard_endpoints_, dashboards)

BOOST_AUTO_TEST_CASE(the_published_example_is_a_row_for_each_day)
{
    std::string const example = R"({"userFilter":"all","timeFilter":{"start":"2024-01-01","end":"2024-01-31"},)"
                                R"("dbIncrement":"day","timeZoneDifference":0})";
    BOOST_TEST(scores(example).size() == 31U);
    score(call(january_us), R"({"accuracy":80})");
    score(call(january_us + hour_us), R"({"accuracy":95,"is_polite":true})");
    score(call(january_us + 2 * day_us), R"({"accuracy":1})");
    score(call(january_us, "m", 200, other_organization), R"({"theirs":1})");

    auto const rows = scores(example);
    BOOST_TEST_REQUIRE(rows.size() == 32U);
    BOOST_TEST(json::serialize(rows[0]) ==
               R"({"created_at_trunc":"2024-01-01T00:00:00.000Z","score_key":"accuracy","score_sum":8.75E1})");
    BOOST_TEST(json::serialize(rows[1]) ==
               R"({"created_at_trunc":"2024-01-01T00:00:00.000Z","score_key":"is_polite-hcone-bool","score_sum":1})");
    BOOST_TEST(json::serialize(rows[2]) ==
               R"({"created_at_trunc":"2024-01-02T00:00:00.000Z","score_key":"","score_sum":0})");
    BOOST_TEST(rows[31].at("created_at_trunc").as_string() == "2024-01-31T00:00:00.000Z");
}

BOOST_AUTO_TEST_CASE(both_ends_of_a_range_belong_to_it)
{
    for (int seconds = 0; seconds < 4; ++seconds)
        score(call(noon_us + seconds * second_us), R"({"s)" + std::to_string(seconds) + R"(":1})");

    BOOST_TEST(named(over("2024-01-15T12:00:01Z", "2024-01-15T12:00:02Z", "min")) ==
               "2024-01-15T12:00:00 s1=1.00 2024-01-15T12:00:00 s2=1.00 ");
    BOOST_TEST(named(over("2024-01-15T12:00:01.999Z", "2024-01-15T12:00:02.999Z", "min")) ==
               "2024-01-15T12:00:00 s1=1.00 2024-01-15T12:00:00 s2=1.00 "); // cut to seconds
    BOOST_TEST(groups(over("2024-01-15T12:00:01Z", "2024-01-15T12:00:02Z", "hour")) == "=2 ");
}

BOOST_AUTO_TEST_CASE(buckets_are_those_of_the_time_zone)
{
    score(call(january_us + 3 * hour_us), R"({"s":1})");
    struct {
        std::string increment, zone, bucket;
    } const cases[] = {
        {"min", "0", "2024-01-01T03:00:00"},     {"hour", "30", "2024-01-01T02:30:00"},
        {"day", "0", "2024-01-01T00:00:00"},     {"day", "300", "2023-12-31T05:00:00"},
        {"day", "-330", "2023-12-31T18:30:00"},  {"week", "0", "2024-01-01T00:00:00"},
        {"week", "300", "2023-12-25T05:00:00"},  {"month", "0", "2024-01-01T00:00:00"},
        {"month", "300", "2023-12-01T05:00:00"}, {"year", "300", "2023-01-01T05:00:00"},
        {"year", "-60", "2023-12-31T23:00:00"},
    };
    for (auto const& c : cases) BOOST_TEST_CONTEXT(c.increment << " " << c.zone)
        {
            auto const body = over("2024-01-01T02:00:00Z", "2024-01-01T04:00:00Z", c.increment, "\"all\"",
                                   R"(,"timeZoneDifference":)" + c.zone);
            BOOST_TEST(named(body) == c.bucket + " s=1.00 ");
            bool is_there = false;
            for (auto const& row : requests(body))
                is_there |= row.at("requests").to_number<int>() == 1 &&
                            row.at("created_at_trunc").as_string() == c.bucket + ".000Z";
            BOOST_TEST(is_there);
        }
}

BOOST_AUTO_TEST_CASE(only_calls_that_pass_the_filter_count)
{
    score(call(noon_us, "a"), R"({"s":2})");
    score(call(noon_us, "b", 500), R"({"s":4})");
    auto const body = [](std::string const& filter) { return over("2024-01-15", "2024-01-16", "day", filter); };

    BOOST_TEST(named(body(R"("all")")) == "2024-01-15T00:00:00 s=3.00 ");
    BOOST_TEST(named(body(R"({"request_response_rmt":{"model":{"equals":"b"}}})")) == "2024-01-15T00:00:00 s=4.00 ");
    BOOST_TEST(named(body(R"({"request_response_rmt":{"model":{"equals":"c"}}})")) == "");
    BOOST_TEST(groups(body(R"({"request_response_rmt":{"status":{"gte":500}}})")) == "=1 ");
    BOOST_TEST(groups(body(R"({"request_response_rmt":{"prompt_tokens":{"equals":10}}})")) == "=2 ");
}

BOOST_AUTO_TEST_CASE(what_requests_come_to_stands_in_each_bucket)
{
    BOOST_TEST(groups(over("2024-01-15", "2024-01-16", "day")) == "");
    auto first = call(noon_us), second = storage::minimal_at(noon_us + hour_us, 7);
    second.status = 429;
    second.time_to_first_token_us = 250'000;
    add({second});
    call(noon_us, "m", 200, other_organization);

    auto const rows = requests(over("2024-01-15", "2024-01-16", "day"));
    BOOST_TEST_REQUIRE(rows.size() == 2U);
    BOOST_TEST(
        json::serialize(rows[0]) ==
        R"({"created_at_trunc":"2024-01-15T00:00:00.000Z","group":"","requests":2,"errors":1,)"
        R"("prompt_tokens":10,"completion_tokens":5,"total_tokens":15,"prompt_cache_read_tokens":2,)"
        R"("prompt_cache_write_tokens":1,"cost":5E-1,"average_latency":1000,"average_time_to_first_token":250})");
    BOOST_TEST(json::serialize(rows[1]) ==
               R"({"created_at_trunc":"2024-01-16T00:00:00.000Z","group":"","requests":0,"errors":0,)"
               R"("prompt_tokens":0,"completion_tokens":0,"total_tokens":0,"prompt_cache_read_tokens":0,)"
               R"("prompt_cache_write_tokens":0,"cost":0,"average_latency":null,"average_time_to_first_token":null})");
}

BOOST_AUTO_TEST_CASE(requests_are_grouped_by_what_is_asked_for)
{
    call(noon_us, "a");
    call(noon_us, "b", 500);
    call(noon_us, "a", 404);
    auto const body = [](std::string const& by) {
        return over("2024-01-15", "2024-01-16", "day", "\"all\"", R"(,"timeZoneDifference":0,"groupBy":")" + by + '"');
    };
    BOOST_TEST(groups(body("model")) == "a=2 b=1 ");
    BOOST_TEST(groups(body("provider")) == "openai=3 ");
    BOOST_TEST(groups(body("status")) == "200=1 404=1 500=1 ");
}

BOOST_AUTO_TEST_CASE(what_is_wrong_with_a_body_is_named)
{
    auto const zoned = [](std::string const& zone) {
        return over("2024-01-01", "2024-01-02", "day", "\"all\"", R"(,"timeZoneDifference":)" + zone);
    };
    std::string const zone_error = "Invalid time zone difference: must be whole minutes from -1440 to 1440";
    for (auto const* target : {"/v1/dashboard/scores/query", "/v1/dashboard/requests/query"})
        expect_each_refused(
            with, "POST", target,
            {{"", "timeFilter: is required"},
             {R"({"userFilter":"all","timeFilter":{"start":"2024-01-01","end":"2024-01-31"},"timeZoneDifference":0})",
              "dbIncrement: is required"},
             {over("2024-01-01", "2024-01-02", "day", "\"all\"", ""), "timeZoneDifference: is required"},
             {over("2024-01-02", "2024-01-01", "day"), "Invalid time filter: timeFilter.start is after timeFilter.end"},
             {over("soon", "2024-01-01", "day"),
              "Invalid time filter: timeFilter.start is not a time such as 2026-01-31 or 2026-01-31T12:00:00Z"},
             {over("2024-01-01", "2024-01-02", "decade"),
              R"(dbIncrement: unknown value "decade"; expected "min", "hour", "day", "week", "month" or "year")"},
             {over("2024-01-01", "2024-02-01", "min"),
              "Invalid time increment: the range has more than 20000 of them; ask for greater ones, or for less time"},
             {zoned("1441"), zone_error},
             {zoned("-1441"), zone_error},
             {zoned("0.5"), zone_error},
             {zoned("true"), "timeZoneDifference: expected a number, got a boolean"},
             {over("2024-01-01", "2024-01-02", "day", R"({"request":{"model":{"equals":"a"}}})"),
              "userFilter.request: unknown field"},
             {over("2024-01-01", "2024-01-02", "day", R"({"request_response_rmt":{"status":{"equals":"x"}}})"),
              "userFilter.request_response_rmt.status.equals: expected a number, got a string"},
             {over("2024-01-01", "2024-01-02", "day", "\"all\"", R"(,"timeZoneDifference":0,"x":1)"),
              "x: unknown field"}});
    expect_each_refused(
        with, "POST", "/v1/dashboard/requests/query",
        {{over("2024-01-01", "2024-01-02", "day", "\"all\"", R"(,"timeZoneDifference":0,"groupBy":"x")"),
          R"(groupBy: unknown value "x"; expected "model", "provider" or "status")"}});
}

BOOST_AUTO_TEST_SUITE_END()

} // namespace weir::api::test
