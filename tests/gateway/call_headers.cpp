#include "gateway/call_headers.hpp"

#include "tests/gateway/helicone_headers.hpp"

#include <boost/test/unit_test.hpp>

#include <functional>

namespace weir::gateway
{
BOOST_AUTO_TEST_SUITE(headers_of_a_call)

namespace
{

call_headers read(std::vector<net::field> fields)
{
    net::request_head head;
    head.fields = std::move(fields);
    return read_call_headers(head);
}

relay_headers read_for_relay(std::vector<net::field> fields)
{
    net::request_head head;
    head.fields = std::move(fields);
    return read_relay_headers(head);
}

using properties = std::vector<std::pair<std::string, std::string>>;

} // namespace

BOOST_AUTO_TEST_CASE(identity_session_and_prompt_are_read_in_any_case)
{
    auto const h = read({{"helicone-user-id", "u"},
                         {"HELICONE-SESSION-ID", "s"},
                         {"Helicone-Session-Name", "n"},
                         {"Helicone-Session-Path", "/a/b"},
                         {"Helicone-Prompt-Id", "p"},
                         {"Helicone-Prompt-Version", "3"},
                         {"Helicone-Model-Override", "m"},
                         {"x-stainless-retry-count", "2"}});

    BOOST_TEST(h.user_id == "u");
    BOOST_TEST(h.session_id == "s");
    BOOST_TEST(h.session_name == "n");
    BOOST_TEST(h.session_path == "/a/b");
    BOOST_TEST(h.prompt_id == "p");
    BOOST_TEST(h.prompt_version == "3");
    BOOST_TEST(h.model_override == "m");
    BOOST_TEST(h.retry_count.value_or(0) == 2);
}

BOOST_AUTO_TEST_CASE(the_mode_of_prompts_follows_from_id_and_mode)
{
    auto const mode = [](std::vector<net::field> fields) { return read_for_relay(std::move(fields)).prompts; };

    BOOST_TEST((mode({}) == prompt_mode::deactivated));
    BOOST_TEST((mode({{"helicone-prompt-id", "p"}}) == prompt_mode::production));
    BOOST_TEST((mode({{"Helicone-Prompt-Mode", "testing"}, {"Helicone-Prompt-Id", "p"}}) == prompt_mode::testing));
    BOOST_TEST((mode({{"Helicone-Prompt-Mode", "testing"}}) == prompt_mode::deactivated));
    BOOST_TEST((mode({{"Helicone-Prompt-Mode", "Testing"}}) == prompt_mode::unknown));
}

BOOST_AUTO_TEST_CASE(an_id_of_the_clients_own_is_a_uuid_in_any_case)
{
    auto const h = read_for_relay({{"helicone-request-ID", "6F1C2E1A-3B4D-4E5F-8A9B-0C1D2E3F4A5B"}});

    BOOST_REQUIRE(h.request_id.has_value());
    BOOST_TEST(h.request_id->text() == "6f1c2e1a-3b4d-4e5f-8a9b-0c1d2e3f4a5b");
}

BOOST_AUTO_TEST_CASE(an_id_that_is_no_uuid_is_as_good_as_none)
{
    for (std::string_view const bad : {"", "mine", "00000000-0000-0000-0000-000000000000"})
        BOOST_TEST(!read_for_relay({{"Helicone-Request-Id", bad}}).request_id.has_value());
}

BOOST_AUTO_TEST_CASE(properties_keep_their_names_as_received_and_names_that_differ_in_case_apart)
{
    auto const h = read({{"Helicone-Property-App", "1"},
                         {"helicone-property-app", "2"},
                         {"HELICONE-PROPERTY-Env", "prod"},
                         {"Helicone-Property-", "nameless"}});

    properties const expected{{"App", "1"}, {"app", "2"}, {"Env", "prod"}};
    BOOST_TEST((h.properties == expected));
}

BOOST_AUTO_TEST_CASE(names_of_properties_never_repeat)
{
    auto const h = read({{"Helicone-Property-App", "1"}, {"Helicone-Property-App", "2"}});

    BOOST_TEST(h.properties.size() == 1U);
    BOOST_TEST(h.properties[0].second == "2");
}

BOOST_AUTO_TEST_CASE(values_are_utf8_or_else_latin_1_and_have_no_nul)
{
    auto const h = read({{"Helicone-User-Id", "caf\xe9"},
                         {"Helicone-Property-A", "caf\xc3\xa9"},
                         {"Helicone-Property-B\xe9", std::string_view("x\0y", 3)}});

    properties const expected{{"A", "caf\xc3\xa9"}, {"B\xc3\xa9", "xy"}};
    BOOST_TEST(h.user_id == "caf\xc3\xa9");
    BOOST_TEST((h.properties == expected));
}

BOOST_AUTO_TEST_CASE(headers_of_tagging_and_of_features_that_are_not_there_stand_as_properties)
{
    std::vector<std::string> names{"Helicone-Session-Id", "Helicone-Session-Name", "Helicone-Session-Path",
                                   "Helicone-Prompt-Id", "Helicone-Prompt-Mode"};
    names.insert(names.end(), test::headers_without_feature.begin(), test::headers_without_feature.end());
    for (auto const& name : names) {
        auto lower = name;
        for (auto& c : lower) c = static_cast<char>(std::tolower(c));
        auto const h = read({{lower, "v"}});
        properties const expected{{name, "v"}};
        BOOST_TEST_CONTEXT(name) BOOST_TEST((h.properties == expected));
    }
}

BOOST_AUTO_TEST_CASE(secrets_never_become_properties)
{
    for (std::string const name :
         {"Helicone-Auth", "Helicone-Fallbacks", "Helicone-Manual-Access-Key", "Helicone-Posthog-Key",
          "Helicone-Lytix-Key", "Helicone-JWT", "Helicone-Org-Id", "Authorization", "x-api-key", "api-key",
          "x-goog-api-key", "Cookie", "Proxy-Authorization", "Helicone-Target-Url", "Helicone-OpenAI-Api-Base",
          "Helicone-Unknown"})
        BOOST_TEST_CONTEXT(name) BOOST_TEST(read({{name, "secret"}}).properties.empty());
}

BOOST_AUTO_TEST_CASE(booleans_are_the_exact_word_true)
{
    struct {
        std::string_view name;
        std::function<bool(std::vector<net::field>)> is_set;
    } const cases[] = {
        {"Helicone-Omit-Request", [](auto fields) { return read(fields).omit_request; }},
        {"Helicone-Omit-Response", [](auto fields) { return read(fields).omit_response; }},
        {"Helicone-Stream-Usage", [](auto fields) { return read_for_relay(fields).wants_stream_usage; }},
        {"Helicone-Increase-Timeout", [](auto fields) { return read_for_relay(fields).increase_timeout; }}};
    for (auto const& c : cases) {
        BOOST_TEST_CONTEXT(c.name)
        {
            BOOST_TEST(c.is_set({{c.name, "true"}}));
            for (std::string_view const no : {"True", "TRUE", "1", "yes", "", "false", "true "})
                BOOST_TEST(!c.is_set({{c.name, no}}));
        }
    }
}

BOOST_AUTO_TEST_CASE(a_retry_count_that_is_none_is_ignored)
{
    for (std::string_view const bad : {"", "-1", "x", "1.5", "99999999999999999999", "1000"})
        BOOST_TEST(!read({{"x-stainless-retry-count", bad}}).retry_count.has_value());
}

BOOST_AUTO_TEST_CASE(the_credential_is_the_providers_whatever_header_it_comes_in)
{
    BOOST_TEST(read({{"Authorization", "Bearer k"}}).credential == "Bearer k");
    BOOST_TEST(read({{"X-API-KEY", "k"}}).credential == "k");
    BOOST_TEST(read({{"api-key", "k"}}).credential == "k");
    BOOST_TEST(read({{"x-goog-api-key", "k"}}).credential == "k");
    BOOST_TEST(read({{"x-api-key", "k2"}, {"Authorization", "Bearer k1"}}).credential == "Bearer k1");
    BOOST_TEST(read({{"Authorization", "Bearer sk-helicone-x"}, {"x-api-key", "k"}}).credential == "k");
    BOOST_TEST(read({{"x-api-key", "sk-helicone-x"}, {"api-key", "k"}}).credential == "k");
    BOOST_TEST(read({{"x-goog-api-key", "sk-helicone-x"}}).credential == "");
    BOOST_TEST(read({{"Host", "h"}}).credential == "");
}

BOOST_AUTO_TEST_CASE(request_fields_are_forwarded_unless_they_are_weirs_or_the_hops)
{
    std::string_view const connection = "X-Named,";
    struct {
        std::string_view name;
        bool expected;
    } const cases[] = {
        {"Authorization", true},
        {"x-api-key", true},
        {"anthropic-version", true},
        {"anthropic-beta", true},
        {"OpenAI-Organization", true},
        {"x-stainless-lang", true},
        {"Idempotency-Key", true},
        {"User-Agent", true},
        {"traceparent", true},
        {"Accept-Encoding", true},
        {"Cookie", true},
        {"x-stripe-customer-id", true},
        {"Content-Type", true},
        {"X-Unknown", true},
        {"Heliconex", true},
        {"Helicone-Auth", false},
        {"HELICONE-ANYTHING", false},
        {"X-Weir-Tags", false},
        {"X-Forwarded-For", false},
        {"x-forwarded-host", false},
        {"Forwarded", false},
        {"X-Real-IP", false},
        {"CF-Connecting-IP", false},
        {"True-Client-IP", false},
        {"Host", false},
        {"Content-Length", false},
        {"Expect", false},
        {"Connection", false},
        {"Keep-Alive", false},
        {"Proxy-Connection", false},
        {"Proxy-Authorization", false},
        {"TE", false},
        {"Trailer", false},
        {"Transfer-Encoding", false},
        {"Upgrade", false},
        {"x-named", false},
    };
    for (auto const& c : cases)
        BOOST_TEST_CONTEXT(c.name) BOOST_TEST(is_forwarded({c.name, "v"}, connection) == c.expected);
    for (std::string_view const name : {"Authorization", "x-api-key", "api-key", "x-goog-api-key", "Content-Type"})
        BOOST_TEST_CONTEXT(name) BOOST_TEST(is_forwarded({name, "v"}, name)); // Connection cannot name these
}

BOOST_AUTO_TEST_CASE(response_fields_are_returned_unless_they_are_weirs_or_the_hops)
{
    for (std::string_view const name : {"Content-Type", "Content-Encoding", "x-request-id", "retry-after-ms",
                                        "anthropic-ratelimit-tokens-remaining", "Server", "Date"})
        BOOST_TEST_CONTEXT(name) BOOST_TEST(is_returned({name, "v"}, ""));
    for (std::string_view const name :
         {"Set-Cookie", "Content-Length", "Transfer-Encoding", "Connection", "Keep-Alive", "Trailer", "Upgrade",
          "helicone-id", "Helicone-Status", "x-weir-error", "X-Named"})
        BOOST_TEST_CONTEXT(name) BOOST_TEST(!is_returned({name, "v"}, "x-named"));
}

BOOST_AUTO_TEST_CASE(a_gateway_key_is_seen_anywhere_but_within_a_word)
{
    for (std::string_view const text :
         {"sk-helicone-", "Bearer sk-helicone-a", "pk-helicone-a", "a, Bearer pk-helicone-a", "key=sk-helicone-a",
          "task-helicone-x sk-helicone-a", "x_sk-helicone-a"})
        BOOST_TEST_CONTEXT(text) BOOST_TEST(mentions_gateway_key(text));
    for (std::string_view const text :
         {"", "k-helicone-", "sk-helicon", "sk-helicone", "sk-proj-a", "task-helicone-runner/1", "desk-helicone-1",
          "Helicone-Auth: x", "sk_helicone_a", "7sk-helicone-a"})
        BOOST_TEST_CONTEXT(text) BOOST_TEST(!mentions_gateway_key(text));
}

BOOST_AUTO_TEST_CASE(a_gateway_key_in_a_reserved_header_is_not_kept)
{
    auto const h = read({{"Helicone-User-Id", "sk-helicone-x"},
                         {"Helicone-Property-A", "Bearer pk-helicone-x"},
                         {"Helicone-Cache-Seed", "sk-helicone-x"}});

    BOOST_TEST(h.user_id == "REDACTED");
    BOOST_REQUIRE(h.properties.size() == 2U);
    for (auto const& [name, value] : h.properties) BOOST_TEST(value == "REDACTED");
}

BOOST_AUTO_TEST_CASE(a_gateway_key_in_a_url_is_taken_out)
{
    struct {
        std::string_view given, left, key;
    } const cases[] = {
        {"/sk-helicone-abc/openai/v1/x", "/openai/v1/x", "sk-helicone-abc"},
        {"/openai/pk-helicone-abc/v1/x?y=1", "/openai/v1/x?y=1", "pk-helicone-abc"},
        {"/openai/v1/sk-helicone-eu-abc", "/openai/v1", "sk-helicone-eu-abc"},
        {"/sk-helicone-abc", "/", "sk-helicone-abc"},
        {"/sk-helicone-abc?x", "/?x", "sk-helicone-abc"},
        {"/openai/sk%2Dhelicone%2dabc/v1/x", "/openai/v1/x", "sk-helicone-abc"},
        {"/openai/v1/x-sk-helicone-abc", "/openai/v1", "x-sk-helicone-abc"},
        {"/v1/x?key=sk-helicone-abc", "/v1/x", "sk-helicone-abc"},
        {"/v1/x?key=sk-helicone-abc&alt=sse&b", "/v1/x?alt=sse&b", "sk-helicone-abc"},
        {"/v1/x?alt=sse&key=%73k-helicone-abc", "/v1/x?alt=sse", "sk-helicone-abc"},
        {"/v1/x?alt=sse;key=sk-helicone-abc;b=1", "/v1/x?alt=sse;b=1", "sk-helicone-abc"},
        {"/v1/x?sk-helicone-abc", "/v1/x", "sk-helicone-abc"},
        {"/sk-helicone-a/v1/sk-helicone-b?key=sk-helicone-c", "/v1", "sk-helicone-a"},
        {"/v1/a%2Fb:c?alt=sse&key=a%20b&x=%", "/v1/a%2Fb:c?alt=sse&key=a%20b&x=%", ""},
        {"/v1//x/?&&y=%3F?", "/v1//x/?&&y=%3F?", ""},
        {"/v1/models/task-helicone-classifier", "/v1/models/task-helicone-classifier", ""},
    };
    for (auto const& c : cases) {
        std::string key;
        BOOST_TEST_CONTEXT(c.given)
        {
            BOOST_TEST(without_gateway_key(c.given, key) == c.left);
            BOOST_TEST(key == c.key);
        }
    }
}

BOOST_AUTO_TEST_CASE(weirs_key_is_taken_out_of_a_fields_value)
{
    struct {
        std::string_view given, expected;
    } const cases[] = {
        {"Bearer sk-x", "Bearer sk-x"},
        {"Bearer sk-x, Bearer sk-helicone-y", "Bearer sk-x"},
        {"Bearer pk-helicone-y,Bearer sk-x", "Bearer sk-x"},
        {"Bearer sk-helicone-eu-y", ""},
        {"Bearer pk-helicone-y", ""},
        {"AWS4-HMAC-SHA256 Credential=a, SignedHeaders=b, Signature=c",
         "AWS4-HMAC-SHA256 Credential=a, SignedHeaders=b, Signature=c"},
        {"", ""},
        {"sk-helicone-y", ""},
        {"a, b;q=1,c", "a, b;q=1,c"},
    };
    for (auto const& c : cases) BOOST_TEST_CONTEXT(c.given) BOOST_TEST(provider_value(c.given) == c.expected);
}

BOOST_AUTO_TEST_CASE(secret_parameters_of_a_query_are_redacted)
{
    struct {
        std::string_view given, expected;
    } const cases[] = {
        {"/v1/x", "/v1/x"},
        {"/v1/x?alt=sse", "/v1/x?alt=sse"},
        {"/v1/x?key=abc", "/v1/x?key=REDACTED"},
        {"/v1/x?KEY=abc&alt=sse", "/v1/x?KEY=REDACTED&alt=sse"},
        {"/v1/x?a=1&api_key=abc&b=2", "/v1/x?a=1&api_key=REDACTED&b=2"},
        {"/v1/x?%6Bey=abc", "/v1/x?%6Bey=REDACTED"},
        {"/v1/x?key=", "/v1/x?key="},
        {"/v1/x?key", "/v1/x?key"},
        {"/v1/x?X-Amz-Signature=abc&sig=d&token=e", "/v1/x?X-Amz-Signature=REDACTED&sig=REDACTED&token=REDACTED"},
        {"/v1/x?subscription-key=abc&client_secret=d", "/v1/x?subscription-key=REDACTED&client_secret=REDACTED"},
        {"/v1/x?a=1;key=abc", "/v1/x?a=1;key=REDACTED"},
        {"/v1/x?model=sk-abc&user=ann", "/v1/x?model=REDACTED&user=ann"},
        {"/sk-abc/v1/x", "/REDACTED/v1/x"},
        {"/v1/SK%2Dhelicone-abc/x", "/v1/REDACTED/x"},
        {"/v1/x?max=1&page=2", "/v1/x?max=1&page=2"},
        {"/v1/x?key=a=b&key=c", "/v1/x?key=REDACTED&key=REDACTED"},
        {"/v1/x?", "/v1/x?"},
        {"/v1/x??key=abc", "/v1/x??key=REDACTED"},
    };
    for (auto const& c : cases) BOOST_TEST_CONTEXT(c.given) BOOST_TEST(redacted_target(c.given) == c.expected);
}

BOOST_AUTO_TEST_SUITE_END()

} // namespace weir::gateway
