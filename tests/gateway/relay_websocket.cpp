#include "tests/gateway/opened_websocket.hpp"
#include "tests/support/tls_caller.hpp"
#include "tests/support/tls_server.hpp"

#include <boost/test/unit_test.hpp>

#include <future>

namespace weir::test
{
namespace
{

using namespace std::chrono_literals;

void impatient(config::settings& s) { s.gateway.idle_timeout = 200ms; }

} // namespace

BOOST_AUTO_TEST_SUITE(relay_websocket)

BOOST_AUTO_TEST_CASE(frames_pass_unchanged_and_the_session_is_one_row_with_bodies_usage_and_cost)
{
    running_gateway weir;
    opened s(weir, realtime, "Helicone-User-Id: ann\r\nHelicone-Property-Feature: voice\r\n");
    auto const id = s.answer.field("helicone-id");
    auto const ping = bytes_of({.first = frame::ping | frame::final, .payload = "?", .mask = "abcd"});
    auto const audio = bytes_of({.first = frame::binary | frame::final, .payload = std::string(500, '\xFE')});
    s.down(server_text(created));
    s.up(client_text(create) + ping);
    s.down(audio + server_text(done));
    s.close_usually();

    auto const row = weir.row();
    BOOST_TEST(row.request_id.text() == id);
    BOOST_TEST(row.status == 101);
    BOOST_TEST(row.method == "GET");
    BOOST_TEST(row.is_stream);
    BOOST_TEST(row.stream_error == "");
    BOOST_TEST(row.error_type == "");
    BOOST_TEST(row.warning == "");
    BOOST_TEST(row.finish_reason == "completed");
    BOOST_TEST(row.user_id == "ann");
    BOOST_TEST(row.request_model == "gpt-realtime");
    BOOST_TEST(row.model == "gpt-realtime");
    BOOST_TEST(row.ended_us > row.created_us);
    BOOST_TEST(row.request_bytes == static_cast<std::int64_t>(client_text(create).size() + ping.size() + 8));
    BOOST_TEST(row.response_bytes ==
               static_cast<std::int64_t>(server_text(created).size() + audio.size() + server_text(done).size() + 4));
    BOOST_TEST(row.request_messages.value_or(0) == 1);
    BOOST_TEST(row.response_messages.value_or(0) == 3);
    BOOST_TEST(row.used.prompt.value_or(0) == 100);
    BOOST_TEST(row.used.prompt_audio.value_or(0) == 40);
    BOOST_TEST(row.used.completion.value_or(0) == 50);
    BOOST_TEST(row.used.completion_audio.value_or(0) == 30);
    BOOST_TEST(row.used.total.value_or(0) == 150);
    // $4 and $16 a million tokens of text in and out, $32 and $64 of audio
    BOOST_TEST(row.cost.nanos.value_or(0) == 60 * 4'000 + 40 * 32'000 + 20 * 16'000 + 30 * 64'000);
    BOOST_TEST(!row.usage_missing);
    auto const bodies = weir.bodies_of(row);
    BOOST_TEST(bodies.request == "[" + std::string(create) + "]");
    BOOST_TEST(bodies.response == "[" + std::string(created) + "," + std::string(done) + "]");
    BOOST_TEST(weir.metric(R"(weir_requests_total{provider="openai",model="gpt-realtime",status_class="1xx"})") == 1);
    BOOST_TEST(weir.metric("weir_websockets") == 0);
    BOOST_TEST(weir.metric("weir_records_written_total") == 1);
    BOOST_TEST(weir.metric("weir_request_duration_seconds_count") == 0); // sessions are not in it
}

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

BOOST_AUTO_TEST_CASE(what_a_client_sends_early_is_not_lost)
{
    running_gateway weir;
    auto client = weir.client();
    std::string const large(20'000, 'x'); // more than one read
    client.send(upgrade(realtime) + client_text("1"));
    auto at = weir.provider.accept();
    static_cast<void>(read_head(at));
    client.send(client_text("2") + client_text(large));
    at.send(switching());
    static_cast<void>(read_head(client));
    client.send(client_text("3"));

    auto const all = client_text("1") + client_text("2") + client_text(large) + client_text("3");
    BOOST_TEST((at.read_exactly(all.size()) == all));
}

BOOST_AUTO_TEST_CASE(what_a_provider_sends_with_its_101_is_not_lost)
{
    running_gateway weir;
    auto client = weir.client();
    client.send(upgrade(realtime));
    auto at = weir.provider.accept();
    static_cast<void>(read_head(at));
    at.send(switching() + server_text(created));

    static_cast<void>(read_head(client));
    BOOST_TEST(client.read_exactly(server_text(created).size()) == server_text(created));
}

BOOST_AUTO_TEST_CASE(reading_from_a_side_waits_for_the_other_to_take_it)
{
    for (bool const up : {true, false}) {
        BOOST_TEST_CONTEXT("up: " << up)
        {
            running_gateway weir;
            opened s(weir);
            auto& from = up ? s.client : s.provider;
            auto& to = up ? s.provider : s.client;
            std::string const head(up ? std::string("\x82\xFF\x00\x00\x01\x00\x00\x00\x00\x00wxyz", 14)
                                      : std::string("\x82\x7F\x00\x00\x01\x00\x00\x00\x00\x00", 10)); // of a terabyte
            std::string const block(100'000, 'x');

            from.send(head);
            std::size_t sent = head.size();
            while (auto const n = from.send_some(block, 300ms)) sent += n; // until the sockets' buffers are full

            BOOST_TEST(sent < 100'000'000U);
            BOOST_TEST(to.read_exactly(sent).size() == sent);
            BOOST_TEST(from.send_some("x", 5s) == 1U); // it goes on
        }
    }
}

BOOST_AUTO_TEST_CASE(how_a_session_was_closed_stands_in_the_row_when_it_is_unusual)
{
    struct {
        bool by_client;
        std::optional<int> code;
        std::string_view reason, expected;
    } const cases[] = {
        {false, 1000, "done", ""},
        {false, 1001, "", ""},
        {false, std::nullopt, "", ""},
        {true, 1000, "", ""},
        {false, 1008, "quota \"x\"", "the provider closed the websocket with code 1008: quota \"x\""},
        {false, 1011, "", "the provider closed the websocket with code 1011"},
        {true, 4001, "bored", "the client closed the websocket with code 4001: bored"},
    };
    for (auto const& c : cases) BOOST_TEST_CONTEXT(c.by_client << " " << c.code.value_or(0))
        {
            running_gateway weir;
            opened s(weir);
            if (c.by_client) {
                s.up(client_close(c.code, c.reason));
                s.down(server_close(c.code));
            } else {
                s.down(server_close(c.code, c.reason));
                s.up(client_close(c.code));
            }
            s.provider.close();
            BOOST_TEST(s.client.read_to_end() == "");
            s.client.close();

            auto const row = weir.row();
            BOOST_TEST(row.status == 101);
            BOOST_TEST(row.stream_error == c.expected);
        }
}

BOOST_AUTO_TEST_CASE(a_client_that_vanishes_ends_the_session_as_cancelled)
{
    for (bool const by_reset : {false, true}) {
        BOOST_TEST_CONTEXT("by reset: " << by_reset)
        {
            running_gateway weir;
            opened s(weir);
            s.down(server_text(done));
            if (by_reset)
                s.client.reset();
            else
                s.client.close();
            BOOST_TEST(s.provider.read_to_end() == "");
            s.provider.close();

            auto const row = weir.row();
            BOOST_TEST(row.status == storage::status::cancelled);
            BOOST_TEST(row.stream_error.find("the client") == 0U);
            BOOST_TEST(row.used.total.value_or(0) == 150);
            BOOST_TEST(row.cost_flags == "approximate");
        }
    }
}

BOOST_AUTO_TEST_CASE(a_provider_that_breaks_off_ends_the_clients_connection_and_the_row_says_so)
{
    for (bool const by_reset : {false, true}) {
        BOOST_TEST_CONTEXT("by reset: " << by_reset)
        {
            running_gateway weir;
            opened s(weir);
            s.down(server_text(created));
            s.provider.send(std::string_view(server_text(done)).substr(0, 50)); // in the middle of a frame
            BOOST_TEST(s.client.read_exactly(50).size() == 50U);
            if (by_reset)
                s.provider.reset();
            else
                s.provider.close();
            BOOST_TEST(s.client.read_to_end() == "");
            s.client.close();

            auto const row = weir.row();
            BOOST_TEST(row.status == 101);
            BOOST_TEST(row.stream_error == "the provider ended the connection without closing the websocket");
            BOOST_TEST(weir.bodies_of(row).response == "[" + std::string(created) + "]");
            BOOST_TEST(row.response_truncated);
        }
    }
}

BOOST_AUTO_TEST_CASE(a_side_that_has_ended_its_sending_can_still_receive)
{
    running_gateway weir;
    opened s(weir);
    s.up(client_close(1000));
    s.client.end_sending();
    BOOST_TEST(s.provider.read_to_end() == "");

    s.down(server_text(created) + server_close(1000));
    s.provider.close();

    BOOST_TEST(s.client.read_to_end() == "");
    BOOST_TEST(weir.row().status == 101);
    BOOST_TEST(weir.row().stream_error == "");
}

BOOST_AUTO_TEST_CASE(silence_on_both_sides_ends_a_session_as_a_timeout)
{
    running_gateway weir(impatient);
    opened s(weir);
    s.down(server_text(created));

    BOOST_TEST(s.client.read_to_end() == "");
    BOOST_TEST(s.provider.read_to_end() == "");

    auto const row = weir.row();
    BOOST_TEST(row.status == storage::status::timeout);
    BOOST_TEST(row.stream_error == "both sides were silent (gateway.idle_timeout)");
}

BOOST_AUTO_TEST_CASE(a_side_that_goes_on_keeps_a_session_open_whatever_it_sends)
{
    running_gateway weir(impatient);
    opened s(weir);
    auto const ping = bytes_of({.first = frame::ping | frame::final, .payload = ""});

    auto const until = std::chrono::steady_clock::now() + 3 * 200ms;
    while (std::chrono::steady_clock::now() < until) s.down(ping);
    s.close_usually();

    BOOST_TEST(weir.row().status == 101);
}

BOOST_AUTO_TEST_CASE(a_side_that_stops_reading_is_given_up_after_idle_timeout)
{
    for (bool const client : {true, false}) {
        BOOST_TEST_CONTEXT("client: " << client)
        {
            running_gateway weir(impatient);
            opened s(weir);
            auto& sending = client ? s.provider : s.client;
            std::string const block =
                client ? server_text(std::string(60'000, 'x')) : client_text(std::string(60'000, 'x'));
            try {
                for (int i = 0; i < 2000 && !sending.has_ended(); ++i) sending.send(block);
            } catch (std::runtime_error const&) { // weir closed it
            }

            auto const row = weir.row();
            BOOST_TEST(row.status == storage::status::timeout);
            BOOST_TEST(row.stream_error == (client ? "the client stopped reading (gateway.idle_timeout)"
                                                   : "the provider stopped reading (gateway.idle_timeout)"));
        }
    }
}

BOOST_AUTO_TEST_CASE(sessions_go_on_until_drain_timeout_and_are_recorded_then)
{
    running_gateway weir;
    opened s(weir);
    auto const port = weir.port();
    auto stopping = std::async(std::launch::async, [&] { weir.stop(300ms); });
    eventually([&] {
        try {
            auto probe = connection::to(port);
            return false;
        } catch (std::runtime_error const&) {
            return true; // it accepts no more
        }
    });

    s.down(server_text(done));
    BOOST_TEST(s.client.read_to_end() == "");
    BOOST_TEST(s.provider.read_to_end() == "");
    stopping.get();

    auto const row = weir.row();
    BOOST_TEST(row.status == 101);
    BOOST_TEST(row.stream_error.find("drain_timeout") != std::string::npos);
    BOOST_TEST(row.used.total.value_or(0) == 150);
}

BOOST_AUTO_TEST_CASE(frames_that_the_rfc_forbids_are_passed_on_and_the_row_has_a_warning)
{
    running_gateway weir;
    opened s(weir);
    s.up(client_text(create) + server_text("unmasked") + client_text("after"));
    s.down(server_text(done));
    s.close_usually();

    auto const row = weir.row();
    BOOST_TEST(row.status == 101);
    BOOST_TEST(row.warning.find("the client's frames are not RFC 6455's") == 0U);
    BOOST_TEST(row.used.total.value_or(0) == 150);
    BOOST_TEST(weir.bodies_of(row).request == "[" + std::string(create) + "]");
}

BOOST_AUTO_TEST_CASE(texts_beyond_max_logged_body_are_not_kept_and_usage_is_found_all_the_same)
{
    running_gateway weir([](auto& s) { s.gateway.max_logged_body = {1000}; });
    opened s(weir);
    s.up(client_text(create) + client_text(std::string(2000, 'x')) + client_text(create));
    s.down(server_text(created) + server_text(std::string(100'000, 'y')) + server_text(done));
    s.close_usually();

    auto const row = weir.row();
    BOOST_TEST(row.request_truncated);
    BOOST_TEST(row.response_truncated);
    BOOST_TEST(row.used.total.value_or(0) == 150);
    auto const bodies = weir.bodies_of(row);
    BOOST_TEST(bodies.request == "[" + std::string(create) + "]");
    BOOST_TEST(bodies.response == "[" + std::string(created) + "]");
}

BOOST_AUTO_TEST_CASE(omitted_messages_are_not_recorded)
{
    running_gateway weir;
    opened s(weir, realtime, "Helicone-Omit-Request: true\r\nHelicone-Omit-Response: true\r\n");
    s.up(client_text(R"({"type":"secret"})"));
    s.down(server_text(done));
    s.close_usually();

    auto const bodies = weir.bodies_of(weir.row());
    BOOST_TEST(bodies.request == R"({"model":"gpt-realtime"})");
    BOOST_TEST(bodies.response == R"({"model":"gpt-realtime"})");
    BOOST_TEST(weir.row().used.total.value_or(0) == 150);
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

BOOST_AUTO_TEST_CASE(sessions_go_over_tls_on_both_sides)
{
    authority const trusted;
    tls_identity const identity(trusted, "localhost");
    temp_folder const files;
    listener provider;
    running_gateway weir([&](auto& s) {
        s.gateway.tls.certificate = files.write("server.pem", identity.certificate_pem());
        s.gateway.tls.key = files.write("server.key", identity.key_pem());
        s.gateway.ca_file = files.write("ca.pem", trusted.pem());
        s.providers["openai"].base_url = "https://localhost:" + std::to_string(provider.port());
    });
    tls_manners const manners(trusted);
    tls_caller client(weir.client(), manners);
    client.send(upgrade(realtime));
    tls_connection at(provider.accept(), identity);
    static_cast<void>(at.read_head());
    at.send(switching() + server_text(created));
    static_cast<void>(client.read_until("\r\n\r\n"));

    BOOST_TEST(client.read_exactly(server_text(created).size()) == server_text(created));
    client.send(client_text(create) + client_close(1000));
    BOOST_TEST(at.read_exactly(client_text(create).size() + 8) == client_text(create) + client_close(1000));
    at.send(server_text(done) + server_close(1000));
    at.end();
    BOOST_TEST(client.read_to_end() == server_text(done) + server_close(1000));
    BOOST_TEST(client.ended_properly());
    client.under().close();

    auto const row = weir.row();
    BOOST_TEST(row.status == 101);
    BOOST_TEST(row.stream_error == "");
    BOOST_TEST(row.used.total.value_or(0) == 150);
}

BOOST_AUTO_TEST_CASE(a_session_that_a_tls_provider_breaks_off_does_not_end_properly)
{
    authority const trusted;
    tls_identity const identity(trusted, "localhost");
    temp_folder const files;
    running_gateway weir([&](auto& s) {
        s.gateway.tls.certificate = files.write("server.pem", identity.certificate_pem());
        s.gateway.tls.key = files.write("server.key", identity.key_pem());
    });
    tls_manners const manners(trusted);
    tls_caller client(weir.client(), manners);
    client.send(upgrade(realtime));
    auto at = weir.provider.accept();
    static_cast<void>(read_head(at));
    at.send(switching());
    static_cast<void>(client.read_until("\r\n\r\n"));

    at.close();

    BOOST_TEST(client.read_to_end() == "");
    BOOST_TEST(!client.ended_properly());
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
