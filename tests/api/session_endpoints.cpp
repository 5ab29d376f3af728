#include "support.hpp"

#include <boost/json/serialize.hpp>
#include <boost/test/unit_test.hpp>

#include <set>

namespace json = boost::json;

namespace weir::api::test
{
namespace
{

/// Sessions of the hour from noon on; now is an hour later.
struct sessions_of_calls : stored_record {
    unsigned calls = 0;

    sessions_of_calls()
    {
        with.now = [] { return std::chrono::system_clock::time_point(std::chrono::microseconds(noon_us + hour_us)); };
    }

    storage::request_record call(std::string session, std::string name, std::int64_t time_us = noon_us + second_us,
                                 storage::organization_id organization = storage::default_organization)
    {
        auto made = storage::minimal_at(time_us, calls++);
        made.session_id = std::move(session);
        made.session_name = std::move(name);
        made.organization = organization;
        made.used.prompt = 10;
        made.used.completion = 5;
        made.cost.nanos = 500'000'000;
        add({made});
        return made;
    }

    /// A query of noon to one o'clock, without both; `more` stands behind it in the body.
    static std::string query(std::string const& more = {}, std::string const& search = {},
                             std::string const& filter = "\"all\"", std::int64_t from_us = noon_us,
                             std::int64_t to_us = noon_us + hour_us)
    {
        return R"({"search":")" + search + R"(","timeFilter":{"startTimeUnixMs":)" + std::to_string(from_us / 1000) +
               R"(,"endTimeUnixMs":)" + std::to_string(to_us / 1000) + R"(},"timezoneDifference":0,"filter":)" +
               filter + more + '}';
    }
    static std::string named(std::string const& name, std::string const& more = {})
    {
        return R"({"nameContains":")" + name + R"(","timezoneDifference":0)" + more + '}';
    }

    answered sessions(std::string const& body) { return ask(with, "POST", "/v1/session/query", body); }
    json::array found_by(std::string const& body) { return data_of(sessions(body)).as_array(); }
    answered names(std::string const& body) { return ask(with, "POST", "/v1/session/name/query", body); }
    json::value metrics(std::string const& body)
    {
        return data_of(ask(with, "POST", "/v1/session/metrics/query", body));
    }

    /// The ids that a query finds, in their order.
    std::string ids(std::string const& body)
    {
        std::string all;
        for (auto const& one : found_by(body)) all += std::string(one.at("session_id").as_string()) + ' ';
        return all;
    }
    std::string name_list(std::string const& body)
    {
        std::string all;
        auto const found = data_of(names(body));
        for (auto const& one : found.as_array()) all += std::string(one.at("name").as_string()) + ' ';
        return all;
    }
};

} // namespace

BOOST_FIXTURE_TEST_SUITE(session_endpoints_, sessions_of_calls)

BOOST_AUTO_TEST_CASE(there_is_a_session_or_an_error)
{
    auto const none = [this] {
        auto const said = ask(with, "GET", "/v1/session/has-session");
        BOOST_TEST(said.status == 404);
        BOOST_TEST(error_of(said) == "No sessions found");
    };
    none();
    call("", "", noon_us);
    call("theirs", "", noon_us, other_organization);
    call("old", "", noon_us - 29 * hour_us - second_us);
    none();
    call("s", "", noon_us - 29 * hour_us);
    BOOST_TEST(ask(with, "GET", "/v1/session/has-session").body == R"({"data":true,"error":null})");
}

BOOST_AUTO_TEST_CASE(a_session_is_what_its_calls_add_up_to)
{
    BOOST_TEST(sessions(query()).body == R"({"data":[],"error":null})");
    call("s", "chat", noon_us + second_us);
    call("s", "chat", noon_us + 3 * second_us);
    call("", "", noon_us + second_us);
    call("theirs", "", noon_us + second_us, other_organization);

    BOOST_TEST(json::serialize(data_of(sessions(query()))) ==
               R"([{"created_at":"2024-01-15 12:00:01.000","latest_request_created_at":"2024-01-15 12:00:03.000",)"
               R"("session_id":"s","session_name":"chat","total_cost":1,"total_requests":2,"prompt_tokens":20,)"
               R"("completion_tokens":10,"total_tokens":30,"avg_latency":1000}])");
}

BOOST_AUTO_TEST_CASE(sessions_are_grouped_by_id_and_name_the_last_begun_first)
{
    call("a", "one", noon_us + 2 * second_us);
    call("a", "two", noon_us + 3 * second_us);
    call("b", "", noon_us + 1 * second_us);
    call("b", "", noon_us + 9 * second_us);

    BOOST_TEST(ids(query()) == "a a b ");
    BOOST_TEST(ids(query(R"(,"nameEquals":"one")")) == "a ");
    BOOST_TEST(ids(query(R"(,"nameEquals":"")")) == "a a b "); // as if it were not there
    BOOST_TEST(ids(query(R"(,"nameEquals":"ONE")")) == "");
    for (int i = 0; i < 60; ++i) call("s" + std::to_string(i), "");
    BOOST_TEST(found_by(query()).size() == 50U);
}

BOOST_AUTO_TEST_CASE(sessions_are_searched_by_id_and_name_in_any_case)
{
    call("abc-1", "");
    call("2", "ABCdef");
    call("3", "other");
    struct {
        std::string search;
        std::set<std::string> expected;
    } const cases[] = {
        {"bc", {"abc-1", "2"}}, {"DEF", {"2"}}, {"", {"abc-1", "2", "3"}}, {"none", {}}, {"c_1", {"abc-1"}}};
    for (auto const& c : cases) {
        std::set<std::string> found;
        for (auto const& one : found_by(query("", c.search))) found.emplace(one.at("session_id").as_string());
        BOOST_TEST_CONTEXT(c.search) BOOST_TEST((found == c.expected));
    }
}

BOOST_AUTO_TEST_CASE(a_range_of_time_has_neither_end)
{
    call("start", "", noon_us);
    call("first", "", noon_us + 1000);
    call("last", "", noon_us + hour_us - 1000);
    call("end", "", noon_us + hour_us);

    BOOST_TEST(ids(query()) == "last first ");
    auto const in_seconds = [&](std::int64_t from_us, std::int64_t to_us) {
        return query("", "", "\"all\"", from_us, to_us);
    };
    BOOST_TEST(ids(in_seconds(noon_us + 999'000, noon_us + hour_us + 999'000)) == "last first "); // cut to seconds
    BOOST_TEST(ids(in_seconds(noon_us + hour_us, noon_us)) == "");
    BOOST_TEST(name_list(named("", R"(,"timeFilter":{"startTimeUnixMs":)" + std::to_string(noon_us / 1000) +
                                       R"(,"endTimeUnixMs":)" + std::to_string(noon_us / 1000 + 1000) + '}')) == " ");
}

BOOST_AUTO_TEST_CASE(times_are_shifted_to_the_zone)
{
    call("s", "n", noon_us + second_us);
    struct {
        std::string zone, of_sessions, of_names;
    } const cases[] = {{"300", "2024-01-15 17:00:01.000", "2024-01-15 07:00:01.000"},
                       {"-300", "2024-01-15 07:00:01.000", "2024-01-15 07:00:01.000"},
                       {"1440", "2024-01-16 12:00:01.000", "2024-01-14 12:00:01.000"}};
    for (auto const& c : cases) {
        auto body = query();
        body.replace(body.find(R"("timezoneDifference":0)"), 22, R"("timezoneDifference":)" + c.zone);
        BOOST_TEST(data_of(sessions(body)).at(0).at("created_at").as_string() == c.of_sessions);
        auto const name = data_of(names(R"({"nameContains":"","timezoneDifference":)" + c.zone + '}')).at(0);
        for (auto const* member : {"created_at", "first_used", "last_used"})
            BOOST_TEST(name.at(member).as_string() == c.of_names);
    }
}

BOOST_AUTO_TEST_CASE(a_filter_asks_of_calls_and_of_sessions)
{
    auto made = call("big", "", noon_us + second_us);
    call("big", "", noon_us + second_us);
    call("small", "", noon_us + 2 * second_us);
    data_of(ask(with, "PUT", "/v1/request/" + made.request_id.text() + "/property", R"({"key":"App","value":"x"})"));
    data_of(ask(with, "POST", "/v1/session/small/tag", R"({"tag":"good"})"));
    std::string const of_call = R"({"request_response_rmt":{"properties":{"App":{"equals":"x"}}}})",
                      of_session = R"({"sessions_request_response_rmt":{"session_total_requests":{"gte":2}}})",
                      of_tag = R"({"sessions_request_response_rmt":{"session_tag":{"contains":"oo"}}})";
    auto const joined = [](std::string const& a, std::string const& how, std::string const& b) {
        return R"({"left":)" + a + R"(,"operator":")" + how + R"(","right":)" + b + '}';
    };
    struct {
        std::string filter, expected;
    } const cases[] = {
        {of_call, "big "},
        {of_session, "big "},
        {of_tag, "small "},
        {joined(of_call, "and", of_session), ""}, // one of its calls is left, and that is no two
        {joined(of_tag, "or", of_call), "small big "},
        {joined(of_call, "or", of_session), "small big "}, // each pass takes the other's part for true
        {R"({"sessions_request_response_rmt":{"session_session_id":{"contains":"SMALL"}}})", "small "},
        {R"({"sessions_request_response_rmt":{"session_total_cost":{"lt":0.6}}})", "small "},
        {R"({"sessions_request_response_rmt":{"session_created_at":{"gt":"2024-01-15T12:00:01Z"}}})", "small "},
        {R"({"sessions_request_response_rmt":{"session_created_at":{"gte":"2024-01-15T12:00:02.9Z"}}})", "small "},
    };
    for (auto const& c : cases) BOOST_TEST_CONTEXT(c.filter) BOOST_TEST(ids(query("", "", c.filter)) == c.expected);
}

BOOST_AUTO_TEST_CASE(names_come_with_how_many_sessions_have_them)
{
    BOOST_TEST(names(named("")).body == R"({"data":[],"error":null})");
    for (auto const* id : {"1", "2", "2"}) call(id, "chat");
    call("3", "search");
    call("4", "ancient", noon_us - 151 * day_us);
    call("5", "theirs", noon_us, other_organization);

    BOOST_TEST(name_list(named("")) == "chat search ");
    BOOST_TEST(name_list(named("CH")) == "chat search ");
    BOOST_TEST(name_list(named("ear")) == "search ");
    BOOST_TEST(json::serialize(data_of(names(named("chat")))) ==
               R"([{"name":"chat","created_at":"2024-01-15 12:00:01.000","last_used":"2024-01-15 12:00:01.000",)"
               R"("first_used":"2024-01-15 12:00:01.000","session_count":2,"avg_latency":1000}])");
    BOOST_TEST(name_list(named("", R"(,"filter":{"request_response_rmt":{"status":{"equals":500}}})")) == "");
}

BOOST_AUTO_TEST_CASE(no_more_than_fifty_names_are_shown)
{
    for (int i = 0; i < 50; ++i) call("s", "name " + std::to_string(i));
    BOOST_TEST(data_of(names(named(""))).as_array().size() == 50U);

    for (int i = 50; i < 60; ++i) call("s", "name " + std::to_string(i));
    BOOST_TEST(data_of(names(named(""))).as_array().size() == 50U);
    BOOST_TEST(name_list(named("name 59")) == "name 59 ");
}

BOOST_AUTO_TEST_CASE(metrics_show_how_sessions_are_spread)
{
    BOOST_TEST(
        json::serialize(metrics(named(""))) ==
        R"({"session_count":[],"session_duration":[],"session_cost":[],"average":)"
        R"({"session_count":[{"average":0}],"session_duration":[{"average":0}],"session_cost":[{"average":0}]}})");
    for (auto const* id : {"a", "b", "b", "c", "c", "d", "d", "d", "d"}) call(id, "chat");
    call("d", "other", noon_us + 5 * second_us);
    call("", "chat");
    call("theirs", "chat", noon_us, other_organization);

    auto const spread = metrics(named("chat", R"(,"pSize":"p99.9")"));
    BOOST_TEST(spread.at("average").at("session_count").at(0).at("average").to_number<double>() == 2.25);
    BOOST_TEST(spread.at("average").at("session_cost").at(0).at("average").to_number<double>() == 1.125);
    BOOST_TEST(json::serialize(spread.at("session_duration")) == R"([{"range_start":"0","range_end":"0","value":4}])");
    BOOST_TEST(json::serialize(metrics(named("chat", R"(,"pSize":"p50")")).at("session_count")) ==
               R"([{"range_start":"1","range_end":"1.1","value":1},{"range_start":"1.9","range_end":"2","value":2}])");
    BOOST_TEST(
        json::serialize(metrics(named("chat", R"(,"pSize":"p75","useInterquartile":true)")).at("session_count")) ==
        R"([{"range_start":"2","range_end":"2","value":2}])");
    BOOST_TEST(metrics(named("cha")).at("session_count").as_array().empty()); // equal, in spite of its name
}

BOOST_AUTO_TEST_CASE(metrics_leave_a_quarter_out_unless_they_are_told_another_share)
{
    for (int session = 1; session <= 8; ++session) // of as many calls as its number
        for (int i = 0; i < session; ++i) call(std::to_string(session), "chat");
    auto const shown = [this](std::string const& more) {
        double sessions = 0;
        auto const found = metrics(named("chat", more));
        for (auto const& bar : found.at("session_count").as_array()) sessions += bar.at("value").to_number<double>();
        return sessions;
    };
    BOOST_TEST(shown(R"(,"pSize":"p50")") == 4);
    BOOST_TEST(shown(R"(,"pSize":"p75")") == 6);
    BOOST_TEST(shown(R"(,"pSize":"p95")") == 7);

    BOOST_TEST(shown("") == 6);
    BOOST_TEST(shown(R"(,"useInterquartile":true)") == 4);
    BOOST_TEST(json::serialize(metrics(named("chat"))) == json::serialize(metrics(named("chat", R"(,"pSize":"p75")"))));
}

BOOST_AUTO_TEST_CASE(feedback_is_a_property_of_the_session_s_first_call)
{
    auto const later = call("s", "", noon_us + 2 * second_us), first = call("s", "", noon_us + second_us);
    call("theirs", "", noon_us, other_organization);
    auto const rated = [&](storage::request_record const& of) {
        return value_of("SELECT properties FROM request WHERE id=" + std::to_string(static_cast<std::int64_t>(of.id)));
    };
    for (auto const* rating : {"true", "false"}) {
        BOOST_TEST(ask(with, "POST", "/v1/session/s/feedback", R"({"rating":)" + std::string(rating) + '}').body ==
                   R"({"data":null,"error":null})");
        BOOST_TEST(rated(first) == R"({"Helicone-Session-Feedback":")" +
                                       std::string(rating == std::string("true") ? "1" : "0") + "\"}");
    }
    BOOST_TEST(rated(later) == "NULL");
    for (auto const* unknown : {"theirs", "none"}) {
        auto const said = ask(with, "POST", std::string("/v1/session/") + unknown + "/feedback", R"({"rating":true})");
        BOOST_TEST(said.status == 404);
        BOOST_TEST(error_of(said) == "No request found");
    }
}

BOOST_AUTO_TEST_CASE(the_newest_tag_of_a_session_is_its_tag)
{
    auto const tag = [this] { return ask(with, "GET", "/v1/session/a%2Fb/tag").body; };
    BOOST_TEST(tag() == R"({"data":null,"error":null})");
    for (auto const* given : {"good", "bad"})
        BOOST_TEST(ask(with, "POST", "/v1/session/a%2Fb/tag", R"({"tag":")" + std::string(given) + "\"}").body ==
                   R"({"data":null,"error":null})");
    BOOST_TEST(tag() == R"({"data":"bad","error":null})");
    with.organization = other_organization;
    BOOST_TEST(tag() == R"({"data":null,"error":null})");
}

BOOST_AUTO_TEST_CASE(what_is_wrong_with_a_query_of_sessions_is_named)
{
    auto const with_zone = [](std::string const& zone) {
        auto body = query();
        return body.replace(body.find(R"("timezoneDifference":0)"), 22, R"("timezoneDifference":)" + zone);
    };
    std::string const zone_error = "Invalid timezone difference: must be whole minutes from -1440 to 1440";
    expect_each_refused(
        with, "POST", "/v1/session/query",
        {{"", "search: is required"},
         {R"({"search":"","timezoneDifference":0,"filter":"all"})", "timeFilter: is required"},
         {R"({"search":"","timeFilter":{"startTimeUnixMs":0},"timezoneDifference":0,"filter":"all"})",
          "timeFilter.endTimeUnixMs: is required"},
         {R"({"search":"","timeFilter":{"startTimeUnixMs":"x","endTimeUnixMs":0},"timezoneDifference":0,"filter":"all"})",
          "timeFilter.startTimeUnixMs: expected a number, got a string"},
         {with_zone("1441"), zone_error},
         {with_zone("-1e300"), zone_error},
         {with_zone("null"), "timezoneDifference: expected a number, got null"},
         {query("", std::string(1001, 's')), "search: is longer than 1000 bytes"},
         {query("", "", R"({"users_view":{"user_cost":{"gt":0}}})"), "filter.users_view: unknown field"},
         {query(R"(,"nameEquals":1)"), "nameEquals: expected a string, got a number"},
         {query(R"(,"limit":1)"), "limit: unknown field"}});
}

BOOST_AUTO_TEST_CASE(what_is_wrong_with_the_other_bodies_is_named)
{
    for (auto const* target : {"/v1/session/name/query", "/v1/session/metrics/query"})
        expect_each_refused(
            with, "POST", target,
            {{"", "nameContains: is required"},
             {R"({"nameContains":""})", "timezoneDifference: is required"},
             {R"({"nameContains":"","timezoneDifference":1441})",
              "Invalid timezone difference: must be whole minutes from -1440 to 1440"},
             {named("", R"(,"pSize":"p10")"), R"(pSize: unknown value "p10"; did you mean "p50"?)"},
             {named("", R"(,"useInterquartile":"perhaps")"), "useInterquartile: expected a boolean, got a string"},
             {named("", R"(,"timeFilter":{"startTimeUnixMs":0})"), "timeFilter.endTimeUnixMs: is required"},
             {named(std::string(1001, 'n')), "nameContains: is longer than 1000 bytes"},
             {named("", R"(,"x":1)"), "x: unknown field"}});
    expect_each_refused(with, "POST", "/v1/session/s/feedback",
                        {{"", "rating: is required"}, {R"({"rating":2})", "rating: expected a boolean, got a number"}});
    expect_each_refused(with, "POST", "/v1/session/s/tag",
                        {{"{}", "tag: is required"},
                         {R"({"tag":1})", "tag: expected a string, got a number"},
                         {R"({"tag":"\u0000"})", "tag: contains a NUL character"},
                         {R"({"tag":")" + std::string(1001, 't') + R"("})", "tag: is longer than 1000 bytes"},
                         {R"({"tag":"a","x":1})", "x: unknown field"}});
}

BOOST_AUTO_TEST_SUITE_END()

} // namespace weir::api::test
