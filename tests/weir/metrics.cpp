#include "tests/weir/scraped_server.hpp"

#include <boost/test/unit_test.hpp>

#include <cmath>

namespace weir
{
namespace
{

struct counting_server : scraped_server {
    /// Scrapes until that many calls are written.
    std::map<std::string, test::metric> scrape_after(int calls)
    {
        std::map<std::string, test::metric> got;
        test::eventually(
            [&] {
                got = scrape();
                return got.at("weir_records_written_total").value() >= calls &&
                       got.at("weir_upstream_connections").value({{"provider", "openai"}, {"state", "active"}}) == 0;
            },
            "the calls to be written, and their connections to be put away");
        return got;
    }
};

} // namespace

BOOST_FIXTURE_TEST_SUITE(metrics_of_a_server, counting_server)

BOOST_AUTO_TEST_CASE(before_the_first_call_a_scraper_reads_it_and_finds_what_it_alerts_on)
{
    auto const got = scrape();

    for (std::string const reason : {"queue_full", "refused", "stopped", "internal"})
        BOOST_TEST(got.at("weir_records_dropped_total").value({{"reason", reason}}) == 0);
    BOOST_TEST(got.at("weir_bodies_dropped_total").value({{"reason", "memory"}}) == 0);
    BOOST_TEST(got.at("weir_build_info").value({{"version", WEIR_VERSION}}) == 1);
    BOOST_TEST(got.at("weir_database_bytes").value() > 10'000);
    BOOST_TEST(got.at("weir_requests_total").samples.size() == 0U);
    for (std::string const name : {"weir_overhead_seconds", "weir_commit_duration_seconds"})
        BOOST_TEST(got.at(name).samples.front().labels.at("le") == "1e-05"); // 10 µs
}

BOOST_AUTO_TEST_CASE(a_call_shows_in_what_it_touches)
{
    auto client = test::connection::to(server.port_of("gateway"));
    client.send(test::post("/v1/chat/completions", R"({"model":"gpt-4o","messages":[]})"));
    auto upstream = provider.accept();
    static_cast<void>(test::read_request(upstream));
    upstream.send(test::ok(R"({"model":"gpt-4o","choices":[],"usage":{"prompt_tokens":1000,"completion_tokens":500,)"
                           R"("total_tokens":1500}})"));
    BOOST_TEST(test::read_response(client).status() == 200U);

    auto const got = scrape_after(1);

    auto const& requests = got.at("weir_requests_total");
    BOOST_TEST(requests.value({{"provider", "openai"}, {"model", "gpt-4o"}, {"status_class", "2xx"}}) == 1);
    auto const& tokens = got.at("weir_tokens_total");
    BOOST_TEST(tokens.value({{"provider", "openai"}, {"model", "gpt-4o"}, {"kind", "prompt"}}) == 1000);
    BOOST_TEST(tokens.value({{"provider", "openai"}, {"model", "gpt-4o"}, {"kind", "completion"}}) == 500);
    auto const cost = got.at("weir_cost_dollars_total").value({{"provider", "openai"}, {"model", "gpt-4o"}});
    BOOST_TEST(std::abs(cost - 0.0075) < 1e-9);
    BOOST_TEST(got.at("weir_request_duration_seconds").value({}, "_count") == 1);
    BOOST_TEST(got.at("weir_overhead_seconds").value({}, "_count") == 1);
    BOOST_TEST(got.at("weir_commit_duration_seconds").value({}, "_count") == 1);
    BOOST_TEST(got.at("weir_client_connections").value() == 1);
    BOOST_TEST(got.at("weir_upstream_connections").value({{"provider", "openai"}, {"state", "idle"}}) == 1);
    BOOST_TEST(got.at("weir_upstream_connections").value({{"provider", "openai"}, {"state", "active"}}) == 0);
    BOOST_TEST(got.at("weir_database_wal_bytes").value() > 0);
}

BOOST_AUTO_TEST_CASE(while_a_call_is_under_way_its_connection_to_the_provider_is_active)
{
    auto const connections = [&](std::string const& state) {
        return scrape().at("weir_upstream_connections").value({{"provider", "openai"}, {"state", state}});
    };
    auto client = test::connection::to(server.port_of("gateway"));
    client.send(test::post("/v1/chat/completions", R"({"model":"gpt-4o","messages":[]})"));
    auto upstream = provider.accept();
    static_cast<void>(test::read_request(upstream));

    BOOST_TEST(connections("active") == 1);
    BOOST_TEST(connections("idle") == 0);
    upstream.send(test::ok(R"({"model":"gpt-4o","choices":[]})"));
    BOOST_TEST(test::read_response(client).status() == 200U);
    static_cast<void>(scrape_after(1));
    BOOST_TEST(connections("idle") == 1);
}

BOOST_AUTO_TEST_CASE(a_models_name_cannot_break_the_text)
{
    auto client = test::connection::to(server.port_of("gateway"));
    client.send(test::post("/v1/chat/completions", R"({"model":"m","messages":[]})"));
    auto upstream = provider.accept();
    static_cast<void>(test::read_request(upstream));
    upstream.send(test::ok(R"({"model":"a\"} 1\nweir_x_total{b=\"\\","choices":[]})"));
    BOOST_TEST(test::read_response(client).status() == 200U);

    auto const got = scrape_after(1);

    BOOST_TEST(
        got.at("weir_requests_total")
            .value({{"provider", "openai"}, {"model", "a\"} 1\nweir_x_total{b=\"\\"}, {"status_class", "2xx"}}) == 1);
}

BOOST_AUTO_TEST_SUITE_END()

} // namespace weir
