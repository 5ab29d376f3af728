// How long the admin side waits for its clients, and they for it.
#include "api/server.hpp"

#include "server_support.hpp"

#include <boost/test/unit_test.hpp>

#include <memory>
#include <optional>
#include <vector>

namespace weir::api::test
{

using namespace std::chrono_literals;

BOOST_FIXTURE_TEST_SUITE(server_waits, server_fixture)

BOOST_AUTO_TEST_CASE(clients_that_send_nothing_or_half_a_head_keep_nobody_out)
{
    options.max_connections = 4;
    auto const port = start();
    std::vector<std::unique_ptr<raw_client>> silent;
    for (int i = 0; i < 12; ++i) {
        silent.push_back(std::make_unique<raw_client>(port));
        if (i % 2 == 0) silent.back()->send("GET /healthz HTTP/1.1\r\nHo");
    }

    BOOST_TEST(status_of(exchange_raw(port, get(row_path))) == "200");
}

BOOST_AUTO_TEST_CASE(a_slow_head_ends_the_connection)
{
    options.header_timeout = 30ms;
    raw_client client(start());

    client.send("GET /healthz HTTP/1.1\r\nHo");

    BOOST_TEST(client.read_all() == "");
}

BOOST_AUTO_TEST_CASE(a_slow_body_ends_the_connection)
{
    options.body_timeout = 30ms;
    raw_client client(start());

    client.send("POST /v1/request/query HTTP/1.1\r\nHost: localhost\r\nContent-Type: application/json\r\n"
                "Content-Length: 16\r\n\r\n{");

    BOOST_TEST(client.read_all() == "");
}

BOOST_AUTO_TEST_CASE(an_idle_connection_is_closed)
{
    options.idle_timeout = 2s; // which the request must not miss on a busy machine
    raw_client client(start());

    client.send("GET /healthz HTTP/1.1\r\nHost: localhost\r\n\r\n");

    BOOST_TEST(status_of(client.read_all()) == "200");
}

BOOST_AUTO_TEST_CASE(connections_beyond_the_limit_wait_for_one_to_end)
{
    options.max_connections = 1;
    auto const port = start();
    std::optional<raw_client> first(port);
    first->send("GET /healthz HTTP/1.1\r\nHost: localhost\r\n\r\n");
    BOOST_TEST(status_of(first->read_until("}")) == "200");

    raw_client second(port);
    second.send(get("/healthz"));
    first.reset();

    BOOST_TEST(status_of(second.read_all()) == "200");
}

BOOST_AUTO_TEST_CASE(a_drain_ends_idle_connections_and_lets_calls_finish)
{
    std::promise<void> asked;
    with.identify = slow_identity(asked, 20ms);
    auto const port = start();
    raw_client idle(port), busy(port);
    idle.send("GET /healthz HTTP/1.1\r\nHost: localhost\r\n\r\n");
    BOOST_TEST(status_of(idle.read_until("}")) == "200");
    busy.send("GET " + std::string(row_path) + " HTTP/1.1\r\nHost: localhost\r\n\r\n");
    asked.get_future().wait();

    running->stop(10s);

    BOOST_TEST(idle.read_all() == "");
    auto const said = busy.read_all();
    BOOST_TEST(status_of(said) == "200");
    BOOST_TEST(count(said, "Connection: close\r\n") == 1);
    BOOST_CHECK_THROW(static_cast<void>(raw_client(port)), boost::system::system_error);
}

BOOST_AUTO_TEST_CASE(what_outlasts_the_grace_is_cut_off)
{
    std::promise<void> asked;
    with.identify = slow_identity(asked, 1h);
    raw_client busy(start());
    busy.send("GET " + std::string(row_path) + " HTTP/1.1\r\nHost: localhost\r\n\r\n");
    asked.get_future().wait();

    running->stop(10ms);

    BOOST_TEST(busy.read_all() == "");
    running->stop(1s); // a second time is nothing
}

BOOST_AUTO_TEST_SUITE_END()

} // namespace weir::api::test
