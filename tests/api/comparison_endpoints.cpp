#include "support.hpp"

#include "pricing/price_table.hpp"

#include <boost/json/parse.hpp>
#include <boost/test/unit_test.hpp>

#include <chrono>

namespace json = boost::json;

namespace weir::api::test
{
namespace
{

constexpr std::string_view comparison_target = "/v1/public/compare/models";
constexpr std::string_view of_gpt_4o =
    R"([{"provider":"OPENAI","names":["gpt-4o","gpt-4o-2024-08-06","gpt-4o"],"parent":"GPT"}])";

struct compared_calls : stored_record {
    compared_calls()
    {
        with.now = [] { return std::chrono::system_clock::time_point(std::chrono::microseconds(noon_us)); };
        auto const table = std::make_shared<pricing::price_table const>(pricing::price_table::embedded());
        with.prices = [table] { return table; };
    }

    /// A call of so long ago.
    storage::request_record call(std::int64_t ago_us, std::string model = "gpt-4o", std::string provider = "openai")
    {
        auto made = storage::minimal_at(noon_us - ago_us, calls++);
        made.model = std::move(model);
        made.provider = std::move(provider);
        return made;
    }

    json::value compared(std::string_view body = of_gpt_4o)
    {
        return data_of(ask(with, "POST", comparison_target, body));
    }

    std::int64_t calls = 0;
};

} // namespace

BOOST_FIXTURE_TEST_SUITE(comparison_endpoints_, compared_calls)

BOOST_AUTO_TEST_CASE(a_model_without_calls_is_left_out)
{
    auto pending = call(hour_us), others = call(hour_us);
    pending.status = storage::status::pending;
    others.organization = other_organization;
    add({pending, others, call(31 * day_us), call(hour_us, "gpt-4o", "azure"), call(hour_us, "gpt-4o-mini")});

    BOOST_TEST(compared() == json::array());
    BOOST_TEST(compared("[]") == json::array());
    BOOST_TEST(compared(R"([{"provider":"OPENAI","names":[],"parent":"GPT"}])") == json::array());
}

BOOST_AUTO_TEST_CASE(a_model_is_shown_with_all_that_its_calls_tell)
{
    auto slow = call(hour_us), fast = call(2 * hour_us, "gpt-4o-2024-08-06"), failed = call(day_us),
         late = call(day_us), refused = call(day_us);
    slow.used.completion = 100; // 1 s: 10 s for 1,000
    slow.time_to_first_token_us = 300'000;
    fast.used.completion = 500; // 2 s for 1,000
    fast.time_to_first_token_us = 100'000;
    failed.status = 503;
    late.status = storage::status::timeout;
    refused.status = 429;
    for (auto* row : {&slow, &fast}) {
        row->request_id = numbered(static_cast<unsigned>(row->created_us / hour_us % 100));
        row->client_chose_id = true;
    }
    add({slow, fast, failed, late, refused});
    for (auto const* row : {&slow, &fast})
        BOOST_TEST(ask(with, "POST", "/v1/request/" + row->request_id.text() + "/feedback",
                       row == &slow ? R"({"rating":true})" : R"({"rating":false})")
                       .status == 200);

    auto const all = compared();

    BOOST_TEST_REQUIRE(all.as_array().size() == 1U);
    BOOST_TEST(all.at(0) == json::parse(R"({"model":"GPT","provider":"OPENAI",
      "latency":{"average":6000,"min":2000,"max":10000,"median":6000,"p90":9200,"p95":9600,"p99":9920,"medianPer1000Tokens":6000},
      "ttft":{"average":200,"min":100,"max":300,"median":200,"p90":280,"p95":290,"p99":298},
      "costs":{"prompt_token":2.5E-6,"completion_token":1E-5},
      "feedback":{"positivePercentage":5E-1,"negativePercentage":5E-1},
      "requestStatus":{"successRate":6E-1,"errorRate":4E-1},
      "geographicLatency":[],"geographicTtft":[],
      "timeSeriesData":{
        "latency":[{"value":0,"timestamp":"2024-01-14T00:00:00.000Z"},{"value":6000,"timestamp":"2024-01-15T00:00:00.000Z"}],
        "ttft":[{"value":0,"timestamp":"2024-01-14T00:00:00.000Z"},{"value":200,"timestamp":"2024-01-15T00:00:00.000Z"}],
        "successRate":[{"value":3.333333333333333E-1,"timestamp":"2024-01-14T00:00:00.000Z"},{"value":1,"timestamp":"2024-01-15T00:00:00.000Z"}],
        "errorRate":[{"value":6.666666666666666E-1,"timestamp":"2024-01-14T00:00:00.000Z"},{"value":0,"timestamp":"2024-01-15T00:00:00.000Z"}]}})"));
}

BOOST_AUTO_TEST_CASE(a_provider_goes_by_either_name_in_any_case)
{
    add({call(hour_us, "gemini-2.5-pro", "gemini"), call(hour_us, "m", "my-own")});
    auto const count = [this](std::string const& provider, std::string const& model) {
        return compared(R"([{"provider":")" + provider + R"(","names":[")" + model + R"("],"parent":"p"}])")
            .as_array()
            .size();
    };

    for (auto const* name : {"gemini", "GOOGLE", "Google"}) BOOST_TEST(count(name, "gemini-2.5-pro") == 1U, name);
    for (auto const* name : {"my-own", "MY-OWN", "CUSTOM"}) BOOST_TEST(count(name, "m") == 1U, name);
    for (auto const* name : {"openai", ""}) BOOST_TEST(count(name, "m") == 0U, name);
}

BOOST_AUTO_TEST_CASE(without_prices_costs_are_zero)
{
    add({call(hour_us)});
    with.prices = {};
    BOOST_TEST(compared().at(0).at("costs") == json::parse(R"({"prompt_token":0,"completion_token":0})"));
}

BOOST_AUTO_TEST_CASE(each_wrong_body_is_named)
{
    std::string names = R"("m")", models = R"({"provider":"p","names":[],"parent":"p"})";
    for (int i = 0; i < 50; ++i) names += R"(,"m")";
    for (int i = 0; i < 20; ++i) models += R"(,{"provider":"p","names":[],"parent":"p"})";
    expect_each_refused(
        with, "POST", comparison_target,
        {{"7", "body: expected an array, got a number"},
         {R"([{"names":[],"parent":"p"}])", "[0].provider: is required"},
         {R"([{"provider":"p","parent":"p"}])", "[0].names: is required"},
         {R"([{"provider":"p","names":[]}])", "[0].parent: is required"},
         {R"([{"provider":1,"names":[],"parent":"p"}])", "[0].provider: expected a string, got a number"},
         {R"([{"provider":"p","names":[1],"parent":"p"}])", "[0].names[0]: expected a string, got a number"},
         {R"([{"provider":"p","names":[],"parent":[]}])", "[0].parent: expected a string, got an array"},
         {R"([{"provider":"p","names":[],"parent":"p","x":1}])", "[0].x: unknown field"},
         {R"([{"provider":"p","names":[)" + names + R"(],"parent":"p"}])", "[0].names: has more than 50"},
         {"[" + models + "]", "body: has more than 20 models"}});
}

BOOST_AUTO_TEST_SUITE_END()

} // namespace weir::api::test
