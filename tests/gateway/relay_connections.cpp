#include "tests/support/running_gateway.hpp"

#include <boost/test/unit_test.hpp>

namespace weir::test
{
BOOST_AUTO_TEST_SUITE(relay_connections)

namespace
{

using namespace std::chrono_literals;

/// One call over `client` to the provider at `at`.
void call_over(connection& client, connection& at)
{
    client.send(get("/openai/v1/models"));
    static_cast<void>(read_request(at));
    at.send(ok("{}"));
    BOOST_TEST(read_response(client).status() == 200U);
}

/// Waits until one connection to the provider is idle: it is put away after its answer has left.
void wait_until_idle(running_gateway const& weir)
{
    eventually(
        [&] {
            double idle = 0; // the test's providers share an origin: whichever of them it is counted for
            for (std::string const name : {"openai", "anthropic", "google", "local_ai"})
                idle += weir.metric("weir_upstream_connections{provider=\"" + name + "\",state=\"idle\"}");
            return idle == 1;
        },
        "the connection to be idle");
}

/// A client, and a provider's connection that carried a call for it and is kept.
struct after_one_call : running_gateway {
    explicit after_one_call(change const& adjust = {})
        : running_gateway(adjust)
    {
        client.send(get("/openai/v1/models"));
        at.emplace(provider.accept());
        static_cast<void>(read_request(*at));
        at->send(ok("{}"));
        static_cast<void>(read_response(client));
    }

    connection client = running_gateway::client();
    std::optional<connection> at;
};

} // namespace

BOOST_AUTO_TEST_CASE(connections_are_used_again_on_both_sides)
{
    after_one_call weir;

    for (int i = 0; i < 5; ++i) call_over(weir.client, *weir.at);

    BOOST_TEST(!weir.provider.is_called()); // one connection for six calls
    BOOST_TEST(weir.metric("weir_client_connections") == 1);
    wait_until_idle(weir);
}

BOOST_AUTO_TEST_CASE(an_idle_upstream_connection_expires_and_is_not_used_again)
{
    after_one_call weir([](auto& s) { s.gateway.upstream_idle_timeout = 50ms; });

    BOOST_TEST(weir.at->read_to_end() == ""); // weir closes it by itself

    weir.client.send(get("/openai/v1/models"));
    auto fresh = weir.provider.accept();
    static_cast<void>(read_request(fresh));
    fresh.send(ok("{}"));
    BOOST_TEST(read_response(weir.client).status() == 200U);
}

BOOST_AUTO_TEST_CASE(beyond_the_cap_of_upstream_connections_a_call_is_503_and_below_it_goes_on)
{
    running_gateway weir([](auto& s) { s.gateway.max_upstream_connections = 1; });
    auto first = weir.client();
    first.send(get("/openai/v1/models"));
    auto at = weir.provider.accept();
    static_cast<void>(read_request(at));

    auto second = weir.client();
    second.send(get("/openai/v1/models"));
    auto const refused = read_response(second);
    BOOST_TEST(refused.status() == 503U);
    BOOST_TEST(refused.field("x-weir-error") == "overloaded");
    BOOST_TEST(refused.field("Retry-After") == "1");

    at.send(ok("{}"));
    BOOST_TEST(read_response(first).status() == 200U);
    wait_until_idle(weir);
    call_over(second, at);
}

BOOST_AUTO_TEST_CASE(idle_connections_of_another_thread_do_not_count_against_the_cap)
{
    running_gateway weir([](auto& s) {
        s.gateway.threads = 2;
        s.gateway.max_upstream_connections = 1;
    });
    auto one = weir.client(), two = weir.client(); // dealt out to the threads in turn

    one.send(get("/openai/v1/models"));
    auto at_one = weir.provider.accept();
    static_cast<void>(read_request(at_one));
    at_one.send(ok("1"));
    BOOST_TEST(read_response(one).body == "1");
    wait_until_idle(weir);
    two.send(get("/openai/v1/models"));
    auto at_two = weir.provider.accept();
    static_cast<void>(read_request(at_two));
    at_two.send(ok("2"));
    BOOST_TEST(read_response(two).body == "2");

    // What was one too many is not kept.
    eventually([&] { return at_two.has_ended() || at_one.has_ended(); }, "one of the connections to be closed");
}

BOOST_AUTO_TEST_CASE(a_request_is_not_sent_again_once_the_provider_has_said_anything_at_all)
{
    after_one_call weir;

    weir.client.send(post("/openai/v1/chat/completions", "{}"));
    static_cast<void>(read_request(*weir.at));
    weir.at->send("HTTP/1.1 103 Early Hints\r\n\r\n");
    BOOST_TEST(read_head(weir.client).status() == 103U);
    weir.at->close();

    BOOST_TEST(read_response(weir.client).status() == 502U);
    BOOST_TEST(!weir.provider.is_called());
}

BOOST_AUTO_TEST_CASE(a_client_that_vanishes_is_noticed_although_its_next_request_is_here_already)
{
    running_gateway weir;
    auto client = weir.client();
    client.send(get("/openai/v1/one") + get("/openai/v1/two"));
    auto at = weir.provider.accept();
    static_cast<void>(read_request(at));

    client.close();

    BOOST_TEST(at.read_to_end() == "");
    BOOST_TEST(weir.row().status == storage::status::cancelled);
}

BOOST_AUTO_TEST_CASE(another_client_uses_the_connection_that_the_first_left)
{
    after_one_call weir;
    auto second = static_cast<running_gateway&>(weir).running_gateway::client();
    wait_until_idle(weir);

    call_over(second, *weir.at);

    BOOST_TEST(!weir.provider.is_called());
}

BOOST_AUTO_TEST_CASE(calls_at_the_same_time_have_connections_of_their_own)
{
    running_gateway weir;
    auto one = weir.client(), two = weir.client();

    one.send(get("/openai/v1/one"));
    auto at_one = weir.provider.accept();
    two.send(get("/openai/v1/two"));
    auto at_two = weir.provider.accept();

    BOOST_TEST(read_request(at_one).first_line() == "GET /v1/one HTTP/1.1");
    BOOST_TEST(read_request(at_two).first_line() == "GET /v1/two HTTP/1.1");
    at_two.send(ok("2"));
    BOOST_TEST(read_response(two).body == "2");
    at_one.send(ok("1"));
    BOOST_TEST(read_response(one).body == "1");
}

BOOST_AUTO_TEST_CASE(pipelined_requests_are_answered_in_order)
{
    running_gateway weir;

    auto client = weir.client();
    client.send(get("/openai/v1/one") + post("/openai/v1/two", "{}") + get("/openai/v1/three"));
    auto at = weir.provider.accept();
    for (std::string const name : {"one", "two", "three"}) {
        auto const request = read_request(at);
        BOOST_TEST(request.first_line().find("/v1/" + name + " ") != std::string::npos);
        BOOST_TEST(at.received() == ""); // the next waits for this one's answer
        at.send(ok(name));
    }

    BOOST_TEST(read_response(client).body == "one");
    BOOST_TEST(read_response(client).body == "two");
    BOOST_TEST(read_response(client).body == "three");
}

BOOST_AUTO_TEST_CASE(a_providers_connection_close_is_heeded)
{
    running_gateway weir;
    auto client = weir.client();

    client.send(get("/openai/v1/models"));
    auto at = weir.provider.accept();
    static_cast<void>(read_request(at));
    at.send(ok("{}", "Connection: close\r\n"));
    static_cast<void>(read_response(client));
    BOOST_TEST(at.read_to_end() == "");
    client.send(get("/openai/v1/models"));
    auto fresh = weir.provider.accept();
    static_cast<void>(read_request(fresh));
    fresh.send(ok("2"));

    BOOST_TEST(read_response(client).body == "2");
}

BOOST_AUTO_TEST_CASE(surplus_bytes_behind_a_response_are_never_taken_for_the_next_answer)
{
    running_gateway weir;
    auto client = weir.client();

    client.send(get("/openai/v1/models"));
    auto at = weir.provider.accept();
    static_cast<void>(read_request(at));
    at.send(ok("1") + ok("forged"));
    BOOST_TEST(read_response(client).body == "1");
    client.send(get("/openai/v1/models"));
    auto fresh = weir.provider.accept();
    static_cast<void>(read_request(fresh));
    fresh.send(ok("2"));

    BOOST_TEST(read_response(client).body == "2");
}

BOOST_AUTO_TEST_CASE(surplus_bytes_that_come_later_are_never_taken_for_the_next_answer)
{
    after_one_call weir;

    weir.at->send(ok("forged"));
    weir.client.send("GET /openai/v1/x HTTP/1.1\r\nHost: w\r\n\r\n");
    auto fresh = weir.provider.accept();
    static_cast<void>(read_head(fresh));
    fresh.send(ok("2"));

    BOOST_TEST(read_response(weir.client).body == "2");
}

BOOST_AUTO_TEST_CASE(a_kept_connection_that_dies_unanswered_is_replaced_once_and_silently)
{
    for (bool const by_reset : {false, true}) {
        BOOST_TEST_CONTEXT("by reset: " << by_reset)
        {
            after_one_call weir;

            weir.client.send(post("/openai/v1/chat/completions", R"({"model":"m"})"));
            auto const first = read_request(*weir.at); // it took the request, and died before a byte of an answer
            if (by_reset)
                weir.at->reset();
            else
                weir.at->close();
            auto fresh = weir.provider.accept();
            auto const second = read_request(fresh);
            fresh.send(ok("fine"));

            BOOST_TEST(first.head == second.head);
            BOOST_TEST(first.body == second.body);
            BOOST_TEST(read_response(weir.client).body == "fine");
            BOOST_TEST(weir.row(2).status == 200);
        }
    }
}

BOOST_AUTO_TEST_CASE(a_kept_connection_that_the_provider_closed_meanwhile_costs_nothing)
{
    after_one_call weir;

    weir.at->close();
    weir.client.send(get("/openai/v1/models"));
    auto fresh = weir.provider.accept();
    static_cast<void>(read_request(fresh));
    fresh.send(ok("fine"));

    BOOST_TEST(read_response(weir.client).body == "fine");
}

BOOST_AUTO_TEST_CASE(the_second_try_is_the_last)
{
    after_one_call weir;

    weir.client.send(get("/openai/v1/models"));
    static_cast<void>(read_request(*weir.at));
    weir.at->close();
    {
        auto fresh = weir.provider.accept();
        static_cast<void>(read_request(fresh));
    }
    auto const response = read_response(weir.client);

    BOOST_TEST(response.status() == 502U);
    BOOST_TEST(!weir.provider.is_called());
}

BOOST_AUTO_TEST_CASE(a_fresh_connection_that_dies_is_not_tried_again)
{
    running_gateway weir;

    auto client = weir.client();
    client.send(get("/openai/v1/models"));
    {
        auto at = weir.provider.accept();
        static_cast<void>(read_request(at));
    }
    auto const response = read_response(client);

    BOOST_TEST(response.status() == 502U);
    BOOST_TEST(response.field("x-weir-error") == "upstream_unreachable");
    BOOST_TEST(!weir.provider.is_called());
    BOOST_TEST(weir.row().status == 502);
}

BOOST_AUTO_TEST_CASE(nothing_is_sent_again_once_a_byte_of_the_answer_came)
{
    after_one_call weir;

    weir.client.send(get("/openai/v1/models"));
    static_cast<void>(read_request(*weir.at));
    weir.at->send("HTTP/1.1 2");
    weir.at->close();
    auto const response = read_response(weir.client);

    BOOST_TEST(response.status() == 502U);
    BOOST_TEST(!weir.provider.is_called());
}

BOOST_AUTO_TEST_CASE(a_body_that_was_not_kept_is_not_sent_again)
{
    after_one_call weir([](auto& s) { s.gateway.max_logged_body = {1000}; });

    // Only the beginning is captured, and the upload runs while it is sent on.
    weir.client.send("POST /openai/v1/files HTTP/1.1\r\nHost: w\r\nContent-Length: 5000\r\n\r\n");
    static_cast<void>(read_head(*weir.at));
    weir.client.send(std::string(5000, 'x'));
    static_cast<void>(weir.at->read_exactly(5000));
    weir.at->close();
    auto const response = read_response(weir.client);

    BOOST_TEST(response.status() == 502U);
    BOOST_TEST(!weir.provider.is_called());
}

BOOST_AUTO_TEST_CASE(connection_close_of_the_client_is_heeded)
{
    running_gateway weir;

    auto client = weir.client();
    client.send(get("/openai/v1/models", "Connection: close\r\n"));
    auto at = weir.provider.accept();
    static_cast<void>(read_request(at));
    at.send(ok("{}"));
    auto const response = read_response(client);

    BOOST_TEST(response.field("Connection") == "close");
    BOOST_TEST(client.read_to_end() == "");
    BOOST_TEST(!client.was_reset());
}

BOOST_AUTO_TEST_CASE(an_http_1_0_client_that_asks_for_it_keeps_its_connection)
{
    running_gateway weir;

    auto client = weir.client();
    auto const request = "GET /openai/v1/models HTTP/1.0\r\nConnection: keep-alive\r\n\r\n";
    client.send(request);
    auto at = weir.provider.accept();
    for (int i = 0; i < 2; ++i) {
        static_cast<void>(read_request(at));
        at.send(ok("{}"));
        auto const response = read_response(client);
        BOOST_TEST(response.field("Connection") == "keep-alive");
        if (i == 0) client.send(request);
    }
}

BOOST_AUTO_TEST_SUITE_END()

} // namespace weir::test
