#include "storage/uuid.hpp"
#include "tests/support/running_gateway.hpp"

#include <boost/test/unit_test.hpp>

#include <set>

namespace weir::test
{
BOOST_AUTO_TEST_SUITE(relay_refusals)

namespace
{

using namespace std::chrono_literals;

} // namespace

BOOST_AUTO_TEST_CASE(heads_that_readers_of_http_disagree_on_never_reach_the_provider)
{
    std::string const line = "POST /openai/v1/x HTTP/1.1\r\n";
    std::string const host = "Host: w\r\n";
    std::string const cases[] = {
        line + host + "Content-Length: 5\r\nTransfer-Encoding: chunked\r\n\r\n0\r\n\r\n",
        line + host + "Transfer-Encoding: chunked\r\nContent-Length: 5\r\n\r\n0\r\n\r\n",
        line + host + "Content-Length: 5\r\nContent-Length: 6\r\n\r\nhello!",
        line + host + "Content-Length: 5\r\nContent-Length: 5\r\n\r\nhello",
        line + host + "Content-Length: 5, 5\r\n\r\nhello",
        line + host + "Content-Length: +5\r\n\r\nhello",
        line + host + "Content-Length: -5\r\n\r\nhello",
        line + host + "Content-Length: 0x5\r\n\r\nhello",
        line + host + "Content-Length: \r\n\r\nhello",
        line + host + "Content-Length: 5;x\r\n\r\nhello",
        line + host + "Content-Length: 99999999999999999999\r\n\r\nhello",
        line + host + "Transfer-Encoding: identity\r\n\r\nGET /openai/v1/smuggled HTTP/1.1\r\nHost: w\r\n\r\n",
        line + host + "Transfer-Encoding: gzip\r\n\r\nGET /openai/v1/smuggled HTTP/1.1\r\nHost: w\r\n\r\n",
        line + host + "Transfer-Encoding: xchunked\r\n\r\n0\r\n\r\n",
        line + host + "Transfer-Encoding: \"chunked\"\r\n\r\n0\r\n\r\n",
        line + host + "Transfer-Encoding: \r\n\r\n0\r\n\r\n",
        line + host + "Transfer-Encoding: chunked, identity\r\n\r\n0\r\n\r\n",
        line + host + "Transfer-Encoding: chunked, chunked\r\n\r\n0\r\n\r\n",
        line + host + "Transfer-Encoding: gzip, chunked\r\n\r\n0\r\n\r\n",
        line + host + "Transfer-Encoding: chunked,\r\n\r\n0\r\n\r\n",
        line + host + "Transfer-Encoding: chunked;q=1\r\n\r\n0\r\n\r\n",
        line + host + "Transfer-Encoding: chunked chunked\r\n\r\n0\r\n\r\n",
        line + host + "Transfer-Encoding: identity\r\nTransfer-Encoding: chunked\r\n\r\n0\r\n\r\n",
        line + host + "Transfer-Encoding: chunked\r\nTransfer-Encoding: identity\r\n\r\n0\r\n\r\n",
        line + host + "Transfer-Encoding: identity\r\nContent-Length: 5\r\n\r\nhello",
        line + host + "Transfer-Encoding : chunked\r\n\r\n0\r\n\r\n",
        line + host + "Transfer-Encoding:\r\n chunked\r\n\r\n0\r\n\r\n",
        line + host + "X-Folded: a\r\n b\r\n\r\n",
        line + host + "X: a\nTransfer-Encoding: chunked\r\n\r\n0\r\n\r\n",
        line + host + "X: a\rb\r\n\r\n",
        line + host + std::string("X: a\0b\r\n\r\n", 10),
        line + host + " Leading: space\r\n\r\n",
        line + host + ": no name\r\n\r\n",
        line + host + "no colon\r\n\r\n",
        line + "\r\n",
        line + host + host + "\r\n",
        "POST /openai/v1/x HTTP/1.0\r\nTransfer-Encoding: chunked\r\n\r\n0\r\n\r\n",
        "POST  /openai/v1/x HTTP/1.1\r\n" + host + "\r\n",
        "POST /openai/v1/x HTTP/1.2\r\n" + host + "\r\n",
        "POST /openai/v1/x HTTP/2.0\r\n" + host + "\r\n",
        "PRI * HTTP/2.0\r\n\r\nSM\r\n\r\n",
        "POST http://openai.example/v1/x HTTP/1.1\r\n" + host + "\r\n",
        "POST openai/v1/x HTTP/1.1\r\n" + host + "\r\n",
        "POST /openai/v1/x#y HTTP/1.1\r\n" + host + "\r\n",
        "POST /openai/v1\\x HTTP/1.1\r\n" + host + "\r\n",
        "POST /openai/v1/\"x HTTP/1.1\r\n" + host + "\r\n",
        "POST /openai/v1/\xc3\xa4 HTTP/1.1\r\n" + host + "\r\n",
        "OPTIONS * HTTP/1.1\r\n" + host + "\r\n",
        "POST /openai/v1/x HTTP/1.1\nHost: w\n\n",
    };
    running_gateway weir;
    for (auto const& given : cases) {
        BOOST_TEST_CONTEXT(given)
        {
            auto client = weir.client();
            client.send(given);
            auto const response = read_response(client);

            BOOST_TEST(response.status() == 400U);
            BOOST_TEST(response.field("Connection") == "close");
            BOOST_TEST(response.field("x-weir-error") == "malformed_request");
            BOOST_TEST(client.read_to_end() == ""); // nothing behind it is taken for a request
            BOOST_TEST(!weir.provider.is_called());
        }
    }
}

BOOST_AUTO_TEST_CASE(methods_that_no_providers_api_uses_are_501)
{
    running_gateway weir;
    for (std::string const given : {"CONNECT api.openai.com:443", "TRACE /openai/v1/x", "BREW /openai/v1/x"}) {
        auto const response = weir.refusal_of(given + " HTTP/1.1\r\nHost: w\r\n\r\n");
        BOOST_TEST(response.status() == 501U);
        BOOST_TEST(!weir.provider.is_called());
    }
}

BOOST_AUTO_TEST_CASE(a_head_beyond_max_header_bytes_is_431)
{
    running_gateway weir([](auto& s) { s.gateway.max_header_bytes = {2048}; });

    auto const response = weir.refusal_of(get("/openai/v1/models", "X: " + std::string(4000, 'x') + "\r\n"));

    BOOST_TEST(response.status() == 431U);
    BOOST_TEST(response.field("x-weir-error") == "header_too_large");
    BOOST_TEST(!weir.provider.is_called());
}

BOOST_AUTO_TEST_CASE(an_endless_head_is_431_without_waiting_for_its_end)
{
    running_gateway weir([](auto& s) { s.gateway.max_header_bytes = {2048}; });

    auto const response = weir.refusal_of("GET /openai/v1/models HTTP/1.1\r\nX: " + std::string(4000, 'x'));

    BOOST_TEST(response.status() == 431U);
}

BOOST_AUTO_TEST_CASE(heads_of_60_kib_with_200_fields_and_values_of_32_kib_pass)
{
    running_gateway weir;
    std::string fields = "X-Large: " + std::string(32 * 1024, 'x') + "\r\n";
    for (int i = 0; i < 200; ++i) fields += "X-" + std::to_string(i) + ": " + std::string(100, 'y') + "\r\n";

    auto const response = weir.ask(get("/openai/v1/models", fields), ok("{}"));

    BOOST_TEST(response.status() == 200U);
}

BOOST_AUTO_TEST_CASE(a_head_that_does_not_come_in_time_is_408_however_it_trickles)
{
    running_gateway weir([](auto& s) { s.gateway.header_timeout = 150ms; });

    auto client = weir.client();
    client.send("GET /openai/v1/models HT");
    auto const response = read_response(client);

    BOOST_TEST(response.status() == 408U);
    BOOST_TEST(response.field("Connection") == "close");
    BOOST_TEST(client.read_to_end() == "");
}

BOOST_AUTO_TEST_CASE(an_idle_connection_is_closed_without_an_answer)
{
    running_gateway weir([](auto& s) { s.gateway.keep_alive_timeout = 100ms; });

    auto client = weir.client();

    BOOST_TEST(client.read_to_end() == "");
    BOOST_TEST(!weir.has_rows());
}

BOOST_AUTO_TEST_CASE(each_refusal_is_answered_in_the_shape_of_its_target_and_recorded)
{
    running_gateway weir([](auto& s) { s.gateway.max_request_body = {1000}; });
    struct {
        std::string request;
        unsigned status;
        std::string_view code, in_body;
    } const cases[] = {
        {get("/nobody/v1/x"), 404, "unknown_provider", "\"type\":\"weir_error\""},
        {get("/v1/v1/models"), 404, "not_found", "base URL"},
        {get("/v1/gateway/nobody/v1"), 404, "unknown_provider", "\"request_id\":\""},
        {get("/any/path", "Helicone-Target-Url: nonsense\r\n"), 400, "invalid_target", "absolute"},
        {get("/any/path", "Helicone-Target-Url: https://evil.example\r\n"), 403, "target_not_allowed",
         "allowed_targets"},
        {get("/azure/x"), 400, "missing_target", "base_url"},
        {post("/openai/v1/x", std::string(1001, 'x')), 413, "request_too_large", "\"type\":\"weir_error\""},
        {post("/anthropic/v1/messages", std::string(1001, 'x')), 413, "request_too_large", "\"type\":\"error\""},
        {post("/gemini/v1beta/models/m:generateContent", std::string(1001, 'x')), 413, "request_too_large",
         "\"status\":\"INVALID_ARGUMENT\""},
    };
    std::size_t count = 0;
    for (auto const& c : cases) {
        BOOST_TEST_CONTEXT(c.request)
        {
            auto const response = weir.refusal_of(c.request);

            BOOST_TEST(response.status() == c.status);
            BOOST_TEST(response.field("x-weir-error") == c.code);
            BOOST_TEST(response.field("x-should-retry") == "false");
            BOOST_TEST(response.field("helicone-status") == "failed");
            BOOST_TEST(response.field("Content-Type") == "application/json");
            BOOST_TEST(response.body.find(c.in_body) != std::string::npos);
            auto const row = weir.row(++count);
            BOOST_TEST(row.status == static_cast<int>(c.status));
            BOOST_TEST(row.error_type == c.code);
            BOOST_TEST(row.request_id.text() == response.field("helicone-id"));
        }
    }
    BOOST_TEST(!weir.provider.is_called());
}

BOOST_AUTO_TEST_CASE(requests_that_never_became_a_call_are_answered_with_an_id_too_but_have_no_row)
{
    running_gateway weir([](auto& s) {
        s.gateway.header_timeout = 150ms;
        s.gateway.max_header_bytes = {2048};
        s.gateway.max_connections = 1;
    });
    struct {
        std::string request;
        unsigned status;
    } const cases[] = {
        {"nonsense\r\n\r\n", 400},
        {"GET /openai/v1/models HT", 408},
        {get("/openai/v1/models", "X: " + std::string(4000, 'x') + "\r\n"), 431},
        {"BREW /openai/v1/x HTTP/1.1\r\nHost: w\r\n\r\n", 501},
    };
    std::set<std::string> ids;
    auto const note = [&](message const& answer) {
        auto const id = answer.field("helicone-id");
        BOOST_REQUIRE(storage::uuid::parse(id).has_value());
        BOOST_TEST(id[14] == '7');
        BOOST_TEST(answer.body.find("\"request_id\":\"" + id + "\"") != std::string::npos);
        ids.insert(id);
    };
    for (auto const& c : cases) {
        BOOST_TEST_CONTEXT(c.status)
        {
            auto const answer = weir.refusal_of(c.request);
            BOOST_TEST(answer.status() == c.status);
            note(answer);
            eventually([&] { return weir.metric("weir_client_connections") == 0; }, "the connection to end");
        }
    }
    auto first = weir.client();
    first.send(get("/healthz"));
    static_cast<void>(read_response(first));
    auto second = weir.client();
    auto const overloaded = read_response(second);
    BOOST_TEST(overloaded.status() == 503U);
    note(overloaded);

    BOOST_TEST(ids.size() == 5U);
    BOOST_TEST(weir.final_rows().empty());
}

BOOST_AUTO_TEST_CASE(a_refusal_leaves_the_connection_usable_when_the_request_was_whole)
{
    running_gateway weir;

    auto client = weir.client();
    client.send(post("/nobody/v1/x", "{}"));
    auto const first = read_response(client);
    client.send(get("/healthz"));
    auto const second = read_response(client);

    BOOST_TEST(first.status() == 404U);
    BOOST_TEST(first.field("Connection") == "");
    BOOST_TEST(second.status() == 200U);
}

BOOST_AUTO_TEST_CASE(the_body_of_a_refused_call_is_recorded_whole)
{
    running_gateway weir([](auto& s) { s.providers["openai"].base_url = "http://127.0.0.1:1"; });
    auto const body = R"({"model":"gpt-4o","x":")" + std::string(30'000, 'x') + "\"}";
    std::size_t count = 0;
    for (auto const& [path, status] : {std::pair{"/openai/v1/chat/completions", 502U}, {"/nobody/v1/x", 404U}}) {
        auto client = weir.client();
        auto const request = post(path, body);
        auto const head_end = request.find("\r\n\r\n") + 4;
        client.send(request.substr(0, head_end)); // as many clients send it: the body behind
        client.send(request.substr(head_end));
        BOOST_TEST(read_response(client).status() == status);
        client.send(get("/healthz"));
        BOOST_TEST(read_response(client).status() == 200U);

        auto const row = weir.row(++count);
        BOOST_TEST(row.status == static_cast<int>(status));
        BOOST_TEST(row.request_bytes == static_cast<std::int64_t>(body.size()));
        BOOST_TEST(!row.request_truncated);
        BOOST_TEST(row.request_model == "gpt-4o");
        BOOST_TEST(weir.bodies_of(row).request == body);
    }
}

BOOST_AUTO_TEST_CASE(a_body_that_does_not_come_holds_a_refusal_up_for_a_while_and_the_row_says_that_it_is_cut)
{
    running_gateway weir;
    auto client = weir.client();
    client.send("POST /nobody/v1/x HTTP/1.1\r\nHost: w\r\nContent-Type: application/json\r\n"
                "Content-Length: 100\r\n\r\n{\"model\":\"gpt-4o\",");
    BOOST_TEST(read_response(client).status() == 404U);

    auto const row = weir.row();
    BOOST_TEST(row.request_truncated);
    BOOST_TEST(row.request_bytes == 18);
    BOOST_TEST(row.request_model == "gpt-4o");
    BOOST_TEST(weir.bodies_of(row).request == R"({"model":"gpt-4o",)");
}

BOOST_AUTO_TEST_CASE(an_answer_to_head_that_weir_makes_has_no_body)
{
    running_gateway weir;

    auto client = weir.client();
    client.send("HEAD /nobody/x HTTP/1.1\r\nHost: w\r\n\r\n");
    auto const refused = read_response(client, false);
    client.send(get("/healthz"));

    BOOST_TEST(refused.status() == 404U);
    BOOST_TEST(read_response(client).body == R"({"status":"ok"})");
}

BOOST_AUTO_TEST_CASE(manual_logging_paths_and_health_are_never_proxied)
{
    running_gateway weir;
    for (std::string const target :
         {"/custom/v1/log", "/oai/v1/log", "/anthropic/v1/log", "/googleapis/v1/log", "/healthz"}) {
        BOOST_TEST_CONTEXT(target)
        {
            auto client = weir.client();
            client.send(target == "/healthz" ? get(target) : post(target, "{}"));
            eventually(
                [&] {
                    return weir.provider.is_called() || !client.received().empty() || client.has_ended() ||
                           !client.received().empty();
                },
                "an answer or a call");
            BOOST_TEST(!weir.provider.is_called());
            if (weir.provider.is_called()) static_cast<void>(weir.provider.accept());
        }
    }
}

BOOST_AUTO_TEST_CASE(one_connection_too_many_is_503_with_retry_after)
{
    running_gateway weir([](auto& s) { s.gateway.max_connections = 1; });
    auto first = weir.client();
    first.send(get("/healthz"));
    static_cast<void>(read_response(first));

    auto second = weir.client();
    auto const response = read_response(second);

    BOOST_TEST(response.status() == 503U);
    BOOST_TEST(response.field("Retry-After") == "1");
    BOOST_TEST(response.field("x-weir-error") == "overloaded");
    BOOST_TEST(weir.metric("weir_connections_refused_total{limit=\"max_connections\"}") == 1);
}

BOOST_AUTO_TEST_CASE(a_client_with_as_many_connections_as_it_may_have_is_503_until_one_ends_and_others_are_served)
{
    running_gateway weir([](auto& s) { s.gateway.max_connections_per_client = 2; });
    auto first = weir.client(), second = weir.client();
    for (auto* client : {&first, &second}) {
        client->send(get("/healthz"));
        BOOST_TEST(read_response(*client).status() == 200U);
    }

    auto third = weir.client();
    auto const refused = read_response(third);
    BOOST_TEST(refused.status() == 503U);
    BOOST_TEST(refused.field("Retry-After") == "1");
    BOOST_TEST(refused.body.find("gateway.max_connections_per_client") != std::string::npos);
    BOOST_TEST(third.read_to_end() == "");
    BOOST_TEST(weir.metric("weir_connections_refused_total{limit=\"max_connections_per_client\"}") == 1);

    auto other = connection::to(weir.port(), "127.0.0.2");
    other.send(get("/healthz"));
    BOOST_TEST(read_response(other).status() == 200U);

    first.close();
    eventually([&] {
        auto again = weir.client();
        again.send(get("/healthz"));
        return read_response(again).status() == 200U;
    });
}

BOOST_AUTO_TEST_SUITE_END()

} // namespace weir::test
