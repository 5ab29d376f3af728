#include "tests/gateway/opened_websocket.hpp"
#include "tests/support/allocation.hpp"

#include <future>

namespace weir::test
{
BOOST_AUTO_TEST_SUITE(relay_websocket_ends)

namespace
{

using namespace std::chrono_literals;

/// More than a busy machine takes for a test's next step.
constexpr auto impatience = 2500ms;

void impatient(config::settings& s) { s.gateway.idle_timeout = impatience; }

} // namespace

BOOST_AUTO_TEST_CASE(how_a_session_was_closed_stands_in_the_row_when_it_is_unusual)
{
    struct {
        bool by_client;
        std::optional<int> code;
        std::string_view reason, expected;
    } const cases[] = {
        {false, 1000, "done", ""},
        {false, 1001, "", ""},
        {false, std::nullopt, "", ""},
        {true, 1000, "", ""},
        {false, 1008, "quota \"x\"", "the provider closed the websocket with code 1008: quota \"x\""},
        {false, 1011, "", "the provider closed the websocket with code 1011"},
        {true, 4001, "bored", "the client closed the websocket with code 4001: bored"},
    };
    for (auto const& c : cases) BOOST_TEST_CONTEXT(c.by_client << " " << c.code.value_or(0))
        {
            running_gateway weir;
            opened s(weir);
            if (c.by_client) {
                s.up(client_close(c.code, c.reason));
                s.down(server_close(c.code));
            } else {
                s.down(server_close(c.code, c.reason));
                s.up(client_close(c.code));
            }
            s.provider.close();
            BOOST_TEST(s.client.read_to_end() == "");
            s.client.close();

            auto const row = weir.row();
            BOOST_TEST(row.status == 101);
            BOOST_TEST(row.stream_error == c.expected);
        }
}

BOOST_AUTO_TEST_CASE(a_client_that_vanishes_ends_the_session_as_cancelled)
{
    for (bool const by_reset : {false, true}) {
        BOOST_TEST_CONTEXT("by reset: " << by_reset)
        {
            running_gateway weir;
            opened s(weir);
            s.down(server_text(done));
            if (by_reset)
                s.client.reset();
            else
                s.client.close();
            BOOST_TEST(s.provider.read_to_end() == "");
            s.provider.close();

            auto const row = weir.row();
            BOOST_TEST(row.status == storage::status::cancelled);
            BOOST_TEST(row.stream_error.find("the client") == 0U);
            BOOST_TEST(row.used.total.value_or(0) == 150);
            BOOST_TEST(row.cost_flags == "approximate");
        }
    }
}

BOOST_AUTO_TEST_CASE(a_provider_that_breaks_off_ends_the_clients_connection_and_the_row_says_so)
{
    for (bool const by_reset : {false, true}) {
        BOOST_TEST_CONTEXT("by reset: " << by_reset)
        {
            running_gateway weir;
            opened s(weir);
            s.down(server_text(created));
            s.provider.send(std::string_view(server_text(done)).substr(0, 50)); // in the middle of a frame
            BOOST_TEST(s.client.read_exactly(50).size() == 50U);
            if (by_reset)
                s.provider.reset();
            else
                s.provider.close();
            BOOST_TEST(s.client.read_to_end() == "");
            s.client.close();

            auto const row = weir.row();
            BOOST_TEST(row.status == 101);
            BOOST_TEST(row.stream_error == "the provider ended the connection without closing the websocket");
            BOOST_TEST(weir.bodies_of(row).response == "[" + std::string(created) + "]");
            BOOST_TEST(row.response_truncated);
        }
    }
}

BOOST_AUTO_TEST_CASE(a_side_that_has_ended_its_sending_can_still_receive)
{
    running_gateway weir;
    opened s(weir);
    s.up(client_close(1000));
    s.client.end_sending();
    BOOST_TEST(s.provider.read_to_end() == "");

    s.down(server_text(created) + server_close(1000));
    s.provider.close();

    BOOST_TEST(s.client.read_to_end() == "");
    BOOST_TEST(weir.row().status == 101);
    BOOST_TEST(weir.row().stream_error == "");
}

BOOST_AUTO_TEST_CASE(a_close_frame_of_the_other_side_does_not_excuse_one_that_left_without)
{
    for (bool const client_leaves : {true, false}) {
        BOOST_TEST_CONTEXT("client leaves: " << client_leaves)
        {
            running_gateway weir;
            opened s(weir);
            auto& leaving = client_leaves ? s.client : s.provider;
            auto& staying = client_leaves ? s.provider : s.client;
            leaving.end_sending();
            BOOST_TEST(staying.read_to_end() == "");
            auto const close = client_leaves ? server_close(1000) : client_close(1000);
            staying.send(close);
            BOOST_TEST(leaving.read_exactly(close.size()) == close);
            staying.close();
            BOOST_TEST(leaving.read_to_end() == "");

            auto const row = weir.row();
            BOOST_TEST(row.status == (client_leaves ? storage::status::cancelled : 101));
            BOOST_TEST(row.stream_error == std::string(client_leaves ? "the client" : "the provider") +
                                               " ended the connection without closing the websocket");
        }
    }
}

BOOST_AUTO_TEST_CASE(a_reset_behind_a_close_frame_is_a_usual_end)
{
    for (bool const by_client : {true, false}) {
        BOOST_TEST_CONTEXT("by client: " << by_client)
        {
            running_gateway weir;
            opened s(weir);
            if (by_client) {
                s.up(client_close(1000));
                s.client.reset();
                BOOST_TEST(s.provider.read_to_end() == "");
                s.provider.close();
            } else {
                s.down(server_close(1000));
                s.provider.reset();
                BOOST_TEST(s.client.read_to_end() == "");
                BOOST_TEST(!s.client.was_reset());
                s.client.close();
            }

            BOOST_TEST(weir.row().status == 101);
            BOOST_TEST(weir.row().stream_error == "");
        }
    }
}

BOOST_AUTO_TEST_CASE(silence_on_both_sides_ends_a_session_as_a_timeout)
{
    running_gateway weir(impatient);
    opened s(weir);
    s.down(server_text(created));

    BOOST_TEST(s.client.read_to_end() == "");
    BOOST_TEST(s.provider.read_to_end() == "");

    auto const row = weir.row();
    BOOST_TEST(row.status == storage::status::timeout);
    BOOST_TEST(row.stream_error == "both sides were silent (gateway.idle_timeout)");
}

BOOST_AUTO_TEST_CASE(a_side_that_goes_on_keeps_a_session_open_whatever_it_sends)
{
    running_gateway weir(impatient);
    opened s(weir);
    auto const ping = bytes_of({.first = frame::ping | frame::final, .payload = ""});

    auto const until = std::chrono::steady_clock::now() + impatience * 3 / 2;
    while (std::chrono::steady_clock::now() < until) s.down(ping);
    s.close_usually();

    BOOST_TEST(weir.row().status == 101);
}

BOOST_AUTO_TEST_CASE(a_side_that_stops_reading_is_given_up_after_idle_timeout)
{
    for (bool const client : {true, false}) {
        BOOST_TEST_CONTEXT("client: " << client)
        {
            running_gateway weir(impatient);
            opened s(weir);
            auto& sending = client ? s.provider : s.client;
            std::string const block =
                client ? server_text(std::string(60'000, 'x')) : client_text(std::string(60'000, 'x'));
            try {
                for (int i = 0; i < 2000 && !sending.has_ended(); ++i) sending.send(block);
            } catch (std::runtime_error const&) { // weir closed it
            }

            auto const row = weir.row();
            BOOST_TEST(row.status == storage::status::timeout);
            BOOST_TEST(row.stream_error == (client ? "the client stopped reading (gateway.idle_timeout)"
                                                   : "the provider stopped reading (gateway.idle_timeout)"));
        }
    }
}

BOOST_AUTO_TEST_CASE(sessions_go_on_until_drain_timeout_and_are_recorded_then)
{
    running_gateway weir;
    opened s(weir);
    auto const port = weir.port();
    auto stopping = std::async(std::launch::async, [&] { weir.stop(3s); });
    eventually([&] {
        try {
            auto probe = connection::to(port);
            return false;
        } catch (std::runtime_error const&) {
            return true; // it accepts no more
        }
    });

    s.down(server_text(done));
    BOOST_TEST(s.client.read_to_end() == "");
    BOOST_TEST(s.provider.read_to_end() == "");
    stopping.get();

    auto const row = weir.row();
    BOOST_TEST(row.status == 101);
    BOOST_TEST(row.stream_error.find("drain_timeout") != std::string::npos);
    BOOST_TEST(row.used.total.value_or(0) == 150);
}

BOOST_AUTO_TEST_CASE(a_fault_of_weirs_own_ends_the_session_and_leaves_a_row)
{
    std::string const text(70'000, 'x');
    for (bool const up : {true, false}) {
        BOOST_TEST_CONTEXT("up: " << up)
        {
            running_gateway weir;
            opened s(weir);
            s.down(server_text(created));
            auto const frame = up ? client_text(text) : server_text(text);
            fail_next_allocation(text.size()); // that of the copy, which doubles
            (up ? s.client : s.provider).send(frame);
            static_cast<void>(s.client.read_to_end());
            static_cast<void>(s.provider.read_to_end());

            auto const row = weir.row();
            BOOST_TEST(row.status == 101);
            BOOST_TEST(row.error_type == "internal");
            BOOST_TEST(row.stream_error == "the session was broken off");
            BOOST_TEST(row.response_messages.value_or(0) == 1);
            BOOST_TEST(weir.metric("weir_websockets") == 0);
            BOOST_TEST(weir.ask(get("/openai/v1/models"), ok("{}")).status() == 200U);
        }
    }
}

BOOST_AUTO_TEST_SUITE_END()

} // namespace weir::test
