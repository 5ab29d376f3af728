#include "support.hpp"

#include "storage/json_text.hpp"

#include <boost/json/serialize.hpp>
#include <boost/test/unit_test.hpp>

#include <set>

namespace json = boost::json;

namespace weir::api::test
{
namespace
{

struct properties_of_calls : stored_record {
    unsigned calls = 0;

    void call(storage::text_pairs properties, std::int64_t cost_nanos = 0, std::int64_t time_us = noon_us,
              storage::organization_id organization = storage::default_organization)
    {
        auto made = storage::minimal_at(time_us, calls++);
        made.properties = std::move(properties);
        made.cost.nanos = cost_nanos;
        made.organization = organization;
        add({made});
    }

    std::string names() { return ask(with, "POST", "/v1/property/query", "{}").body; }

    std::set<std::string> values(std::string const& key, std::string const& term)
    {
        auto const found =
            data_of(ask(with, "POST", "/v1/property/" + key + "/search", R"({"searchTerm":")" + term + "\"}"));
        std::set<std::string> all;
        for (auto const& value : found.as_array()) BOOST_TEST(all.emplace(value.as_string()).second);
        return all;
    }

    std::string costs(std::string const& start, std::string const& end)
    {
        return json::serialize(data_of(ask(with, "POST", "/v1/property/App/top-costs/query",
                                           R"({"timeFilter":{"start":")" + start + R"(","end":")" + end + "\"}}")));
    }
};

} // namespace

BOOST_FIXTURE_TEST_SUITE(property_endpoints_, properties_of_calls)

BOOST_AUTO_TEST_CASE(all_names_ever_used_are_listed_once_in_their_order)
{
    BOOST_TEST(names() == R"({"data":[],"error":null})");
    call({{"b", "1"}, {"Helicone-Session-Id", "s"}});
    call({{"b", "2"}, {"a", ""}});
    call({{"theirs", "1"}}, 0, noon_us, other_organization);

    BOOST_TEST(names() ==
               R"({"data":[{"property":"Helicone-Session-Id"},{"property":"a"},{"property":"b"}],"error":null})");
    BOOST_TEST(ask(with, "POST", "/v1/property/query").body == ask(with, "POST", "/v1/property/query", "{}").body);
    with.organization = other_organization;
    BOOST_TEST(names() == R"({"data":[{"property":"theirs"}],"error":null})");
}

BOOST_AUTO_TEST_CASE(values_that_contain_the_term_are_found_once_each)
{
    for (auto const* value : {"shop", "Workshop", "shop", "office", "", "50%"})
        call({{"App", value}, {"b", "shopping"}});
    call({{"App", "their shop"}}, 0, noon_us, other_organization);
    struct {
        char const *key, *term;
        std::set<std::string> expected;
    } const cases[] = {
        {"App", "SHOP", {"shop", "Workshop"}}, {"App", "", {"shop", "Workshop", "office", "", "50%"}},
        {"App", "s%p", {"shop", "Workshop"}},                                         // wildcards count
        {"App", "none of them", {}},           {"app", "shop", {"shop", "Workshop"}}, // the key in any case
        {"b", "shop", {"shopping"}},           {"A%70p", "off", {"office"}},
    };
    for (auto const& c : cases)
        BOOST_TEST_CONTEXT(c.key << " " << c.term) BOOST_TEST((values(c.key, c.term) == c.expected));
}

BOOST_AUTO_TEST_CASE(no_more_than_25_values_are_found)
{
    for (int i = 0; i < 30; ++i) call({{"App", "shop " + std::to_string(i)}});

    BOOST_TEST(values("App", "shop").size() == 25U);
}

BOOST_AUTO_TEST_CASE(the_ten_dearest_values_come_first_and_the_rest_together)
{
    BOOST_TEST(costs("2024-01-01", "2024-02-01") == "[]");
    for (int i = 1; i <= 12; ++i) call({{"App", "v" + std::to_string(i)}}, i * 500'000'000LL);
    call({{"App", "v12"}}, 1'000'000'000);
    call({{"other", "x"}}, 9'000'000'000);
    call({{"App", "theirs"}}, 9'000'000'000, noon_us, other_organization);

    BOOST_TEST(costs("2024-01-01", "2024-02-01") ==
               R"([{"value":"v12","cost":7},{"value":"v11","cost":5.5E0},{"value":"v10","cost":5},)"
               R"({"value":"v9","cost":4.5E0},{"value":"v8","cost":4},{"value":"v7","cost":3.5E0},)"
               R"({"value":"v6","cost":3},{"value":"v5","cost":2.5E0},{"value":"v4","cost":2},)"
               R"({"value":"v3","cost":1.5E0},{"value":"Other","cost":1.5E0}])");
}

BOOST_AUTO_TEST_CASE(costs_are_those_between_start_and_end_without_the_ends)
{
    call({{"App", "at start"}}, 1'000'000'000, noon_us);
    call({{"App", "in between"}}, 1'000'000'000, noon_us + second_us);
    call({{"App", "at end"}}, 1'000'000'000, noon_us + 2 * second_us);

    auto const expected = R"([{"value":"in between","cost":1}])";
    BOOST_TEST(costs("2024-01-15T12:00:00Z", "2024-01-15T12:00:02Z") == expected);
    BOOST_TEST(costs("2024-01-15T12:00:00.900Z", "2024-01-15T13:00:02.9+01:00") == expected); // cut to seconds
    BOOST_TEST(costs("2024-01-15T12:00:02Z", "2024-01-15T12:00:02Z") == "[]");
}

BOOST_AUTO_TEST_CASE(what_is_wrong_with_a_body_is_named)
{
    expect_each_refused(with, "POST", "/v1/property/query",
                        {{R"({"x":1})", "x: unknown field"}, {"[]", "body: expected an object, got an array"}});
    expect_each_refused(
        with, "POST", "/v1/property/App/search",
        {{"", "searchTerm: is required"},
         {"{}", "searchTerm: is required"},
         {R"({"searchTerm":1})", "searchTerm: expected a string, got a number"},
         {R"({"searchTerm":null})", "searchTerm: expected a string, got null"},
         {R"({"searchTerm":"a","more":1})", "more: unknown field"},
         {R"({"searchTerm":"\u0000"})", "searchTerm: contains a NUL character"},
         {R"({"searchTerm":")" + std::string(1001, 'x') + "\"}", "searchTerm: is longer than 1000 bytes"}});
    auto const not_a_time = " is not a time such as 2026-01-31 or 2026-01-31T12:00:00Z";
    expect_each_refused(
        with, "POST", "/v1/property/App/top-costs/query",
        {{"{}", "timeFilter: is required"},
         {R"({"timeFilter":{}})", "timeFilter.start: is required"},
         {R"({"timeFilter":{"start":"2024-01-01"}})", "timeFilter.end: is required"},
         {R"({"timeFilter":{"start":1,"end":"2024-01-01"}})", "timeFilter.start: expected a string, got a number"},
         {R"({"timeFilter":{"start":"<string>","end":"2024-01-01"}})",
          std::string("Invalid time filter: timeFilter.start") + not_a_time},
         {R"({"timeFilter":{"start":"2024-01-01","end":"2024-02-30"}})",
          std::string("Invalid time filter: timeFilter.end") + not_a_time},
         {R"({"timeFilter":{"start":"2024-01-02","end":"2024-01-01"}})",
          "Invalid time filter: timeFilter.start is after timeFilter.end"},
         {R"({"timeFilter":{"start":"2024-01-01","end":"2024-01-02","x":1}})", "timeFilter.x: unknown field"}});
}

BOOST_AUTO_TEST_SUITE_END()

} // namespace weir::api::test
