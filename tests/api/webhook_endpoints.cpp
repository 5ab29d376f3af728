#include "api/webhook_message.hpp"
#include "support.hpp"

#include <boost/json/parse.hpp>
#include <boost/json/value.hpp>
#include <boost/test/unit_test.hpp>

#include <set>

namespace json = boost::json;

namespace weir::api::test
{
namespace
{

struct webhook_fixture : stored_record {
    webhook_fixture()
    {
        with.now = [] { return std::chrono::system_clock::time_point(std::chrono::seconds(1'700'000'000)); };
        with.may_send_to = [](net::origin const& to) -> std::string {
            return to.tls ? "" : "must be https, or an origin that gateway.allowed_targets names";
        };
    }

    using stored_record::add;
    answered add(std::string_view body) { return ask(with, "POST", "/v1/webhooks", body); }
    json::value list() { return json::parse(ask(with, "GET", "/v1/webhooks").body).at("data"); }
};

constexpr std::string_view good = R"({"destination":"https://hooks.example/x?y=1","config":{}})";

} // namespace

BOOST_FIXTURE_TEST_SUITE(webhook_endpoints_, webhook_fixture)

BOOST_AUTO_TEST_CASE(a_webhook_is_made_listed_and_deleted)
{
    BOOST_TEST(list().as_array().empty());
    auto const said =
        add(R"({"destination":"https://hooks.example/x?y=1","includeData":false,"config":{"sampleRate":12.5,)"
            R"("propertyFilters":[{"key":"App","value":"shop"}],"other":{}}})");
    BOOST_TEST(said.status == 200);
    BOOST_TEST(said.body == R"({"data":[],"error":null})");

    auto const all = list();
    BOOST_REQUIRE(all.as_array().size() == 1U);
    auto const& one = all.at(0);
    BOOST_TEST(one.at("destination") == "https://hooks.example/x?y=1");
    BOOST_TEST(one.at("version") == "2024-10-22");
    BOOST_TEST(one.at("created_at") == "2023-11-14T22:13:20.000Z");
    BOOST_TEST(
        json::parse(one.at("config").as_string()) ==
        json::parse(R"({"sampleRate":12.5,"propertyFilters":[{"key":"App","value":"shop"}],"includeData":false})"));
    std::string const key(one.at("hmac_key").as_string());
    BOOST_TEST(key.size() == 64U);
    BOOST_TEST(key.find_first_not_of("0123456789abcdef") == std::string::npos);

    std::string const its_path = "/v1/webhooks/" + std::string(one.at("id").as_string());
    auto const gone = ask(with, "DELETE", its_path);
    BOOST_TEST(gone.status == 200);
    BOOST_TEST(gone.body == R"({"data":null,"error":null})");
    BOOST_TEST(list().as_array().empty());
    BOOST_TEST(ask(with, "DELETE", its_path).status == 404);
}

BOOST_AUTO_TEST_CASE(what_is_left_out_has_its_default_and_each_webhook_a_key_of_its_own)
{
    BOOST_TEST(add(good).status == 200);
    BOOST_TEST(add(good).status == 200);

    auto const all = list();
    BOOST_REQUIRE(all.as_array().size() == 2U);
    BOOST_TEST(json::parse(all.at(0).at("config").as_string()) ==
               json::parse(R"({"sampleRate":100,"propertyFilters":[],"includeData":true})"));
    BOOST_TEST((all.at(0).at("hmac_key") != all.at(1).at("hmac_key")));
}

BOOST_AUTO_TEST_CASE(what_is_wrong_is_told)
{
    std::string_view const rate = "Sample rate must be between 0 and 100";
    std::string_view const array = "Property filters must be an array";
    std::string_view const pairs = "Property filters must be an array of objects with key and value properties";
    auto const with_config = [](std::string_view config) {
        return R"({"destination":"https://a.example","config":)" + std::string(config) + "}";
    };
    std::pair<std::string, std::string_view> const cases[] = {
        {R"({"config":{}})", "destination: is required"},
        {R"({"destination":"https://a.example"})", "config: is required"},
        {R"({"destination":7,"config":{}})", "destination: "},
        {R"({"destination":"https://a.example","config":{},"includeData":"maybe"})", "includeData: "},
        {R"({"destination":"https://a.example","config":{},"more":1})", "more: "},
        {with_config("7"), "config: "},
        {with_config(R"({"sampleRate":100.5})"), rate},
        {with_config(R"({"sampleRate":-1})"), rate},
        {with_config(R"({"sampleRate":"10"})"), rate},
        {with_config(R"({"sampleRate":null})"), rate},
        {with_config(R"({"propertyFilters":{}})"), array},
        {with_config(R"({"propertyFilters":["x"]})"), pairs},
        {with_config(R"({"propertyFilters":[{"key":"x"}]})"), pairs},
        {with_config(R"({"propertyFilters":[{"key":"x","value":1}]})"), pairs},
        {R"({"destination":"hooks.example","config":{}})", "destination: must be an absolute https URL"},
        {R"({"destination":"ftp://a.example","config":{}})", "destination: must be an absolute https URL"},
        {R"({"destination":"https://u:p@a.example","config":{}})", "destination: must be an absolute https URL"},
        {R"({"destination":"http://a.example","config":{}})", "destination: must be https, or an origin"},
        {R"({"destination":"https://a.example/)" + std::string(3000, 'x') + R"(","config":{}})",
         "destination: must be"},
    };
    for (auto const& [body, text] : cases) {
        auto const said = add(body);
        BOOST_TEST(said.status == 400, body);
        BOOST_TEST(error_of(said).starts_with(text), body << " -> " << said.body);
    }
    BOOST_TEST(list().as_array().empty());
    with.may_send_to = nullptr;
    BOOST_TEST(add(good).status == 503);
}

BOOST_AUTO_TEST_CASE(another_organisations_webhooks_are_not_there)
{
    BOOST_TEST(add(good).status == 200);
    std::string const its_path = "/v1/webhooks/" + std::string(list().at(0).at("id").as_string());

    with.organization = storage::organization_id{2};
    BOOST_TEST(list().as_array().empty());
    for (auto const& unknown : {its_path, std::string("/v1/webhooks/77"), std::string("/v1/webhooks/x"),
                                std::string("/v1/webhooks/99999999999999999999")}) {
        auto const said = ask(with, "DELETE", unknown);
        BOOST_TEST(said.status == 404);
        BOOST_TEST(error_of(said) == "Webhook not found");
    }
    with.organization = storage::default_organization;
    BOOST_TEST(list().as_array().size() == 1U);
}

BOOST_AUTO_TEST_CASE(there_are_only_so_many)
{
    for (std::int64_t i = 0; i < storage::most_webhooks; ++i) BOOST_TEST(add(good).status == 200);

    BOOST_TEST(add(good).status == 409);
}

BOOST_AUTO_TEST_CASE(a_message_tells_of_a_call_what_the_webhook_wants)
{
    add({full_row()}, {.request = R"({"model": "gpt-4o"})", .response = "not JSON", .raw_stream = {}});
    storage::webhook to;
    to.config = R"({"sampleRate":100,"propertyFilters":[],"includeData":true})";

    auto const whole = json::parse(webhook_message(db, to, storage::row_id{1}, {}).value());
    BOOST_TEST(whole == json::parse(R"({"request_id":"00000000-0000-7000-8000-000000000001",
      "request_body":{"model":"gpt-4o"},"response_body":"not JSON","user_id":"alice",
      "model":"gpt-4o-2024-08-06","provider":"OPENAI",
      "metadata":{"cost":0.0015,"promptTokens":12,"completionTokens":30,"totalTokens":42,"latencyMs":1500}})"));

    to.config = R"({"sampleRate":100,"propertyFilters":[],"includeData":false})";
    auto const bare = json::parse(webhook_message(db, to, storage::row_id{1}, {}).value()).as_object();
    for (auto const* left_out : {"model", "provider", "metadata"}) BOOST_TEST(!bare.contains(left_out));
    BOOST_TEST(bare.contains("request_body"));
}

BOOST_AUTO_TEST_CASE(the_link_of_a_message_leads_to_the_bodies_for_a_day)
{
    auto row = full_row();
    row.organization = storage::organization_id{2};
    add({row}, {.request = R"({"model": "gpt-4o"})", .response = R"({"choices": []})", .raw_stream = {}});
    storage::webhook to;
    to.organization = row.organization;
    to.config = "{}";
    with.links = std::make_shared<signed_links const>("secret");
    with.now = [] { return std::chrono::system_clock::time_point(std::chrono::microseconds(noon_us)); };
    request_links const links(*with.links, "https://weir.example", to.organization, noon_us);

    auto const message = json::parse(webhook_message(db, to, storage::row_id{1}, links).value());
    auto const url = std::string(message.at("request_response_url").as_string());
    BOOST_TEST_REQUIRE(url.starts_with("https://weir.example/v1/public/request/"));
    auto const target = url.substr(std::string_view("https://weir.example").size());
    auto const said = ask(with, "GET", target);
    BOOST_TEST(said.status == 200);
    BOOST_TEST(json::parse(said.body) == json::parse(R"({"request":{"model":"gpt-4o"},"response":{"choices":[]}})"));
    with.now = [] { return std::chrono::system_clock::time_point(std::chrono::microseconds(noon_us + day_us)); };
    BOOST_TEST(ask(with, "GET", target).status == 401);
}

BOOST_AUTO_TEST_CASE(a_message_has_no_link_where_nobody_knows_the_address)
{
    add({full_row()});
    storage::webhook to;
    to.config = "{}";
    signed_links const signer("secret");

    auto const message =
        webhook_message(db, to, storage::row_id{1}, request_links(signer, "", to.organization, noon_us));
    BOOST_TEST(!json::parse(message.value()).as_object().contains("request_response_url"));
}

BOOST_AUTO_TEST_CASE(a_message_leaves_out_what_is_too_large_or_not_there)
{
    auto row = full_row();
    row.user_id.clear();
    std::string const limit(10 * 1024, 'x');
    add({row}, {.request = limit, .response = limit + "x", .raw_stream = {}});
    storage::webhook to;
    to.config = "{}";

    auto const message = json::parse(webhook_message(db, to, storage::row_id{1}, {}).value()).as_object();
    BOOST_TEST(message.at("request_body") == json::value(limit));
    BOOST_TEST(std::string(message.at("response_body").as_string()).starts_with("The body is larger than 10 KiB"));
    BOOST_TEST(!message.contains("user_id"));

    BOOST_TEST((webhook_message(db, to, storage::row_id{2}, {}).error() == storage::errc::not_found));
    to.organization = storage::organization_id{2};
    BOOST_TEST((webhook_message(db, to, storage::row_id{1}, {}).error() == storage::errc::not_found));
}

BOOST_AUTO_TEST_SUITE_END()

} // namespace weir::api::test
