#include "tests/support/allocation.hpp"
#include "tests/support/running_gateway.hpp"

#include <boost/test/unit_test.hpp>

#include <thread>

namespace weir::test
{
namespace
{

using namespace std::chrono_literals;

constexpr std::string_view chunked_post = "POST /openai/v1/files HTTP/1.1\r\nHost: w\r\n"
                                          "Content-Type: multipart/form-data; boundary=b\r\n"
                                          "Transfer-Encoding: chunked\r\n\r\n";

/// Bytes of a body: more than any other allocation.
constexpr std::size_t large = 160'000;

} // namespace

BOOST_AUTO_TEST_SUITE(relay_uploads)

BOOST_AUTO_TEST_CASE(expect_is_answered_with_100_once_the_head_is_accepted_and_not_forwarded)
{
    running_gateway weir;

    auto client = weir.client();
    client.send("POST /openai/v1/files HTTP/1.1\r\nHost: w\r\nExpect: 100-continue\r\nContent-Length: 4\r\n\r\n");
    auto const go_on = read_head(client);
    client.send("body");
    auto at = weir.provider.accept();
    auto const request = read_request(at);
    at.send(ok("{}"));
    auto const response = read_response(client);

    BOOST_TEST(go_on.head == "HTTP/1.1 100 Continue\r\n\r\n");
    BOOST_TEST(request.body == "body");
    BOOST_TEST(request.field("Expect") == "");
    BOOST_TEST(response.status() == 200U);
}

BOOST_AUTO_TEST_CASE(a_refused_expect_gets_its_final_status_and_the_connection_closes)
{
    running_gateway weir([](auto& s) { s.gateway.max_request_body = {1000}; });
    struct {
        std::string_view target;
        unsigned length, status;
    } const cases[] = {{"/openai/v1/files", 2000, 413}, {"/nobody/v1/files", 10, 404}};
    for (auto const& c : cases) {
        BOOST_TEST_CONTEXT(c.target)
        {
            auto client = weir.client();
            client.send("POST " + std::string(c.target) +
                        " HTTP/1.1\r\nHost: w\r\nExpect: 100-continue\r\nContent-Length: " + std::to_string(c.length) +
                        "\r\n\r\n");
            auto const response = read_response(client);

            BOOST_TEST(response.status() == c.status);
            BOOST_TEST(response.field("Connection") == "close");
            BOOST_TEST(client.read_to_end() == "");
            BOOST_TEST(!weir.provider.is_called());
        }
    }
}

BOOST_AUTO_TEST_CASE(a_chunked_upload_is_reframed_without_extensions_and_trailers)
{
    running_gateway weir;

    auto client = weir.client();
    client.send(chunked_post);
    auto at = weir.provider.accept();
    auto const head = read_head(at);
    client.send("5;ext=\"a;b\"\r\nhello\r\n");
    auto const first = at.read_until("\r\nhello\r\n");
    client.send("6\r\n world\r\n0\r\nAuthorization: forged\r\nHost: forged\r\n\r\n");
    auto const rest = at.read_until("0\r\n\r\n");
    at.send(ok("{}"));

    BOOST_TEST(head.field("Transfer-Encoding") == "chunked");
    BOOST_TEST(head.field("Content-Length") == "");
    BOOST_TEST(first == "5\r\nhello\r\n");
    BOOST_TEST(rest == "6\r\n world\r\n0\r\n\r\n");
    BOOST_TEST(read_response(client).status() == 200U);
}

BOOST_AUTO_TEST_CASE(an_upload_is_sent_on_as_it_comes)
{
    running_gateway weir;

    auto client = weir.client();
    client.send("POST /openai/v1/files HTTP/1.1\r\nHost: w\r\nContent-Length: 11\r\n\r\n");
    auto at = weir.provider.accept();
    static_cast<void>(read_head(at));
    client.send("hello");
    BOOST_TEST(at.read_exactly(5) == "hello");
    client.send(" world");
    BOOST_TEST(at.read_exactly(6) == " world");
    at.send(ok("{}"));

    BOOST_TEST(read_response(client).status() == 200U);
}

BOOST_AUTO_TEST_CASE(a_chunked_body_that_has_come_already_is_sent_with_its_length)
{
    running_gateway weir;

    auto client = weir.client();
    client.send(std::string(chunked_post) + "5\r\nhello\r\n1\r\n!\r\n0\r\n\r\n");
    auto at = weir.provider.accept();
    auto const request = read_request(at);
    at.send(ok("{}"));

    BOOST_TEST(request.body == "hello!");
    BOOST_TEST(request.fields("Content-Length").size() + request.fields("Transfer-Encoding").size() == 1U);
    BOOST_TEST(read_response(client).status() == 200U);
}

BOOST_AUTO_TEST_CASE(a_multipart_upload_keeps_its_boundary_and_bytes_and_leaves_no_file_in_the_record)
{
    running_gateway weir;
    std::string const form = "--b\r\nContent-Disposition: form-data; name=\"purpose\"\r\n\r\nbatch\r\n"
                             "--b\r\nContent-Disposition: form-data; name=\"file\"; filename=\"a.jsonl\"\r\n"
                             "Content-Type: application/jsonl\r\n\r\nsecret content\r\n--b--\r\n";

    auto client = weir.client();
    client.send(chunked_post);
    auto at = weir.provider.accept();
    auto const head = read_head(at);
    std::string got;
    for (std::size_t i = 0; i < form.size(); i += 40) {
        client.send(chunk(form.substr(i, 40)));
        while (got.size() < std::min(i + 40, form.size())) got += read_chunk(at);
    }
    client.send(last_chunk);
    static_cast<void>(read_chunk(at));
    at.send(ok("{}"));
    static_cast<void>(read_response(client));

    BOOST_TEST(got == form);
    BOOST_TEST(head.field("Content-Type") == "multipart/form-data; boundary=b");
    auto const row = weir.row();
    auto const recorded = weir.bodies_of(row).request;
    BOOST_TEST(recorded.find("batch") != std::string::npos);
    BOOST_TEST(recorded.find("a.jsonl") != std::string::npos);
    BOOST_TEST(recorded.find("secret content") == std::string::npos);
    BOOST_TEST(row.request_bytes == static_cast<std::int64_t>(form.size()));
}

BOOST_AUTO_TEST_CASE(a_length_beyond_max_request_body_is_413_and_the_provider_is_never_called)
{
    running_gateway weir([](auto& s) { s.gateway.max_request_body = {1000}; });

    auto client = weir.client();
    client.send("POST /openai/v1/files HTTP/1.1\r\nHost: w\r\nContent-Length: 1001\r\n\r\n");
    auto const response = read_response(client);

    BOOST_TEST(response.status() == 413U);
    BOOST_TEST(response.field("x-weir-error") == "request_too_large");
    BOOST_TEST(response.field("x-should-retry") == "false");
    BOOST_TEST(!weir.provider.is_called());
    BOOST_TEST(weir.row().status == 413);
    BOOST_TEST(weir.row().error_type == "request_too_large");
}

BOOST_AUTO_TEST_CASE(a_length_of_exactly_max_request_body_passes)
{
    running_gateway weir([](auto& s) { s.gateway.max_request_body = {1000}; });

    auto const response = weir.ask(post("/openai/v1/files", std::string(1000, 'x')), ok("{}"));

    BOOST_TEST(response.status() == 200U);
}

BOOST_AUTO_TEST_CASE(a_length_near_two_to_the_64_is_413)
{
    running_gateway weir;

    auto const response =
        weir.refusal_of("POST /openai/v1/files HTTP/1.1\r\nHost: w\r\nContent-Length: 18446744073709551615\r\n\r\n");

    BOOST_TEST(response.status() == 413U);
}

BOOST_AUTO_TEST_CASE(a_chunked_body_that_passes_max_request_body_ends_the_providers_connection_and_is_413)
{
    running_gateway weir([](auto& s) { s.gateway.max_request_body = {1000}; });

    auto client = weir.client();
    client.send(std::string(chunked_post) + chunk(std::string(900, 'x')));
    auto at = weir.provider.accept();
    static_cast<void>(read_head(at));
    client.send(chunk(std::string(200, 'y')));
    auto const response = read_response(client);
    auto const seen = at.read_to_end();

    BOOST_TEST(response.status() == 413U);
    BOOST_TEST(response.field("Connection") == "close");
    BOOST_TEST(seen.find("0\r\n\r\n") == std::string::npos); // it cannot take the part for the whole
    BOOST_TEST(weir.row().status == 413);
}

BOOST_AUTO_TEST_CASE(a_chunk_size_near_two_to_the_64_does_not_pass_the_limit)
{
    running_gateway weir([](auto& s) { s.gateway.max_request_body = {1000}; });

    auto client = weir.client();
    client.send(std::string(chunked_post) + "ffffffffffffffff\r\n" + std::string(2000, 'x'));
    auto const response = read_response(client);

    BOOST_TEST((response.status() == 413U || response.status() == 400U));
}

BOOST_AUTO_TEST_CASE(a_malformed_chunk_ends_the_upload_with_400)
{
    for (std::string const bad : {"-5\r\nhello\r\n", "0x5\r\nhello\r\n", "5\nhello\r\n", "5\r\nhello!\r\n", "\r\n",
                                  "5\r\nhello\n0\r\n\r\n", "11111111111111111\r\nx\r\n"}) {
        BOOST_TEST_CONTEXT(bad)
        {
            running_gateway weir;
            auto client = weir.client();
            client.send(std::string(chunked_post) + chunk("fine"));
            auto at = weir.provider.accept();
            static_cast<void>(read_head(at));
            client.send(bad + "0\r\n\r\n");
            auto const response = read_response(client);

            BOOST_TEST(response.status() == 400U);
            BOOST_TEST(response.field("Connection") == "close");
            BOOST_TEST(at.read_to_end().find("0\r\n\r\n") == std::string::npos);
            BOOST_TEST(weir.row().status == 400);
        }
    }
}

BOOST_AUTO_TEST_CASE(an_answer_that_comes_while_the_request_is_still_being_sent_reaches_the_client)
{
    running_gateway weir;

    auto client = weir.client();
    client.send("POST /openai/v1/files HTTP/1.1\r\nHost: w\r\nContent-Length: 1000000\r\n\r\nbeginning");
    auto at = weir.provider.accept();
    static_cast<void>(read_head(at));
    at.send("HTTP/1.1 401 Unauthorized\r\nContent-Length: 2\r\n\r\n{}");
    auto const response = read_response(client);

    BOOST_TEST(response.status() == 401U);
    BOOST_TEST(response.body == "{}");
    BOOST_TEST(client.read_to_end() == ""); // neither connection is used again
    at.read_to_end();
    BOOST_TEST(weir.row().status == 401);
}

BOOST_AUTO_TEST_CASE(an_answer_reaches_the_client_even_if_the_provider_then_stops_taking_the_request)
{
    running_gateway weir;

    auto client = weir.client();
    client.send("POST /openai/v1/files HTTP/1.1\r\nHost: w\r\nContent-Length: 50000000\r\n\r\n");
    {
        auto at = weir.provider.accept();
        static_cast<void>(read_head(at));
        at.send("HTTP/1.1 413 Payload Too Large\r\nContent-Length: 2\r\nConnection: close\r\n\r\n{}");
        at.end_sending();
        client.send(std::string(100'000, 'x'));
        auto const response = read_response(client);

        BOOST_TEST(response.status() == 413U);
        BOOST_TEST(response.body == "{}");
    }
}

BOOST_AUTO_TEST_CASE(a_client_that_stops_sending_gets_408_and_the_provider_is_let_go)
{
    running_gateway weir([](auto& s) { s.gateway.idle_timeout = 1s; });

    auto client = weir.client();
    client.send("POST /openai/v1/files HTTP/1.1\r\nHost: w\r\nContent-Length: 100\r\n\r\nhalf");
    auto at = weir.provider.accept();
    static_cast<void>(read_head(at));
    auto const response = read_response(client);
    at.read_to_end();

    BOOST_TEST(response.status() == 408U);
    BOOST_TEST(response.field("x-weir-error") == "request_timeout");
}

BOOST_AUTO_TEST_CASE(a_client_that_goes_away_while_sending_lets_the_provider_go_and_is_recorded_as_cancelled)
{
    running_gateway weir;

    auto client = weir.client();
    client.send("POST /openai/v1/files HTTP/1.1\r\nHost: w\r\nContent-Length: 100\r\n\r\nhalf");
    auto at = weir.provider.accept();
    static_cast<void>(read_head(at));
    client.reset();
    at.read_to_end();

    BOOST_TEST(weir.row().status == storage::status::cancelled);
}

BOOST_AUTO_TEST_CASE(an_upload_that_fails_behind_the_answers_beginning_cuts_the_answer_and_is_named)
{
    struct {
        std::string client_sends;
        int status;
        std::string_view says;
    } const cases[] = {{"", storage::status::timeout, "the request body stopped coming (gateway.idle_timeout)"},
                       {chunk(std::string(1000, 'x')), 200, "larger than gateway.max_request_body"},
                       {"no chunk\r\n", 200, "not framed as HTTP/1.1 says"}};
    for (auto const& c : cases) {
        BOOST_TEST_CONTEXT(c.says)
        {
            running_gateway weir([&](auto& s) {
                s.gateway.max_request_body = {1000};
                if (c.client_sends.empty()) s.gateway.idle_timeout = 1s;
            });
            auto client = weir.client();
            client.send(std::string(chunked_post) + chunk("beginning"));
            auto at = weir.provider.accept();
            static_cast<void>(read_head(at));
            at.send("HTTP/1.1 200 OK\r\nContent-Length: 100\r\n\r\nsome");
            client.read_until("some");
            if (!c.client_sends.empty()) client.send(c.client_sends);

            client.read_to_end();
            BOOST_TEST(at.read_to_end().find("0\r\n\r\n") == std::string::npos);
            auto const row = weir.row();
            BOOST_TEST(row.status == c.status);
            BOOST_TEST(row.stream_error.find(c.says) != std::string::npos, row.stream_error);
        }
    }
}

BOOST_AUTO_TEST_CASE(a_provider_that_ends_without_an_answer_while_the_client_still_sends_is_502)
{
    running_gateway weir;

    auto client = weir.client();
    client.send(std::string(chunked_post) + chunk("beginning"));
    {
        auto at = weir.provider.accept();
        static_cast<void>(read_head(at));
        at.read_until("beginning\r\n");
    }
    auto const response = read_response(client);

    BOOST_TEST(response.status() == 502U);
    BOOST_TEST(response.field("x-weir-error") == "upstream_unreachable");
    BOOST_TEST(weir.row().status == 502);
    BOOST_TEST(weir.row().error_type == "upstream_unreachable");
}

BOOST_AUTO_TEST_SUITE_END()

BOOST_AUTO_TEST_SUITE(relay_faults)

BOOST_AUTO_TEST_CASE(a_fault_in_the_middle_of_an_upload_is_500_and_ends_the_providers_connection)
{
    running_gateway weir;
    std::string const beginning = "POST /openai/v1/files HTTP/1.1\r\nHost: w\r\nContent-Type: application/json\r\n"
                                  "Transfer-Encoding: chunked\r\n\r\n" +
                                  chunk("[");
    auto const rest = chunk(std::string(large, ' '));

    auto client = weir.client();
    client.send(beginning);
    auto at = weir.provider.accept();
    static_cast<void>(read_head(at));
    fail_next_allocation(large / 2); // that of the copy, which doubles
    client.send(rest);
    auto const response = read_response(client);

    BOOST_TEST(response.status() == 500U);
    BOOST_TEST(response.field("x-weir-error") == "internal");
    BOOST_TEST(response.field("Connection") == "close");
    BOOST_TEST(client.read_to_end() == "");
    BOOST_TEST(at.read_to_end().find("0\r\n\r\n") == std::string::npos);
    auto const row = weir.row();
    BOOST_TEST(row.status == 500);
    BOOST_TEST(row.error_type == "internal");
    BOOST_TEST(response.field("helicone-id") == row.request_id.text());
    BOOST_TEST(weir.ask(get("/openai/v1/models"), ok("{}")).status() == 200U);
}

BOOST_AUTO_TEST_CASE(a_fault_in_an_answer_that_comes_during_the_upload_cuts_both)
{
    running_gateway weir;
    std::string const answer = "HTTP/1.1 200 OK\r\nContent-Type: application/json\r\nContent-Length: 1000000\r\n\r\n" +
                               std::string(large, ' ');

    auto client = weir.client();
    client.send(std::string(chunked_post) + chunk("beginning"));
    auto at = weir.provider.accept();
    static_cast<void>(read_head(at));
    fail_next_allocation(large / 2);
    at.send(answer);
    static_cast<void>(at.read_to_end());
    auto const response = read_response(client);

    BOOST_TEST(response.status() == 200U);
    BOOST_TEST(!response.complete);
    auto const row = weir.row();
    BOOST_TEST(row.status == 200);
    BOOST_TEST(row.error_type == "internal");
    BOOST_TEST(row.stream_error == "a fault of weir's own ended the call");
    BOOST_TEST(weir.ask(get("/openai/v1/models"), ok("{}")).status() == 200U);
}

BOOST_AUTO_TEST_CASE(a_fault_before_the_provider_is_called_is_500)
{
    constexpr std::size_t larger = 4'000'000; // than what weir's threads take when they begin
    running_gateway weir;
    std::string const body(larger, ' ');
    auto const request = post("/openai/v1/chat/completions", body, "Helicone-Prompt-Mode: testing\r\n");

    auto client = weir.client();
    fail_next_allocation(larger / 2);
    client.send(request);
    auto const response = read_response(client);

    BOOST_TEST(response.status() == 500U);
    BOOST_TEST(response.body.find("weir: a fault of weir's own") != std::string::npos);
    BOOST_TEST(!weir.provider.is_called());
    BOOST_TEST(weir.row().error_type == "internal");
}

BOOST_AUTO_TEST_SUITE_END()

} // namespace weir::test
