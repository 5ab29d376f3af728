#include "gateway/websocket/observer.hpp"

#include "gateway/websocket/transcript.hpp"
#include "tests/support/frames.hpp"

#include <boost/test/unit_test.hpp>

namespace weir::gateway::websocket
{
namespace
{

using namespace test;

struct observing {
    capture_budget budget{100'000'000};
    capture transcript{budget};
    formats::realtime_tally events{"openai"};

    void keep(std::size_t most) { transcript.begin("application/json", "", most); }
    std::string kept(std::size_t most = 1'000'000) const { return as_json(transcript.text(), most).json; }
};

std::string done(std::string_view id, std::string_view padding = "")
{
    return R"({"type":"response.done","response":{"id":")" + std::string(id) + R"(","status":"completed","output":[")" +
           std::string(padding) + R"("],"usage":{"input_tokens":10,"output_tokens":5,"total_tokens":15}}})";
}

} // namespace

BOOST_FIXTURE_TEST_SUITE(observing_websockets, observing)

BOOST_AUTO_TEST_CASE(a_side_is_counted_and_its_texts_are_kept_however_the_bytes_come)
{
    auto const bytes = client_text(R"({"a":1})") +
                       bytes_of({.first = frame::binary | frame::final, .payload = "\xFF{", .mask = "abcd"}) +
                       bytes_of({.first = frame::text, .payload = R"({"b":)", .mask = "wxyz"}) +
                       bytes_of({.first = frame::ping | frame::final, .payload = "x", .mask = "abcd"}) +
                       bytes_of({.first = frame::continuation | frame::final, .payload = "2}", .mask = "wxyz"}) +
                       client_close(1000, "bye");
    for (std::size_t size = 1; size <= bytes.size(); ++size) {
        BOOST_TEST_CONTEXT("in pieces of " << size)
        {
            capture text(budget);
            text.begin("application/json", "", 1000);
            observer client(side::client, text);
            for (std::string_view rest = bytes; !rest.empty(); rest.remove_prefix(std::min(size, rest.size())))
                client.see(rest.substr(0, size), 7);

            BOOST_TEST(client.bytes() == bytes.size());
            BOOST_TEST(client.messages() == 3U);
            BOOST_TEST(as_json(text.text(), 1000).json == R"([{"a":1},{"b":2}])");
            BOOST_REQUIRE(client.closed().has_value());
            BOOST_TEST(client.closed()->code == 1000);
            BOOST_TEST(client.closed()->reason == "bye");
            BOOST_TEST(client.problem() == "");
        }
    }
}

BOOST_AUTO_TEST_CASE(a_close_frame_without_a_code_is_1005)
{
    keep(100);
    observer provider(side::server, transcript);

    provider.see(server_close(std::nullopt), 0);

    BOOST_REQUIRE(provider.closed().has_value());
    BOOST_TEST(provider.closed()->code == 1005);
    BOOST_TEST(provider.closed()->is_usual());
}

BOOST_AUTO_TEST_CASE(which_codes_are_usual)
{
    for (int const code : {1000, 1001, 1005}) BOOST_TEST((close_message{code, ""}).is_usual());
    for (int const code : {1002, 1006, 1008, 1011, 3000, 4000}) BOOST_TEST(!(close_message{code, ""}).is_usual());
}

BOOST_AUTO_TEST_CASE(behind_a_wrong_frame_only_bytes_are_counted)
{
    keep(1000);
    observer client(side::client, transcript);

    client.see(client_text("1") + server_text("2") + client_text("3") + client_close(1000), 0);

    BOOST_TEST(client.problem() != "");
    BOOST_TEST(client.messages() == 1U);
    BOOST_TEST(client.bytes() == 3 * 7 - 4 + 8U);
    BOOST_TEST(!client.closed().has_value());
    BOOST_TEST(kept() == "[1]");
}

BOOST_AUTO_TEST_CASE(events_are_read_in_any_number_of_pieces_and_of_any_length)
{
    keep(1000);
    for (std::size_t const padding : {0, 100, 60'000, 70'000, 1'000'000}) {
        auto const event = done("r" + std::to_string(padding), std::string(padding, 'x'));
        for (std::size_t const size : {std::size_t{1000}, event.size() + 20}) {
            BOOST_TEST_CONTEXT(padding << " in pieces of " << size)
            {
                formats::realtime_tally tally("openai");
                observer provider(side::server, transcript, &tally);
                auto const bytes = server_text(R"({"type":"response.created"})") + server_text(event);
                for (std::string_view rest = bytes; !rest.empty(); rest.remove_prefix(std::min(size, rest.size())))
                    provider.see(rest.substr(0, size), 0);
                BOOST_TEST(tally.result().used.total.value_or(0) == 15);
            }
        }
    }
}

BOOST_AUTO_TEST_CASE(usage_is_summed_also_when_no_text_is_kept_any_more)
{
    keep(200);
    observer provider(side::server, transcript, &events);

    for (int i = 0; i < 1000; ++i) provider.see(server_text(done("r" + std::to_string(i))), i);

    BOOST_TEST(events.result().used.total.value_or(0) == 15'000);
    BOOST_TEST(transcript.is_cut());
    BOOST_TEST(transcript.text().size() == 200U);
    BOOST_TEST(kept() == "[" + done("r0") + "]");
}

BOOST_AUTO_TEST_SUITE_END()

BOOST_AUTO_TEST_SUITE(websocket_transcripts)

BOOST_AUTO_TEST_CASE(messages_become_a_json_array)
{
    struct {
        std::string_view transcript;
        std::size_t most;
        std::string_view json;
        bool cut;
    } const cases[] = {
        {"", 100, "[]", false},
        {"{\"a\": 1}\xFF", 100, "[{\"a\": 1}]", false},
        {"{\"a\":1}\xFF[2]\xFF"
         "3\xFF",
         100, "[{\"a\":1},[2],3]", false},
        {"hello \"you\"\xFF{\xFF\xFF", 100, "[\"hello \\\"you\\\"\",\"{\",\"\"]", false},
        {"caf\xE9\xFF", 100, "[\"caf\xC3\xA9\"]", false}, // no UTF-8
        {"1\xFF{\"b\":", 100, "[1]", true},               // its end did not come
        {"{\"b\":", 100, "[]", true},
        {"12345\xFF"
         "67890\xFF",
         13, "[12345,67890]", false},
        {"12345\xFF"
         "67890\xFF",
         12, "[12345]", true},
        {"12345\xFF"
         "67890\xFF",
         6, "[]", true},
    };
    for (auto const& c : cases) BOOST_TEST_CONTEXT(c.transcript << " in " << c.most)
        {
            auto const got = as_json(c.transcript, c.most);
            BOOST_TEST(got.json == c.json);
            BOOST_TEST(got.cut == c.cut);
            BOOST_TEST(got.json.size() <= std::max<std::size_t>(c.most, 2));
        }
}

BOOST_AUTO_TEST_SUITE_END()

} // namespace weir::gateway::websocket
