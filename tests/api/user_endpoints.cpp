#include "support.hpp"

#include <boost/json/serialize.hpp>
#include <boost/test/unit_test.hpp>

namespace json = boost::json;

namespace weir::api::test
{
namespace
{

struct users_of_calls : stored_record {
    unsigned calls = 0;

    void call(std::string user, std::int64_t time_us = noon_us, std::int64_t cost_nanos = 500'000'000,
              storage::organization_id organization = storage::default_organization)
    {
        auto made = storage::minimal_at(time_us, calls++);
        made.user_id = std::move(user);
        made.organization = organization;
        made.used.prompt = 10;
        made.used.completion = 5;
        made.cost.nanos = cost_nanos;
        add({made});
    }

    json::value users(std::string const& body) { return data_of(ask(with, "POST", "/v1/user/query", body)); }
    json::value metrics(std::string const& more, std::string const& filter = "\"all\"")
    {
        return data_of(ask(with, "POST", "/v1/user/metrics/query", metrics_body(more, filter)));
    }
    static std::string metrics_body(std::string const& more, std::string const& filter = "\"all\"")
    {
        return R"({"filter":)" + filter + R"(,"offset":0,"limit":10)" + more + '}';
    }
    json::value overview(std::string const& size, std::string const& between, std::string const& filter = "\"all\"")
    {
        return data_of(
            ask(with, "POST", "/v1/user/metrics-overview/query",
                R"({"filter":)" + filter + R"(,"pSize":")" + size + R"(","useInterquartile":)" + between + '}'));
    }

    static std::string ids(json::value const& of)
    {
        std::string all;
        for (auto const& one : of.as_array()) all += '<' + std::string(one.at("user_id").as_string()) + '>';
        return all;
    }
    static std::string within(std::int64_t from, std::int64_t to)
    {
        return R"("timeFilter":{"startTimeUnixSeconds":)" + std::to_string(from) + R"(,"endTimeUnixSeconds":)" +
               std::to_string(to) + '}';
    }
};

} // namespace

BOOST_FIXTURE_TEST_SUITE(user_endpoints_, users_of_calls)

BOOST_AUTO_TEST_CASE(users_are_what_their_calls_add_up_to)
{
    BOOST_TEST(users("{}").as_array().empty());
    for (auto const* user : {"bob", "ann", "", "bob"}) call(user);
    call("eve", noon_us, 1, other_organization);

    BOOST_TEST(json::serialize(users("{}")) ==
               R"([{"count":1,"prompt_tokens":10,"completion_tokens":5,"user_id":"","cost_usd":5E-1},)"
               R"({"count":1,"prompt_tokens":10,"completion_tokens":5,"user_id":"ann","cost_usd":5E-1},)"
               R"({"count":2,"prompt_tokens":20,"completion_tokens":10,"user_id":"bob","cost_usd":1}])");
    for (int i = 0; i < 110; ++i) call("u" + std::to_string(i));
    BOOST_TEST(users("{}").as_array().size() == 100U);
}

BOOST_AUTO_TEST_CASE(users_are_picked_by_their_ids)
{
    for (auto const* user : {"bob", "ann", "", "null", "50%"}) call(user);
    struct {
        std::string ids, expected;
    } const cases[] = {
        {"[]", "<><50%><ann><bob><null>"},
        {R"(["bob","ann","eve"])", "<ann><bob>"},
        {R"("bob")", "<bob>"},
        {R"([""])", "<>"},
        {R"(["null"])", "<null>"},
        {R"(["%"])", ""},
        {R"(["Ann"])", ""},
        {R"(["","bob"])", "<><bob>"},
    };
    for (auto const& c : cases)
        BOOST_TEST_CONTEXT(c.ids) BOOST_TEST(ids(users(R"({"userIds":)" + c.ids + '}')) == c.expected);
}

BOOST_AUTO_TEST_CASE(a_range_of_a_query_has_both_ends_in_seconds_or_milliseconds)
{
    for (int second = 0; second < 4; ++second) call(std::to_string(second), noon_us + second * second_us);
    constexpr auto noon = noon_us / second_us;

    BOOST_TEST(ids(users('{' + within(noon + 1, noon + 2) + '}')) == "<1><2>");
    BOOST_TEST(ids(users('{' + within((noon + 1) * 1000 + 999, (noon + 2) * 1000 + 999) + '}')) == "<1><2>");
    BOOST_TEST(ids(users('{' + within(noon + 2, noon + 1) + '}')) == "");
    BOOST_TEST(ids(users('{' + within(0, noon) + '}')) == "<0>");
}

BOOST_AUTO_TEST_CASE(metrics_say_what_users_did)
{
    BOOST_TEST(json::serialize(metrics("")) == R"({"users":[],"count":0,"hasUsers":false})");
    call("");
    call("eve", noon_us, 1, other_organization);
    BOOST_TEST(metrics("").at("hasUsers").as_bool() == false);
    call("ann", noon_us);
    call("ann", noon_us + hour_us);
    call("ann", noon_us + day_us);

    auto const found = metrics("");
    BOOST_TEST(found.at("count").to_number<int>() == 2);
    BOOST_TEST(found.at("hasUsers").as_bool());
    BOOST_TEST(
        json::serialize(found.at("users").at(0)) ==
        R"({"id":"ann","user_id":"ann","active_for":2,"first_active":"2024-01-15T12:00:00.000Z",)"
        R"("last_active":"2024-01-16T12:00:00.000Z","total_requests":3,"average_requests_per_day_active":1.5E0,)"
        R"("average_tokens_per_request":15,"total_completion_tokens":15,"total_prompt_tokens":30,"cost":1.5E0})");
}

BOOST_AUTO_TEST_CASE(metrics_come_by_pages_with_the_count_of_all)
{
    for (auto const* user : {"a", "b", "c"}) call(user);
    auto const page = [this](std::string const& offset, std::string const& limit) {
        auto const found =
            data_of(ask(with, "POST", "/v1/user/metrics/query",
                        R"({"filter":"all","sort":{"id":"asc"},"offset":)" + offset + R"(,"limit":)" + limit + '}'));
        BOOST_TEST(found.at("count").to_number<int>() == 3);
        return ids(found.at("users"));
    };
    BOOST_TEST(page("0", "2") == "<a><b>");
    BOOST_TEST(page("2", "2") == "<c>");
    BOOST_TEST(page("3", "1000") == "");
    BOOST_TEST(page("0", "0") == "");
}

BOOST_AUTO_TEST_CASE(metrics_are_sorted_by_what_is_asked_for)
{
    call("a", noon_us + 2 * second_us, 1);
    call("b", noon_us, 5);
    call("b", noon_us + day_us, 5);
    call("c", noon_us + second_us, 100);
    struct {
        std::string sort, expected;
    } const cases[] = {
        {"", "<b><a><c>"}, // the last active first
        {R"("last_active":"asc")", "<c><a><b>"},
        {R"("first_active":"asc")", "<b><c><a>"},
        {R"("id":"desc")", "<c><b><a>"},
        {R"("user_id":"asc")", "<a><b><c>"},
        {R"("total_requests":"desc")", "<b><a><c>"},
        {R"("active_for":"asc")", "<a><c><b>"},
        {R"("average_requests_per_day_active":"asc")", "<a><b><c>"},
        {R"("average_tokens_per_request":"asc")", "<a><b><c>"},
        {R"("total_prompt_tokens":"desc")", "<b><a><c>"},
        {R"("total_completion_tokens":"asc")", "<a><c><b>"},
        {R"("cost":"desc")", "<c><b><a>"},
        {R"("rate_limited_count":"asc")", "<b><a><c>"},
    };
    for (auto const& c : cases) BOOST_TEST_CONTEXT(c.sort)
    BOOST_TEST(ids(metrics(R"(,"sort":{)" + c.sort + '}').at("users")) == c.expected);
}

BOOST_AUTO_TEST_CASE(a_range_of_metrics_has_neither_end)
{
    for (int second = 0; second < 3; ++second) call(std::to_string(second), noon_us + second * second_us);
    constexpr auto noon = noon_us / second_us;

    BOOST_TEST(ids(metrics(',' + within(noon, noon + 2)).at("users")) == "<1>");
    BOOST_TEST(ids(metrics(',' + within(noon, noon + 1)).at("users")) == "");
}

BOOST_AUTO_TEST_CASE(times_are_shifted_by_minus_the_zone_of_either_sign)
{
    call("a", noon_us);
    call("a", noon_us + 16 * hour_us); // 04:00 of the next day
    for (auto const* zone : {"300", "-300"}) {
        auto const found = metrics(R"(,"timeZoneDifferenceMinutes":)" + std::string(zone)).at("users").at(0);
        BOOST_TEST(found.at("first_active").as_string() == "2024-01-15T07:00:00.000Z");
        BOOST_TEST(found.at("last_active").as_string() == "2024-01-15T23:00:00.000Z");
        BOOST_TEST(found.at("active_for").to_number<int>() == 1);
    }
}

BOOST_AUTO_TEST_CASE(a_filter_asks_of_calls_and_of_users)
{
    call("big", noon_us, 900'000'000);
    call("big", noon_us, 900'000'000);
    call("small", noon_us + second_us, 100'000'000);
    std::string const of_call = R"({"request_response_rmt":{"user_id":{"contains":"SMA"}}})",
                      of_user = R"({"users_view":{"user_cost":{"gt":1}}})";
    struct {
        std::string filter, expected;
    } const cases[] = {
        {of_call, "<small>"},
        {of_user, "<big>"},
        {R"({"left":)" + of_call + R"(,"operator":"and","right":)" + of_user + '}', ""},
        {R"({"left":)" + of_call + R"(,"operator":"or","right":)" + of_user + '}', "<small><big>"},
        {R"({"users_view":{"user_total_requests":{"equals":2},"user_user_id":{"equals":"big"}}})", "<big>"},
        {R"({"users_view":{"user_last_active":{"lt":"2024-01-15T12:00:01Z"}}})", "<big>"},
        {R"({"users_view":{"user_last_active":{"gte":"2024-01-15T12:00:01.9Z"}}})", "<small>"}, // cut to seconds
    };
    for (auto const& c : cases) BOOST_TEST_CONTEXT(c.filter)
        {
            auto const found = metrics("", c.filter);
            BOOST_TEST(ids(found.at("users")) == c.expected);
            BOOST_TEST(found.at("count").to_number<std::size_t>() == found.at("users").as_array().size());
        }
}

BOOST_AUTO_TEST_CASE(the_overview_shows_how_users_are_spread)
{
    BOOST_TEST(json::serialize(overview("p75", "false")) == R"({"request_count":[],"user_cost":[]})");
    for (auto const* user : {"a", "b", "b", "c", "c", "d", "d", "d", "d"}) call(user);
    call("eve", noon_us, 1, other_organization);

    BOOST_TEST(json::serialize(overview("p50", "false")) ==
               R"({"request_count":[{"range_start":"1","range_end":"1.1","value":1},)"
               R"({"range_start":"1.9","range_end":"2","value":2}],)"
               R"("user_cost":[{"range_start":"0.5","range_end":"0.55","value":1},)"
               R"({"range_start":"0.95","range_end":"1","value":2}]})");
    BOOST_TEST(json::serialize(overview("p75", "true").at("request_count")) ==
               R"([{"range_start":"2","range_end":"2","value":2}])");
    BOOST_TEST(json::serialize(
                   overview("p99.9", "false", R"({"users_view":{"user_total_requests":{"lt":2}}})").at("user_cost")) ==
               R"([{"range_start":"0.5","range_end":"0.5","value":1}])");
}

BOOST_AUTO_TEST_CASE(what_is_wrong_with_a_body_is_named)
{
    std::string many = R"({"userIds":["0")";
    for (int i = 0; i < 1000; ++i) many += ",\"u\"";
    expect_each_refused(with, "POST", "/v1/user/query",
                        {{R"({"userIds":[1]})", "userIds[0]: expected a string, got a number"},
                         {R"({"timeFilter":{"startTimeUnixSeconds":1}})", "timeFilter.endTimeUnixSeconds: is required"},
                         {R"({"timeFilter":{"startTimeUnixSeconds":"a","endTimeUnixSeconds":1}})",
                          "timeFilter.startTimeUnixSeconds: expected a number, got a string"},
                         {many + "]}", "userIds: at most 1000 at once"},
                         {R"({"x":1})", "x: unknown field"}});
    expect_each_refused(
        with, "POST", "/v1/user/metrics/query",
        {{"", "filter: is required"},
         {R"({"filter":"all","limit":1})", "offset: is required"},
         {R"({"filter":"all","offset":0})", "limit: is required"},
         {R"({"filter":"all","offset":0,"limit":1001})", "Limit cannot be greater than 1000"},
         {R"({"filter":"all","offset":0,"limit":-1})", "limit: must not be negative"},
         {R"({"filter":"all","offset":-1,"limit":1})", "offset: must not be negative"},
         {R"({"filter":"all","offset":0.5,"limit":1})", "offset: must be a whole number"},
         {metrics_body(R"(,"timeZoneDifferenceMinutes":1441)"),
          "Invalid time zone difference: must be whole minutes from -1440 to 1440"},
         {metrics_body(R"(,"sort":{"cost":"up"})"), R"(sort.cost: unknown value "up"; expected "asc" or "desc")"},
         {metrics_body(R"(,"sort":{"costs":"asc"})"), R"(sort.costs: unknown field; did you mean "cost"?)"},
         {metrics_body("", R"({"sessions_request_response_rmt":{}})"),
          R"(filter.sessions_request_response_rmt: unknown field; did you mean "request_response_rmt"?)"},
         {metrics_body("", R"({"users_view":{"user_cost":{"contains":"1"}}})"),
          "filter.users_view.user_cost.contains: unknown field"}});
    expect_each_refused(
        with, "POST", "/v1/user/metrics-overview/query",
        {{"", "filter: is required"},
         {R"({"filter":"all","useInterquartile":true})", "pSize: is required"},
         {R"({"filter":"all","pSize":"p75"})", "useInterquartile: is required"},
         {R"({"filter":"all","pSize":"p75","useInterquartile":1})",
          "useInterquartile: expected a boolean, got a number"},
         {R"({"filter":"all","pSize":75,"useInterquartile":true})", "pSize: expected a string, got a number"}});
}

BOOST_AUTO_TEST_SUITE_END()

} // namespace weir::api::test
