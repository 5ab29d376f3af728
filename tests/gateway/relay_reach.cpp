// How a provider is reached that no connection leads to yet, and what comes of one that cannot be.
#include "tests/support/running_gateway.hpp"

#include <boost/test/unit_test.hpp>

namespace weir::test
{

using namespace std::chrono_literals;

BOOST_AUTO_TEST_SUITE(relay_reach)

BOOST_AUTO_TEST_CASE(a_provider_that_refuses_connections_is_502)
{
    auto const closed = unused_port();
    running_gateway weir(
        [&](auto& s) { s.providers["openai"].base_url = "http://127.0.0.1:" + std::to_string(closed); });

    auto const response = weir.refusal_of(post("/openai/v1/chat/completions", "{}"));

    BOOST_TEST(response.status() == 502U);
    BOOST_TEST(response.field("x-weir-error") == "upstream_unreachable");
    BOOST_TEST(response.field("x-should-retry") == "");
    BOOST_TEST(response.body.find("Connection refused") != std::string::npos);
    BOOST_TEST(weir.row().status == 502);
    BOOST_TEST(weir.row().error_type == "upstream_unreachable");
}

BOOST_AUTO_TEST_CASE(a_host_whose_name_does_not_resolve_is_502)
{
    running_gateway weir([](auto& s) { s.providers["openai"].base_url = "http://no-such-host.invalid"; });

    auto const response = weir.refusal_of(get("/openai/v1/models"));

    BOOST_TEST(response.status() == 502U);
    BOOST_TEST(response.field("x-weir-error") == "upstream_unreachable");
    BOOST_TEST(response.body.find("no-such-host.invalid") != std::string::npos);
}

BOOST_AUTO_TEST_CASE(a_host_name_is_looked_up_by_the_system)
{
    listener only_v4; // localhost may be ::1 first, where nobody listens
    running_gateway weir(
        [&](auto& s) { s.providers["openai"].base_url = "http://localhost:" + std::to_string(only_v4.port()); });

    auto client = weir.client();
    client.send(get("/openai/v1/models"));
    auto at = only_v4.accept();
    auto const request = read_request(at);
    at.send(ok("{}"));

    BOOST_TEST(read_response(client).status() == 200U);
    BOOST_TEST(request.field("Host") == "localhost:" + std::to_string(only_v4.port()));
}

BOOST_AUTO_TEST_CASE(a_target_that_is_allowed_by_name_only_may_not_resolve_to_a_private_address)
{
    running_gateway weir([](auto& s) { s.gateway.allowed_targets = {"localhost"}; });

    auto const response = weir.refusal_of(get("/any/path", "Helicone-Target-Url: https://localhost\r\n"));

    BOOST_TEST(response.status() == 403U);
    BOOST_TEST(response.field("x-weir-error") == "target_not_allowed");
    BOOST_TEST(response.body.find("private") != std::string::npos);
}

BOOST_AUTO_TEST_CASE(a_target_that_is_allowed_as_an_origin_may_be_private)
{
    listener target;
    auto const origin = "http://127.0.0.1:" + std::to_string(target.port());
    running_gateway weir([&](auto& s) { s.gateway.allowed_targets = {origin}; });

    auto client = weir.client();
    client.send(get("/api/x?y=1", "Helicone-Target-Url: " + origin + "/ignored\r\n"));
    auto at = target.accept();
    auto const request = read_request(at);
    at.send(ok("{}"));

    BOOST_TEST(read_response(client).status() == 200U);
    BOOST_TEST(request.first_line() == "GET /api/x?y=1 HTTP/1.1");
}

BOOST_AUTO_TEST_CASE(a_client_that_goes_away_while_weir_connects_is_recorded_as_cancelled)
{
    deaf_address const nobody("127.0.0.3");
    running_gateway weir([&](auto& s) {
        s.providers["openai"].base_url = "http://127.0.0.3:" + std::to_string(nobody.port());
        s.gateway.connect_timeout = 60s;
    });

    auto client = weir.client();
    client.send(get("/openai/v1/models"));
    eventually([&] { return weir.metric("weir_upstream_connections{provider=\"openai\",state=\"active\"}") == 1; },
               "weir to connect");
    client.close();

    BOOST_TEST(weir.row().status == storage::status::cancelled);
}

BOOST_AUTO_TEST_CASE(a_client_that_goes_away_during_the_tls_handshake_ends_it_and_is_recorded_as_cancelled)
{
    listener silent;
    running_gateway weir([&](auto& s) {
        s.providers["openai"].base_url = "https://127.0.0.1:" + std::to_string(silent.port());
        s.gateway.connect_timeout = 60s;
    });

    auto client = weir.client();
    client.send(get("/openai/v1/models"));
    auto at = silent.accept();
    BOOST_TEST(at.read_exactly(1) == "\x16"); // a handshake that is never answered
    client.close();
    at.read_to_end();

    BOOST_TEST(weir.row().status == storage::status::cancelled);
}

BOOST_AUTO_TEST_SUITE_END()

} // namespace weir::test
