#include "gateway/websocket/observer.hpp"

#include "gateway/websocket/transcript.hpp"
#include "tests/support/frames.hpp"

#include <boost/test/unit_test.hpp>

namespace weir::gateway::websocket
{
BOOST_AUTO_TEST_SUITE(websocket_transcripts)

namespace
{

using namespace test;

struct observing {
    capture_budget budget{100'000'000};
    capture transcript{budget};
    formats::realtime_tally events{"openai"};

    void keep(std::size_t most) { transcript.begin("application/json", "", most); }
    /// Lets a side see bytes in pieces of that size.
    static void see(observer& side, std::string_view bytes, std::size_t size)
    {
        for (; !bytes.empty(); bytes.remove_prefix(std::min(size, bytes.size()))) side.see(bytes.substr(0, size), 7);
    }
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
            observer client(side::client);
            client.keep_texts(text);
            see(client, bytes, size);

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
    observer provider(side::server);

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
    observer client(side::client);
    client.keep_texts(transcript);

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
                observer provider(side::server);
                provider.read_events(tally, budget);
                see(provider, server_text(R"({"type":"response.created"})") + server_text(event), size);
                BOOST_TEST(tally.result().used.total.value_or(0) == 15);
                BOOST_TEST(tally.result().finish_reason == "completed");
                see(provider, server_text(event), size);
                BOOST_TEST(tally.result().used.total.value_or(0) == 15); // once
            }
        }
    }
}

BOOST_AUTO_TEST_CASE(usage_is_summed_also_when_no_text_is_kept_any_more)
{
    keep(200);
    observer provider(side::server);
    provider.keep_texts(transcript);
    provider.read_events(events, budget);

    for (int i = 0; i < 1000; ++i) provider.see(server_text(done("r" + std::to_string(i))), i);

    BOOST_TEST(events.result().used.total.value_or(0) == 15'000);
    BOOST_TEST(transcript.is_cut());
    BOOST_TEST(transcript.text().size() == 200U);
    BOOST_TEST(kept() == "[" + done("r0") + "]");
}

BOOST_AUTO_TEST_CASE(what_is_held_of_an_event_in_pieces_is_counted_until_its_end)
{
    observer provider(side::server);
    provider.read_events(events, budget);
    auto const bytes = server_text(std::string(1'000'000, 'x'));

    see(provider, std::string_view(bytes).substr(0, 900'000), 16'384);
    BOOST_TEST(budget.used() >= 64 * 1024);
    BOOST_TEST(budget.used() <= 256 * 1024);
    see(provider, std::string_view(bytes).substr(900'000), 16'384);
    BOOST_TEST(budget.used() < 100); // what every string has
    {
        observer broken_off(side::server);
        broken_off.read_events(events, budget);
        see(broken_off, std::string_view(bytes).substr(0, 50'000), 1000);
        BOOST_TEST(budget.used() > 50'000);
    }
    BOOST_TEST(budget.used() < 100);
}

BOOST_AUTO_TEST_CASE(of_audio_only_the_size_is_kept_however_the_bytes_come)
{
    std::string const audio = std::string(2'000, 'a') + "+/" + std::string(1'997, 'b') + "=";
    struct {
        std::string before, after;
    } const cases[] = {
        {R"({"type":"input_audio_buffer.append","audio":")", R"("})"},
        {R"({"event_id": "e1", "type": "input_audio_buffer.append", "audio" : ")", R"(", "n": [1]})"},
        {R"({"type":"response.audio.delta","delta":")", R"(","item_id":"i"})"},
        {R"({"type":"response.output_audio.delta","event_id":"e1","delta":")", R"("})"},
        {R"({"realtimeInput":{"audio":{"mimeType":"audio/pcm","data":")", R"("}}})"},
        {R"({"realtime_input":{"media_chunks":[{"data":")", R"("}]}})"},
        {R"({"serverContent":{"modelTurn":{"parts":[{"inlineData":{"mimeType":"audio/pcm","data":")", R"("}}]}}})"},
    };
    for (auto const& c : cases)
        for (std::size_t const size : {1, 7, 600, 100'000}) {
            BOOST_TEST_CONTEXT(c.before << " in pieces of " << size)
            {
                capture text(budget);
                text.begin("application/json", "", 1'000'000);
                observer provider(side::server);
                provider.keep_texts(text);
                see(provider, server_text(c.before + audio + c.after) + server_text("[1]"), size);
                auto const expected = c.before.substr(0, c.before.size() - 1) + R"({"size":2999})" + c.after.substr(1);
                BOOST_TEST(as_json(text.text(), 10'000).json == "[" + expected + ",[1]]");
            }
        }
}

BOOST_AUTO_TEST_CASE(messages_that_carry_no_audio_are_kept_as_they_are)
{
    std::string const long_text(5'000, 'x');
    std::string const messages[] = {
        R"({"type":"response.output_audio_transcript.delta","delta":"AAAA"})",
        R"({"type":"response.output_text.delta","delta":"{\"type\":\"response.audio.delta\",\"delta\":\"A\"}"})",
        R"({"type":"input_audio_buffer.append"})",
        R"({"type":"input_audio_buffer.append","audio":null})",
        R"({"type":"input_audio_buffer.append","pad":")" + long_text + R"(","audio":"AAAA"})",
        R"({"type":"input_audio_buffer.commit","audio":"AAAA"})",
        R"({"type":7,"audio":"AAAA"})",
        R"({"text":"\"inlineData\":{\"data\":\"AAAA\"}"})",
        "[]",
    };
    for (auto const& message : messages)
        for (std::size_t const size : {1, 700, 100'000}) {
            BOOST_TEST_CONTEXT(message.substr(0, 80) << " in pieces of " << size)
            {
                capture text(budget);
                text.begin("application/json", "", 1'000'000);
                observer provider(side::server);
                provider.keep_texts(text);
                see(provider, server_text(message), size);
                BOOST_TEST(as_json(text.text(), 10'000).json == "[" + message + "]");
            }
        }
}

BOOST_AUTO_TEST_SUITE_END()

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
