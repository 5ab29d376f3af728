#include "gateway/upstream/connector.hpp"
#include "gateway/upstream/proxy_settings.hpp"
#include "gateway/upstream/resolver.hpp"

#include "tests/support/look_ups.hpp"
#include "tests/support/wait.hpp"

#include <boost/asio/co_spawn.hpp>
#include <boost/asio/error.hpp>
#include <boost/asio/post.hpp>
#include <boost/test/unit_test.hpp>

#include <deque>
#include <thread>

namespace weir::gateway
{
namespace
{

using namespace std::chrono_literals;
namespace asio = boost::asio;
using variables = std::map<std::string, std::string>;

net::origin https(std::string host, std::uint16_t port = 443) { return {true, std::move(host), port}; }

struct looking_up {
    asio::io_context io;
    resolver names{io, 60s};
    resolver::waiting wait;
    addresses found;
    std::string error;
    bool ended = false;

    asio::awaitable<void> ask(std::string host)
    {
        found = co_await names.resolve(std::move(host), wait, error);
        ended = true;
    }
    void start(std::string host)
    {
        ended = false;
        asio::co_spawn(io, ask(std::move(host)), [](std::exception_ptr const&) {});
        io.restart();
        io.poll();
    }
    void run(std::string host)
    {
        start(std::move(host));
        io.restart();
        io.run_for(30s);
    }
};

/// A resolver whose look-ups the test answers itself.
struct answering {
    explicit answering(std::chrono::milliseconds ttl)
        : names(io, ttl, [this](std::string const& host, auto done) {
            hosts.push_back(host);
            open = std::move(done);
        })
    {
    }

    /// Somebody who asked, and what came of it.
    struct asker {
        resolver::waiting wait;
        addresses found;
        std::string error;
        bool ended = false;
    };

    asker& ask(std::string host = "llm.example")
    {
        auto& one = askers.emplace_back();
        asio::co_spawn(io, resolve(one, std::move(host)), [](std::exception_ptr const&) {});
        io.restart();
        io.poll();
        return one;
    }
    asio::awaitable<void> resolve(asker& by, std::string host)
    {
        by.found = co_await names.resolve(std::move(host), by.wait, by.error);
        by.ended = true;
    }
    void answer(char const* address) { open({}, {asio::ip::make_address(address)}); }
    void fail() { open(asio::error::host_not_found, {}); }

    asio::io_context io;
    std::vector<std::string> hosts; ///< that were looked up
    std::function<void(boost::system::error_code, addresses)> open;
    resolver names;
    std::deque<asker> askers;
};

std::string only(answering::asker const& of)
{
    return of.found.size() == 1 ? of.found[0].to_string() : std::to_string(of.found.size()) + " addresses";
}

std::string joined(addresses const& of)
{
    std::string text;
    for (auto const& address : of) text += (text.empty() ? "" : " ") + address.to_string();
    return text;
}

} // namespace

BOOST_AUTO_TEST_SUITE(proxies)

BOOST_AUTO_TEST_CASE(https_origins_go_through_the_proxy_that_the_environment_names)
{
    for (std::string const name : {"HTTPS_PROXY", "https_proxy"}) {
        proxy_settings const p(variables{{name, "http://proxy.example:3128/"}});
        BOOST_TEST(p.problem() == "");
        BOOST_TEST(p.applies_to(https("api.openai.com")));
        BOOST_TEST(!p.applies_to({false, "api.openai.com", 80}));
        BOOST_TEST(p.proxy().text() == "http://proxy.example:3128");
        BOOST_TEST(p.authorization() == "");
    }
}

BOOST_AUTO_TEST_CASE(without_it_there_is_none)
{
    BOOST_TEST(!proxy_settings().applies_to(https("h")));
    BOOST_TEST(!proxy_settings(variables{{"HTTPS_PROXY", ""}, {"HTTP_PROXY", "http://p"}}).applies_to(https("h")));
}

BOOST_AUTO_TEST_CASE(a_bare_host_and_credentials_are_understood)
{
    proxy_settings const bare(variables{{"HTTPS_PROXY", "proxy.example:3128"}});
    BOOST_TEST(bare.proxy().text() == "http://proxy.example:3128");

    proxy_settings const with(variables{{"HTTPS_PROXY", "http://us%40er:p%3Ass@proxy.example:3128"}});
    BOOST_TEST(with.proxy().text() == "http://proxy.example:3128");
    BOOST_TEST(with.authorization() == "Basic dXNAZXI6cDpzcw==");
}

BOOST_AUTO_TEST_CASE(what_is_no_http_proxy_is_a_problem_and_ignored)
{
    for (std::string const bad : {"https://proxy.example", "socks5://proxy.example", "http://", "::"}) {
        proxy_settings const p(variables{{"HTTPS_PROXY", bad}});
        BOOST_TEST_CONTEXT(bad)
        {
            BOOST_TEST(p.problem() != "");
            BOOST_TEST(!p.applies_to(https("h")));
        }
    }
}

BOOST_AUTO_TEST_CASE(no_proxy_names_hosts_domains_and_everything)
{
    struct {
        std::string no_proxy, host;
        bool expected;
    } const cases[] = {
        {"example.com", "example.com", false},
        {"example.com", "api.example.com", false},
        {"example.com", "badexample.com", true},
        {".example.com", "api.example.com", false},
        {"*.example.com", "api.example.com", false},
        {"EXAMPLE.com", "api.example.com", false},
        {"a, example.com ,b", "example.com", false},
        {"example.com:443", "example.com", false},
        {"example.com:8443", "example.com", true},
        {"10.0.0.1", "10.0.0.1", false},
        {"*", "anything.example", false},
        {"", "example.com", true},
    };
    for (auto const& c : cases) {
        proxy_settings const p(variables{{"HTTPS_PROXY", "http://p:1"}, {"NO_PROXY", c.no_proxy}});
        BOOST_TEST_CONTEXT(c.no_proxy << " and " << c.host) BOOST_TEST(p.applies_to(https(c.host)) == c.expected);
    }
    BOOST_TEST(!proxy_settings(variables{{"https_proxy", "http://p:1"}, {"no_proxy", "h"}}).applies_to(https("h")));
}

BOOST_AUTO_TEST_SUITE_END()

BOOST_FIXTURE_TEST_SUITE(resolvers, looking_up)

BOOST_AUTO_TEST_CASE(an_address_is_its_own_answer_at_once)
{
    start("127.0.0.1");
    BOOST_TEST(ended);
    BOOST_TEST(found.at(0).to_string() == "127.0.0.1");
    start("::1");
    BOOST_TEST(found.at(0).to_string() == "::1");
}

BOOST_AUTO_TEST_CASE(a_name_is_looked_up_once_and_then_remembered)
{
    run("localhost");
    BOOST_TEST(ended);
    BOOST_REQUIRE(!found.empty());
    BOOST_TEST(error == "");

    start("localhost");
    BOOST_TEST(ended); // without waiting
    BOOST_TEST(!found.empty());
}

BOOST_AUTO_TEST_CASE(the_systems_look_up_is_made_on_a_thread_of_its_own_and_keeps_the_asking_one_free)
{
    bool went_on = false;
    {
        test::held_look_ups const silent;
        start("localhost");
        BOOST_TEST(!ended); // the call is over, and the answer not there
        asio::post(io, [&] { went_on = true; });
        io.restart();
        io.poll();
        BOOST_TEST(went_on);
        BOOST_TEST(!ended);
    }
    io.restart();
    io.run_for(30s);

    BOOST_TEST(ended);
    BOOST_TEST(!found.empty());
    BOOST_TEST((test::last_look_up_by() != std::thread::id()));
    BOOST_TEST((test::last_look_up_by() != std::this_thread::get_id()));
}

BOOST_AUTO_TEST_CASE(a_name_that_does_not_exist_is_an_error)
{
    run("no-such-host.invalid");

    BOOST_TEST(ended);
    BOOST_TEST(found.empty());
    BOOST_TEST(error.find("could not be resolved") != std::string::npos);
}

BOOST_AUTO_TEST_CASE(who_asks_may_give_up_waiting_and_the_answer_comes_all_the_same)
{
    start("no-such-host-either.invalid");
    if (!ended) {
        wait.answered.set();
        BOOST_TEST(ended);
        BOOST_TEST(found.empty());
    }
    io.restart();
    io.run_for(30s); // the look-up ends without anybody
    BOOST_TEST(ended);
}

BOOST_AUTO_TEST_SUITE_END()

BOOST_AUTO_TEST_SUITE(remembered_addresses)

BOOST_AUTO_TEST_CASE(within_the_ttl_a_host_is_looked_up_once)
{
    answering dns(60s);

    auto& first = dns.ask();
    BOOST_TEST(!first.ended);
    dns.answer("192.0.2.1");
    BOOST_TEST(only(first) == "192.0.2.1");
    auto& second = dns.ask();

    BOOST_TEST(only(second) == "192.0.2.1"); // without waiting
    BOOST_TEST(dns.hosts.size() == 1U);
    static_cast<void>(dns.ask("other.example"));
    BOOST_TEST(dns.hosts == (std::vector<std::string>{"llm.example", "other.example"}),
               boost::test_tools::per_element());
}

BOOST_AUTO_TEST_CASE(after_the_ttl_it_is_looked_up_again_and_the_new_answer_counts)
{
    answering dns(20ms);
    static_cast<void>(dns.ask());
    dns.answer("192.0.2.1");

    test::eventually([&] { return !dns.ask().ended; }, "the address to be forgotten");
    BOOST_TEST(dns.hosts.size() == 2U);
    dns.answer("192.0.2.2");

    BOOST_TEST(only(dns.askers.back()) == "192.0.2.2");
}

BOOST_AUTO_TEST_CASE(those_who_ask_at_the_same_time_share_one_look_up)
{
    answering dns(60s);
    for (int i = 0; i < 5; ++i) static_cast<void>(dns.ask());

    BOOST_TEST(dns.hosts.size() == 1U);
    dns.answer("192.0.2.1");
    for (auto const& asker : dns.askers) BOOST_TEST(only(asker) == "192.0.2.1");
}

BOOST_AUTO_TEST_CASE(when_a_later_look_up_fails_the_old_addresses_are_used_on)
{
    answering dns(0s);
    static_cast<void>(dns.ask());
    dns.answer("192.0.2.1");

    auto& later = dns.ask();
    BOOST_TEST(dns.hosts.size() == 2U);
    dns.fail();
    BOOST_TEST(only(later) == "192.0.2.1");
    BOOST_TEST(later.error == "");
}

BOOST_AUTO_TEST_CASE(a_failure_is_not_remembered)
{
    answering dns(60s);
    auto& first = dns.ask();
    dns.fail();
    BOOST_TEST(only(first) == "0 addresses");
    BOOST_TEST(first.error.find("could not be resolved") != std::string::npos);

    auto& second = dns.ask();
    dns.answer("192.0.2.1");
    BOOST_TEST(only(second) == "192.0.2.1");
    BOOST_TEST(second.error == "");
}

BOOST_AUTO_TEST_CASE(a_look_up_that_answers_at_once_is_heard)
{
    asio::io_context io;
    resolver names(io, 60s,
                   [](std::string const&, auto const& done) { done({}, {asio::ip::make_address("192.0.2.1")}); });
    resolver::waiting wait;
    std::string error;
    addresses found;

    asio::co_spawn(
        io,
        [](resolver& with, resolver::waiting& w, std::string& e, addresses& to) -> asio::awaitable<void> {
            to = co_await with.resolve("llm.example", w, e);
        }(names, wait, error, found),
        [](std::exception_ptr const&) {});
    io.run();

    BOOST_TEST(found.size() == 1U);
}

BOOST_AUTO_TEST_SUITE_END()

BOOST_AUTO_TEST_SUITE(addresses_of_a_target)

BOOST_AUTO_TEST_CASE(of_a_target_that_is_allowed_by_its_name_only_public_addresses_are_connected_to)
{
    struct {
        std::vector<char const*> found;
        std::string allowed;
    } const cases[] = {
        {{"127.0.0.1", "1.1.1.1"}, "1.1.1.1"},
        {{"127.0.0.1", "::1", "169.254.1.1", "10.0.0.1"}, ""},
        {{"2606:4700:4700::1111", "::ffff:127.0.0.1", "1.1.1.1"}, "2606:4700:4700::1111 1.1.1.1"},
        {{}, ""},
    };
    for (auto const& c : cases) {
        addresses found;
        for (auto const* address : c.found) found.push_back(asio::ip::make_address(address));

        BOOST_TEST_CONTEXT(joined(found))
        {
            BOOST_TEST(joined(allowed_addresses(found, false)) == c.allowed);
            BOOST_TEST(joined(allowed_addresses(found, true)) == joined(found));
        }
    }
}

BOOST_AUTO_TEST_SUITE_END()

} // namespace weir::gateway
