#include "storage/uuid.hpp"
#include "tests/gateway/helicone_headers.hpp"
#include "tests/support/running_gateway.hpp"

#include <boost/test/unit_test.hpp>

#include <algorithm>

namespace weir::test
{
BOOST_AUTO_TEST_SUITE(relay_heads)

BOOST_AUTO_TEST_CASE(other_fields_pass_in_order_in_their_case_and_each_line_by_itself)
{
    running_gateway weir;

    auto const got = weir.forwarded("GET /openai/v1/models HTTP/1.1\r\n"
                                    "User-Agent: OpenAI/JS 7.57.0\r\n"
                                    "hOsT: weir.test\r\n"
                                    "anthropic-beta: one\r\n"
                                    "X-STAINLESS-Lang: js\r\n"
                                    "anthropic-beta: two\r\n"
                                    "Idempotency-Key:  k \r\n"
                                    "X-Empty:\r\n"
                                    "Cookie: a=b; c=d\r\n"
                                    "Accept-Encoding: gzip, br\r\n"
                                    "x-latin1: caf\xe9\r\n"
                                    "traceparent: 00-1-2-01\r\n\r\n");

    auto lines = got.lines();
    BOOST_TEST(got.first_line() == "GET /v1/models HTTP/1.1");
    BOOST_TEST(std::erase_if(lines, [](auto const& l) { return l.starts_with("Host:"); }) == 1U);
    std::vector<std::string> const expected{"User-Agent: OpenAI/JS 7.57.0",
                                            "anthropic-beta: one",
                                            "X-STAINLESS-Lang: js",
                                            "anthropic-beta: two",
                                            "Idempotency-Key: k",
                                            "X-Empty: ",
                                            "Cookie: a=b; c=d",
                                            "Accept-Encoding: gzip, br",
                                            "x-latin1: caf\xe9",
                                            "traceparent: 00-1-2-01"};
    BOOST_TEST(lines == expected, boost::test_tools::per_element());
}

BOOST_AUTO_TEST_CASE(weirs_own_fields_and_those_of_the_hop_do_not_reach_the_provider)
{
    running_gateway weir;

    auto const got =
        weir.forwarded(post("/openai/v1/chat/completions", "{}",
                            "helicone-property-app: x\r\n"
                            "HELICONE-UNKNOWN: y\r\nX-Weir-Tag: z\r\nX-Forwarded-For: 10.0.0.1\r\n"
                            "X-Forwarded-Proto: https\r\nForwarded: for=1\r\nX-Real-IP: 10.0.0.1\r\n"
                            "CF-Ray: 1\r\nTrue-Client-IP: 1\r\nConnection: keep-alive, X-Private\r\n"
                            "X-Private: secret\r\nKeep-Alive: timeout=5\r\nProxy-Connection: keep-alive\r\n"
                            "Proxy-Authorization: Basic x\r\nTE: trailers\r\nTrailer: X\r\n"
                            "Upgrade: h2c\r\nX-Kept: yes\r\n"));

    auto const lines = got.lines();
    std::vector<std::string> const expected{"Host: 127.0.0.1:" + std::to_string(weir.provider.port()),
                                            "Content-Type: application/json", "X-Kept: yes", "Content-Length: 2"};
    BOOST_TEST(lines == expected, boost::test_tools::per_element());
}

BOOST_AUTO_TEST_CASE(the_host_is_the_targets)
{
    running_gateway weir;

    auto const got = weir.forwarded(get("/openai/v1/models"));

    BOOST_TEST(got.field("Host") == "127.0.0.1:" + std::to_string(weir.provider.port()));
}

BOOST_AUTO_TEST_CASE(connection_cannot_name_what_frames_addresses_or_authorises_the_message)
{
    running_gateway weir;

    auto const got = weir.forwarded(post("/openai/v1/chat/completions", "{}",
                                         "Connection: content-length, host, authorization, x-api-key, content-type\r\n"
                                         "Authorization: Bearer k\r\nx-api-key: k\r\n"));

    BOOST_TEST(got.field("Content-Length") == "2");
    BOOST_TEST(got.field("Authorization") == "Bearer k");
    BOOST_TEST(got.field("x-api-key") == "k");
    BOOST_TEST(got.field("Content-Type") == "application/json");
    BOOST_TEST(got.fields("Host").size() == 1U);
}

BOOST_AUTO_TEST_CASE(the_query_passes_byte_for_byte)
{
    running_gateway weir;

    auto const got = weir.forwarded(get("/gemini/v1beta/models/a%2Fb:generateContent?alt=sse&key=a%20b&x=%"));

    BOOST_TEST(got.first_line() == "GET /v1beta/models/a%2Fb:generateContent?alt=sse&key=a%20b&x=% HTTP/1.1");
}

BOOST_AUTO_TEST_CASE(the_response_says_which_row_it_is_how_it_went_and_what_weir_added)
{
    running_gateway weir;

    auto const response = weir.ask(get("/openai/v1/models"), ok("{}"));

    auto const id = storage::uuid::parse(response.field("helicone-id"));
    BOOST_REQUIRE(id.has_value());
    BOOST_TEST((weir.row().request_id == *id));
    BOOST_TEST(response.field("helicone-status") == "success");
    auto const timing = response.field("Server-Timing");
    BOOST_TEST(timing.starts_with("weir;dur="));
    BOOST_TEST(std::stod(timing.substr(9)) >= 0);
}

BOOST_AUTO_TEST_CASE(headers_of_features_that_weir_does_not_have_are_stripped_and_kept_as_properties)
{
    running_gateway weir;
    std::vector<std::pair<std::string, std::string>> expected;
    std::string fields;
    for (std::string_view const name : headers_without_feature) {
        expected.emplace_back(name, "value " + std::to_string(expected.size()));
        fields += expected.back().first + ": " + expected.back().second + "\r\n";
    }

    auto const got = weir.forwarded(get("/openai/v1/models", fields));

    std::vector<std::string> const only_host{"Host: 127.0.0.1:" + std::to_string(weir.provider.port())};
    BOOST_TEST(got.lines() == only_host, boost::test_tools::per_element());
    BOOST_TEST((weir.row().properties == expected));
}

BOOST_AUTO_TEST_CASE(a_call_without_a_good_id_of_its_own_is_given_a_uuid_of_version_7)
{
    for (std::string const field :
         {"", "Helicone-Request-Id: mine\r\n", "Helicone-Request-Id: 6f1c2e1a-3b4d-9e5f-8a9b-0c1d2e3f4a5b\r\n",
          "Helicone-Request-Id: 6f1c2e1a-3b4d-4e5f-ca9b-0c1d2e3f4a5b\r\n"}) {
        BOOST_TEST_CONTEXT(field)
        {
            running_gateway weir;

            auto const id = weir.ask(get("/openai/v1/models", field), ok("{}")).field("helicone-id");

            BOOST_REQUIRE(storage::uuid::parse(id).has_value());
            BOOST_TEST(id[14] == '7'); // the version
            BOOST_TEST(weir.row().request_id.text() == id);
        }
    }
}

BOOST_AUTO_TEST_CASE(the_id_that_the_client_chose_is_echoed_and_recorded)
{
    running_gateway weir;

    auto const response =
        weir.ask(get("/openai/v1/models", "Helicone-Request-Id: 6F1C2E1A-3B4D-4E5F-8A9B-0C1D2E3F4A5B\r\n"), ok("{}"));

    BOOST_TEST(response.field("helicone-id") == "6f1c2e1a-3b4d-4e5f-8a9b-0c1d2e3f4a5b");
    BOOST_TEST(weir.row().request_id.text() == "6f1c2e1a-3b4d-4e5f-8a9b-0c1d2e3f4a5b");
}

BOOST_AUTO_TEST_CASE(events_get_the_fields_that_keep_proxies_from_buffering_if_absent)
{
    running_gateway weir;
    std::string const end = chunk("data: [DONE]\n\n") + std::string(last_chunk);

    auto const plain = weir.ask(get("/openai/v1/a"), std::string(events_head()) + end);
    auto const given = weir.ask(get("/openai/v1/a"), "HTTP/1.1 200 OK\r\nContent-Type: text/event-stream\r\n"
                                                     "Cache-Control: no-store\r\nx-accel-buffering: yes\r\n"
                                                     "Transfer-Encoding: chunked\r\n\r\n" +
                                                         end);
    auto const json = weir.ask(get("/openai/v1/a"), ok("{}"));

    BOOST_TEST(plain.field("Cache-Control") == "no-cache, no-transform");
    BOOST_TEST(plain.field("X-Accel-Buffering") == "no");
    BOOST_TEST(given.field("Cache-Control") == "no-store");
    BOOST_TEST(given.field("X-Accel-Buffering") == "yes");
    BOOST_TEST(json.field("Cache-Control") == "");
    BOOST_TEST(json.field("X-Accel-Buffering") == "");
}

BOOST_AUTO_TEST_CASE(the_providers_fields_pass_but_not_its_cookies_nor_those_of_the_hop)
{
    running_gateway weir;

    auto const response =
        weir.ask(get("/openai/v1/models"),
                 ok("{}", "Content-Type: application/json; charset=utf-8\r\nx-request-id: req_1\r\nSet-Cookie: a=b\r\n"
                          "x-ratelimit-remaining-tokens: 5\r\nSet-Cookie: c=d\r\nKeep-Alive: timeout=9\r\nX-Hop: 1\r\n"
                          "Connection: keep-alive, X-Hop\r\nopenai-processing-ms: 12\r\nVia: a\r\nVia: b\r\n"));

    BOOST_TEST(response.field("Content-Type") == "application/json; charset=utf-8");
    BOOST_TEST(response.field("x-request-id") == "req_1");
    BOOST_TEST(response.field("x-ratelimit-remaining-tokens") == "5");
    BOOST_TEST(response.field("openai-processing-ms") == "12");
    BOOST_TEST(response.fields("Via").size() == 2U);
    BOOST_TEST(response.fields("Set-Cookie").empty());
    BOOST_TEST(response.fields("Keep-Alive").empty());
    BOOST_TEST(response.fields("X-Hop").empty());
    BOOST_TEST(response.fields("Content-Length").size() == 1U);
}

BOOST_AUTO_TEST_CASE(the_providers_fields_pass_in_order_in_their_case_and_each_line_by_itself)
{
    running_gateway weir;

    auto const response = weir.ask(get("/openai/v1/models"),
                                   ok("{}", "x-request-id: req_1\r\nVia: a\r\ncontent-TYPE: application/json\r\n"
                                            "Date: Mon, 1 Jan 2026 00:00:00 GMT\r\nVia: b\r\nX-Empty:\r\n"
                                            "x-latin1: caf\xe9\r\nServer: mock\r\n"));

    auto lines = response.lines();
    std::vector<std::string> const expected{"x-request-id: req_1",
                                            "Via: a",
                                            "content-TYPE: application/json",
                                            "Date: Mon, 1 Jan 2026 00:00:00 GMT",
                                            "Via: b",
                                            "X-Empty: ",
                                            "x-latin1: caf\xe9",
                                            "Server: mock"};
    BOOST_REQUIRE(lines.size() >= expected.size());
    lines.resize(expected.size()); // weir's own stand behind them
    BOOST_TEST(lines == expected, boost::test_tools::per_element());
}

BOOST_AUTO_TEST_CASE(a_provider_cannot_speak_for_weir)
{
    running_gateway weir;

    auto const response =
        weir.ask(get("/openai/v1/models"),
                 ok("{}", "helicone-id: forged\r\nHelicone-Status: forged\r\nX-Weir-Error: forged\r\n"));

    BOOST_TEST(response.field("helicone-id") != "forged");
    BOOST_TEST(response.field("helicone-id") != "(several)");
    BOOST_TEST(response.field("helicone-status") == "success");
    BOOST_TEST(response.field("x-weir-error") == "");
}

BOOST_AUTO_TEST_CASE(a_stream_never_says_connection_close_even_if_the_provider_did)
{
    running_gateway weir;

    auto const response =
        weir.ask(get("/openai/v1/models"), "HTTP/1.1 200 OK\r\nContent-Type: text/event-stream\r\nConnection: close\r\n"
                                           "Transfer-Encoding: chunked\r\n\r\n" +
                                               chunk("data: [DONE]\n\n") + std::string(last_chunk));

    BOOST_TEST(response.field("Connection") == "");
    BOOST_TEST(response.complete);
}

BOOST_AUTO_TEST_SUITE_END()

} // namespace weir::test
