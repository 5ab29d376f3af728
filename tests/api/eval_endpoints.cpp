#include "support.hpp"

#include <boost/json/serialize.hpp>
#include <boost/test/unit_test.hpp>

namespace json = boost::json;

namespace weir::api::test
{
namespace
{

struct scored_calls : stored_record {
    unsigned calls = 0;

    void call(std::string const& scores, std::int64_t time_us = noon_us, std::string model = "m",
              storage::organization_id organization = storage::default_organization)
    {
        auto made = storage::minimal_at(time_us, calls++);
        made.model = std::move(model);
        made.organization = organization;
        add({made});
        auto theirs = with;
        theirs.organization = organization;
        data_of(
            ask(theirs, "POST", "/v1/request/" + made.request_id.text() + "/score", R"({"scores":)" + scores + '}'));
    }

    static std::string body(std::string const& start, std::string const& end, std::string const& filter = "\"all\"",
                            std::string const& more = {})
    {
        return R"({"filter":)" + filter + R"(,"timeFilter":{"start":")" + start + R"(","end":")" + end + "\"}" + more +
               '}';
    }
    json::array evals(std::string const& asked)
    {
        return data_of(ask(with, "POST", "/v1/evals/query", asked)).as_array();
    }
    std::string spread(std::string const& asked)
    {
        return json::serialize(data_of(ask(with, "POST", "/v1/evals/score-distributions/query", asked)));
    }
};

} // namespace

BOOST_FIXTURE_TEST_SUITE(eval_endpoints_, scored_calls)

BOOST_AUTO_TEST_CASE(names_are_all_that_were_ever_used)
{
    auto const names = [this] { return ask(with, "GET", "/v1/evals/scores").body; };
    BOOST_TEST(names() == R"({"data":[],"error":null})");
    call(R"({"b":1,"a":true})");
    call(R"({"b":2,"helicone-score-feedback":1})");
    call(R"({"theirs":2})", noon_us, "m", other_organization);

    BOOST_TEST(names() == R"({"data":["a-hcone-bool","b","helicone-score-feedback"],"error":null})");
}

BOOST_AUTO_TEST_CASE(an_eval_has_its_mean_and_bounds_and_every_hour)
{
    BOOST_TEST(evals(body("2024-01-15", "2024-01-16")).empty());
    call(R"({"s":10})", noon_us);
    call(R"({"s":-20})", noon_us + 60 * second_us);
    call(R"({"s":40})", noon_us + 2 * hour_us);
    call(R"({"old":1})", noon_us - 9 * day_us);
    call(R"({"s":1000})", noon_us, "m", other_organization);

    auto const found = evals(body("2024-01-15T12:00:00Z", "2024-01-15T14:30:00Z"));
    BOOST_TEST_REQUIRE(found.size() == 2U);
    BOOST_TEST(json::serialize(found[0]) ==
               R"({"name":"old","averageScore":0,"minScore":0,"maxScore":0,"count":0,"overTime":[)"
               R"({"date":"2024-01-15T12:00:00.000Z","count":0},{"date":"2024-01-15T13:00:00.000Z","count":0},)"
               R"({"date":"2024-01-15T14:00:00.000Z","count":0}],"averageOverTime":[)"
               R"({"date":"2024-01-15T12:00:00.000Z","value":0},{"date":"2024-01-15T13:00:00.000Z","value":0},)"
               R"({"date":"2024-01-15T14:00:00.000Z","value":0}]})");
    BOOST_TEST(json::serialize(found[1]) ==
               R"({"name":"s","averageScore":10,"minScore":-20,"maxScore":40,"count":3,"overTime":[)"
               R"({"date":"2024-01-15T12:00:00.000Z","count":2},{"date":"2024-01-15T13:00:00.000Z","count":0},)"
               R"({"date":"2024-01-15T14:00:00.000Z","count":1}],"averageOverTime":[)"
               R"({"date":"2024-01-15T12:00:00.000Z","value":-5},{"date":"2024-01-15T13:00:00.000Z","value":0},)"
               R"({"date":"2024-01-15T14:00:00.000Z","value":40}]})");
}

BOOST_AUTO_TEST_CASE(both_ends_belong_to_a_query_and_the_start_alone_to_a_distribution)
{
    for (int second = 0; second < 4; ++second)
        call(R"({"s)" + std::to_string(second) + R"(":1})", noon_us + second * second_us);
    auto const asked = body("2024-01-15T12:00:01.5Z", "2024-01-15T12:00:02.5Z"); // cut to seconds

    std::string counts;
    for (auto const& one : evals(asked)) counts += std::to_string(one.at("count").to_number<int>());
    BOOST_TEST(counts == "0110");
    BOOST_TEST(spread(asked) == R"([{"name":"s1","distribution":[{"lower":1,"upper":1,"value":1}]}])");
}

BOOST_AUTO_TEST_CASE(values_are_spread_over_ten_bars_of_which_empty_ones_are_left_out)
{
    auto const day = body("2024-01-15", "2024-01-16");
    BOOST_TEST(spread(day) == "[]");
    for (int value : {0, 9, 10, 55, 100}) call(R"({"s":)" + std::to_string(value) + '}');
    call(R"({"ok":true})");
    call(R"({"s":1000})", noon_us, "m", other_organization);

    BOOST_TEST(spread(day) == R"([{"name":"ok-hcone-bool","distribution":[{"lower":1,"upper":1,"value":1}]},)"
                              R"({"name":"s","distribution":[{"lower":0,"upper":10,"value":2},)"
                              R"({"lower":10,"upper":20,"value":1},{"lower":50,"upper":60,"value":1},)"
                              R"({"lower":90,"upper":100,"value":1}]}])");
}

BOOST_AUTO_TEST_CASE(only_scores_of_calls_that_pass_the_filter_count)
{
    call(R"({"s":1})", noon_us, "a");
    call(R"({"s":3})", noon_us, "b");
    auto const asked = body("2024-01-15", "2024-01-16", R"({"request_response_rmt":{"model":{"equals":"b"}}})",
                            R"(,"offset":5,"limit":1,"timeZoneDifference":30)");

    auto const found = evals(asked).at(0);
    BOOST_TEST(found.at("count").to_number<int>() == 1);
    BOOST_TEST(found.at("averageScore").to_number<int>() == 3);
    BOOST_TEST(found.at("overTime").at(0).at("date").as_string() == "2024-01-14T23:30:00.000Z");
    BOOST_TEST(spread(asked) == R"([{"name":"s","distribution":[{"lower":3,"upper":3,"value":1}]}])");
}

BOOST_AUTO_TEST_CASE(an_answer_of_too_many_points_is_refused)
{
    BOOST_REQUIRE(db.execute_script("WITH RECURSIVE n(i) AS (SELECT 1 UNION ALL SELECT i+1 FROM n WHERE i<30) "
                                    "INSERT INTO score_attribute (organization_id,score_key,value_type,created_us) "
                                    "SELECT 1,'s'||i,'number',0 FROM n")
                      .has_value());

    BOOST_TEST(evals(body("2024-01-01", "2024-01-02")).size() == 30U);
    expect_each_refused(
        with, "POST", "/v1/evals/query",
        {{body("2022-01-01", "2024-01-01"),
          "Invalid time filter: 30 scores by the hour are too many for 17521 hours; ask for less time"}});
}

BOOST_AUTO_TEST_CASE(what_is_wrong_with_a_body_is_named)
{
    for (auto const* target : {"/v1/evals/query", "/v1/evals/score-distributions/query"})
        expect_each_refused(
            with, "POST", target,
            {{"", "filter: is required"},
             {R"({"filter":"all"})", "timeFilter: is required"},
             {body("2024-01-02", "2024-01-01"), "Invalid time filter: timeFilter.start is after timeFilter.end"},
             {body("", "2024-01-01"),
              "Invalid time filter: timeFilter.start is not a time such as 2026-01-31 or 2026-01-31T12:00:00Z"},
             {body("2024-01-01", "2024-01-02", R"({"properties":{"a":{"equals":"b"}}})"),
              "filter.properties: unknown field"},
             {body("2024-01-01", "2024-01-02", "\"all\"", R"(,"limit":"x")"), "limit: expected a number, got a string"},
             {body("2024-01-01", "2024-01-02", "\"all\"", R"(,"x":1)"), "x: unknown field"}});
    expect_each_refused(with, "POST", "/v1/evals/query",
                        {{body("2024-01-01", "2024-01-02", "\"all\"", R"(,"timeZoneDifference":-1441)"),
                          "Invalid time zone difference: must be whole minutes from -1440 to 1440"},
                         {body("2020-01-01", "2024-01-02"),
                          "Invalid time increment: the range has more than 20000 of them; ask for greater ones, or for "
                          "less time"}});
}

BOOST_AUTO_TEST_SUITE_END()

} // namespace weir::api::test
