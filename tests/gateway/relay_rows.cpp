// What a call's row says of its times, its labels and its fate, and that there is one row and no other.
#include "net/unix_time.hpp"
#include "tests/support/running_gateway.hpp"

#include <boost/test/unit_test.hpp>

#include <algorithm>
#include <set>
#include <thread>

namespace weir::test
{
BOOST_AUTO_TEST_SUITE(relay_rows)

namespace
{

using namespace std::chrono_literals;
using storage::status::cancelled;
using storage::status::timeout;

/// What one side takes for itself. Long beside what weir needs, also on a busy machine.
constexpr auto pause = 300ms;
constexpr std::int64_t pause_us = 300'000;

/// The clocks of a test and of the gateway are read at slightly different moments.
constexpr std::int64_t slack_us = 5'000;

void take_time() { std::this_thread::sleep_for(pause); }

} // namespace

BOOST_AUTO_TEST_CASE(each_call_makes_one_row_and_no_other_whatever_becomes_of_it)
{
    running_gateway weir([](auto& s) { s.gateway.max_request_body = {1000}; });
    auto client = weir.client();
    std::map<std::string, int> expected;
    auto const ask = [&](connection& from, std::string const& what, int status, std::string_view body = "{}") {
        expected["/openai/v1/" + what] = status;
        from.send(post("/openai/v1/" + what, body));
    };

    ask(client, "complete", 200);
    auto at = weir.provider.accept();
    static_cast<void>(read_request(at));
    at.send(ok("{}"));
    BOOST_TEST(read_response(client).status() == 200U);

    ask(client, "provider_error", 429);
    static_cast<void>(read_request(at));
    at.send("HTTP/1.1 429 Too Many Requests\r\nContent-Length: 2\r\n\r\n{}");
    BOOST_TEST(read_response(client).status() == 429U);

    ask(client, "sent_again", 200); // the kept connection dies, a fresh one answers
    static_cast<void>(read_request(at));
    at.close();
    at = weir.provider.accept();
    static_cast<void>(read_request(at));
    at.send(ok("{}"));
    BOOST_TEST(read_response(client).status() == 200U);

    expected["/nobody/v1/refused"] = 404;
    client.send(post("/nobody/v1/refused", "{}"));
    BOOST_TEST(read_response(client).status() == 404U);

    auto too_large = weir.client();
    ask(too_large, "too_large", 413, std::string(1001, 'x'));
    BOOST_TEST(read_response(too_large).status() == 413U);

    auto sees_cut = weir.client();
    ask(sees_cut, "cut", 200);
    static_cast<void>(read_request(at));
    at.send(std::string(events_head()) + chunk("data: 1\n\n"));
    static_cast<void>(read_head(sees_cut));
    static_cast<void>(read_chunk(sees_cut));
    at.close();
    BOOST_TEST(sees_cut.read_to_end() == "");

    auto leaving = weir.client();
    ask(leaving, "cancelled", cancelled);
    at = weir.provider.accept();
    static_cast<void>(read_request(at));
    leaving.reset();
    at.read_to_end();

    weir.reload([](auto& s) { s.gateway.first_byte_timeout = 100ms; }); // for this one alone
    auto waiting = weir.client();
    ask(waiting, "timed_out", timeout);
    at = weir.provider.accept();
    static_cast<void>(read_request(at));
    BOOST_TEST(read_response(waiting).status() == 504U);

    auto const rows = weir.final_rows();
    std::map<std::string, int> found;
    std::set<std::string> ids;
    for (auto const& row : rows) {
        found[row.path] = row.status;
        ids.insert(row.request_id.text());
        BOOST_TEST_CONTEXT(row.path) BOOST_TEST((row.stream_error != "") == (row.path == "/openai/v1/cut"));
    }
    BOOST_TEST(rows.size() == 8U);
    BOOST_TEST(ids.size() == 8U);
    BOOST_TEST((found == expected));
    BOOST_TEST(weir.metric("weir_records_written_total") == 8);
}

BOOST_AUTO_TEST_CASE(overhead_is_what_weir_added_and_not_what_client_and_provider_took)
{
    running_gateway weir;
    std::string const body = R"({"model":"gpt-4o","stream":true})";

    // A busy machine may add as much as the others take: then what weir added is looked at again.
    std::int64_t least = pause_us;
    for (std::size_t count = 1; least >= pause_us / 2 && count <= 10; ++count) {
        auto client = weir.client();
        client.send("POST /openai/v1/chat/completions HTTP/1.1\r\nHost: w\r\nContent-Type: application/json\r\n"
                    "Expect: 100-continue\r\nContent-Length: " +
                    std::to_string(body.size()) + "\r\n\r\n");
        static_cast<void>(read_head(client)); // the call has begun
        take_time();
        client.send(body); // weir holds it until it is whole
        auto at = weir.provider.accept();
        static_cast<void>(read_request(at));
        take_time();
        at.send(std::string(events_head()) + chunk("data: [DONE]\n\n") + std::string(last_chunk));
        auto const timing = read_response(client).field("Server-Timing");

        auto const row = weir.row(count);
        BOOST_TEST(row.ended_us - row.created_us >= 2 * pause_us - slack_us);
        BOOST_TEST(row.overhead_us > 0);
        BOOST_REQUIRE(timing.starts_with("weir;dur="));
        BOOST_TEST(std::stod(timing.substr(9)) == static_cast<double>(row.overhead_us) / 1000,
                   boost::test_tools::tolerance(1e-6));
        least = std::min(least, row.overhead_us);
    }
    BOOST_TEST(least < pause_us / 2);
}

BOOST_AUTO_TEST_CASE(a_call_begins_with_the_end_of_its_head_and_ends_with_the_last_byte_of_its_answer)
{
    running_gateway weir;
    auto const within = [](std::int64_t time, std::int64_t from, std::int64_t to) {
        return time >= from - slack_us && time <= to + slack_us;
    };

    auto client = weir.client();
    client.send("GET /openai/v1/models HT");
    take_time();
    auto const head_ends = net::unix_now_us();
    client.send("TP/1.1\r\nHost: w\r\n\r\n");
    auto at = weir.provider.accept();
    static_cast<void>(read_request(at));
    auto const head_ended = net::unix_now_us();
    take_time();
    auto const body_begins = net::unix_now_us();
    at.send("HTTP/1.1 200 OK\r\nContent-Length: 2\r\n\r\n{");
    static_cast<void>(read_head(client));
    static_cast<void>(client.read_exactly(1));
    auto const body_begun = net::unix_now_us();
    take_time();
    auto const body_ends = net::unix_now_us();
    at.send("}");
    static_cast<void>(client.read_exactly(1));
    auto const row = weir.row();
    auto const recorded = net::unix_now_us();

    BOOST_TEST(within(row.created_us, head_ends, head_ended));
    BOOST_TEST(within(row.created_us + row.time_to_first_byte_us.value_or(0), body_begins, body_begun));
    BOOST_TEST(within(row.ended_us, body_ends, recorded));
}

BOOST_AUTO_TEST_CASE(a_refused_call_ends_when_it_is_refused)
{
    running_gateway weir;

    auto const before = net::unix_now_us();
    static_cast<void>(weir.refusal_of(get("/nobody/v1/x")));
    auto const row = weir.row();

    BOOST_TEST(row.created_us >= before - slack_us);
    BOOST_TEST(row.ended_us >= row.created_us);
    BOOST_TEST(row.ended_us <= net::unix_now_us() + slack_us);
    BOOST_TEST(!row.time_to_first_byte_us.has_value());
}

BOOST_AUTO_TEST_CASE(sessions_and_prompts_stand_in_columns_of_their_own)
{
    running_gateway weir;

    static_cast<void>(weir.ask(
        get("/openai/v1/models",
            "Helicone-Session-Id: s-1\r\nHelicone-Session-Name: Writing\r\nHelicone-Session-Path: /outline/one\r\n"
            "Helicone-Prompt-Id: greeting\r\nHelicone-Prompt-Version: 7\r\nHelicone-User-Id: ann\r\n"),
        ok("{}")));

    auto const row = weir.row();
    BOOST_TEST(row.session_id == "s-1");
    BOOST_TEST(row.session_name == "Writing");
    BOOST_TEST(row.session_path == "/outline/one");
    BOOST_TEST(row.prompt_id == "greeting");
    BOOST_TEST(row.prompt_version == "7");
    BOOST_TEST(row.user_id == "ann");
}

BOOST_AUTO_TEST_CASE(a_streams_events_are_kept_as_they_came_when_raw_streams_says_so_and_else_not)
{
    auto const events = std::string("data: {\"choices\":[{\"index\":0,\"delta\":{\"content\":\"Hi\"}}]}\n\n") +
                        ": a comment\n\ndata: [DONE]\n\n";
    for (bool const keep : {true, false}) {
        BOOST_TEST_CONTEXT("raw_streams: " << keep)
        {
            running_gateway weir([&](auto& s) { s.storage.raw_streams = keep; });

            static_cast<void>(weir.ask(post("/local_ai/v1/chat/completions", R"({"stream":true})"),
                                       std::string(events_head()) + chunk(events.substr(0, 20)) +
                                           chunk(events.substr(20)) + std::string(last_chunk)));

            auto const bodies = weir.bodies_of(weir.row());
            BOOST_TEST(bodies.raw_stream == (keep ? events : ""));
            BOOST_TEST(bodies.response.find(R"("content":"Hi")") != std::string::npos);
            BOOST_TEST(bodies.response.find("data:") == std::string::npos);
        }
    }
}

BOOST_AUTO_TEST_SUITE_END()

} // namespace weir::test
