#include "tests/support/failing_files.hpp"
#include "tests/support/running_gateway.hpp"

#include <boost/test/unit_test.hpp>

#include <future>

namespace weir::test
{
namespace
{

using namespace std::chrono_literals;

void commit_first(config::settings& s) { s.storage.durability = config::durability_mode::commit; }

void commit_first_within_100_ms(config::settings& s)
{
    commit_first(s);
    s.storage.commit_timeout = 100ms;
}

/// Whether the gateway refuses connections by now.
bool is_closed(std::uint16_t port)
{
    try {
        auto probe = connection::to(port);
        return false;
    } catch (std::runtime_error const&) {
        return true;
    }
}

} // namespace

BOOST_AUTO_TEST_SUITE(relay_drain)

BOOST_AUTO_TEST_CASE(a_running_stream_finishes_while_new_connections_are_refused_and_idle_ones_end)
{
    running_gateway weir;
    auto idle = weir.client();
    idle.send(get("/healthz"));
    static_cast<void>(read_response(idle));
    auto client = weir.client();
    client.send(post("/anthropic/v1/messages", R"({"stream":true})"));
    auto at = weir.provider.accept();
    static_cast<void>(read_request(at));
    at.send(std::string(events_head()) + chunk("data: 1\n\n"));
    static_cast<void>(read_head(client));
    static_cast<void>(read_chunk(client));
    auto const port = weir.port();

    auto stopping = std::async(std::launch::async, [&] { weir.stop(60s); });
    BOOST_TEST(idle.read_to_end() == "");
    eventually([&] { return is_closed(port); }, "the listener to close");
    at.send(chunk("data: 2\n\n") + std::string(last_chunk));
    BOOST_TEST(read_chunk(client) == "data: 2\n\n");
    BOOST_TEST(read_chunk(client) == "");
    BOOST_TEST(client.read_to_end() == "");
    client.close();
    stopping.get();

    BOOST_TEST(weir.row().status == 200);
    BOOST_TEST(weir.row().stream_error == "");
}

BOOST_AUTO_TEST_CASE(a_call_that_waits_for_its_answer_gets_it_and_the_connection_says_that_it_closes)
{
    running_gateway weir;
    auto client = weir.client();
    client.send(get("/openai/v1/models"));
    auto at = weir.provider.accept();
    static_cast<void>(read_request(at));
    auto const port = weir.port();

    auto stopping = std::async(std::launch::async, [&] { weir.stop(60s); });
    eventually([&] { return is_closed(port); }, "the listener to close");
    at.send(ok("{}"));
    auto const response = read_response(client);
    client.close();
    stopping.get();

    BOOST_TEST(response.body == "{}");
    BOOST_TEST(response.complete);
}

BOOST_AUTO_TEST_CASE(when_the_grace_is_over_calls_are_cut_and_recorded)
{
    running_gateway weir;
    auto client = weir.client();
    client.send(post("/anthropic/v1/messages", R"({"stream":true})"));
    auto at = weir.provider.accept();
    static_cast<void>(read_request(at));
    at.send(std::string(events_head()) + chunk("data: 1\n\n"));
    static_cast<void>(read_head(client));
    static_cast<void>(read_chunk(client));

    weir.stop(50ms);

    BOOST_TEST(client.read_to_end().find("0\r\n\r\n") == std::string::npos);
    at.read_to_end();
    auto const rows = weir.rows(1);
    BOOST_REQUIRE(rows.size() == 1U);
    BOOST_TEST(rows[0].status == 200);
    BOOST_TEST(rows[0].stream_error.find("drain_timeout") != std::string::npos);
}

BOOST_AUTO_TEST_CASE(stopping_ends_calls_at_every_stage_and_each_is_recorded)
{
    running_gateway weir([](auto& s) { s.gateway.threads = 2; });
    auto half_head = weir.client();
    half_head.send("GET /openai/v1/x HT");
    auto half_body = weir.client();
    half_body.send("POST /openai/v1/half_body HTTP/1.1\r\nHost: w\r\nContent-Length: 100\r\n\r\nhalf");
    auto at_half_body = weir.provider.accept();
    auto held_body = weir.client();
    held_body.send("POST /openai/v1/chat/completions HTTP/1.1\r\nHost: w\r\nContent-Type: application/json\r\n"
                   "Expect: 100-continue\r\nContent-Length: 100\r\n\r\n");
    BOOST_TEST(read_head(held_body).status() == 100U); // it is a call by now
    held_body.send("{\"stream\"");
    auto unanswered = weir.client();
    unanswered.send(get("/openai/v1/unanswered"));
    auto at_unanswered = weir.provider.accept();
    auto stuck = weir.client();
    stuck.send(get("/openai/v1/stuck"));
    auto at_stuck = weir.provider.accept();
    static_cast<void>(read_request(at_stuck));
    at_stuck.send("HTTP/1.1 200 OK\r\nContent-Length: 100000000\r\n\r\n");
    static_cast<void>(read_head(stuck));
    std::string const piece(64 * 1024, 'x');
    while (at_stuck.send_some(piece, 100ms) > 0) {
    }
    auto streaming = weir.client();
    streaming.send(post("/anthropic/v1/messages", R"({"stream":true})"));
    auto at_streaming = weir.provider.accept();
    static_cast<void>(read_request(at_streaming));
    at_streaming.send(std::string(events_head()) + chunk("data: 1\n\n"));
    static_cast<void>(read_head(streaming));
    static_cast<void>(read_chunk(streaming));

    auto const begun = std::chrono::steady_clock::now();
    weir.stop(50ms);

    BOOST_TEST((std::chrono::steady_clock::now() - begun < patience));
    for (auto* c : {&half_head, &half_body, &held_body, &unanswered, &stuck, &streaming}) c->read_to_end();
    // What had an answer keeps its status; what had none ended for a reason of weir's own. Half a head is no call.
    std::map<std::string, storage::request_record> rows;
    for (auto& row : weir.final_rows()) rows.emplace(row.path, row);
    BOOST_TEST(rows.size() == 5U);
    for (std::string const path : {"/openai/v1/half_body", "/openai/v1/chat/completions", "/openai/v1/unanswered"}) {
        BOOST_TEST_CONTEXT(path)
        {
            BOOST_TEST(rows[path].status == storage::status::unknown);
            BOOST_TEST(rows[path].error_message.find("drain_timeout") != std::string::npos);
            BOOST_TEST(rows[path].error_type == "");
            BOOST_TEST(rows[path].stream_error == "");
        }
    }
    for (std::string const path : {"/openai/v1/stuck", "/anthropic/v1/messages"}) {
        BOOST_TEST_CONTEXT(path)
        {
            BOOST_TEST(rows[path].status == 200);
            BOOST_TEST(rows[path].stream_error.find("drain_timeout") != std::string::npos);
        }
    }
}

BOOST_AUTO_TEST_SUITE_END()

BOOST_AUTO_TEST_SUITE(relay_durability)

BOOST_AUTO_TEST_CASE(with_commit_the_last_byte_leaves_after_the_row_is_committed)
{
    running_gateway weir(commit_first);
    for (int i = 1; i <= 20; ++i) {
        auto const response = weir.ask(post("/openai/v1/chat/completions", "{}"), ok("{}"));
        BOOST_TEST(response.complete);
        BOOST_TEST(weir.metric("weir_records_written_total") == i); // without waiting
    }
    BOOST_TEST(weir.rows(20).size() == 20U);
}

BOOST_AUTO_TEST_CASE(with_commit_only_the_end_of_a_stream_waits)
{
    running_gateway weir(commit_first);
    database_lock lock(weir.database());

    auto client = weir.client();
    client.send(post("/anthropic/v1/messages", R"({"stream":true})"));
    auto at = weir.provider.accept();
    static_cast<void>(read_request(at));
    at.send(std::string(events_head()) + chunk("data: 1\n\n"));
    static_cast<void>(read_head(client));
    BOOST_TEST(read_chunk(client) == "data: 1\n\n");
    at.send(last_chunk);
    lock.release();

    BOOST_TEST(client.read_exactly(5) == "0\r\n\r\n");
    BOOST_TEST(weir.rows(1).size() == 1U);
}

BOOST_AUTO_TEST_CASE(with_commit_a_locked_database_cuts_the_response_after_commit_timeout)
{
    running_gateway weir(commit_first_within_100_ms);
    database_lock lock(weir.database());

    auto client = weir.client();
    client.send(post("/anthropic/v1/messages", R"({"stream":true})"));
    auto at = weir.provider.accept();
    static_cast<void>(read_request(at));
    at.send(std::string(events_head()) + chunk("data: 1\n\n"));
    static_cast<void>(read_head(client));
    static_cast<void>(read_chunk(client));
    at.send(last_chunk);

    BOOST_TEST(client.read_to_end() == "");
    lock.release();
    auto const row = weir.row(); // written all the same
    BOOST_TEST(row.status == 200);
    BOOST_TEST(row.stream_error.find("storage.commit_timeout") != std::string::npos);
}

BOOST_AUTO_TEST_CASE(with_commit_an_error_of_weirs_own_leaves_after_its_row)
{
    running_gateway weir(commit_first);
    auto client = weir.client();
    for (int i = 1; i <= 20; ++i) {
        client.send(get("/nobody/v1/models"));
        auto const response = read_response(client);
        BOOST_TEST(response.status() == 404U);
        BOOST_TEST(weir.metric("weir_records_written_total") == i); // without waiting
    }
}

BOOST_AUTO_TEST_CASE(with_commit_an_error_of_weirs_own_is_not_sent_while_the_database_is_locked)
{
    running_gateway weir([](auto& s) {
        commit_first(s);
        s.storage.commit_timeout = 100ms;
    });
    database_lock lock(weir.database());

    auto client = weir.client();
    client.send(get("/nobody/v1/models"));
    BOOST_TEST(client.read_to_end() == "");
    lock.release();

    auto const row = weir.row();
    BOOST_TEST(row.status == 404);
    BOOST_TEST(row.error_type == "unknown_provider");
    BOOST_TEST(row.stream_error.find("storage.commit_timeout") != std::string::npos);
}

BOOST_AUTO_TEST_CASE(with_commit_a_whole_answer_of_a_locked_database_never_completes)
{
    running_gateway weir(commit_first_within_100_ms);
    database_lock lock(weir.database());

    auto client = weir.client();
    client.send(post("/openai/v1/chat/completions", "{}"));
    auto at = weir.provider.accept();
    static_cast<void>(read_request(at));
    at.send(ok("{\"answer\":1}"));
    auto const got = client.read_to_end();
    lock.release();

    BOOST_TEST(got.find("{\"answer\":1}") == std::string::npos);
}

BOOST_AUTO_TEST_CASE(with_commit_an_answer_never_completes_while_the_disk_fails)
{
    struct {
        std::string_view what;
        std::atomic<bool> failing_files::*fails;
    } const faults[] = {{"writing", &failing_files::writes_fail}, {"syncing", &failing_files::syncs_fail}};
    struct {
        std::string answer, end;
    } const answers[] = {
        {ok(R"({"answer":1})"), R"({"answer":1})"},
        {std::string(events_head()) + chunk("data: 1\n\n") + std::string(last_chunk), std::string(last_chunk)},
    };
    for (auto const& fault : faults) {
        for (auto const& c : answers) {
            BOOST_TEST_CONTEXT(fault.what << " fails, and the answer ends with " << c.end)
            {
                failing_files disk;
                running_gateway weir(commit_first_within_100_ms);
                static_cast<void>(weir.ask(get("/openai/v1/models"), ok("{}")));

                (disk.*fault.fails) = true;
                auto client = weir.client();
                client.send(post("/anthropic/v1/messages", R"({"stream":true})"));
                auto at = weir.provider.accept();
                static_cast<void>(read_request(at));
                at.send(c.answer);
                auto const got = client.read_to_end();
                eventually([&] { return !weir.recorder().trouble().empty(); }, "the trouble to show");
                (disk.*fault.fails) = false;

                BOOST_TEST(got.find(c.end) == std::string::npos, got);
                BOOST_TEST(weir.row(2).status == 200); // written all the same
            }
        }
    }
}

BOOST_AUTO_TEST_CASE(with_commit_an_answer_whose_row_is_refused_is_cut_at_once)
{
    running_gateway weir([](auto& s) {
        commit_first(s);
        s.storage.commit_timeout = 10min;
        s.storage.max_queue = {1}; // no row fits
    });

    auto client = weir.client();
    client.send(get("/openai/v1/models"));
    auto at = weir.provider.accept();
    static_cast<void>(read_request(at));
    at.send(ok("{}"));
    BOOST_TEST(client.read_to_end() == "");

    auto refused = weir.client();
    refused.send(get("/nobody/v1/models"));
    BOOST_TEST(refused.read_to_end() == "");

    BOOST_TEST(weir.metric(R"(weir_records_dropped_total{reason="queue_full"})") == 2);
}

BOOST_AUTO_TEST_CASE(with_commit_an_http_1_0_client_sees_that_the_response_was_cut)
{
    running_gateway weir(commit_first_within_100_ms);
    database_lock lock(weir.database());

    auto client = weir.client();
    client.send("GET /openai/v1/models HTTP/1.0\r\n\r\n");
    auto at = weir.provider.accept();
    static_cast<void>(read_request(at));
    at.send(std::string(events_head()) + chunk("data: 1\n\n"));
    client.read_until("data: 1\n\n");
    at.send(chunk("data: 2\n\n") + std::string(last_chunk));
    client.read_to_end();
    lock.release();

    BOOST_TEST(client.was_reset()); // an orderly end would say that the body is whole
}

BOOST_AUTO_TEST_SUITE_END()

} // namespace weir::test
