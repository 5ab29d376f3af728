#include "tests/support/encode.hpp"
#include "tests/support/running_gateway.hpp"

#include <boost/test/unit_test.hpp>

namespace weir::test
{

BOOST_AUTO_TEST_SUITE(relay_bytes)

BOOST_AUTO_TEST_CASE(a_body_with_a_length_arrives_unchanged_in_both_directions)
{
    running_gateway weir;
    std::string every_byte;
    for (int i = 0; i < 256; ++i) every_byte += static_cast<char>(i);

    auto client = weir.client();
    client.send(post("/openai/v1/files", every_byte));
    auto at = weir.provider.accept();
    auto const request = read_request(at);
    at.send(ok(every_byte, "Content-Type: application/octet-stream\r\n"));
    auto const response = read_response(client);

    BOOST_TEST((request.body == every_byte));
    BOOST_TEST((response.body == every_byte));
    BOOST_TEST(response.complete);
    BOOST_TEST(response.field("Content-Length") == "256");
    BOOST_TEST(response.field("Content-Type") == "application/octet-stream");
}

BOOST_AUTO_TEST_CASE(a_body_of_megabytes_arrives_unchanged)
{
    running_gateway weir;
    std::string large;
    for (unsigned i = 0; large.size() < 8'000'000; ++i) large += std::to_string(i * 2654435761U);

    auto client = weir.client();
    client.send(get("/openai/v1/files/f/content"));
    auto at = weir.provider.accept();
    static_cast<void>(read_request(at));
    std::jthread const sends([&] { at.send(ok(large)); });
    auto const response = read_response(client);

    BOOST_TEST((response.body == large));
}

BOOST_AUTO_TEST_CASE(a_chunked_body_arrives_with_the_same_content_and_its_end)
{
    running_gateway weir;

    auto const response = weir.ask(get("/openai/v1/models"), std::string(events_head()) + chunk("data: a\n\n") +
                                                                 chunk("data: b\n\n") + std::string(last_chunk));

    BOOST_TEST(response.body == "data: a\n\ndata: b\n\n");
    BOOST_TEST(response.complete);
    BOOST_TEST(response.field("Transfer-Encoding") == "chunked");
    BOOST_TEST(response.field("Content-Length") == "");
}

BOOST_AUTO_TEST_CASE(a_chunked_body_that_comes_byte_by_byte_arrives_unchanged)
{
    running_gateway weir;
    auto const body = "3;ext=\"x\"\r\none\r\n" + chunk("two and more") + std::string("0\r\nX-Checksum: 1\r\n\r\n");

    auto client = weir.client();
    client.send(get("/openai/v1/models"));
    auto at = weir.provider.accept();
    static_cast<void>(read_request(at));
    at.send("HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n");
    for (char const c : body) at.send(std::string(1, c));
    auto const head = read_head(client);

    BOOST_TEST(head.status() == 200U);
    BOOST_TEST(read_chunk(client) == "one");
    BOOST_TEST(read_chunk(client) == "two and more");
    client.read_until("0\r\n");
    client.read_until("\r\n");
}

BOOST_AUTO_TEST_CASE(an_empty_chunked_body_split_behind_its_size_line_is_complete)
{
    running_gateway weir;

    auto client = weir.client();
    client.send(get("/openai/v1/models"));
    auto at = weir.provider.accept();
    static_cast<void>(read_request(at));
    at.send("HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n0\r\n");
    auto const head = read_head(client);
    at.send("\r\n");

    BOOST_TEST(head.status() == 200U);
    BOOST_TEST(client.read_exactly(5) == "0\r\n\r\n");
}

BOOST_AUTO_TEST_CASE(a_body_that_ends_with_the_connection_becomes_chunked_so_that_a_cut_could_be_seen)
{
    running_gateway weir;

    auto client = weir.client();
    client.send(get("/openai/v1/models"));
    {
        auto at = weir.provider.accept();
        static_cast<void>(read_request(at));
        at.send("HTTP/1.1 200 OK\r\nContent-Type: text/plain\r\nConnection: close\r\n\r\nup to the end");
    }
    auto const response = read_response(client);

    BOOST_TEST(response.body == "up to the end");
    BOOST_TEST(response.field("Transfer-Encoding") == "chunked");
    BOOST_TEST(response.field("Connection") == "");
    BOOST_TEST(response.complete);
}

BOOST_AUTO_TEST_CASE(compressed_bytes_pass_untouched_with_their_content_encoding)
{
    running_gateway weir;
    std::string const coded("\x1f\x8b\x08 not really gzip \x00\x01", 21);

    auto const response =
        weir.ask(get("/openai/v1/models", "Accept-Encoding: gzip, deflate\r\n"),
                 ok(coded, "Content-Type: application/json\r\nContent-Encoding: gzip\r\nVary: Accept-Encoding\r\n"));

    BOOST_TEST((response.body == coded));
    BOOST_TEST(response.field("Content-Encoding") == "gzip");
}

BOOST_AUTO_TEST_CASE(each_content_coding_passes_untouched_and_is_recorded_decoded)
{
    using namespace gateway;
    std::string const text = R"({"model":"gpt-4o","choices":[],"usage":{"prompt_tokens":7}})";
    struct {
        std::string coding, bytes;
    } const cases[] = {{"gzip", deflated(text, wrapping::gzip)},
                       {"deflate", deflated(text, wrapping::zlib)},
                       {"br", brotli(text)},
                       {"zstd", zstd(text)}};
    for (auto const& c : cases) {
        BOOST_TEST_CONTEXT(c.coding)
        {
            running_gateway weir;

            auto const response =
                weir.ask(post("/openai/v1/chat/completions", R"({"model":"gpt-4o"})", "Accept-Encoding: br, zstd\r\n"),
                         ok(c.bytes, "Content-Type: application/json\r\nContent-Encoding: " + c.coding + "\r\n"));

            BOOST_TEST((response.body == c.bytes));
            BOOST_TEST(response.field("Content-Encoding") == c.coding);
            BOOST_TEST(response.field("Content-Length") == std::to_string(c.bytes.size()));
            auto const row = weir.row();
            BOOST_TEST(row.used.prompt.value_or(0) == 7);
            BOOST_TEST(weir.bodies_of(row).response == text);
        }
    }
}

BOOST_AUTO_TEST_CASE(the_head_is_sent_on_before_the_first_body_byte_comes)
{
    running_gateway weir;

    auto client = weir.client();
    client.send(post("/openai/v1/chat/completions", R"({"stream":true})"));
    auto at = weir.provider.accept();
    static_cast<void>(read_request(at));
    at.send(events_head());

    BOOST_TEST(read_head(client).status() == 200U); // while the provider still thinks
}

BOOST_AUTO_TEST_CASE(each_piece_is_sent_on_before_the_next_comes)
{
    running_gateway weir;

    auto client = weir.client();
    client.send(post("/anthropic/v1/messages", R"({"stream":true})"));
    auto at = weir.provider.accept();
    static_cast<void>(read_request(at));
    at.send(events_head());
    static_cast<void>(read_head(client));

    for (int i = 0; i < 20; ++i) {
        auto const event = "data: {\"n\":" + std::to_string(i) + "}\n\n";
        at.send(chunk(event));
        BOOST_TEST(read_chunk(client) == event); // the provider has sent nothing beyond it
    }
    at.send("5\r\nda");
    BOOST_TEST(client.read_exactly(5) == "5\r\nda"); // not even the end of a chunk is waited for
    at.send("ta:\r\n");
    BOOST_TEST(client.read_exactly(5) == "ta:\r\n");
    at.send(last_chunk);
    BOOST_TEST(client.read_exactly(5) == "0\r\n\r\n");
}

BOOST_AUTO_TEST_CASE(a_piece_of_a_body_that_is_reframed_is_sent_on_before_the_next_comes)
{
    running_gateway weir;

    auto client = weir.client();
    client.send(get("/openai/v1/models"));
    auto at = weir.provider.accept();
    static_cast<void>(read_request(at));
    at.send("HTTP/1.0 200 OK\r\nContent-Type: text/plain\r\n\r\nfirst");
    static_cast<void>(read_head(client));

    BOOST_TEST(read_chunk(client) == "first");
    at.send("second");
    BOOST_TEST(read_chunk(client) == "second");
}

BOOST_AUTO_TEST_CASE(answers_to_head_have_the_providers_length_and_no_body)
{
    running_gateway weir;

    auto const response = weir.ask("HEAD /openai/v1/models HTTP/1.1\r\nHost: w\r\n\r\n",
                                   "HTTP/1.1 200 OK\r\nContent-Length: 1234\r\nContent-Type: text/plain\r\n\r\n");

    BOOST_TEST(response.status() == 200U);
    BOOST_TEST(response.field("Content-Length") == "1234");
}

BOOST_AUTO_TEST_CASE(answers_that_have_no_body_carry_no_transfer_encoding)
{
    struct {
        std::string_view request, answer;
        unsigned status;
    } const cases[] = {
        {"DELETE", "HTTP/1.1 204 No Content\r\n\r\n", 204},
        {"DELETE", "HTTP/1.1 204 No Content\r\nContent-Length: 0\r\n\r\n", 204},
        {"GET", "HTTP/1.1 304 Not Modified\r\nETag: \"x\"\r\n\r\n", 304},
        {"GET", "HTTP/1.1 304 Not Modified\r\nTransfer-Encoding: chunked\r\n\r\n", 304},
        {"HEAD", "HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n", 200},
        {"HEAD", "HTTP/1.1 200 OK\r\n\r\n", 200},
    };
    for (auto const& c : cases) {
        BOOST_TEST_CONTEXT(c.request << " answered " << c.answer)
        {
            running_gateway weir;
            auto client = weir.client();
            auto const request = std::string(c.request) + " /openai/v1/x HTTP/1.1\r\nHost: w\r\n\r\n";
            client.send(request);
            auto at = weir.provider.accept();
            static_cast<void>(read_request(at));
            at.send(c.answer);
            auto const response = read_response(client, false);

            BOOST_TEST(response.status() == c.status);
            BOOST_TEST(response.field("Transfer-Encoding") == "");
            client.send(get("/healthz")); // the connection is at the next request: no byte of a body stands between
            BOOST_TEST(read_response(client).body == R"({"status":"ok"})");
        }
    }
}

BOOST_AUTO_TEST_CASE(early_hints_go_on_to_the_client_before_the_answer)
{
    running_gateway weir;

    auto client = weir.client();
    client.send(get("/openai/v1/models"));
    auto at = weir.provider.accept();
    static_cast<void>(read_request(at));
    at.send("HTTP/1.1 103 Early Hints\r\nLink: </a.css>; rel=preload\r\nConnection: X-Hop\r\nX-Hop: 1\r\n\r\n");
    auto const hints = read_head(client);
    at.send(ok("{}"));
    auto const response = read_response(client);

    BOOST_TEST(hints.status() == 103U);
    BOOST_TEST(hints.field("X-Hop") == "");
    BOOST_TEST(hints.field("Link") == "</a.css>; rel=preload");
    BOOST_TEST(hints.field("Content-Length") == "");
    BOOST_TEST(response.status() == 200U);
    BOOST_TEST(response.body == "{}");
}

BOOST_AUTO_TEST_CASE(a_100_of_the_provider_is_not_the_clients_business)
{
    running_gateway weir;

    auto const response =
        weir.ask(get("/openai/v1/models"), "HTTP/1.1 100 Continue\r\n\r\nHTTP/1.1 102 Processing\r\n\r\n" + ok("{}"));

    BOOST_TEST(response.status() == 102U); // the first that the client sees
}

BOOST_AUTO_TEST_CASE(a_provider_that_switches_protocols_unasked_is_refused)
{
    running_gateway weir;

    auto const response = weir.ask(get("/openai/v1/models"),
                                   "HTTP/1.1 101 Switching Protocols\r\nUpgrade: x\r\nConnection: Upgrade\r\n\r\n");

    BOOST_TEST(response.status() == 502U);
    BOOST_TEST(response.field("x-weir-error") == "upstream_malformed");
}

BOOST_AUTO_TEST_CASE(a_providers_error_passes_unchanged)
{
    running_gateway weir;
    std::string const body = R"({"error":{"message":"slow down","type":"rate_limit","code":null}})";

    auto const response = weir.ask(post("/openai/v1/chat/completions", "{}"),
                                   "HTTP/1.1 429 Too Many Requests\r\nContent-Type: application/json\r\n"
                                   "retry-after-ms: 1500\r\nContent-Length: " +
                                       std::to_string(body.size()) + "\r\n\r\n" + body);

    BOOST_TEST(response.first_line() == "HTTP/1.1 429 Too Many Requests");
    BOOST_TEST(response.body == body);
    BOOST_TEST(response.field("retry-after-ms") == "1500");
    BOOST_TEST(response.field("x-weir-error") == "");
}

BOOST_AUTO_TEST_CASE(a_redirect_passes_and_is_not_followed)
{
    running_gateway weir;

    auto const response =
        weir.ask(get("/openai/v1/models"),
                 "HTTP/1.1 307 Temporary Redirect\r\nLocation: https://other.example/\r\nContent-Length: 0\r\n\r\n");

    BOOST_TEST(response.status() == 307U);
    BOOST_TEST(response.field("Location") == "https://other.example/");
}

BOOST_AUTO_TEST_CASE(what_is_no_http_response_is_a_502)
{
    for (std::string const answer : {"SSH-2.0-OpenSSH\r\n\r\n", "HTTP/1.1 099 Odd\r\nContent-Length: 0\r\n\r\n",
                                     "HTTP/1.1 200 OK\r\nContent-Length: 1\r\nTransfer-Encoding: chunked\r\n\r\n",
                                     "HTTP/1.1 200 OK\r\nTransfer-Encoding: gzip\r\n\r\n",
                                     "HTTP/1.1 200 OK\r\nContent-Length: 3\r\nContent-Length: 4\r\n\r\nabcd"}) {
        BOOST_TEST_CONTEXT(answer)
        {
            running_gateway weir;

            auto const response = weir.ask(get("/openai/v1/models"), answer);

            BOOST_TEST(response.status() == 502U);
            BOOST_TEST(response.field("x-weir-error") == "upstream_malformed");
            BOOST_TEST(weir.row().error_type == "upstream_malformed");
        }
    }
}

BOOST_AUTO_TEST_SUITE_END()

} // namespace weir::test
