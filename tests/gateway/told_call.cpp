#include "gateway/told_call.hpp"

#include <boost/test/unit_test.hpp>

namespace weir::gateway
{
BOOST_AUTO_TEST_SUITE(told_calls)

namespace
{

constexpr std::int64_t now_us = 1'760'000'000'000'000;

constexpr std::string_view good_request = R"({"url":"u","json":{"model":"m"},"meta":{}})";
constexpr std::string_view good_response = R"({"json":{"a":1},"status":200,"headers":{}})";

std::string log_of(std::string_view request, std::string_view response, std::string_view more = "")
{
    return R"({"providerRequest":)" + std::string(request) + R"(,"providerResponse":)" + std::string(response) +
           std::string(more) + "}";
}

std::string with_timing(std::string_view timing)
{
    return log_of(good_request, good_response, R"(,"timing":)" + std::string(timing));
}

told_call read(std::string const& text)
{
    auto call = read_told_call(text, now_us);
    BOOST_REQUIRE_MESSAGE(call.has_value(), text << ": " << call.error().message);
    return *call;
}

} // namespace

BOOST_AUTO_TEST_CASE(a_log_is_read_in_all_its_parts)
{
    auto const call = read(log_of(
        R"({"url":"https://api.openai.com/v1/x","json":{"model":"m"},"meta":{"Helicone-User-Id":"ann"}})",
        R"({"json":{"id":"r"},"status":201,"headers":{"content-type":"x/y"}})",
        R"(,"timing":{"startTime":{"seconds":1750000000,"milliseconds":250},"endTime":{"seconds":1750000001,"milliseconds":0.5},)"
        R"("timeToFirstToken":12.5},"provider":"ANTHROPIC","unknown":[1])"));

    BOOST_TEST(call.url == "https://api.openai.com/v1/x");
    BOOST_TEST(call.request == R"({"model":"m"})");
    BOOST_REQUIRE(call.headers.size() == 1U);
    BOOST_TEST(call.headers.front().first == "Helicone-User-Id");
    BOOST_TEST(call.headers.front().second == "ann");
    BOOST_TEST(call.response == R"({"id":"r"})");
    BOOST_TEST(call.response_type == "application/json");
    BOOST_TEST(call.status == 201);
    BOOST_TEST(call.provider == "ANTHROPIC");
    BOOST_TEST(call.started_us == 1'750'000'000'250'000);
    BOOST_TEST(call.ended_us == 1'750'000'001'000'500);
    BOOST_TEST(call.first_token_us.value_or(0) == 12'500);
}

BOOST_AUTO_TEST_CASE(calls_of_no_model_are_named_by_their_kind)
{
    auto const kind_of = [](std::string const& body) {
        return read(log_of(R"({"json":)" + body + "}", good_response)).model_of_kind;
    };
    BOOST_TEST(kind_of(R"({"_type":"tool","toolName":"weather","input":{}})") == "tool:weather");
    BOOST_TEST(kind_of(R"({"_type":"vector_db","operation":"search"})") == "vector_db");
    BOOST_TEST(kind_of(R"({"_type":"data","name":"etl"})") == "data:etl");
    BOOST_TEST(kind_of(R"({"_type":"tool","toolName":"weather","model":"gpt-4o"})") == "");
    BOOST_TEST(kind_of(R"({"_type":["tool"]})") == "");
    BOOST_TEST(kind_of("[]") == "");
}

BOOST_AUTO_TEST_CASE(without_times_the_call_is_now)
{
    auto const call = read(log_of(good_request, good_response));

    BOOST_TEST(call.started_us == now_us);
    BOOST_TEST(call.ended_us == now_us);
    BOOST_TEST(!call.first_token_us.has_value());
}

BOOST_AUTO_TEST_CASE(times_come_in_three_forms_and_never_from_the_future)
{
    struct {
        std::string_view start, end;
        std::int64_t started, ended;
    } const cases[] = {
        {R"({"seconds":1750000000})", R"({"seconds":1750000002,"milliseconds":0})", 1'750'000'000'000'000,
         1'750'000'002'000'000},
        {R"("1750000000123")", R"("1750000000124")", 1'750'000'000'123'000, 1'750'000'000'124'000},
        {R"("2025-06-15T15:06:40Z")", R"("2025-06-15T15:06:41.5Z")", 1'750'000'000'000'000, 1'750'000'001'500'000},
        {R"("1750000002000")", R"("1750000000000")", 1'750'000'002'000'000, 1'750'000'002'000'000}, // ends first
        // A clock that is ahead: the call took a second all the same.
        {R"({"seconds":2000000000})", R"({"seconds":2000000001})", now_us - 1'000'000, now_us},
        {R"({"seconds":0})", R"({"seconds":2000000000})", 0, now_us},
        {R"({"seconds":-5})", R"({"seconds":1})", 0, 1'000'000},
    };
    for (auto const& c : cases) {
        auto const call =
            read(with_timing(R"({"startTime":)" + std::string(c.start) + R"(,"endTime":)" + std::string(c.end) + "}"));
        BOOST_TEST(call.started_us == c.started, c.start);
        BOOST_TEST(call.ended_us == c.ended, c.start);
    }
}

BOOST_AUTO_TEST_CASE(text_stands_in_for_json_and_says_what_it_is)
{
    struct {
        std::string_view response, expected, type;
    } const cases[] = {
        {R"({"json":{"a":1},"textBody":"data: {}\n\n","status":200})", "data: {}\n\n", "text/plain"},
        {R"({"textBody":"x","status":200,"headers":{"Content-Type":"text/event-stream"}})", "x", "text/event-stream"},
        {R"({"textBody":"{\"a\":1}\n{\"b\":2}\n","status":200})", "{\"a\":1}\n{\"b\":2}\n", "application/x-ndjson"},
        {R"({"textBody":"{\n \"a\": {}\n}","status":200})", "{\n \"a\": {}\n}", "text/plain"},
        {R"({"json":{"a":1},"textBody":"","status":200})", R"({"a":1})", "application/json"},
        {R"({"json":null,"textBody":null,"status":-3,"headers":null})", "", ""},
    };
    for (auto const& c : cases) {
        auto const call = read(log_of(good_request, c.response));
        BOOST_TEST(call.response == c.expected, c.response);
        BOOST_TEST(call.response_type == c.type, c.response);
    }
}

BOOST_AUTO_TEST_CASE(who_made_the_call_may_know_its_cost_and_why_it_failed)
{
    auto const call = read(
        log_of(good_request, R"({"status":429,"cost":0.0125,"error":{"type":"RATE","message":"too\u0000 many"}})"));

    BOOST_TEST(call.cost_nanos.value() == 12'500'000);
    BOOST_TEST(call.error_type == "RATE");
    BOOST_TEST(call.error_message == "too many");
    BOOST_TEST(!read(log_of(good_request, good_response)).cost_nanos.has_value());
}

/// "k0":"","k1":"" and so on.
static std::string many_members(int count)
{
    std::string out;
    for (int i = 0; i < count; ++i) out += (i > 0 ? ",\"k" : "\"k") + std::to_string(i) + "\":\"\"";
    return out;
}

BOOST_AUTO_TEST_CASE(what_is_wrong_is_named_by_its_path)
{
    std::string const deep(100, '[');
    std::pair<std::string, std::string_view> const cases[] = {
        {"", "the body is not valid JSON"},
        {"{", "the body is not valid JSON"},
        {deep, "the body is not valid JSON"},
        {"[]", "the body must be an object"},
        {"{}", "providerRequest: "},
        {R"({"providerRequest":{}})", "providerResponse: "},
        {log_of("7", good_response), "providerRequest: "},
        {log_of(R"({"url":7})", good_response), "providerRequest.url: "},
        {log_of(R"({"meta":[]})", good_response), "providerRequest.meta: "},
        {log_of(R"({"meta":{"a":1}})", good_response), "providerRequest.meta.a: "},
        {log_of(R"({"meta":{)" + many_members(501) + "}}", good_response),
         "providerRequest.meta: has more than 500 members"},
        {log_of(good_request, R"({"status":200,"cost":-1})"), "providerResponse.cost: "},
        {log_of(good_request, R"({"status":200,"cost":1e99})"), "providerResponse.cost: "},
        {log_of(good_request, R"({"status":200,"cost":"1"})"), "providerResponse.cost: "},
        {log_of(good_request, R"({"status":200,"error":7})"), "providerResponse.error: "},
        {log_of(good_request, R"({"status":200,"error":{"type":7}})"), "providerResponse.error.type: "},
        {log_of(good_request, "[]"), "providerResponse: "},
        {log_of(good_request, "{}"), "providerResponse.status: "},
        {log_of(good_request, R"({"status":"200"})"), "providerResponse.status: "},
        {log_of(good_request, R"({"status":99})"), "providerResponse.status: "},
        {log_of(good_request, R"({"status":-2})"), "providerResponse.status: "},
        {log_of(good_request, R"({"status":200,"headers":[]})"), "providerResponse.headers: "},
        {log_of(good_request, R"({"status":200,"textBody":{}})"), "providerResponse.textBody: "},
        {log_of(good_request, good_response, R"(,"provider":7)"), "provider: "},
        {log_of(good_request, good_response, R"(,"timing":7)"), "timing: "},
        {with_timing("{}"), "timing.startTime: "},
        {with_timing(R"({"startTime":"yesterday"})"), "timing.startTime: "},
        {with_timing(R"({"startTime":{"seconds":1e300}})"), "timing.startTime: "},
        {with_timing(R"({"startTime":"1"})"), "timing.endTime: "},
        {with_timing(R"({"startTime":"1","endTime":"2","timeToFirstToken":-1})"), "timing.timeToFirstToken: "},
        {with_timing(R"({"startTime":"1","endTime":"2","timeToFirstToken":"1"})"), "timing.timeToFirstToken: "},
    };
    for (auto const& [text, beginning] : cases) {
        auto const call = read_told_call(text, now_us);
        BOOST_REQUIRE_MESSAGE(!call.has_value(), text);
        BOOST_TEST(call.error().message.starts_with(beginning), text << " -> " << call.error().message);
    }
}

BOOST_AUTO_TEST_SUITE_END()

} // namespace weir::gateway
