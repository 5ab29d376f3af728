#include "tests/support/encode.hpp"
#include "tests/support/failing_files.hpp"
#include "tests/support/running_gateway.hpp"

#include <boost/test/unit_test.hpp>

#include <future>

namespace weir::test
{
BOOST_AUTO_TEST_SUITE(relay_records)

namespace
{

using namespace std::chrono_literals;

std::string completion(std::string_view content)
{
    return R"({"id":"c","object":"chat.completion","model":"gpt-4o-2024-08-06","choices":[{"index":0,"message":{"role":"assistant","content":")" +
           std::string(content) +
           R"("},"finish_reason":"stop"}],"usage":{"prompt_tokens":1000,"completion_tokens":500,"total_tokens":1500}})";
}

} // namespace

BOOST_AUTO_TEST_CASE(a_call_becomes_one_row_with_bodies_times_tokens_and_cost)
{
    running_gateway weir;
    std::string const asked = R"({"model":"gpt-4o", "user":"u1","messages":[{"role":"user","content":"hi"}]})";

    auto const response = weir.ask(
        post("/openai/v1/chat/completions?key=secret", asked,
             "Authorization: Bearer sk-provider-secret\r\nHelicone-Session-Id: s1\r\nHelicone-Property-App: demo\r\n"
             "x-stainless-retry-count: 2\r\n"),
        ok(completion("Hi")));

    auto const row = weir.row();
    auto const bodies = weir.bodies_of(row);
    BOOST_TEST(row.status == 200);
    BOOST_TEST(row.provider == "openai");
    BOOST_TEST(row.method == "POST");
    BOOST_TEST(row.path == "/openai/v1/chat/completions?key=REDACTED");
    BOOST_TEST(row.target_url ==
               "http://127.0.0.1:" + std::to_string(weir.provider.port()) + "/v1/chat/completions?key=REDACTED");
    BOOST_TEST(row.request_model == "gpt-4o");
    BOOST_TEST(row.response_model == "gpt-4o-2024-08-06");
    BOOST_TEST(row.model == "gpt-4o-2024-08-06");
    BOOST_TEST(row.user_id == "u1");
    BOOST_TEST(row.session_id == "s1");
    BOOST_TEST(row.retry_count.value_or(0) == 2);
    BOOST_TEST(row.finish_reason == "stop");
    BOOST_TEST(row.used.prompt.value_or(0) == 1000);
    BOOST_TEST(row.used.completion.value_or(0) == 500);
    BOOST_TEST(row.cost.nanos.value_or(0) == 7'500'000); // $2.50 and $10 per million
    BOOST_TEST(row.request_bytes == static_cast<std::int64_t>(asked.size()));
    BOOST_TEST(row.response_bytes == static_cast<std::int64_t>(response.body.size()));
    BOOST_TEST(row.time_to_first_byte_us.has_value());
    BOOST_TEST(row.ended_us >= row.created_us);
    BOOST_TEST(row.overhead_us >= 0);
    BOOST_TEST(!row.is_stream);
    BOOST_TEST(row.provider_auth_hash.size() == 32U);
    BOOST_TEST(bodies.request == asked);
    BOOST_TEST(bodies.response == response.body);
}

BOOST_AUTO_TEST_CASE(no_secret_stands_anywhere_in_the_database)
{
    running_gateway weir;
    auto const key = weir.new_key({.name = "n"}).key;

    static_cast<void>(weir.ask(post("/openai/v1/chat/completions?key=SECRET-1&api_key=SECRET-2", "{}",
                                    "Authorization: Bearer SECRET-3\r\n"
                                    "x-api-key: SECRET-5\r\napi-key: SECRET-6\r\nx-goog-api-key: SECRET-7\r\n"
                                    "Helicone-Auth: Bearer " +
                                        key + "\r\nCookie: SECRET-9\r\nHelicone-Property-Key: Bearer " + key +
                                        "\r\n"
                                        "Helicone-Fallbacks: [{\"key\":\"SECRET-10\"}]\r\n"
                                        "Helicone-Manual-Access-Key: SECRET-11\r\nHelicone-Posthog-Key: SECRET-12\r\n"
                                        "Helicone-Lytix-Key: SECRET-13\r\nHelicone-JWT: SECRET-14\r\n"),
                               ok("{}", "Set-Cookie: SECRET-15\r\n")));
    static_cast<void>(weir.refusal_of(get("/" + key + "/nobody/x?key=SECRET-4&y=" + key)));
    static_cast<void>(weir.refusal_of(
        get("/v1/x", "Helicone-Auth: " + key + "\r\nHelicone-Target-Url: https://h.example/" + key + "\r\n")));
    static_cast<void>(weir.refusal_of(get("/v1/x", "Helicone-Auth: Bearer sk-helicone-SECRET-8\r\n")));
    static_cast<void>(weir.rows(3));

    auto const stored = content_of(weir.database()) + content_of(weir.database() + "-wal");
    BOOST_TEST(stored.find("SECRET") == std::string::npos);
    BOOST_TEST(stored.find("sk-helicone") == std::string::npos);
    BOOST_TEST(stored.find(key.substr(12)) == std::string::npos);
}

BOOST_AUTO_TEST_CASE(a_stream_is_recorded_assembled_with_the_time_of_its_first_token)
{
    running_gateway weir;
    std::string const role =
        R"(data: {"model":"gpt-4o","choices":[{"index":0,"delta":{"role":"assistant","content":""}}]})"
        "\n\n";
    std::string const text = R"(data: {"model":"gpt-4o","choices":[{"index":0,"delta":{"content":"Hello"}}]})"
                             "\n\n";

    auto client = weir.client();
    client.send(post("/openai/v1/chat/completions", R"({"model":"gpt-4o","stream":true})"));
    auto at = weir.provider.accept();
    static_cast<void>(read_request(at));
    at.send(std::string(events_head()) + chunk(role));
    static_cast<void>(read_head(client));
    static_cast<void>(read_chunk(client));
    at.send(chunk(text));
    static_cast<void>(read_chunk(client));
    at.send(chunk("data: [DONE]\n\n") + std::string(last_chunk));
    static_cast<void>(read_chunk(client));

    auto const row = weir.row();
    BOOST_TEST(row.is_stream);
    BOOST_REQUIRE(row.time_to_first_byte_us.has_value());
    BOOST_REQUIRE(row.time_to_first_token_us.has_value());
    BOOST_TEST(*row.time_to_first_byte_us < *row.time_to_first_token_us); // the role is no token
    BOOST_TEST(row.usage_missing);
    BOOST_TEST(weir.bodies_of(row).response.find(R"("content":"Hello")") != std::string::npos);
}

BOOST_AUTO_TEST_CASE(a_body_beyond_max_logged_body_is_relayed_whole_and_recorded_cut_with_its_true_length_and_usage)
{
    running_gateway weir([](auto& s) { s.gateway.max_logged_body = {1000}; });
    auto const answer = completion(std::string(100'000, 'x'));
    auto const asked = R"({"model":"gpt-4o","messages":[{"role":"user","content":")" + std::string(5000, 'y') + "\"}]}";

    auto const response = weir.ask(post("/openai/v1/chat/completions", asked), ok(answer));

    auto const row = weir.row();
    auto const bodies = weir.bodies_of(row);
    BOOST_TEST((response.body == answer));
    BOOST_TEST(row.request_model == "gpt-4o");
    BOOST_TEST(row.request_truncated);
    BOOST_TEST(row.response_truncated);
    BOOST_TEST(row.request_bytes == static_cast<std::int64_t>(asked.size()));
    BOOST_TEST(row.response_bytes == static_cast<std::int64_t>(answer.size()));
    BOOST_TEST(bodies.request == asked.substr(0, 1000));
    BOOST_TEST(bodies.response == answer.substr(0, 1000));
    BOOST_TEST(row.used.total.value_or(0) == 1500);
    BOOST_TEST(row.finish_reason == "stop");
}

BOOST_AUTO_TEST_CASE(what_a_long_request_asks_for_is_known_though_only_its_ends_are_kept)
{
    running_gateway weir([](auto& s) { s.gateway.max_logged_body = {1000}; });
    auto const content = std::string(100'000, 'y') + R"( \"model\": \"no\")";
    std::string const before = R"({"model":"gpt-4o","user":"ann","stream":true,"messages":[{"role":"user","content":")";
    std::string const behind = R"("}],"model":"gpt-4o","metadata":{"user_id":"ann"},"stream": true})";
    for (auto const& asked :
         {before + content + "\"}]}", R"({"messages":[{"role":"user","content":")" + content + behind}) {
        static_cast<void>(weir.ask(post("/local_ai/v1/chat/completions", asked), ok("{}")));
        auto const row = weir.row(asked.starts_with(before) ? 1 : 2);
        BOOST_TEST(row.request_model == "gpt-4o");
        BOOST_TEST(row.user_id == "ann");
        BOOST_TEST(row.is_stream);
    }
}

BOOST_AUTO_TEST_CASE(without_capture_memory_calls_go_on_and_are_recorded_without_bodies_and_counted)
{
    running_gateway weir([](auto& s) { s.gateway.max_capture_memory = {100}; });
    auto const answer = completion(std::string(3000, 'x'));

    auto const response = weir.ask(post("/openai/v1/chat/completions", R"({"model":"gpt-4o"})"), ok(answer));

    auto const row = weir.row();
    BOOST_TEST(response.body == answer);
    BOOST_TEST(row.body_missing == "memory");
    BOOST_TEST(!row.has_body);
    BOOST_TEST(row.response_bytes == static_cast<std::int64_t>(answer.size()));
    BOOST_TEST(row.used.total.value_or(0) == 1500); // from the kept end
    BOOST_TEST(weir.metric("weir_bodies_dropped_total{reason=\"memory\"}") == 1);
}

BOOST_AUTO_TEST_CASE(a_coded_answer_is_not_decoded_before_the_recorders_thread_has_time_for_it)
{
    running_gateway weir;
    auto const text = completion(std::string(1'000'000, 'x'));
    std::promise<void> is_busy, may_go_on;
    weir.recorder().probe([&] {
        is_busy.set_value();
        may_go_on.get_future().wait_for(patience);
    });
    is_busy.get_future().wait_for(patience);

    auto const response = weir.ask(post("/openai/v1/chat/completions", R"({"model":"gpt-4o"})"),
                                   ok(deflated(text, wrapping::gzip), "Content-Encoding: gzip\r\n"
                                                                      "Content-Type: application/json\r\n"));
    eventually([&] { return weir.metric("weir_recorder_queue_records") == 1; }, "the call to be handed over");
    auto const waiting_bytes = weir.metric("weir_recorder_queue_bytes");
    may_go_on.set_value();

    BOOST_TEST((response.body == deflated(text, wrapping::gzip)));
    BOOST_TEST(waiting_bytes > 1'000); // with what came
    BOOST_TEST(waiting_bytes < 100'000);
    BOOST_TEST((weir.bodies_of(weir.row()).response == text));
}

BOOST_AUTO_TEST_CASE(capture_memory_is_given_back_once_a_call_is_recorded)
{
    running_gateway weir;
    for (int i = 0; i < 5; ++i)
        static_cast<void>(
            weir.ask(post("/openai/v1/chat/completions", "{}"), ok(completion(std::string(50'000, 'x')))));
    static_cast<void>(weir.rows(5));

    eventually([&] { return weir.metric("weir_capture_memory_bytes") == 0; }, "all capture memory to be free");
}

BOOST_AUTO_TEST_CASE(a_slow_client_slows_the_provider_and_memory_stays_bounded)
{
    running_gateway weir([](auto& s) { s.gateway.max_logged_body = {1000}; });

    auto client = weir.client();
    client.set_receive_buffer(16 * 1024);
    client.send(get("/openai/v1/files/f/content"));
    auto at = weir.provider.accept();
    static_cast<void>(read_request(at));
    constexpr std::size_t whole = 200'000'000;
    at.send("HTTP/1.1 200 OK\r\nContent-Length: " + std::to_string(whole) + "\r\n\r\n");

    // The client reads nothing: what is taken fits into the sockets' buffers and weir's own.
    std::string const piece(64 * 1024, 'x');
    std::size_t taken = 0;
    for (std::size_t n = 1; n > 0 && taken < whole - piece.size(); taken += n) n = at.send_some(piece, 300ms);
    BOOST_TEST(taken < 30'000'000U);

    // And goes on as soon as it reads.
    static_cast<void>(read_head(client));
    std::size_t read = 0;
    for (bool resumed = false; !resumed && read < taken;) {
        read += client.read_exactly(100'000).size();
        auto const n = at.send_some(piece, 0ms);
        taken += n;
        resumed = n > 0;
    }
    BOOST_TEST(read < taken);
    client.close();
    BOOST_TEST(weir.row().status == storage::status::cancelled);
}

BOOST_AUTO_TEST_CASE(a_slow_provider_slows_the_uploading_client)
{
    running_gateway weir;

    auto client = weir.client();
    constexpr std::size_t whole = 200'000'000;
    client.send("POST /openai/v1/files HTTP/1.1\r\nHost: w\r\nContent-Length: " + std::to_string(whole) + "\r\n\r\n");
    auto at = weir.provider.accept();
    static_cast<void>(read_head(at));
    std::string const piece(64 * 1024, 'x');
    std::size_t taken = 0;
    for (std::size_t n = 1; n > 0 && taken < whole - piece.size(); taken += n) n = client.send_some(piece, 300ms);

    BOOST_TEST(taken < 30'000'000U);
}

BOOST_AUTO_TEST_CASE(a_second_call_with_the_same_chosen_id_is_recorded_under_a_fresh_one)
{
    running_gateway weir;
    auto const request = get("/openai/v1/models", "Helicone-Request-Id: 6f1c2e1a-3b4d-4e5f-8a9b-0c1d2e3f4a5b\r\n");

    static_cast<void>(weir.ask(request, ok("1")));
    static_cast<void>(weir.row(1));
    auto const second = weir.ask(request, ok("2"));

    auto const row = weir.row(2);
    BOOST_TEST(second.field("helicone-id") == "6f1c2e1a-3b4d-4e5f-8a9b-0c1d2e3f4a5b");
    BOOST_TEST(row.request_id.text() != "6f1c2e1a-3b4d-4e5f-8a9b-0c1d2e3f4a5b");
    BOOST_REQUIRE(row.properties.size() == 1U);
    BOOST_TEST(row.properties[0].first == "Helicone-Request-Id-Duplicate");
    BOOST_TEST(row.properties[0].second == "6f1c2e1a-3b4d-4e5f-8a9b-0c1d2e3f4a5b");
}

BOOST_AUTO_TEST_CASE(omitted_bodies_never_reach_the_disk_and_their_usage_does)
{
    auto const events = "data: " + completion("PRIVATE-ANSWER") + "\n\ndata: [DONE]\n\n";
    struct {
        std::string_view fields;
        bool has_question, has_answer;
    } const cases[] = {
        {"", true, true},
        {"Helicone-Omit-Request: true\r\n", false, true},
        {"Helicone-Omit-Response: true\r\n", true, false},
        {"Helicone-Omit-Request: true\r\nHelicone-Omit-Response: true\r\n", false, false},
    };
    for (auto const& c : cases) {
        BOOST_TEST_CONTEXT("fields: " << c.fields)
        {
            running_gateway weir([](auto& s) { s.storage.raw_streams = true; });

            auto const response =
                weir.ask(post("/openai/v1/chat/completions",
                              R"({"model":"gpt-4o","stream":true,"messages":"PRIVATE-QUESTION"})", c.fields),
                         std::string(events_head()) + chunk(events) + std::string(last_chunk));

            auto const row = weir.row();
            auto const bodies = weir.bodies_of(row);
            BOOST_TEST(response.body == events);
            BOOST_TEST(row.used.total.value_or(0) == 1500);
            BOOST_TEST((bodies.request == R"({"model":"gpt-4o"})") == !c.has_question);
            BOOST_TEST((bodies.response == R"({"model":"gpt-4o-2024-08-06"})") == !c.has_answer);
            BOOST_TEST(bodies.raw_stream == (c.has_answer ? events : ""));
            // In the file bodies are compressed: they are searched as they are read, and the file for what is not.
            auto const stored = bodies.request + bodies.response + bodies.raw_stream + content_of(weir.database()) +
                                content_of(weir.database() + "-wal");
            BOOST_TEST((stored.find("PRIVATE-QUESTION") != std::string::npos) == c.has_question);
            BOOST_TEST((stored.find("PRIVATE-ANSWER") != std::string::npos) == c.has_answer);
        }
    }
}

BOOST_AUTO_TEST_CASE(calls_go_on_while_the_database_is_locked_and_are_recorded_afterwards)
{
    running_gateway weir;
    database_lock lock(weir.database());

    for (int i = 0; i < 3; ++i)
        BOOST_TEST(weir.ask(post("/openai/v1/chat/completions", "{}"), ok(completion("x"))).status() == 200U);
    BOOST_TEST(!weir.has_rows());
    lock.release();

    BOOST_TEST(weir.rows(3).size() == 3U);
}

BOOST_AUTO_TEST_CASE(calls_go_on_while_the_disk_fails_and_are_recorded_afterwards)
{
    failing_files disk;
    running_gateway weir;
    disk.writes_fail = true;

    for (int i = 0; i < 3; ++i)
        BOOST_TEST(weir.ask(post("/openai/v1/chat/completions", "{}"), ok(completion("x"))).status() == 200U);
    eventually([&] { return !weir.recorder().trouble().empty(); }, "the trouble to show");
    BOOST_TEST(!weir.has_rows());
    disk.writes_fail = false;

    BOOST_TEST(weir.rows(3).size() == 3U);
    eventually([&] { return weir.recorder().trouble().empty(); }, "the trouble to be over");
}

BOOST_AUTO_TEST_SUITE_END()

} // namespace weir::test
