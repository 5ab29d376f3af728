#include "api/browser_guard.hpp"

#include <boost/test/unit_test.hpp>

namespace weir::api::test
{

BOOST_AUTO_TEST_SUITE(browser_guard_)

namespace
{

int status(browser_guard const& guard, page_facts const& facts)
{
    auto const why = guard.refuses(facts);
    return why ? status_for(why->code) : 200;
}

} // namespace

BOOST_AUTO_TEST_CASE(host_must_be_one_of_weir_s_own)
{
    browser_guard const on_loopback("127.0.0.1", "https://weir.example.com/base");
    browser_guard const on_lan("192.168.1.5", "");
    browser_guard const on_all("0.0.0.0", "");
    struct {
        browser_guard const& guard;
        std::vector<std::string_view> hosts;
        int expected;
    } const cases[] = {
        {on_loopback, {"127.0.0.1:8585"}, 200},
        {on_loopback, {"localhost"}, 200},
        {on_loopback, {"LocalHost:1"}, 200},
        {on_loopback, {"localhost.:8585"}, 200},
        {on_loopback, {"127.9.9.9:8585"}, 200},
        {on_loopback, {"[::1]:8585"}, 200},
        {on_loopback, {"weir.example.com"}, 200},
        {on_loopback, {"WEIR.example.com:443"}, 200},
        {on_loopback, {"attacker.example"}, 421},
        {on_loopback, {"localhost.attacker.example"}, 421},
        {on_loopback, {"127.0.0.1.attacker.example"}, 421},
        {on_loopback, {"192.168.1.5"}, 421},
        {on_loopback, {}, 400},
        {on_loopback, {"localhost", "localhost"}, 400},
        {on_loopback, {""}, 400},
        {on_loopback, {"localhost:99999"}, 400},
        {on_loopback, {"localhost:80x"}, 400},
        {on_loopback, {"user@localhost"}, 400},
        {on_loopback, {"[::1"}, 400},
        {on_lan, {"192.168.1.5:8585"}, 200},
        {on_lan, {"192.168.1.6:8585"}, 421},
        {on_all, {"10.0.0.7:8585"}, 200},
        {on_all, {"10.0.0.8:8585"}, 421},
        {on_all, {"attacker.example"}, 421},
    };
    for (auto const& c : cases) {
        page_facts facts;
        facts.hosts = c.hosts;
        facts.local_address = "10.0.0.7";
        BOOST_TEST_CONTEXT((c.hosts.empty() ? "none" : c.hosts.front()))
        BOOST_TEST(status(c.guard, facts) == c.expected);
    }
}

BOOST_AUTO_TEST_CASE(pages_of_other_origins_are_refused)
{
    browser_guard const guard("127.0.0.1", "https://weir.example.com");
    struct {
        std::vector<std::string_view> origins, sites;
        int expected;
    } const cases[] = {
        {{}, {}, 200},
        {{"http://localhost:8585"}, {"same-origin"}, 200},
        {{"https://weir.example.com"}, {}, 200},
        {{}, {"none"}, 200},
        {{}, {"cross-site"}, 403},
        {{}, {"Cross-Site"}, 403},
        {{"http://localhost:3000"}, {}, 403},
        {{"http://127.0.0.1:8585"}, {}, 403}, // the same server, another origin
        {{"https://localhost:8585"}, {}, 403},
        {{"http://attacker.example"}, {}, 403},
        {{"null"}, {}, 403},
        {{""}, {}, 403},
        {{"http://localhost:8585", "http://attacker.example"}, {}, 403},
    };
    for (auto const& c : cases) {
        page_facts facts;
        facts.hosts = {"localhost:8585"};
        facts.origins = c.origins;
        facts.fetch_sites = c.sites;
        BOOST_TEST_CONTEXT((c.origins.empty() ? "no origin" : c.origins.front()))
        BOOST_TEST(status(guard, facts) == c.expected);
    }
}

BOOST_AUTO_TEST_SUITE_END()

} // namespace weir::api::test
