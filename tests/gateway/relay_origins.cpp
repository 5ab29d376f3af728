#include "tests/support/running_gateway.hpp"

#include <boost/asio/ip/address.hpp>
#include <boost/test/unit_test.hpp>

#include <any>
#include <atomic>
#include <memory>
#include <set>

namespace weir::test
{
BOOST_AUTO_TEST_SUITE(relay_origins)

namespace
{

using namespace std::chrono_literals;

std::string url(std::string const& scheme, std::string const& host, std::uint16_t port)
{
    return scheme + "://" + host + ":" + std::to_string(port);
}

/// A name that has these addresses, in this order.
gateway::look_up names_of(std::vector<std::string> hosts)
{
    return [hosts = std::move(hosts)](std::string const&, auto const& done) {
        gateway::addresses found;
        for (auto const& host : hosts) found.push_back(boost::asio::ip::make_address(host));
        done({}, std::move(found));
    };
}

void answer(connection& at, connection& client, std::string_view body)
{
    static_cast<void>(read_request(at));
    at.send(ok(body));
    BOOST_TEST(read_response(client).body == body);
}

} // namespace

BOOST_AUTO_TEST_CASE(the_addresses_of_a_host_are_tried_in_turn)
{
    listener second; // at 127.0.0.1 only: the same port of 127.0.0.2 refuses
    running_gateway weir([&](auto& s) { s.providers["openai"].base_url = url("http", "llm.example", second.port()); },
                         {}, names_of({"127.0.0.2", "127.0.0.1"}));

    auto client = weir.client();
    client.send(get("/openai/v1/models"));
    auto at = second.accept();
    auto const request = read_request(at);
    at.send(ok("{}"));

    BOOST_TEST(read_response(client).status() == 200U);
    BOOST_TEST(request.field("Host") == "llm.example:" + std::to_string(second.port()));
}

BOOST_AUTO_TEST_CASE(the_addresses_of_a_host_are_used_for_dns_ttl_and_then_looked_up_again)
{
    struct {
        std::chrono::milliseconds ttl;
        int look_ups; ///< of two calls
    } const cases[] = {{1h, 1}, {0ms, 2}};
    for (auto const& c : cases) {
        BOOST_TEST_CONTEXT("gateway.dns_ttl: " << c.ttl.count() << " ms")
        {
            auto const look_ups = std::make_shared<std::atomic<int>>(0);
            running_gateway weir(
                [&](auto& s) {
                    auto const port = net::parse_url(s.providers["openai"].base_url)->at.port;
                    s.providers["openai"].base_url = url("http", "llm.example", port);
                    s.gateway.dns_ttl = c.ttl;
                },
                {},
                [look_ups, found = names_of({"127.0.0.1"})](std::string const& host, auto const& done) {
                    ++*look_ups;
                    found(host, done);
                });

            for (int call = 0; call < 2; ++call) // each over a connection of its own
                BOOST_TEST(weir.ask(get("/openai/v1/models"), ok("{}", "Connection: close\r\n")).status() == 200U);

            BOOST_TEST(*look_ups == c.look_ups);
        }
    }
}

BOOST_AUTO_TEST_CASE(when_all_addresses_refuse_the_last_is_named)
{
    auto const closed = unused_port();
    running_gateway weir([&](auto& s) { s.providers["openai"].base_url = url("http", "llm.example", closed); }, {},
                         names_of({"127.0.0.2", "127.0.0.3"}));

    auto const response = weir.refusal_of(get("/openai/v1/models"));

    BOOST_TEST(response.status() == 502U);
    BOOST_TEST(response.body.find("127.0.0.3: Connection refused") != std::string::npos);
}

BOOST_AUTO_TEST_CASE(an_address_that_does_not_answer_takes_only_its_share_of_connect_timeout)
{
    listener second;
    deaf_address const first("127.0.0.3", second.port());
    running_gateway weir(
        [&](auto& s) {
            s.providers["openai"].base_url = url("http", "llm.example", second.port());
            s.gateway.connect_timeout = 2s;
        },
        {}, names_of({"127.0.0.3", "127.0.0.1"}));

    auto client = weir.client();
    client.send(get("/openai/v1/models"));
    auto at = second.accept();

    answer(at, client, "{}");
}

BOOST_AUTO_TEST_CASE(a_host_that_is_looked_up_for_long_keeps_nobody_else_waiting)
{
    auto const unanswered = std::make_shared<std::vector<std::any>>();
    running_gateway weir( // with one network thread
        [](auto& s) {
            s.providers["openai"].base_url = "http://llm.example";
            s.gateway.connect_timeout = 1s;
        },
        {}, [unanswered](std::string const&, auto const& done) { unanswered->emplace_back(done); });
    auto waiting = weir.client(), leaving = weir.client(), other = weir.client();
    waiting.send(get("/openai/v1/models"));
    leaving.send(get("/openai/v1/models"));

    other.send(get("/anthropic/v1/models"));
    auto at = weir.provider.accept();
    answer(at, other, "{}");
    leaving.close();

    auto const refused = read_response(waiting);
    BOOST_TEST(refused.status() == 502U);
    BOOST_TEST(refused.body.find("gateway.connect_timeout") != std::string::npos, refused.body);
    std::multiset<int> statuses;
    for (auto const& row : weir.rows(3)) statuses.insert(static_cast<int>(row.status));
    BOOST_TEST(statuses == (std::multiset<int>{-3, 200, 502}), boost::test_tools::per_element());
}

BOOST_AUTO_TEST_CASE(each_origin_has_connections_of_its_own)
{
    listener other;
    running_gateway weir([&](auto& s) { s.providers["anthropic"].base_url = url("http", "127.0.0.1", other.port()); });
    auto client = weir.client();

    client.send(get("/openai/v1/models"));
    auto at_one = weir.provider.accept();
    answer(at_one, client, "one");
    client.send(get("/anthropic/v1/models"));
    auto at_other = other.accept(); // not over the idle connection of another port
    answer(at_other, client, "other");
    client.send(get("/openai/v1/models"));
    answer(at_one, client, "one again");
    client.send(get("/anthropic/v1/models"));
    answer(at_other, client, "other again");

    BOOST_TEST(!weir.provider.is_called());
    BOOST_TEST(!other.is_called());
}

BOOST_AUTO_TEST_CASE(hosts_that_share_an_address_do_not_share_connections)
{
    running_gateway weir(
        [](auto& s) {
            auto const port = net::parse_url(s.providers["openai"].base_url)->at.port;
            s.providers["openai"].base_url = url("http", "one.example", port);
            s.providers["anthropic"].base_url = url("http", "two.example", port);
        },
        {}, names_of({"127.0.0.1"}));
    auto client = weir.client();

    client.send(get("/openai/v1/models"));
    auto at_one = weir.provider.accept();
    answer(at_one, client, "one");
    client.send(get("/anthropic/v1/models"));
    auto at_two = weir.provider.accept();
    answer(at_two, client, "two");
    client.send(get("/openai/v1/models"));
    answer(at_one, client, "one again");

    BOOST_TEST(!weir.provider.is_called());
}

BOOST_AUTO_TEST_CASE(what_is_meant_for_tls_never_goes_over_a_connection_without_it)
{
    running_gateway weir([](auto& s) {
        auto const port = net::parse_url(s.providers["openai"].base_url)->at.port;
        s.providers["anthropic"].base_url = url("https", "127.0.0.1", port);
    });
    auto client = weir.client();

    client.send(get("/openai/v1/models"));
    auto plain = weir.provider.accept();
    answer(plain, client, "plain");
    client.send(get("/anthropic/v1/models"));
    auto fresh = weir.provider.accept();

    BOOST_TEST(fresh.read_exactly(1) == "\x16"); // a TLS handshake
    BOOST_TEST(plain.received() == "");
    BOOST_TEST(!plain.has_ended());
}

BOOST_AUTO_TEST_SUITE_END()

} // namespace weir::test
