#include "tests/gateway/opened_websocket.hpp"

namespace weir::test
{

BOOST_AUTO_TEST_SUITE(relay_websocket_handshake)

BOOST_AUTO_TEST_CASE(the_handshake_goes_to_the_provider_without_extensions_and_what_is_weirs)
{
    running_gateway weir;
    auto const gateway_key = weir.new_key({.name = "n"}).key;
    opened s(weir, realtime,
             "Authorization: Bearer sk-a\r\nOpenAI-Beta: realtime=v1\r\nUser-Agent: sdk\r\n"
             "Sec-WebSocket-Protocol: realtime, openai-beta.realtime-v1\r\n"
             "Sec-WebSocket-Extensions: permessage-deflate; client_max_window_bits\r\n"
             "Helicone-User-Id: ann\r\nX-Weir-Any: 1\r\nX-Forwarded-For: 10.0.0.1\r\n"
             "Helicone-Auth: Bearer " +
                 gateway_key + "\r\n");

    BOOST_TEST(s.asked.first_line() == "GET /v1/realtime?model=gpt-realtime HTTP/1.1");
    BOOST_TEST(s.asked.field("Host") == "127.0.0.1:" + std::to_string(weir.provider.port()));
    BOOST_TEST(s.asked.field("Connection") == "Upgrade");
    BOOST_TEST(s.asked.field("Upgrade") == "websocket");
    BOOST_TEST(s.asked.field("Sec-WebSocket-Key") == key);
    BOOST_TEST(s.asked.field("Sec-WebSocket-Version") == "13");
    BOOST_TEST(s.asked.field("Sec-WebSocket-Protocol") == "realtime, openai-beta.realtime-v1");
    BOOST_TEST(s.asked.field("Authorization") == "Bearer sk-a");
    BOOST_TEST(s.asked.field("OpenAI-Beta") == "realtime=v1");
    BOOST_TEST(s.asked.field("User-Agent") == "sdk");
    for (auto const* stripped : {"Sec-WebSocket-Extensions", "Helicone-Auth", "Helicone-User-Id", "X-Weir-Any",
                                 "X-Forwarded-For", "Content-Length", "Transfer-Encoding"})
        BOOST_TEST_CONTEXT(stripped) BOOST_TEST(s.asked.fields(stripped).empty());
}

BOOST_AUTO_TEST_CASE(the_providers_101_goes_to_the_client_with_weirs_id)
{
    running_gateway weir;
    auto client = weir.client();
    client.send(upgrade(realtime, "Sec-WebSocket-Protocol: realtime\r\n"));
    auto at = weir.provider.accept();
    static_cast<void>(read_head(at));
    at.send(switching(
        "Sec-WebSocket-Protocol: realtime\r\nx-request-id: req_1\r\nSet-Cookie: a=b\r\nhelicone-id: forged\r\n"));
    auto const answer = read_head(client);

    BOOST_TEST(answer.first_line() == "HTTP/1.1 101 Switching Protocols");
    BOOST_TEST(answer.field("Connection") == "Upgrade");
    BOOST_TEST(answer.field("Upgrade") == "websocket");
    BOOST_TEST(answer.field("Sec-WebSocket-Accept") == gateway::websocket::accept_of(key));
    BOOST_TEST(answer.field("Sec-WebSocket-Protocol") == "realtime");
    BOOST_TEST(answer.field("x-request-id") == "req_1");
    BOOST_TEST(answer.field("helicone-id").size() == 36U);
    BOOST_TEST(answer.field("helicone-status") == "success");
    BOOST_TEST(answer.field("Server-Timing").starts_with("weir;dur="));
    for (auto const* absent : {"Set-Cookie", "Content-Length", "Transfer-Encoding"})
        BOOST_TEST_CONTEXT(absent) BOOST_TEST(answer.fields(absent).empty());
}

BOOST_AUTO_TEST_CASE(a_provider_that_refuses_is_answered_to_the_client_as_it_is)
{
    struct {
        std::string answer;
        int status;
    } const cases[] = {
        {"HTTP/1.1 401 Unauthorized\r\nContent-Type: application/json\r\nContent-Length: 37\r\n\r\n"
         R"({"error":{"type":"invalid_api_key"}} )",
         401},
        {"HTTP/1.1 429 Too Many Requests\r\nContent-Type: application/json\r\nretry-after: 7\r\n"
         "Transfer-Encoding: chunked\r\n\r\n" +
             chunk(R"({"error":{"type":"slow_down"}})") + std::string(last_chunk),
         429},
        {ok("{}"), 200}, // a server that knows no websockets
    };
    for (auto const& c : cases) BOOST_TEST_CONTEXT(c.status)
        {
            running_gateway weir;
            auto client = weir.client();
            client.send(upgrade(realtime));
            auto at = weir.provider.accept();
            static_cast<void>(read_head(at));
            at.send(c.answer);
            auto const answer = read_response(client);

            BOOST_TEST(answer.status() == static_cast<unsigned>(c.status));
            BOOST_TEST(answer.complete);
            BOOST_TEST((answer.body == "{}" || answer.body.starts_with(R"({"error":)")));
            BOOST_TEST(answer.field("helicone-id").size() == 36U);
            if (c.status == 429) BOOST_TEST(answer.field("retry-after") == "7");
            BOOST_TEST(client.read_to_end() == ""); // frames may be on their way: no request can follow
            auto const row = weir.row();
            BOOST_TEST(row.status == c.status);
            if (c.status == 401) BOOST_TEST(row.error_type == "invalid_api_key");
        }
}

BOOST_AUTO_TEST_CASE(a_101_that_opens_no_websocket_is_502)
{
    std::string const good = switching();
    auto const without = [&](std::string_view line) {
        auto text = good;
        return text.erase(text.find(line), text.find("\r\n", text.find(line)) + 2 - text.find(line));
    };
    for (auto const& answer :
         {without("Upgrade: websocket"), without("Connection"), without("Sec-WebSocket-Accept"),
          switching("Sec-WebSocket-Extensions: permessage-deflate\r\n"), switching("Sec-WebSocket-Protocol: x\r\n")}) {
        BOOST_TEST_CONTEXT(answer)
        {
            running_gateway weir;
            auto client = weir.client();
            client.send(upgrade(realtime, "Helicone-Model-Override: any\r\n"));
            auto at = weir.provider.accept();
            static_cast<void>(read_head(at));
            at.send(answer);
            auto const response = read_response(client);

            BOOST_TEST(response.status() == 502U);
            BOOST_TEST(response.field("x-weir-error") == "upstream_malformed");
            BOOST_TEST(at.read_to_end() == "");
            BOOST_TEST(weir.row().status == 502);
            BOOST_TEST(weir.metric(R"(weir_requests_total{provider="openai",model="",status_class="5xx"})") == 1);
        }
    }
}

BOOST_AUTO_TEST_CASE(a_malformed_handshake_is_refused_before_the_provider_is_called)
{
    constexpr std::string_view asks = "Connection: Upgrade\r\nUpgrade: websocket\r\n";
    running_gateway weir;

    auto const old = weir.refusal_of(get(realtime, std::string(asks) + "Sec-WebSocket-Version: 8\r\n"));
    BOOST_TEST(old.status() == 426U);
    BOOST_TEST(old.field("Sec-WebSocket-Version") == "13");
    BOOST_TEST(old.field("x-weir-error") == "unsupported_websocket");
    auto const keyless = weir.refusal_of(get(realtime, std::string(asks) + "Sec-WebSocket-Version: 13\r\n"));
    BOOST_TEST(keyless.status() == 400U);
    BOOST_TEST(keyless.field("x-weir-error") == "malformed_request");
    BOOST_TEST(weir.refusal_of(upgrade("/nowhere/v1/realtime")).status() == 404U);
    BOOST_TEST(weir.refusal_of(upgrade(realtime, "Origin: https://evil.example\r\n")).status() == 403U);

    BOOST_TEST(!weir.provider.is_called());
    BOOST_TEST(weir.rows(4).size() == 4U);
}

BOOST_AUTO_TEST_CASE(other_upgrades_are_ignored_as_before)
{
    running_gateway weir;
    auto client = weir.client();
    client.send(
        get("/openai/v1/models", "Connection: Upgrade, HTTP2-Settings\r\nUpgrade: h2c\r\nHTTP2-Settings: x\r\n"));
    auto at = weir.provider.accept();
    auto const asked = read_head(at);
    at.send(ok("{}"));

    BOOST_TEST(asked.fields("Upgrade").empty());
    BOOST_TEST(asked.fields("Connection").empty());
    BOOST_TEST(read_response(client).body == "{}");
}

BOOST_AUTO_TEST_CASE(a_browsers_key_in_a_subprotocol_is_sent_on_and_never_recorded)
{
    running_gateway weir([](auto& s) { s.gateway.allowed_origins = {"https://app.example"}; });
    std::string const protocols = "realtime, openai-insecure-api-key.sk-browser-1, openai-beta.realtime-v1";
    opened s(weir, realtime, "Origin: https://app.example\r\nSec-WebSocket-Protocol: " + protocols + "\r\n");
    s.close_usually();

    BOOST_TEST(s.asked.field("Sec-WebSocket-Protocol") == protocols);
    BOOST_TEST(weir.row().provider_auth_hash.size() == 32U);
    for (auto const* file : {"weir.db", "weir.db-wal"})
        BOOST_TEST(content_of(weir.folder.file(file)).find("sk-browser-1") == std::string::npos);
}

BOOST_AUTO_TEST_CASE(a_gateway_key_in_a_subprotocol_opens_a_session_with_weirs_own_key_and_is_not_sent_on)
{
    running_gateway weir(
        [](auto& s) {
            s.auth.required = true;
            s.providers["openai"].api_key_env = "OPENAI";
        },
        {{"OPENAI", "own-openai"}});
    auto const key = weir.new_key({.name = "n"});
    auto const fields = "Sec-WebSocket-Protocol: realtime, openai-insecure-api-key." + key.key + "\r\n";
    opened s(weir, realtime, fields);
    s.close_usually();

    BOOST_TEST(s.asked.field("Sec-WebSocket-Protocol") == "realtime");
    BOOST_TEST(s.asked.field("Authorization") == "Bearer own-openai");
    BOOST_TEST(s.asked.head.find("sk-helicone") == std::string::npos);
    BOOST_TEST(weir.row().api_key_id.value_or(0) == key.id);
    BOOST_TEST(weir.refusal_of(upgrade(realtime)).status() == 401U);
}

BOOST_AUTO_TEST_CASE(a_provider_that_cannot_be_reached_is_502)
{
    running_gateway weir(
        [](auto& s) { s.providers["openai"].base_url = "http://127.0.0.1:" + std::to_string(unused_port()); });

    auto const response = weir.refusal_of(upgrade(realtime));

    BOOST_TEST(response.status() == 502U);
    BOOST_TEST(response.field("x-weir-error") == "upstream_unreachable");
}

BOOST_AUTO_TEST_CASE(a_pooled_connection_that_died_is_replaced)
{
    running_gateway weir;
    auto first = weir.client();
    first.send(get("/openai/v1/models"));
    auto at = weir.provider.accept();
    static_cast<void>(read_head(at));
    at.send(ok("{}"));
    BOOST_TEST(read_response(first).status() == 200U);
    at.close();

    opened s(weir); // on a fresh connection
    s.close_usually();

    BOOST_TEST(weir.rows(2).front().status == 101);
}

BOOST_AUTO_TEST_CASE(the_paths_of_realtime_apis_lead_to_their_providers)
{
    struct {
        std::string target, expected;
    } const cases[] = {
        {"/v1/realtime?model=m", "/v1/realtime?model=m"},
        {"/v1/gateway/oai/realtime?model=m", "/v1/realtime?model=m"},
        {"/v1/gateway/oai/realtime/v1/realtime?model=m", "/v1/realtime?model=m"},
        {"/v1/gateway/oai/v1/realtime?model=m", "/v1/realtime?model=m"},
        {"/v1/responses", "/v1/responses"},
        {"/ws/google.ai.generativelanguage.v1beta.GenerativeService.BidiGenerateContent?key=k",
         "/ws/google.ai.generativelanguage.v1beta.GenerativeService.BidiGenerateContent?key=k"},
    };
    for (auto const& c : cases) BOOST_TEST_CONTEXT(c.target)
        {
            running_gateway weir;
            opened s(weir, c.target);
            s.close_usually();
            BOOST_TEST(s.asked.first_line() == "GET " + c.expected + " HTTP/1.1");
        }
}

BOOST_AUTO_TEST_SUITE_END()

} // namespace weir::test
