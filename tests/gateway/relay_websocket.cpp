#include "tests/gateway/opened_websocket.hpp"

namespace weir::test
{
BOOST_AUTO_TEST_SUITE(relay_websocket)

namespace
{

using namespace std::chrono_literals;

} // namespace

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
    eventually([&] { return weir.metric("weir_records_written_total") == 1; }, "the row to be counted");
    BOOST_TEST(weir.metric("weir_request_duration_seconds_count") == 0); // sessions are not in it
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
            BOOST_TEST(from.send_some("x", patience) == 1U); // it goes on
        }
    }
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

BOOST_AUTO_TEST_SUITE_END()

} // namespace weir::test
