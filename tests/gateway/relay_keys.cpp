#include "tests/support/running_gateway.hpp"

#include <boost/test/unit_test.hpp>

namespace weir::test
{
BOOST_AUTO_TEST_SUITE(relay_keys)

namespace
{

void require_keys(config::settings& s) { s.auth.required = true; }

/// A gateway with a key of its own for each vendor.
struct with_own_keys {
    running_gateway weir{[](config::settings& s) {
                             s.auth.required = true;
                             s.providers["openai"].api_key_env = "OPENAI";
                             s.providers["anthropic"].api_key_env = "ANTHROPIC";
                             s.providers["google"].api_key_env = "GOOGLE";
                         },
                         {{"OPENAI", "own-openai"}, {"ANTHROPIC", "own-anthropic"}, {"GOOGLE", "own-google"}}};
    std::string key = weir.new_key({.name = "n"}).key;
};

} // namespace

BOOST_AUTO_TEST_CASE(without_a_key_nothing_is_sent_on_nor_recorded_only_counted)
{
    running_gateway weir(require_keys);
    weir.new_key({.name = "n"});

    for (auto const& request :
         {get("/openai/v1/models", "Authorization: Bearer sk-provider\r\n"), post("/openai/v1/chat/completions", "{}"),
          get("/nobody/v1/x"), get("/openai/v1/models", "Helicone-Auth: Bearer sk-helicone-abc\r\n")}) {
        auto const response = weir.refusal_of(request);
        BOOST_TEST(response.status() == 401U);
        BOOST_TEST(response.field("x-weir-error") == "invalid_gateway_key");
        BOOST_TEST(response.field("x-should-retry") == "false");
        BOOST_TEST(response.field("WWW-Authenticate") == "Bearer");
        BOOST_TEST(response.field("helicone-status") == "failed");
        BOOST_TEST(storage::uuid::parse(response.field("helicone-id")).has_value());
        BOOST_TEST(response.body.find("\"code\":\"invalid_gateway_key\"") != std::string::npos);
    }

    BOOST_TEST(!weir.provider.is_called());
    BOOST_TEST(weir.metric("weir_unauthorized_total") == 4);
    BOOST_TEST(weir.final_rows().empty());
}

BOOST_AUTO_TEST_CASE(a_call_with_a_key_belongs_to_the_keys_organisation)
{
    running_gateway weir(require_keys);
    auto const ours = weir.new_key({.name = "n"}), theirs = weir.new_key({.name = "n", .organization = "Acme"});

    for (auto const* key : {&ours, &theirs})
        BOOST_TEST(
            weir.ask(get("/openai/v1/models", "Helicone-Auth: Bearer " + key->key + "\r\n"), ok("{}")).status() ==
            200U);

    auto const our_rows = weir.rows(1), their_rows = weir.rows(1, storage::organization_id{2});
    BOOST_REQUIRE(our_rows.size() == 1U);
    BOOST_REQUIRE(their_rows.size() == 1U);
    BOOST_TEST(our_rows[0].api_key_id.value_or(0) == ours.id);
    BOOST_TEST(their_rows[0].api_key_id.value_or(0) == theirs.id);
}

BOOST_AUTO_TEST_CASE(an_open_gateway_takes_calls_without_a_key_and_refuses_wrong_ones)
{
    running_gateway weir;

    BOOST_TEST(weir.ask(get("/openai/v1/models"), ok("{}")).status() == 200U);
    BOOST_TEST(weir.refusal_of(get("/openai/v1/models", "Helicone-Auth: Bearer sk-helicone-abc\r\n")).status() == 401U);

    BOOST_TEST(!weir.row().api_key_id.has_value());
}

BOOST_AUTO_TEST_CASE(a_revoked_key_is_refused_also_on_a_connection_that_it_opened)
{
    running_gateway weir(require_keys);
    auto const key = weir.new_key({.name = "n"});
    auto const request = get("/openai/v1/models", "Helicone-Auth: Bearer " + key.key + "\r\n");
    auto client = weir.client();
    client.send(request);
    auto at = weir.provider.accept();
    static_cast<void>(read_request(at));
    at.send(ok("{}"));
    BOOST_TEST(read_response(client).status() == 200U);

    weir.revoke(key.id);
    client.send(request);

    BOOST_TEST(read_response(client).status() == 401U);
}

BOOST_AUTO_TEST_CASE(a_key_in_both_forms_is_400)
{
    running_gateway weir;
    auto const key = weir.new_key({.name = "n"}).key;

    auto const response =
        weir.refusal_of(get("/openai/v1/models", "Helicone-Auth: Bearer " + key +
                                                     "\r\nAuthorization: Bearer sk-provider, Bearer " + key + "\r\n"));

    BOOST_TEST(response.status() == 400U);
    BOOST_TEST(response.field("x-weir-error") == "conflicting_auth");
}

BOOST_AUTO_TEST_CASE(a_refusal_has_the_shape_of_the_vendor_that_was_meant)
{
    running_gateway weir(require_keys);
    struct {
        std::string request, in_body;
    } const cases[] = {
        {get("/openai/v1/models"), "\"type\":\"weir_error\""},
        {get("/v1/messages"), "\"type\":\"weir_error\""},
        {get("/gemini/v1beta/models"), "\"status\":\"UNAUTHENTICATED\""},
        {get("/v1beta/models/gemini-2.5-flash:generateContent"), "\"status\":\"UNAUTHENTICATED\""},
        {get("/gemini/v1beta/openai/models"), "\"type\":\"weir_error\""},
    };
    for (auto const& c : cases) BOOST_TEST_CONTEXT(c.request)
    BOOST_TEST(weir.refusal_of(c.request).body.find(c.in_body) != std::string::npos);
}

BOOST_AUTO_TEST_CASE(a_refused_connection_is_usable_when_the_request_was_whole_and_ends_when_not)
{
    running_gateway weir(require_keys);

    auto client = weir.client();
    client.send(post("/openai/v1/chat/completions", "{}"));
    BOOST_TEST(read_response(client).status() == 401U);
    client.send("HEAD /openai/v1/models HTTP/1.1\r\nHost: w\r\n\r\n");
    BOOST_TEST(read_response(client, false).status() == 401U);
    client.send(get("/healthz"));
    BOOST_TEST(read_response(client).status() == 200U);

    auto partial = weir.client();
    partial.send("POST /openai/v1/x HTTP/1.1\r\nHost: w\r\nContent-Length: 1000\r\n\r\n{");
    auto const refused = read_response(partial);
    BOOST_TEST(refused.status() == 401U);
    BOOST_TEST(refused.field("Connection") == "close");
    BOOST_TEST(partial.read_to_end() == "");
}

BOOST_AUTO_TEST_CASE(health_and_preflights_need_no_key_and_an_allowed_page_can_read_why_it_is_refused)
{
    running_gateway weir([](auto& s) {
        s.auth.required = true;
        s.gateway.allowed_origins = {"https://app.example"};
    });

    BOOST_TEST(weir.refusal_of(get("/healthz")).status() == 200U);
    BOOST_TEST(weir.refusal_of("OPTIONS /openai/v1/models HTTP/1.1\r\nHost: w\r\nOrigin: https://app.example\r\n"
                               "Access-Control-Request-Method: POST\r\n\r\n")
                   .status() == 204U);
    auto const ours = weir.refusal_of(get("/openai/v1/models", "Origin: https://app.example\r\n"));
    auto const foreign = weir.refusal_of(get("/openai/v1/models", "Origin: https://evil.example\r\n"));
    BOOST_TEST(ours.status() == 401U);
    BOOST_TEST(ours.field("Access-Control-Allow-Origin") == "https://app.example");
    BOOST_TEST(foreign.status() == 401U);
    BOOST_TEST(foreign.field("Access-Control-Allow-Origin") == "");
}

BOOST_AUTO_TEST_CASE(the_providers_own_credential_goes_on_and_no_gateway_key_in_any_form)
{
    running_gateway weir(require_keys);
    auto const key = weir.new_key({.name = "n"}).key;
    std::string const own = "Helicone-Auth: Bearer " + key + "\r\n";
    struct {
        std::string target, fields, expected;
    } const cases[] = {
        {"/openai/v1/x", own + "Authorization: Bearer sk-provider\r\n", "Authorization: Bearer sk-provider"},
        {"/openai/v1/x", "Authorization: Bearer sk-provider, Bearer " + key + "\r\n",
         "Authorization: Bearer sk-provider"},
        {"/openai/v1/x", "Authorization: Bearer " + key + ",Bearer sk-provider\r\n",
         "Authorization: Bearer sk-provider"},
        {"/anthropic/v1/x", "Authorization: Bearer " + key + "\r\nx-api-key: sk-ant\r\n", "x-api-key: sk-ant"},
        {"/anthropic/v1/x", "x-api-key: " + key + "\r\nAuthorization: Bearer sk-ant\r\n",
         "Authorization: Bearer sk-ant"},
        {"/" + key + "/openai/v1/x", "api-key: k\r\n", "api-key: k"},
        {"/openai/v1/x?a=" + key + "&b=1",
         own + "x-goog-api-key: k\r\nCookie: c=" + key + "\r\nX-Copy: " + key + "\r\n", "x-goog-api-key: k"},
        {"/openai/v1/x?b=1&c=%73" + key.substr(1), own + "Authorization: Bearer k\r\nX-Forwarded-Auth: " + key + "\r\n",
         "Authorization: Bearer k"},
    };
    for (auto const& c : cases) {
        BOOST_TEST_CONTEXT(c.target << " " << c.fields)
        {
            auto const got = weir.forwarded(get(c.target, c.fields));
            auto const lines = got.lines();
            BOOST_TEST(std::count(lines.begin(), lines.end(), c.expected) == 1);
            BOOST_TEST(lines.size() == 2U); // beside Host
            BOOST_TEST(got.head.find("helicone") == std::string::npos);
            BOOST_TEST(got.head.find(key.substr(12)) == std::string::npos);
        }
    }
}

BOOST_FIXTURE_TEST_CASE(a_gateway_key_alone_is_replaced_by_weirs_own_key_of_the_provider, with_own_keys)
{
    struct {
        std::string target, fields, expected;
    } const cases[] = {
        {"/openai/v1/x", "Authorization: Bearer " + key + "\r\n", "Authorization: Bearer own-openai"},
        {"/v1/x", "Authorization: Bearer " + key + "\r\n", "Authorization: Bearer own-openai"},
        {"/anthropic/v1/x", "x-api-key: " + key + "\r\n", "x-api-key: own-anthropic"},
        {"/anthropic/v1/x", "Authorization: Bearer " + key + "\r\n", "Authorization: Bearer own-anthropic"},
        {"/anthropic/v1/x", "Helicone-Auth: Bearer " + key + "\r\n", "x-api-key: own-anthropic"},
        {"/gemini/v1beta/x", "x-goog-api-key: " + key + "\r\n", "x-goog-api-key: own-google"},
        {"/gemini/v1beta/x?key=" + key, "", "x-goog-api-key: own-google"},
        {"/gemini/v1beta/openai/x", "Authorization: Bearer " + key + "\r\n", "Authorization: Bearer own-google"},
        {"/openai/v1/x", "Helicone-Auth: Bearer " + key + "\r\nAuthorization:\r\n", "Authorization: Bearer own-openai"},
        {"/" + key + "/anthropic/v1/x", "", "x-api-key: own-anthropic"},
    };
    for (auto const& c : cases) {
        BOOST_TEST_CONTEXT(c.target << " " << c.fields)
        {
            auto const got = weir.forwarded(get(c.target, c.fields));
            auto const lines = got.lines();
            BOOST_TEST(std::count(lines.begin(), lines.end(), c.expected) == 1);
            BOOST_TEST(lines.size() == 2U); // beside Host
            BOOST_TEST(got.head.find("helicone") == std::string::npos);
        }
    }
}

BOOST_FIXTURE_TEST_CASE(the_clients_own_credential_is_never_replaced, with_own_keys)
{
    auto const got = weir.forwarded(
        get("/anthropic/v1/x?key=theirs", "Helicone-Auth: Bearer " + key + "\r\nAuthorization: Bearer mine\r\n"));

    BOOST_TEST(got.field("Authorization") == "Bearer mine");
    BOOST_TEST(got.fields("x-api-key").empty());
}

BOOST_AUTO_TEST_CASE(an_open_gateway_lends_its_provider_keys_to_nobody_without_a_key)
{
    running_gateway weir([](auto& s) { s.providers["openai"].api_key_env = "OPENAI"; }, {{"OPENAI", "own-openai"}});

    auto const got = weir.forwarded(get("/openai/v1/models"));

    BOOST_TEST(got.fields("Authorization").empty());
}

BOOST_AUTO_TEST_CASE(a_gateway_key_alone_is_401_where_weir_has_no_key_of_the_provider)
{
    running_gateway weir(require_keys);
    auto const key = weir.new_key({.name = "n"});

    auto const response = weir.refusal_of(get("/openai/v1/models", "Authorization: Bearer " + key.key + "\r\n"));

    BOOST_TEST(response.status() == 401U);
    BOOST_TEST(response.field("x-weir-error") == "missing_provider_key");
    BOOST_TEST(response.body.find("api_key_env") != std::string::npos);
    BOOST_TEST(!weir.provider.is_called());
    auto const row = weir.row(); // its caller is known, and can find it
    BOOST_TEST(row.status == 401);
    BOOST_TEST(row.error_type == "missing_provider_key");
    BOOST_TEST(row.api_key_id.value_or(0) == key.id);
}

BOOST_AUTO_TEST_CASE(servers_of_ones_own_need_no_key_of_a_provider)
{
    running_gateway weir([](auto& s) { s.providers["local_ai"].local = true; });
    auto const key = weir.new_key({.name = "n"}).key;

    auto const got = weir.forwarded(get("/local_ai/v1/models", "Authorization: Bearer " + key + "\r\n"));

    BOOST_TEST(got.fields("Authorization").empty());
}

BOOST_AUTO_TEST_SUITE_END()

} // namespace weir::test
