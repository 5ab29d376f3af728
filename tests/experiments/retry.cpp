#include "experiments/retry.hpp"

#include <boost/test/unit_test.hpp>

#include <ctime>

namespace weir::experiments
{

using namespace std::chrono_literals;

BOOST_AUTO_TEST_SUITE(retrying)

namespace
{

gateway_answer answered(unsigned status, std::string body = {}, std::string retry_after = {})
{
    return {.status = status, .body = std::move(body), .retry_after = std::move(retry_after), .problem = {}};
}

std::string http_date(std::chrono::system_clock::time_point at)
{
    auto const seconds = std::chrono::system_clock::to_time_t(at);
    std::tm parts{};
    ::gmtime_r(&seconds, &parts);
    char text[40] = {};
    std::strftime(text, sizeof text, "%a, %d %b %Y %H:%M:%S GMT", &parts);
    return text;
}

} // namespace

BOOST_AUTO_TEST_CASE(only_what_may_pass_is_tried_again)
{
    for (auto const status : {0U, 408U, 429U, 500U, 502U, 503U, 529U}) BOOST_TEST(may_pass(answered(status)));
    for (auto const status : {400U, 401U, 403U, 404U, 422U, 301U}) BOOST_TEST(!may_pass(answered(status)));
}

BOOST_AUTO_TEST_CASE(a_provider_says_how_long_to_wait)
{
    BOOST_TEST((pause_asked_for(answered(429, "", "7")) == 7s));
    BOOST_TEST((pause_asked_for(answered(429, "", " 0 ")) == 0s));
    BOOST_TEST((pause_asked_for(answered(429, "", "99999999")) == 1h));
    auto const now = std::chrono::system_clock::now();
    auto const until = pause_asked_for(answered(503, "", http_date(now + 20min)));
    BOOST_REQUIRE(until.has_value());
    BOOST_TEST((*until > 10min && *until <= 20min));
    BOOST_TEST((pause_asked_for(answered(503, "", http_date(now - 1h))) == 0s));
    for (auto const* said : {"", "soon", "-1", "1.5", "Wed, 32 Foo 2026 00:00:00 GMT"})
        BOOST_TEST(!pause_asked_for(answered(429, "", said)), said);
}

BOOST_AUTO_TEST_CASE(pauses_double_up_to_a_minute)
{
    BOOST_TEST((pause_after(1, 1s) == 1s));
    BOOST_TEST((pause_after(2, 1s) == 2s));
    BOOST_TEST((pause_after(6, 1s) == 32s));
    BOOST_TEST((pause_after(7, 1s) == 60s));
    BOOST_TEST((pause_after(1'000'000, 1s) == 60s));
}

BOOST_AUTO_TEST_CASE(a_reason_quotes_the_provider)
{
    struct {
        std::string body;
        std::string reason;
    } const cases[] = {
        {R"({"error":{"message":"slow down"}})", "status 429: slow down"},
        {R"({"error":"slow down"})", "status 429: slow down"},
        {R"({"message":"slow down"})", "status 429: slow down"},
        {R"({"error":{"message":7}})", "status 429"},
        {R"([1])", "status 429"},
        {"<html>", "status 429"},
        {"", "status 429"},
    };
    for (auto const& c : cases) BOOST_TEST(reason_of(answered(429, c.body)) == c.reason);

    std::string text;
    for (int i = 0; i < 400; ++i) text += "\xC3\xA4";
    auto const cut = reason_of(answered(500, R"({"error":")" + text + R"("})"));
    BOOST_TEST(cut.size() <= 500U);
    BOOST_TEST(cut.ends_with("\xC3\xA4"));

    BOOST_TEST(reason_of(answered(401, R"({"error":"Incorrect API key provided: sk-proj-abcd_EFGH-1234567890"})")) ==
               "status 401: Incorrect API key provided: …");
    BOOST_TEST(without_keys("bad key Bearer abc.def, AIzaSyA1234567890") == "bad key … …");
    BOOST_TEST(without_keys("the task-list of key_values is sk-short") == "the task-list of key_values is sk-short");

    gateway_answer none;
    none.problem = "no answer in time";
    BOOST_TEST(reason_of(none) == "no answer in time");
}

BOOST_AUTO_TEST_SUITE_END()

} // namespace weir::experiments
