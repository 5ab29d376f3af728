#include "tests/support/running_gateway.hpp"

#include <boost/test/unit_test.hpp>

namespace weir::test
{
BOOST_AUTO_TEST_SUITE(relay_cuts)

namespace
{

using namespace std::chrono_literals;
using storage::status::cancelled;
using storage::status::timeout;

constexpr std::string_view http10_events = "HTTP/1.0 200 OK\r\nContent-Type: text/event-stream\r\n\r\n";

std::string stream_request(std::string_view fields = "")
{
    return post("/openai/v1/chat/completions", R"({"model":"gpt-4o","stream":true})", fields);
}

std::string old_request()
{
    return "POST /openai/v1/chat/completions HTTP/1.0\r\nContent-Type: application/json\r\nContent-Length: 15\r\n\r\n"
           R"({"stream":true})";
}

} // namespace

BOOST_AUTO_TEST_CASE(a_stream_that_the_provider_cuts_reaches_the_client_without_its_end)
{
    for (bool const by_reset : {false, true}) {
        BOOST_TEST_CONTEXT("by reset: " << by_reset)
        {
            running_gateway weir;
            auto client = weir.client();
            client.send(stream_request());
            auto at = weir.provider.accept();
            static_cast<void>(read_request(at));
            at.send(std::string(events_head()) + chunk("data: {\"a\":1}\n\n"));
            static_cast<void>(read_head(client));
            static_cast<void>(read_chunk(client));
            if (by_reset)
                at.reset();
            else
                at.close();
            auto const rest = client.read_to_end();

            BOOST_TEST(rest == "");
            auto const row = weir.row();
            BOOST_TEST(row.status == 200);
            BOOST_TEST(row.stream_error != "");
        }
    }
}

BOOST_AUTO_TEST_CASE(a_cut_in_the_middle_of_a_chunk_reaches_the_client_as_far_as_it_came)
{
    running_gateway weir;

    auto client = weir.client();
    client.send(stream_request("Helicone-Stream-Usage: true\r\n"));
    {
        auto at = weir.provider.accept();
        static_cast<void>(read_request(at));
        at.send(std::string(events_head()) + "20\r\ndata: {\"a\":");
    }
    auto const response = read_response(client);

    BOOST_TEST(response.body == "data: {\"a\":");
    BOOST_TEST(!response.complete);
}

BOOST_AUTO_TEST_CASE(a_body_shorter_than_its_length_is_a_cut)
{
    running_gateway weir;

    auto client = weir.client();
    client.send(get("/openai/v1/models"));
    {
        auto at = weir.provider.accept();
        static_cast<void>(read_request(at));
        at.send("HTTP/1.1 200 OK\r\nContent-Length: 100\r\n\r\nshort");
    }
    auto const response = read_response(client);

    BOOST_TEST(response.field("Content-Length") == "100");
    BOOST_TEST(response.body == "short");
    BOOST_TEST(!response.complete);
    BOOST_TEST(weir.row().stream_error != "");
}

BOOST_AUTO_TEST_CASE(a_malformed_chunk_from_the_provider_is_a_cut)
{
    running_gateway weir;

    auto client = weir.client();
    client.send(get("/openai/v1/models"));
    auto at = weir.provider.accept();
    static_cast<void>(read_request(at));
    at.send(std::string(events_head()) + chunk("data: 1\n\n"));
    static_cast<void>(read_head(client));
    static_cast<void>(read_chunk(client));
    at.send("zz\r\n");

    BOOST_TEST(client.read_to_end().find("0\r\n\r\n") == std::string::npos);
    BOOST_TEST(weir.row().stream_error != "");
}

BOOST_AUTO_TEST_CASE(a_malformed_chunk_behind_the_head_is_still_answered_with_502)
{
    running_gateway weir;

    auto const response = weir.ask(get("/openai/v1/models"), std::string(events_head()) + "zz\r\nzz\r\n");

    BOOST_TEST(response.status() == 502U);
    BOOST_TEST(response.field("x-weir-error") == "upstream_malformed");
    BOOST_TEST(weir.row().status == 502);
}

BOOST_AUTO_TEST_CASE(a_stream_delimited_by_its_connection_is_cut_when_its_final_event_is_missing)
{
    struct {
        std::string_view target, body;
        bool complete;
    } const cases[] = {
        {"/openai/v1/chat/completions", "data: {\"a\":1}\n\ndata: [DONE]\n\n", true},
        {"/openai/v1/chat/completions", "data: {\"choices\":[{\"finish_reason\":\"stop\"}]}\n\n", true},
        {"/openai/v1/chat/completions", "data: {\"choices\":[{\"finish_reason\":null}]}\n\n", false},
        {"/openai/v1/chat/completions", "", false},
        {"/openai/v1/responses", "data: {\"type\":\"response.completed\"}\n\n", true},
        {"/anthropic/v1/messages", "event: message_stop\ndata: {\"type\":\"message_stop\"}\n\n", true},
        {"/anthropic/v1/messages", "event: ping\ndata: {\"type\":\"ping\"}\n\n", false},
        {"/gemini/v1beta/models/m:streamGenerateContent?alt=sse",
         "data: {\"candidates\":[{\"finishReason\":\"STOP\"}]}\r\n\r\n", true},
        {"/gemini/v1beta/models/m:streamGenerateContent?alt=sse", "data: {\"candidates\":[{}]}\r\n\r\n", false},
    };
    for (auto const& c : cases) {
        BOOST_TEST_CONTEXT(c.target << " " << c.body)
        {
            running_gateway weir;
            auto client = weir.client();
            client.send(post(c.target, R"({"stream":true})", "Helicone-Stream-Usage: true\r\n"));
            {
                auto at = weir.provider.accept();
                static_cast<void>(read_request(at));
                at.send(std::string(http10_events) + std::string(c.body));
            }
            auto const response = read_response(client);

            BOOST_TEST(response.body == c.body);
            BOOST_TEST(response.complete == c.complete);
            BOOST_TEST(weir.row().stream_error.empty() == c.complete);
            BOOST_TEST(weir.row().status == 200);
        }
    }
}

BOOST_AUTO_TEST_CASE(a_stream_that_ended_properly_ends_properly_even_without_the_vendors_final_event)
{
    running_gateway weir;

    auto const response =
        weir.ask(stream_request(), std::string(events_head()) + chunk("data: {\"a\":1}\n\n") + std::string(last_chunk));

    BOOST_TEST(response.complete);
    BOOST_TEST(weir.row().stream_error == "");
}

BOOST_AUTO_TEST_CASE(a_provider_that_falls_silent_in_mid_stream_is_cut_and_recorded_as_a_timeout)
{
    running_gateway weir([](auto& s) { s.gateway.idle_timeout = 100ms; });

    auto client = weir.client();
    client.send(stream_request());
    auto at = weir.provider.accept();
    static_cast<void>(read_request(at));
    at.send(std::string(events_head()) + chunk("data: {\"a\":1}\n\n"));
    auto const response = read_response(client);
    at.read_to_end();

    BOOST_TEST(response.body == "data: {\"a\":1}\n\n");
    BOOST_TEST(!response.complete);
    auto const row = weir.row();
    BOOST_TEST(row.status == timeout);
    BOOST_TEST(row.stream_error != "");
}

BOOST_AUTO_TEST_CASE(increase_timeout_gives_the_provider_more_time_before_and_within_its_answer)
{
    // Silences beyond the usual patience, and far enough from three times of it for a loaded machine.
    running_gateway weir([](auto& s) { s.gateway.first_byte_timeout = s.gateway.idle_timeout = 1500ms; });
    auto const silence = [] { std::this_thread::sleep_for(1800ms); };
    std::string const increase = "Helicone-Increase-Timeout: true\r\n";

    auto client = weir.client();
    client.send(get("/openai/v1/models", increase));
    auto at = weir.provider.accept();
    static_cast<void>(read_request(at));
    silence();
    at.send("HTTP/1.1 200 OK\r\nContent-Length: 4\r\n\r\nab");
    silence();
    at.send("cd");
    BOOST_TEST(read_response(client).body == "abcd");

    client.send(get("/openai/v1/models"));
    static_cast<void>(read_request(at));
    at.send("HTTP/1.1 200 OK\r\nContent-Length: 4\r\n\r\nab");
    BOOST_TEST(!read_response(client).complete);
}

BOOST_AUTO_TEST_CASE(a_provider_that_never_answers_is_504_and_recorded_as_a_timeout)
{
    running_gateway weir([](auto& s) { s.gateway.first_byte_timeout = 100ms; });

    auto client = weir.client();
    client.send(stream_request());
    auto at = weir.provider.accept();
    static_cast<void>(read_request(at));
    auto const response = read_response(client);
    at.read_to_end();

    BOOST_TEST(response.status() == 504U);
    BOOST_TEST(response.field("x-weir-error") == "upstream_timeout");
    BOOST_TEST(response.field("x-should-retry") == "");
    auto const row = weir.row();
    BOOST_TEST(row.status == timeout);
    BOOST_TEST(row.error_type == "upstream_timeout");
}

BOOST_AUTO_TEST_CASE(a_client_that_aborts_closes_the_providers_connection_at_once)
{
    enum class when { before_the_head, in_mid_stream };
    for (auto const at_time : {when::before_the_head, when::in_mid_stream}) {
        for (bool const by_reset : {false, true}) {
            BOOST_TEST_CONTEXT("in mid stream: " << (at_time == when::in_mid_stream) << ", by reset: " << by_reset)
            {
                running_gateway weir;
                auto client = weir.client();
                client.send(stream_request());
                auto at = weir.provider.accept();
                static_cast<void>(read_request(at));
                if (at_time == when::in_mid_stream) {
                    at.send(std::string(events_head()) + chunk("data: {\"a\":1}\n\n"));
                    static_cast<void>(read_head(client));
                    static_cast<void>(read_chunk(client));
                }
                if (by_reset)
                    client.reset();
                else
                    client.close();
                at.read_to_end(); // with the test's patience, far from any that weir has: minutes

                BOOST_TEST(weir.row().status == cancelled);
            }
        }
    }
}

BOOST_AUTO_TEST_CASE(a_client_that_only_ended_its_sending_side_still_gets_its_answer)
{
    for (auto const& request : {old_request(), stream_request("Connection: close\r\n")}) {
        BOOST_TEST_CONTEXT(request)
        {
            running_gateway weir;
            auto client = weir.client();
            client.send(request);
            client.end_sending();
            auto at = weir.provider.accept();
            static_cast<void>(read_request(at));
            at.send(ok("{}"));

            BOOST_TEST(read_response(client).body == "{}");
            BOOST_TEST(weir.row().status == 200);
        }
    }
}

BOOST_AUTO_TEST_CASE(a_client_that_stops_reading_is_given_up_after_idle_timeout)
{
    running_gateway weir([](auto& s) { s.gateway.idle_timeout = 150ms; });

    auto client = weir.client();
    client.send(stream_request());
    auto at = weir.provider.accept();
    static_cast<void>(read_request(at));
    at.send(events_head());
    auto const event = chunk(std::string(60'000, 'x'));
    try {
        for (int i = 0; i < 2000 && !at.has_ended(); ++i) at.send(event);
    } catch (std::runtime_error const&) { // weir closed it
    }

    auto const row = weir.row();
    BOOST_TEST(row.status == timeout);
    BOOST_TEST(row.stream_error != "");
}

BOOST_AUTO_TEST_CASE(a_client_that_stopped_reading_never_finds_an_end_behind_what_it_has)
{
    running_gateway weir([](auto& s) { s.gateway.idle_timeout = 150ms; });

    auto client = weir.client();
    client.send(old_request()); // whose response ends with the connection
    auto at = weir.provider.accept();
    static_cast<void>(read_request(at));
    at.send(events_head());
    auto const event = chunk(std::string(60'000, 'x'));
    try {
        for (int i = 0; i < 2000 && !at.has_ended(); ++i) at.send(event);
    } catch (std::runtime_error const&) { // weir closed it
    }
    BOOST_TEST(weir.row().status == timeout);
    client.read_to_end();

    BOOST_TEST(client.was_reset());
}

BOOST_AUTO_TEST_CASE(a_cut_stream_for_clients_that_cannot_see_cuts_ends_with_an_error_event)
{
    struct {
        std::string_view target, event;
    } const cases[] = {
        {"/openai/v1/chat/completions", "data: {\"error\":{"},
        {"/anthropic/v1/messages", "event: error\ndata: {\"type\":\"error\""},
        {"/gemini/v1beta/models/m:streamGenerateContent?alt=sse", "data: {\"error\":{\"code\":502"},
    };
    for (auto const& c : cases) {
        for (bool const http10 : {false, true}) {
            BOOST_TEST_CONTEXT(c.target << " HTTP/1.0: " << http10)
            {
                running_gateway weir;
                auto client = weir.client();
                client.send("POST " + std::string(c.target) +
                            (http10 ? " HTTP/1.0\r\n" : " HTTP/1.1\r\nConnection: close\r\n") +
                            "Host: w\r\nContent-Length: 2\r\n\r\n{}");
                auto at = weir.provider.accept();
                static_cast<void>(read_request(at));
                at.send(std::string(events_head()) + chunk("data: {\"half"));
                static_cast<void>(read_head(client));
                client.read_until("half");
                at.close();
                auto const rest = client.read_to_end();

                BOOST_TEST((rest.find("\n\n" + std::string(c.event)) != std::string::npos ||
                            rest.find("\r\n\r\n" + std::string(c.event)) != std::string::npos));
                BOOST_TEST(!rest.ends_with("0\r\n\r\n"));
                BOOST_TEST((!http10 || client.was_reset())); // it has no chunks: only a reset tells a cut from an end
            }
        }
    }
}

BOOST_AUTO_TEST_CASE(clients_that_see_cuts_get_no_error_event)
{
    running_gateway weir;

    auto client = weir.client();
    client.send(stream_request());
    {
        auto at = weir.provider.accept();
        static_cast<void>(read_request(at));
        at.send(std::string(events_head()) + chunk("data: {\"a\":1}\n\n"));
    }

    BOOST_TEST(read_response(client).body == "data: {\"a\":1}\n\n");
}

BOOST_AUTO_TEST_CASE(http_1_0_clients_get_bodies_without_chunks_and_no_informational_heads)
{
    running_gateway weir;

    auto client = weir.client();
    client.send(old_request());
    auto at = weir.provider.accept();
    static_cast<void>(read_request(at));
    at.send("HTTP/1.1 103 Early Hints\r\nLink: x\r\n\r\n" + std::string(events_head()) + chunk("data: a\n\n") +
            chunk("data: [DONE]\n\n") + std::string(last_chunk));
    auto const response = read_response(client);

    BOOST_TEST(response.status() == 200U);
    BOOST_TEST(response.field("Transfer-Encoding") == "");
    BOOST_TEST(response.body == "data: a\n\ndata: [DONE]\n\n");
    BOOST_TEST(response.complete);
}

BOOST_AUTO_TEST_SUITE_END()

} // namespace weir::test
