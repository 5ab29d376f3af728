#include "tests/support/running_gateway.hpp"

#include <boost/test/unit_test.hpp>

namespace weir::test
{

using namespace std::chrono_literals;

BOOST_AUTO_TEST_SUITE(relay_reload)

BOOST_AUTO_TEST_CASE(new_settings_apply_to_the_next_call_on_the_same_connection)
{
    running_gateway weir;
    auto client = weir.client();
    client.send(post("/openai/v1/chat/completions", "{}"));
    auto at = weir.provider.accept();
    static_cast<void>(read_request(at));
    at.send(ok("{}"));
    BOOST_TEST(read_response(client).status() == 200U);

    weir.reload([](auto& s) { s.gateway.max_request_body = {10}; });

    eventually([&] {
        client.send(post("/openai/v1/chat/completions", std::string(20, ' ')));
        if (weir.provider.is_called()) return false;
        return read_response(client).status() == 413;
    });
}

BOOST_AUTO_TEST_CASE(a_call_under_way_keeps_the_settings_that_it_began_with)
{
    running_gateway weir;
    auto client = weir.client();
    client.send(get("/openai/v1/models"));
    auto at = weir.provider.accept();
    static_cast<void>(read_request(at));

    weir.reload([](auto& s) { s.gateway.first_byte_timeout = s.gateway.idle_timeout = 1ms; });
    auto other = weir.client();
    other.send(get("/openai/v1/models")); // the new patience is in force once it ends this one
    BOOST_TEST(read_response(other).status() == 504U);

    at.send("HTTP/1.1 200 OK\r\nContent-Length: 4\r\n\r\nab");
    client.read_until("ab");
    at.send("cd");
    client.read_until("cd");
}

BOOST_AUTO_TEST_CASE(a_provider_that_is_added_can_be_called_and_one_that_is_taken_away_cannot)
{
    running_gateway weir;
    auto const origin = "http://127.0.0.1:" + std::to_string(weir.provider.port());

    weir.reload([&](auto& s) {
        s.providers["fresh"].name = "fresh";
        s.providers["fresh"].base_url = origin;
        s.providers["fresh"].configured = true;
        s.providers.erase("local_ai");
    });

    BOOST_TEST(weir.ask(get("/fresh/v1/models"), ok("{}")).status() == 200U);
    BOOST_TEST(weir.row().provider == "fresh");
    BOOST_TEST(weir.refusal_of(get("/local_ai/v1/models")).status() == 404U);
}

BOOST_AUTO_TEST_CASE(weirs_own_key_of_a_provider_goes_to_the_origin_that_a_reload_gives_it)
{
    running_gateway weir([](auto& s) { s.providers["openai"].api_key_env = "OPENAI_KEY"; },
                         {{"OPENAI_KEY", "sk-of-weir"}});
    auto const key = weir.new_key({.name = "n"});
    listener second;

    weir.reload([&](auto& s) { s.providers["openai"].base_url = "http://127.0.0.1:" + std::to_string(second.port()); });
    auto client = weir.client();
    client.send(post("/openai/v1/chat/completions", "{}", "Authorization: Bearer " + key.key + "\r\n"));
    auto at = second.accept();
    auto const request = read_request(at);
    at.send(ok("{}"));

    BOOST_TEST(request.field("Authorization") == "Bearer sk-of-weir");
    BOOST_TEST(read_response(client).status() == 200U);
}

BOOST_AUTO_TEST_CASE(what_is_kept_of_bodies_changes_too)
{
    running_gateway weir;
    std::string const answer = "{\"text\":\"" + std::string(1000, 'x') + "\"}";

    weir.reload([](auto& s) { s.gateway.max_logged_body = {100}; });
    static_cast<void>(weir.ask(get("/openai/v1/models"), ok(answer)));

    auto const row = weir.row();
    BOOST_TEST(row.response_truncated);
    BOOST_TEST(weir.bodies_of(row).response == answer.substr(0, 100));
}

BOOST_AUTO_TEST_SUITE_END()

} // namespace weir::test
