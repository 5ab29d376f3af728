// Calls that clients log by hand: what becomes of them, and what is refused.
#include "tests/support/running_gateway.hpp"

#include <boost/test/unit_test.hpp>

namespace weir::test
{
BOOST_AUTO_TEST_SUITE(relay_logs)

namespace
{

constexpr std::string_view answer =
    R"({"model":"gpt-4o-2024-08-06","choices":[{"message":{"role":"assistant","content":"Hi"},)"
    R"("finish_reason":"stop"}],"usage":{"prompt_tokens":1000,"completion_tokens":500,"total_tokens":1500}})";

std::string log_of(std::string_view response, std::string_view meta = "{}",
                   std::string_view url = "custom-model-nopath")
{
    return R"({"providerRequest":{"url":")" + std::string(url) +
           R"(","json":{"model":"gpt-4o","messages":[]},"meta":)" + std::string(meta) + R"(},"providerResponse":)" +
           std::string(response) +
           R"(,"timing":{"startTime":{"seconds":1750000000,"milliseconds":0},)"
           R"("endTime":{"seconds":1750000001,"milliseconds":500},"timeToFirstToken":250}})";
}

std::string usual_log() { return log_of(R"({"status":200,"headers":{},"json":)" + std::string(answer) + "}"); }

message send(running_gateway& weir, std::string const& request)
{
    auto client = weir.client();
    try {
        client.send(request);
    } catch (std::runtime_error const&) { // refused before all of it was sent: the answer is what counts
    }
    return read_response(client);
}

} // namespace

BOOST_AUTO_TEST_CASE(a_logged_call_becomes_a_row_like_any)
{
    running_gateway weir;
    auto const got = send(weir, post("/oai/v1/log",
                                     log_of(R"({"status":200,"headers":{},"json":)" + std::string(answer) + "}",
                                            R"({"Helicone-Property-App":"meta","Helicone-User-Id":"of meta"})"),
                                     "Helicone-User-Id: ann\r\nHelicone-Session-Id: s1\r\nHelicone-Prompt-Id: p\r\n"));
    auto const row = weir.row();

    BOOST_TEST(got.status() == 200U);
    BOOST_TEST(got.body == "ok");
    BOOST_TEST(got.field("helicone-id") == row.request_id.text());
    BOOST_TEST(row.path == "async-unknown-path");
    BOOST_TEST(row.method == "POST");
    BOOST_TEST(row.provider == "openai");
    BOOST_TEST(row.target_url.empty());
    BOOST_TEST(row.request_model == "gpt-4o");
    BOOST_TEST(row.model == "gpt-4o-2024-08-06");
    BOOST_TEST(row.status == 200);
    BOOST_TEST(row.created_us == 1'750'000'000'000'000);
    BOOST_TEST(row.ended_us == 1'750'000'001'500'000);
    BOOST_TEST(
        (storage::time_of(row.id) == std::chrono::system_clock::time_point(std::chrono::seconds(1'750'000'000))));
    BOOST_TEST(row.time_to_first_token_us.value_or(0) == 250'000);
    BOOST_TEST(!row.time_to_first_byte_us.has_value());
    BOOST_TEST(row.used.total.value_or(0) == 1500);
    BOOST_TEST(row.cost.nanos.value_or(0) == 7'500'000);
    BOOST_TEST(row.finish_reason == "stop");
    BOOST_TEST(row.user_id == "ann"); // the request's own field wins
    BOOST_TEST(row.session_id == "s1");
    BOOST_TEST(row.prompt_id == "p");
    BOOST_TEST(row.properties.front().first == "App");
    BOOST_TEST(weir.bodies_of(row).request == R"({"model":"gpt-4o","messages":[]})");
    BOOST_TEST(weir.bodies_of(row).response == answer);
    BOOST_TEST(weir.metric("weir_overhead_seconds_count") == 0);
    BOOST_TEST(weir.metric(R"(weir_requests_total{provider="openai",model="gpt-4o-2024-08-06",status_class="2xx"})") ==
               1);
}

BOOST_AUTO_TEST_CASE(the_provider_is_that_of_the_path_else_of_the_body_else_of_the_url)
{
    struct {
        std::string path, body, provider;
    } const cases[] = {
        {"/custom/v1/log", usual_log(), "custom"},
        {"/oai/v1/log", usual_log(), "openai"},
        {"/oai/v1/log/", usual_log(), "openai"},
        {"/anthropic/v1/log", usual_log(), "anthropic"},
        {"/googleapis/v1/log", usual_log(), "google"},
        {"/custom/v1/log", log_of(R"({"status":200})", "{}", "https://api.groq.com/openai/v1/chat/completions?key=x"),
         "groq"},
        {"/custom/v1/log", usual_log().substr(0, usual_log().size() - 1) + R"(,"provider":"GEMINI"})", "google"},
        {"/oai/v1/log?x=1", usual_log().substr(0, usual_log().size() - 1) + R"(,"provider":"GEMINI"})", "openai"},
    };
    running_gateway weir;
    std::size_t count = 0;
    for (auto const& c : cases) {
        auto const id = "11111111-1111-4111-8111-00000000000" + std::to_string(count);
        auto const got = send(weir, post(c.path, c.body, "Helicone-Request-Id: " + id + "\r\n"));
        BOOST_TEST(got.field("helicone-id") == id);
        for (auto const& row : weir.rows(++count))
            if (row.request_id.text() == id) BOOST_TEST(row.provider == c.provider, c.path);
    }
    for (auto const& row : weir.rows(count))
        if (row.provider == "groq")
            BOOST_TEST(row.target_url == "https://api.groq.com/openai/v1/chat/completions?key=REDACTED");
}

BOOST_AUTO_TEST_CASE(streams_are_put_together_whether_as_events_or_as_lines)
{
    std::string const role =
        R"({\"model\":\"gpt-4o\",\"choices\":[{\"index\":0,\"delta\":{\"role\":\"assistant\",\"content\":\"Hel\"}}]})";
    std::string const rest =
        R"({\"choices\":[{\"index\":0,\"delta\":{\"content\":\"lo\"},\"finish_reason\":\"stop\"}],\"usage\":{\"prompt_tokens\":3,\"completion_tokens\":2,\"total_tokens\":5}})";
    for (auto const& text :
         {"data: " + role + R"(\n\ndata: )" + rest + R"(\n\ndata: [DONE]\n\n)", role + R"(\n)" + rest + R"(\n)"}) {
        running_gateway weir;
        static_cast<void>(send(weir, post("/oai/v1/log", log_of(R"({"status":200,"textBody":")" + text + R"("})"))));
        auto const row = weir.row();

        BOOST_TEST(row.is_stream);
        BOOST_TEST(row.used.total.value_or(0) == 5);
        BOOST_TEST(row.time_to_first_token_us.value_or(0) == 250'000);
        BOOST_TEST(weir.bodies_of(row).response.find(R"("content":"Hello")") != std::string::npos);
    }
}

BOOST_AUTO_TEST_CASE(failures_cancelled_streams_overrides_and_omitted_bodies_are_as_they_are_told)
{
    running_gateway weir;
    static_cast<void>(
        send(weir, post("/oai/v1/log", log_of(R"({"status":429,"json":{"error":{"type":"rate","message":"slow"}}})"),
                        "Helicone-Model-Override: mine\r\nHelicone-Omit-Request: true\r\n")));
    auto const failed = weir.row();
    BOOST_TEST(failed.status == 429);
    BOOST_TEST(failed.error_message == "slow");
    BOOST_TEST(failed.model == "mine");
    BOOST_TEST(weir.bodies_of(failed).request == R"({"model":"gpt-4o"})");

    static_cast<void>(send(weir, post("/oai/v1/log", log_of(R"({"status":-3,"json":)" + std::string(answer) + "}"))));
    for (auto const& row : weir.rows(2))
        if (row.id != failed.id) {
            BOOST_TEST(row.status == storage::status::cancelled);
            BOOST_TEST(row.used.total.value_or(0) == 1500);
        }
}

BOOST_AUTO_TEST_CASE(what_is_no_log_is_400_and_what_is_too_large_413_and_neither_leaves_a_row)
{
    running_gateway weir;
    std::string const large(10 * 1024 * 1024 + 1, ' ');
    struct {
        std::string request, says, code;
        unsigned status;
    } const cases[] = {
        {post("/custom/v1/log", "{}"), "providerRequest", "malformed_request", 400},
        {post("/custom/v1/log", "not JSON"), "not valid JSON", "malformed_request", 400},
        {post("/custom/v1/log", "{}", "Content-Encoding: gzip\r\n"), "Content-Encoding", "malformed_request", 400},
        {"POST /custom/v1/log HTTP/1.1\r\nHost: w\r\nContent-Length: 10485761\r\n\r\n", "10 MiB", "request_too_large",
         413},
        {"POST /custom/v1/log HTTP/1.1\r\nHost: w\r\nTransfer-Encoding: chunked\r\n\r\n" + chunk(large) +
             std::string(last_chunk),
         "10 MiB", "request_too_large", 413},
    };
    for (auto const& c : cases) {
        auto const got = send(weir, c.request);
        BOOST_TEST(got.status() == c.status);
        BOOST_TEST(got.body.find(c.says) != std::string::npos, got.body);
        BOOST_TEST(got.field("x-weir-error") == c.code);
        BOOST_TEST(!got.field("helicone-id").empty());
        BOOST_TEST(got.body.find("\"request_id\":\"" + got.field("helicone-id") + "\"") != std::string::npos, got.body);
    }
    BOOST_TEST(!weir.has_rows());
    BOOST_TEST(send(weir, get("/custom/v1/log")).status() == 404U);
}

BOOST_AUTO_TEST_CASE(a_connection_goes_on_after_a_log_and_after_one_that_is_refused)
{
    running_gateway weir;
    auto client = weir.client();
    for (auto const& [body, status] : {std::pair{usual_log(), 200U}, {std::string("{}"), 400U}, {usual_log(), 200U}}) {
        client.send(post("/custom/v1/log", body));
        BOOST_TEST(read_response(client).status() == status);
    }
    BOOST_TEST(weir.rows(2).size() == 2U);
}

BOOST_AUTO_TEST_CASE(a_log_belongs_to_the_keys_organisation_and_its_key_is_nobodys_property)
{
    running_gateway weir([](auto& s) { s.auth.required = true; });
    auto const key = weir.new_key({.name = "n", .organization = "other"});
    auto const reader = weir.new_key({.name = "r", .permissions = storage::key_permissions::read});
    auto const with = [&](std::string const& field) {
        return send(weir, post("/custom/v1/log", usual_log(), field)).status();
    };

    BOOST_TEST(with("") == 401U);
    BOOST_TEST(with("Authorization: Bearer sk-helicone-aaaaaaa-bbbbbbb-ccccccc-ddddddd\r\n") == 401U);
    BOOST_TEST(with("Authorization: Bearer " + reader.key + "\r\n") == 401U);
    BOOST_TEST(with("Authorization: Bearer " + key.key + "\r\n") == 200U);
    BOOST_TEST(with("Helicone-Auth: Bearer " + key.key + "\r\n") == 200U);

    for (auto const& row : weir.rows(2, storage::organization_id{2})) {
        BOOST_TEST(row.api_key_id.value_or(0) == key.id);
        BOOST_TEST(row.properties.empty());
        BOOST_TEST(row.provider_auth_hash.empty());
    }
}

BOOST_AUTO_TEST_CASE(while_nothing_can_be_recorded_a_log_is_refused)
{
    running_gateway weir([](auto& s) { s.storage.commit_timeout = std::chrono::milliseconds(200); });
    database_lock const lock(weir.database());

    BOOST_TEST(send(weir, post("/custom/v1/log", usual_log())).status() == 503U);
}

BOOST_AUTO_TEST_CASE(a_reload_changes_how_long_a_log_waits_and_what_is_kept_of_its_bodies)
{
    running_gateway weir([](auto& s) { s.storage.commit_timeout = std::chrono::minutes(10); });
    weir.reload([](auto& s) {
        s.storage.commit_timeout = std::chrono::milliseconds(200);
        s.gateway.max_logged_body = {10};
    });

    BOOST_TEST(send(weir, post("/custom/v1/log", usual_log())).status() == 200U);
    BOOST_TEST(weir.bodies_of(weir.row()).response == answer.substr(0, 10));

    database_lock const lock(weir.database());
    BOOST_TEST(send(weir, post("/custom/v1/log", usual_log())).status() == 503U);
}

BOOST_AUTO_TEST_SUITE_END()

} // namespace weir::test
