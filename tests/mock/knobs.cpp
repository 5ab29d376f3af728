#include "mock/command.hpp"
#include "running_provider.hpp"

#include <boost/test/unit_test.hpp>

#include <string>
#include <vector>

namespace weir::mock
{

BOOST_FIXTURE_TEST_SUITE(knobs_on_the_wire, running_provider)

BOOST_AUTO_TEST_CASE(a_stream_has_the_chunks_that_were_asked_for)
{
    auto const got = ask(chat("x-mock-chunks: 40\r\n", true));

    std::size_t count = 0;
    for (auto at = got.body.find("\"content\":\""); at != std::string::npos;
         at = got.body.find("\"content\":\"", at + 1))
        ++count;
    BOOST_TEST(count == 41u); // with the empty one that names the role
}

BOOST_AUTO_TEST_CASE(a_query_parameter_is_as_good_as_a_header)
{
    BOOST_TEST(ask(post("/v1/chat/completions?mock-status=429&mock-retry-after=7", "{}")).head.find("retry-after: 7") !=
               std::string::npos);
}

BOOST_AUTO_TEST_CASE(an_unknown_knob_or_value_is_an_error)
{
    BOOST_TEST(ask(chat("x-mock-nonsense: 1\r\n")).status() == 400u);
    BOOST_TEST(ask(chat("x-mock-delay: soon\r\n")).status() == 400u);
}

BOOST_AUTO_TEST_CASE(a_cut_stream_ends_without_its_last_chunk)
{
    for (std::string const cut : {"0", "2", "2,rst", "2,mid", "100b"}) BOOST_TEST_CONTEXT(cut)
        {
            auto const got = ask(chat("x-mock-cut: " + cut + "\r\n", true));
            BOOST_TEST(got.status() == 200u);
            BOOST_TEST(!got.complete);
            if (cut == "0") BOOST_TEST(got.body.empty());
            if (cut == "2") BOOST_TEST(got.body.ends_with("\n\n"));
            if (cut == "2,mid") BOOST_TEST(!got.body.ends_with("\n\n"));
            if (cut == "100b") BOOST_TEST(got.body.size() == 100u);
        }
    BOOST_TEST(ask(chat("x-mock-cut: head\r\n")).status() == 0u);
    BOOST_TEST(!ask(chat("x-mock-cut: 1\r\n")).complete);
}

BOOST_AUTO_TEST_CASE(a_plain_answer_grows_to_the_size_that_was_asked_for)
{
    auto const text = ask(chat("x-mock-body-bytes: 300000\r\n"));
    auto const binary = ask(chat("x-mock-body-bytes: 70000\r\nx-mock-content-type: application/octet-stream\r\n"));

    BOOST_TEST(text.body.size() == 300000u);
    BOOST_TEST(text.json().at("object").as_string() == "chat.completion");
    BOOST_TEST(binary.body.size() == 70000u);
    BOOST_TEST(binary.body.substr(65536) == binary.body.substr(0, 70000 - 65536));
}

BOOST_AUTO_TEST_CASE(framing_and_encoding_are_as_asked)
{
    auto const plain = ask(chat()).body;

    BOOST_TEST(ask(chat("x-mock-framing: chunked\r\n")).body == plain);
    auto const closed = ask(chat("x-mock-framing: close\r\n"));
    BOOST_TEST(closed.body == plain);
    BOOST_TEST(closed.head.find("content-length") == std::string::npos);
    auto const stream = ask(chat("x-mock-framing: length\r\n", true));
    BOOST_TEST(stream.complete);
    BOOST_TEST(stream.body == ask(chat("", true)).body);
    auto const zipped = ask(chat("x-mock-encoding: gzip\r\n", true));
    BOOST_TEST(zipped.body.substr(0, 2) == "\x1f\x8b");
    BOOST_TEST(zipped.head.find("content-encoding: gzip") != std::string::npos);
    auto const split = ask(chat("x-mock-split-bytes: 1\r\n", true));
    BOOST_TEST(split.body == stream.body);
    BOOST_TEST(split.raw_body.starts_with("1\r\nd\r\n1\r\na\r\n"));
    BOOST_TEST(ask(chat("x-mock-split-utf8: 1\r\n", true, "\xC3\xBC")).raw_body.find("\xC3\r\n") != std::string::npos);
}

BOOST_AUTO_TEST_CASE(events_are_dressed_as_asked)
{
    BOOST_TEST(ask(chat("x-mock-line-ends: crlf\r\n", true)).body.ends_with("[DONE]\r\n\r\n"));
    BOOST_TEST(ask(chat("x-mock-line-ends: cr\r\n", true)).body.ends_with("[DONE]\r\r"));
    BOOST_TEST(ask(chat("x-mock-comments: 1\r\n", true)).has(": keep-alive\n\ndata: "));
    BOOST_TEST(ask(chat("x-mock-no-done: 1\r\n", true)).body.ends_with("\"stop\"}]}\n\n"));
    BOOST_TEST(ask(chat("x-mock-no-last-blank: 1\r\n", true)).body.ends_with("[DONE]\n"));
    auto const failed = ask(chat("x-mock-error-event: 2\r\n", true));
    BOOST_TEST(failed.complete);
    BOOST_TEST(failed.has("data: {\"error\":{"));
    BOOST_TEST(!failed.has("[DONE]"));
}

BOOST_AUTO_TEST_CASE(statuses_have_the_bodies_that_belong_to_them)
{
    BOOST_TEST(ask(chat("x-mock-status: 204\r\n")).head.find("content-length") == std::string::npos);
    BOOST_TEST(ask(chat("x-mock-status: 304\r\n")).status() == 304u);
    BOOST_TEST(ask(chat("x-mock-status: 201\r\n")).has("chat.completion"));
    BOOST_TEST(ask(chat("x-mock-html: 1\r\n")).body.starts_with("<html>"));
    auto one = connect();
    BOOST_TEST(one.ask(chat("x-mock-hundred: 1\r\n")).status() == 103u);
    BOOST_TEST(one.receive().status() == 200u);
}

BOOST_AUTO_TEST_CASE(a_connection_that_may_not_be_reused_closes_at_the_next_request)
{
    auto one = connect();
    BOOST_TEST(one.ask(chat("x-mock-refuse-reuse: 1\r\n")).complete);

    one.send(chat());

    BOOST_TEST(one.receive().status() == 0u);
}

BOOST_AUTO_TEST_CASE(an_early_response_needs_no_body)
{
    auto one = connect();
    one.send("POST /v1/files HTTP/1.1\r\nhost: m\r\nx-mock-early-response: 1\r\nx-mock-status: 413\r\n"
             "content-length: 1000000\r\n\r\nabc");

    BOOST_TEST(one.receive().status() == 413u);
}

BOOST_AUTO_TEST_CASE(knobs_can_be_for_the_first_requests_of_a_key)
{
    auto const headers = "x-mock-status: 500\r\nx-mock-times: 2\r\nx-mock-key: k\r\n";

    BOOST_TEST(ask(chat(headers)).status() == 500u);
    BOOST_TEST(ask(chat(headers)).status() == 500u);
    BOOST_TEST(ask(chat(headers)).status() == 200u);
}

BOOST_AUTO_TEST_SUITE_END()

BOOST_AUTO_TEST_SUITE(command_line)

BOOST_AUTO_TEST_CASE(knobs_are_options_too)
{
    std::vector<std::string_view> const arguments = {"--listen", "[::1]:9", "--chunks=7",
                                                     "--delay",  "2s",      "--record=off"};

    auto const got = parse_command(arguments);

    BOOST_TEST(got.problem == "");
    BOOST_TEST(got.with.host == "::1");
    BOOST_TEST(got.with.port == 9);
    BOOST_TEST(got.with.defaults.chunks == 7u);
    BOOST_TEST((got.with.defaults.delay == std::chrono::seconds(2)));
    BOOST_TEST(!got.with.record);
}

BOOST_AUTO_TEST_CASE(what_is_wrong_is_named)
{
    std::vector<std::string_view> const cases[] = {{"--listen", "8080"}, {"--nonsense", "1"}, {"--chunks"}, {"stray"}};
    for (auto const& arguments : cases) BOOST_TEST(parse_command(arguments).problem != "");
}

BOOST_AUTO_TEST_SUITE_END()

} // namespace weir::mock
