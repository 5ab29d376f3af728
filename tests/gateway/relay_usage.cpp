#include "tests/support/running_gateway.hpp"

#include <boost/test/unit_test.hpp>

namespace weir::test
{
BOOST_AUTO_TEST_SUITE(relay_usage)

namespace
{

constexpr std::string_view first_event = "data: {\"id\":\"c\",\"model\":\"gpt-4o\",\"choices\":[{\"index\":0,\"delta\":"
                                         "{\"content\":\"Hi\"},\"finish_reason\":null}],\"usage\":null}\n\n";
constexpr std::string_view stop_event =
    "data: {\"id\":\"c\",\"model\":\"gpt-4o\",\"choices\":[{\"index\":0,\"delta\":{},"
    "\"finish_reason\":\"stop\"}],\"usage\":null}\n\n";
constexpr std::string_view usage_event = "data: {\"id\":\"c\",\"model\":\"gpt-4o\",\"choices\":[],\"usage\":{"
                                         "\"prompt_tokens\":9,\"completion_tokens\":1,\"total_tokens\":10}}\n\n";
constexpr std::string_view done_event = "data: [DONE]\n\n";
constexpr std::string_view stream_body = R"({"model":"gpt-4o","stream":true})";

std::string whole_stream()
{
    return std::string(events_head()) + chunk(first_event) + chunk(stop_event) + chunk(usage_event) +
           chunk(done_event) + std::string(last_chunk);
}

std::string all_events()
{
    std::string all;
    for (auto const part : {first_event, stop_event, usage_event, done_event}) all += part;
    return all;
}

struct outcome {
    message request, response;
    storage::request_record row;
};

outcome exchange(running_gateway& weir, std::string_view request, std::string_view answer)
{
    auto client = weir.client();
    client.send(request);
    auto at = weir.provider.accept();
    outcome o;
    o.request = read_request(at);
    at.send(answer);
    o.response = read_response(client);
    o.row = weir.row();
    return o;
}

} // namespace

BOOST_AUTO_TEST_CASE(usage_is_asked_for_and_its_event_hidden_from_a_client_that_did_not_ask)
{
    running_gateway weir;

    auto const got = exchange(
        weir, post("/openai/v1/chat/completions", stream_body, "Accept-Encoding: gzip, deflate\r\n"), whole_stream());

    BOOST_TEST(got.request.body == R"({"stream_options":{"include_usage":true},"model":"gpt-4o","stream":true})");
    BOOST_TEST(got.request.field("Content-Length") == std::to_string(got.request.body.size()));
    BOOST_TEST(got.request.field("Accept-Encoding") == "identity");
    BOOST_TEST(got.response.body ==
               std::string(first_event) + std::string(stop_event) + std::string(done_event)); // all else unchanged
    BOOST_TEST(got.response.complete);
    BOOST_TEST(got.response.field("Content-Length") == "");
    BOOST_TEST(got.row.used.prompt.value_or(-1) == 9);
    BOOST_TEST(got.row.used.completion.value_or(-1) == 1);
    BOOST_TEST(got.row.used.total.value_or(-1) == 10);
    BOOST_TEST(got.row.cost.nanos.has_value());
    BOOST_TEST(!got.row.usage_missing);
    // The record has the request as the client sent it.
    BOOST_TEST(weir.bodies_of(got.row).request == stream_body);
}

BOOST_AUTO_TEST_CASE(a_chunked_request_that_is_rewritten_goes_on_with_its_length)
{
    running_gateway weir;

    auto const got =
        exchange(weir,
                 "POST /openai/v1/chat/completions HTTP/1.1\r\nHost: w\r\nContent-Type: application/json\r\n"
                 "Transfer-Encoding: chunked\r\n\r\n" +
                     chunk(stream_body.substr(0, 10)) + chunk(stream_body.substr(10)) + std::string(last_chunk),
                 whole_stream());

    BOOST_TEST(got.request.body == R"({"stream_options":{"include_usage":true},"model":"gpt-4o","stream":true})");
    BOOST_TEST(got.request.field("Transfer-Encoding") == "");
}

BOOST_AUTO_TEST_CASE(a_rewritten_request_is_sent_again_as_it_was_when_its_kept_connection_dies)
{
    running_gateway weir;
    auto client = weir.client();
    client.send(get("/openai/v1/models"));
    auto at = weir.provider.accept();
    static_cast<void>(read_request(at));
    at.send(ok("{}"));
    static_cast<void>(read_response(client));

    client.send(post("/openai/v1/chat/completions", stream_body));
    auto const first = read_request(at);
    at.close();
    auto fresh = weir.provider.accept();
    auto const second = read_request(fresh);
    fresh.send(whole_stream());
    auto const response = read_response(client);

    BOOST_TEST(first.body == R"({"stream_options":{"include_usage":true},"model":"gpt-4o","stream":true})");
    BOOST_TEST(second.head == first.head);
    BOOST_TEST(second.body == first.body);
    BOOST_TEST(response.body == std::string(first_event) + std::string(stop_event) + std::string(done_event));
    BOOST_TEST(weir.row(2).used.total.value_or(-1) == 10);
}

BOOST_AUTO_TEST_CASE(expect_is_answered_before_a_body_that_is_held_comes)
{
    running_gateway weir;

    auto client = weir.client();
    client.send("POST /openai/v1/chat/completions HTTP/1.1\r\nHost: w\r\nContent-Type: application/json\r\n"
                "Expect: 100-continue\r\nContent-Length: " +
                std::to_string(stream_body.size()) + "\r\n\r\n");
    auto const go_on = read_head(client);
    BOOST_TEST(!weir.provider.is_called());
    client.send(stream_body);
    auto at = weir.provider.accept();
    auto const request = read_request(at);
    at.send(whole_stream());
    auto const response = read_response(client);

    BOOST_TEST(go_on.head == "HTTP/1.1 100 Continue\r\n\r\n");
    BOOST_TEST(request.body == R"({"stream_options":{"include_usage":true},"model":"gpt-4o","stream":true})");
    BOOST_TEST(request.field("Expect") == "");
    BOOST_TEST(response.status() == 200U);
    BOOST_TEST(response.complete);
}

BOOST_AUTO_TEST_CASE(the_event_is_found_however_the_stream_is_framed_and_cut_into_pieces)
{
    auto const expected = std::string(first_event) + std::string(stop_event) + std::string(done_event);
    auto const events = all_events();
    struct {
        std::string head, body;
        bool closes;
    } const cases[] = {
        {"HTTP/1.1 200 OK\r\nContent-Type: text/event-stream; charset=utf-8\r\nContent-Length: " +
             std::to_string(events.size()) + "\r\n\r\n",
         events, false},
        {"HTTP/1.1 200 OK\r\nContent-Type: text/event-stream\r\n\r\n", events, true},
        {std::string(events_head()), chunk(events) + std::string(last_chunk), false},
    };
    for (auto const& c : cases) {
        for (std::size_t const piece : {std::size_t{1}, std::size_t{7}, std::size_t{100'000}}) {
            BOOST_TEST_CONTEXT(c.head << " in pieces of " << piece)
            {
                running_gateway weir;
                auto client = weir.client();
                client.send(post("/openai/v1/chat/completions", stream_body));
                auto at = weir.provider.accept();
                static_cast<void>(read_request(at));
                at.send(c.head);
                for (std::size_t i = 0; i < c.body.size(); i += piece)
                    at.send(std::string_view(c.body).substr(i, piece));
                if (c.closes) at.close();
                auto const response = read_response(client);

                BOOST_TEST(response.body == expected);
                BOOST_TEST(response.complete);
                BOOST_TEST(weir.row().used.total.value_or(-1) == 10);
            }
        }
    }
}

BOOST_AUTO_TEST_CASE(an_event_is_sent_on_before_the_next_comes_also_where_one_is_hidden)
{
    running_gateway weir;

    auto client = weir.client();
    client.send(post("/openai/v1/chat/completions", stream_body));
    auto at = weir.provider.accept();
    static_cast<void>(read_request(at));
    at.send(events_head());
    static_cast<void>(read_head(client));
    at.send(chunk(first_event));
    BOOST_TEST(read_chunk(client) == first_event);
    at.send(chunk(usage_event));
    at.send(chunk(stop_event));
    BOOST_TEST(read_chunk(client) == stop_event);
}

BOOST_AUTO_TEST_CASE(a_client_that_asks_for_usage_itself_gets_all_events_and_its_request_is_untouched)
{
    running_gateway weir;
    std::string const body = R"({"model":"gpt-4o","stream":true, "stream_options" : {"include_usage":true}})";

    auto const got =
        exchange(weir, post("/openai/v1/chat/completions", body, "Accept-Encoding: gzip\r\n"), whole_stream());

    BOOST_TEST(got.request.body == body);
    BOOST_TEST(got.request.field("Accept-Encoding") == "gzip");
    BOOST_TEST(got.response.body == all_events());
    BOOST_TEST(got.row.used.total.value_or(-1) == 10);
}

BOOST_AUTO_TEST_CASE(as_is_leaves_requests_and_streams_alone)
{
    running_gateway weir([](auto& s) { s.gateway.stream_usage = config::stream_usage_mode::as_is; });

    auto const got =
        exchange(weir, post("/openai/v1/chat/completions", stream_body, "Accept-Encoding: gzip\r\n"), whole_stream());

    BOOST_TEST(got.request.body == stream_body);
    BOOST_TEST(got.request.field("Accept-Encoding") == "gzip");
    BOOST_TEST(got.response.body == all_events());
}

BOOST_AUTO_TEST_CASE(only_what_is_plainly_an_openai_shaped_stream_is_changed)
{
    struct {
        std::string_view target, body, fields;
    } const cases[] = {
        {"/openai/v1/chat/completions", R"({"model":"gpt-4o","stream":false})", ""},
        {"/openai/v1/chat/completions", R"({"model":"gpt-4o"})", ""},
        {"/openai/v1/chat/completions", R"({"stream":true)", ""},
        {"/openai/v1/responses", stream_body, ""},
        {"/anthropic/v1/messages", stream_body, ""},
        {"/gemini/v1beta/models/m:streamGenerateContent", stream_body, ""},
        {"/openai/v1/chat/completions", stream_body, "Content-Encoding: gzip\r\n"},
    };
    for (auto const& c : cases) {
        BOOST_TEST_CONTEXT(c.target << " " << c.body)
        {
            running_gateway weir;

            auto const got = exchange(weir, post(c.target, c.body, c.fields), ok("{}"));

            BOOST_TEST(got.request.body == c.body);
            BOOST_TEST(got.request.field("Accept-Encoding") == "");
        }
    }
}

BOOST_AUTO_TEST_CASE(providers_not_known_to_accept_it_are_not_asked)
{
    running_gateway weir;

    auto const got = exchange(weir, post("/local_ai/v1/chat/completions", stream_body), whole_stream());

    BOOST_TEST(got.request.body == stream_body);
    BOOST_TEST(got.response.body == all_events());
}

BOOST_AUTO_TEST_CASE(a_stream_without_usage_has_no_numbers_and_says_so)
{
    auto const without = std::string(events_head()) + chunk(first_event) + chunk(stop_event) + chunk(done_event) +
                         std::string(last_chunk);
    for (auto const mode : {config::stream_usage_mode::as_is, config::stream_usage_mode::inject}) {
        running_gateway weir([mode](auto& s) { s.gateway.stream_usage = mode; });

        auto const row = exchange(weir, post("/local_ai/v1/chat/completions", stream_body), without).row;

        BOOST_TEST(row.usage_missing);
        for (auto const& number : {row.used.prompt, row.used.completion, row.used.total, row.cost.nanos})
            BOOST_TEST(!number.has_value());
    }
}

BOOST_AUTO_TEST_CASE(helicone_stream_usage_asks_and_shows_the_event)
{
    for (std::string const target : {"/openai/v1/chat/completions", "/local_ai/v1/chat/completions"}) {
        BOOST_TEST_CONTEXT(target)
        {
            running_gateway weir([](auto& s) { s.gateway.stream_usage = config::stream_usage_mode::as_is; });

            auto const got =
                exchange(weir, post(target, stream_body, "Helicone-Stream-Usage: true\r\nAccept-Encoding: gzip\r\n"),
                         whole_stream());

            BOOST_TEST(got.request.body ==
                       R"({"stream_options":{"include_usage":true},"model":"gpt-4o","stream":true})");
            BOOST_TEST(got.request.field("Accept-Encoding") == "gzip");
            BOOST_TEST(got.response.body == all_events());
        }
    }
}

BOOST_AUTO_TEST_CASE(a_stream_compressed_all_the_same_passes_unchanged)
{
    running_gateway weir;
    std::string const coded("\x1f\x8b not for weir to touch \"choices\":[]", 38);

    auto const got = exchange(weir, post("/openai/v1/chat/completions", stream_body),
                              "HTTP/1.1 200 OK\r\nContent-Type: text/event-stream\r\nContent-Encoding: gzip\r\n"
                              "Transfer-Encoding: chunked\r\n\r\n" +
                                  chunk(coded) + std::string(last_chunk));

    BOOST_TEST(got.response.body == coded);
    BOOST_TEST(got.response.field("Content-Encoding") == "gzip");
}

BOOST_AUTO_TEST_CASE(an_error_answered_to_a_changed_request_passes_unchanged)
{
    running_gateway weir;
    std::string const body = R"({"error":{"message":"no"},"choices":[],"usage":{}})";

    auto const got = exchange(weir, post("/openai/v1/chat/completions", stream_body),
                              "HTTP/1.1 400 Bad Request\r\nContent-Type: application/json\r\nContent-Length: " +
                                  std::to_string(body.size()) + "\r\n\r\n" + body);

    BOOST_TEST(got.response.body == body);
    BOOST_TEST(got.response.field("Content-Length") == std::to_string(body.size()));
}

BOOST_AUTO_TEST_CASE(a_request_beyond_max_rewritten_body_passes_unchanged_and_is_counted)
{
    for (bool const chunked : {false, true}) {
        BOOST_TEST_CONTEXT("chunked: " << chunked)
        {
            running_gateway weir([](auto& s) { s.gateway.max_rewritten_body = {1000}; });
            auto const body = R"({"model":"gpt-4o","stream":true,"x":")" + std::string(2000, 'x') + "\"}";

            auto const got =
                exchange(weir,
                         chunked ? "POST /openai/v1/chat/completions HTTP/1.1\r\nHost: w\r\nContent-Type: "
                                   "application/json\r\nTransfer-Encoding: chunked\r\n\r\n" +
                                       chunk(body.substr(0, 1500)) + chunk(body.substr(1500)) + std::string(last_chunk)
                                 : post("/openai/v1/chat/completions", body),
                         whole_stream());

            BOOST_TEST(got.request.body == body);
            BOOST_TEST(got.response.body == all_events());
            BOOST_TEST(weir.metric("weir_rewrites_skipped_total") == 1);
        }
    }
}

BOOST_AUTO_TEST_CASE(an_http_1_0_client_gets_its_stream_without_the_event)
{
    running_gateway weir;

    auto const got =
        exchange(weir,
                 "POST /openai/v1/chat/completions HTTP/1.0\r\nContent-Type: application/json\r\nContent-Length: " +
                     std::to_string(stream_body.size()) + "\r\n\r\n" + std::string(stream_body),
                 whole_stream());

    BOOST_TEST(got.response.body == std::string(first_event) + std::string(stop_event) + std::string(done_event));
}

BOOST_AUTO_TEST_CASE(a_stream_cut_within_an_event_shows_all_that_came)
{
    running_gateway weir;

    auto client = weir.client();
    client.send(post("/openai/v1/chat/completions", stream_body));
    {
        auto at = weir.provider.accept();
        static_cast<void>(read_request(at));
        at.send(std::string(events_head()) + chunk(first_event) + chunk("data: {\"half"));
    }
    auto const response = read_response(client);

    BOOST_TEST(response.body == std::string(first_event) + "data: {\"half");
    BOOST_TEST(!response.complete);
}

BOOST_AUTO_TEST_SUITE_END()

} // namespace weir::test
