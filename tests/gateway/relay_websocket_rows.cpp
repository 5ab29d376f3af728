#include "storage/requests.hpp"
#include "tests/gateway/opened_websocket.hpp"
#include "tests/support/newest_requests.hpp"

namespace weir::test
{
BOOST_AUTO_TEST_SUITE(relay_websocket_rows)

namespace
{

using namespace std::chrono_literals;

/// The newest of `count` rows as it is now, which may be that of a session that goes on.
storage::request_record row_now(running_gateway const& weir, std::size_t count = 1)
{
    auto db = storage::connection::open(weir.database(), storage::connection::mode::read_only);
    std::vector<storage::request_record> rows;
    auto const are_there = [&] {
        rows = storage::newest_requests(*db, storage::default_organization, 10, 0).value();
        return rows.size() == count;
    };
    eventually(are_there, "a row");
    return rows.front();
}

std::string of_responses_api(std::string_view id, std::int64_t input_tokens, std::string_view more = "")
{
    return R"({"type":"response.completed","response":{"id":")" + std::string(id) + R"(","status":"completed",)" +
           std::string(more) + R"("model":"gpt-5.4","usage":{"input_tokens":)" + std::to_string(input_tokens) +
           R"(,"output_tokens":10,"total_tokens":)" + std::to_string(input_tokens + 10) + "}}}";
}

} // namespace

BOOST_AUTO_TEST_CASE(a_session_that_goes_on_has_a_row_which_its_end_completes)
{
    running_gateway weir;
    std::string const id = "8d0b1c62-9f0e-4f3a-9d57-0c8f3a1b2c3d";
    opened s(weir, realtime,
             "Helicone-Request-Id: " + id + "\r\nHelicone-User-Id: ann\r\nAuthorization: Bearer sk-a\r\n");
    auto const open = row_now(weir);
    s.down(server_text(done));
    s.close_usually();
    auto const closed = weir.row();

    BOOST_TEST(open.status == storage::status::pending);
    BOOST_TEST(open.request_id.text() == id);
    BOOST_TEST(open.user_id == "ann");
    BOOST_TEST(open.provider == "openai");
    BOOST_TEST(open.model == "gpt-realtime");
    BOOST_TEST(open.is_stream);
    BOOST_TEST(!open.has_body);
    BOOST_TEST(open.ended_us == open.created_us);
    BOOST_TEST(closed.status == 101);
    BOOST_TEST((closed.id == open.id));
    BOOST_TEST(closed.request_id.text() == id);
    BOOST_TEST(closed.properties.empty()); // its own pending row does not make the id a duplicate
    BOOST_TEST(closed.path == open.path);
    BOOST_TEST(closed.provider_auth_hash == open.provider_auth_hash);
    BOOST_TEST(closed.has_body);
    eventually([&] { return weir.metric("weir_records_written_total") > 0; }, "the row to be counted");
    BOOST_TEST(weir.metric("weir_records_written_total") == 1);
    BOOST_TEST(weir.metric(R"(weir_requests_total{provider="openai",model="gpt-realtime",status_class="none"})") == 0);
}

BOOST_AUTO_TEST_CASE(a_session_keeps_the_id_under_which_it_began_when_it_asked_for_one_that_is_taken)
{
    running_gateway weir;
    std::string const taken = "8d0b1c62-9f0e-4f3a-9d57-0c8f3a1b2c3d";
    auto const asks = "Helicone-Request-Id: " + taken + "\r\n";
    static_cast<void>(weir.ask(get("/openai/v1/models", asks), ok("{}")));
    static_cast<void>(weir.row());
    opened s(weir, realtime, asks);
    auto const open = row_now(weir, 2);
    s.close_usually();
    auto const closed = weir.row(2);

    BOOST_TEST(open.status == storage::status::pending);
    BOOST_TEST(open.request_id.text() != taken);
    BOOST_TEST(closed.status == 101);
    BOOST_TEST((closed.id == open.id));
    BOOST_TEST(closed.request_id.text() == open.request_id.text());
    BOOST_TEST((closed.properties == open.properties));
}

BOOST_AUTO_TEST_CASE(commits_hold_no_frames_back)
{
    running_gateway weir([](auto& s) {
        s.storage.durability = config::durability_mode::commit;
        s.storage.commit_timeout = 100ms;
    });
    database_lock lock(weir.database());
    opened s(weir);
    s.up(client_text(create));
    s.down(server_text(done));
    s.close_usually();
    lock.release();

    BOOST_TEST(weir.row().status == 101);
    BOOST_TEST(weir.row().used.total.value_or(0) == 150);
}

BOOST_AUTO_TEST_CASE(a_session_without_memory_for_copies_is_recorded_without_them)
{
    running_gateway weir([](auto& s) { s.gateway.max_capture_memory = {100}; });
    opened s(weir);
    s.up(client_text(create));
    s.down(server_text(created) + server_text(done));
    s.close_usually();

    auto const row = weir.row();
    BOOST_TEST(row.body_missing == "memory");
    BOOST_TEST(!row.has_body);
    BOOST_TEST(row.status == 101);
    BOOST_TEST(row.model == "gpt-realtime");
    BOOST_TEST(row.used.total.value_or(0) == 150);
    BOOST_TEST(row.response_messages.value_or(0) == 2);
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

BOOST_AUTO_TEST_CASE(without_a_record_frames_pass_and_nothing_is_kept)
{
    running_gateway weir([](auto& s) { s.storage.record = config::record_mode::none; });
    opened s(weir);
    auto const large = server_text(std::string(100'000, 'x'));
    s.down(large.substr(0, 50'000));
    BOOST_TEST(weir.metric("weir_capture_memory_bytes") == 0);
    s.down(large.substr(50'000) + server_text(done));
    s.close_usually();

    eventually([&] { return weir.metric("weir_websockets") == 0; });
    BOOST_TEST(weir.final_rows().empty());
}

BOOST_AUTO_TEST_CASE(what_is_held_of_an_event_in_pieces_is_counted)
{
    running_gateway weir;
    opened s(weir);
    auto const large = server_text(std::string(100'000, 'x'));
    s.down(large.substr(0, 80'000));
    auto const counted = weir.metric("weir_capture_memory_bytes");
    s.down(large.substr(80'000));
    s.close_usually();

    BOOST_TEST(counted >= 80'000 + 64 * 1024); // its copy, and so much of it for its usage
    static_cast<void>(weir.row());
    eventually([&] { return weir.metric("weir_capture_memory_bytes") == 0; });
}

BOOST_AUTO_TEST_CASE(events_of_any_length_are_read_and_counted_once)
{
    running_gateway weir;
    opened s(weir);
    auto large = std::string(done);
    auto const usage = large.find("\"usage\"");
    large.insert(usage, R"("output":[")" + std::string(200'000, 'x') + R"("],)");
    s.down(server_text(created) + server_text(large) + server_text(large));
    s.close_usually();

    auto const row = weir.row();
    BOOST_TEST(row.finish_reason == "completed");
    BOOST_TEST(row.used.total.value_or(0) == 150);
    BOOST_TEST(weir.bodies_of(row).response ==
               "[" + std::string(created) + "," + std::string(large) + "," + std::string(large) + "]");
}

BOOST_AUTO_TEST_CASE(each_response_has_the_price_of_its_own_prompt)
{
    // gpt-5.4: $2.50 a million tokens of input and $15 of output; beyond 272,000 of input $5 and $22.50
    struct {
        std::vector<std::int64_t> prompts;
        std::int64_t nanos;
        std::string flags;
    } const cases[] = {
        {{200'000, 200'000}, std::int64_t{400'000} * 2'500 + 20 * 15'000, ""},
        {{300'000, 300'000}, std::int64_t{600'000} * 5'000 + 20 * 22'500, ""},
        {{300'000, 100'000}, std::int64_t{400'000} * 5'000 + 20 * 22'500, "approximate"},
    };
    for (auto const& c : cases) {
        running_gateway weir;
        opened s(weir, "/v1/responses");
        for (std::size_t i = 0; i < c.prompts.size(); ++i)
            s.down(server_text(of_responses_api("r" + std::to_string(i), c.prompts[i])));
        s.close_usually();

        auto const row = weir.row();
        BOOST_TEST(row.model == "gpt-5.4");
        BOOST_TEST(row.cost.nanos.value_or(0) == c.nanos);
        BOOST_TEST(row.cost_flags == c.flags);
    }
}

BOOST_AUTO_TEST_CASE(what_responses_say_over_a_websocket_is_read_as_over_http)
{
    running_gateway weir;
    opened s(weir, "/v1/responses");
    s.up(client_text(R"({"type":"response.create","model":"gpt-5.4","user":"u7","input":"hi"})"));
    s.down(server_text(of_responses_api("r1", 100, R"("service_tier":"priority",)")));
    s.down(server_text(
        R"({"type":"response.failed","response":{"id":"r2","status":"failed","model":"gpt-5.4","error":{"code":"server_error","message":"Broken"},"usage":null}})"));
    s.close_usually();

    auto const row = weir.row();
    BOOST_TEST(row.request_model == "gpt-5.4");
    BOOST_TEST(row.user_id == "u7");
    BOOST_TEST(row.finish_reason == "failed");
    BOOST_TEST(row.error_type == "server_error");
    BOOST_TEST(row.error_message == "Broken");
    BOOST_TEST(row.cost.nanos.value_or(0) == 2 * (100 * 2'500 + 10 * 15'000)); // priority is twice the price
    BOOST_TEST(row.cost_flags == "");
}

BOOST_AUTO_TEST_CASE(audio_stands_in_the_bodies_by_its_size_alone)
{
    running_gateway weir;
    opened s(weir);
    std::string const audio(40'000, 'A');
    s.up(client_text(R"({"type":"input_audio_buffer.append","audio":")" + audio + R"("})"));
    s.down(server_text(R"({"type":"response.output_audio.delta","event_id":"e1","delta":")" + audio + R"(","n":1})"));
    s.close_usually();

    auto const bodies = weir.bodies_of(weir.row());
    BOOST_TEST(bodies.request == R"([{"type":"input_audio_buffer.append","audio":{"size":30000}}])");
    BOOST_TEST(bodies.response ==
               R"([{"type":"response.output_audio.delta","event_id":"e1","delta":{"size":30000},"n":1}])");
}

BOOST_AUTO_TEST_CASE(gemini_lives_sessions_are_read_also_from_binary_messages)
{
    running_gateway weir;
    opened s(weir, "/ws/google.ai.generativelanguage.v1beta.GenerativeService.BidiGenerateContent?key=k");
    std::string const setup = R"({"setup":{"model":"models/gemini-2.5-flash"}})";
    std::string const answer =
        R"({"serverContent":{"turnComplete":true},"usageMetadata":{"promptTokenCount":100,"responseTokenCount":20,"totalTokenCount":120,"promptTokensDetails":[{"modality":"TEXT","tokenCount":100}],"responseTokensDetails":[{"modality":"TEXT","tokenCount":20}]}})";
    std::string const voice =
        R"({"serverContent":{"modelTurn":{"parts":[{"inlineData":{"mimeType":"audio/pcm","data":"AAAA"}}]}}})";
    auto const binary = [](std::string const& text) {
        return bytes_of({.first = frame::binary | frame::final, .payload = text});
    };
    s.up(bytes_of({.first = frame::binary | frame::final, .payload = setup, .mask = "abcd"}));
    s.down(binary(voice) + binary(answer) + binary("\x01\x02{\"") + binary(answer));
    s.close_usually();

    auto const row = weir.row();
    BOOST_TEST(row.provider == "google");
    BOOST_TEST(row.model == "models/gemini-2.5-flash");
    BOOST_TEST(row.used.prompt.value_or(0) == 200);
    BOOST_TEST(row.used.completion.value_or(0) == 40);
    BOOST_TEST(row.cost.nanos.value_or(0) == 200 * 300 + 40 * 2'500);
    BOOST_TEST(row.response_messages.value_or(0) == 4);
    auto const bodies = weir.bodies_of(row);
    BOOST_TEST(bodies.request == "[" + setup + "]");
    BOOST_TEST(
        bodies.response ==
        R"([{"serverContent":{"modelTurn":{"parts":[{"inlineData":{"mimeType":"audio/pcm","data":{"size":3}}}]}}},)" +
            answer + "," + answer + "]");
}

BOOST_AUTO_TEST_SUITE_END()

} // namespace weir::test
