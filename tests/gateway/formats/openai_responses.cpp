#include "support.hpp"

#include <boost/json/parse.hpp>
#include <boost/test/unit_test.hpp>

namespace weir::gateway::formats
{
BOOST_AUTO_TEST_SUITE(openai_responses)

namespace
{

constexpr std::string_view path = "/v1/responses";

constexpr std::string_view created = R"(event: response.created
data: {"type":"response.created","sequence_number":0,"response":{"id":"r1","object":"response","status":"in_progress","model":"gpt-5","output":[],"usage":null}}

)";

constexpr std::string_view added = R"(event: response.output_item.added
data: {"type":"response.output_item.added","output_index":0,"item":{"id":"m1","type":"message","role":"assistant","content":[]}}

event: response.content_part.added
data: {"type":"response.content_part.added","output_index":0,"content_index":0,"part":{"type":"output_text","text":"","annotations":[]}}

)";

constexpr std::string_view delta = R"(event: response.output_text.delta
data: {"type":"response.output_text.delta","item_id":"m1","output_index":0,"content_index":0,"delta":"Hi"}

)";

constexpr std::string_view completed = R"(event: response.completed
data: {"type":"response.completed","sequence_number":8,"response":{"id":"r1","status":"completed","model":"gpt-5-2025-08-07","service_tier":"flex","output":[{"type":"web_search_call"},{"type":"message","content":[{"type":"output_text","text":"Hi"}]}],"usage":{"input_tokens":90,"input_tokens_details":{"cached_tokens":20,"cache_write_tokens":30,"cache_write_tokens_details":{"ttl_30m_tokens":10,"ttl_12h_tokens":20}},"output_tokens":15,"output_tokens_details":{"reasoning_tokens":5},"total_tokens":105}}}

)";

constexpr std::string_view told_usage =
    "prompt=40 reported=90 completion=15 total=105 read=20 write=30 5m=10 1h=20 reasoning=5 searches=1";

reading read_stream(std::string const& body) { return read_response(streamed(kind::openai, "openai", path, body)); }

} // namespace

BOOST_AUTO_TEST_CASE(a_plain_answer_is_read)
{
    auto const body =
        std::string{
            R"({"id":"r1","object":"response","status":"incomplete","incomplete_details":{"reason":"max_output_tokens"},"error":null,)"} +
        R"("model":"gpt-5-2025-08-07","output":[{"type":"web_search_call"},{"type":"message"}],"usage":{"input_tokens":90,"output_tokens":15,"total_tokens":105}})";

    auto const got = read_response(plain(kind::openai, "openai", path, body));

    BOOST_TEST(told(got.used) == "prompt=90 reported=90 completion=15 total=105 searches=1");
    BOOST_TEST(got.model == "gpt-5-2025-08-07");
    BOOST_TEST(got.finish_reason == "max_output_tokens");
    BOOST_TEST(got.error_message == "");
}

BOOST_AUTO_TEST_CASE(the_request_says_how_large_its_searches_may_be)
{
    struct {
        std::string_view request;
        pricing::search_size expected;
    } const cases[] = {
        {R"({})", pricing::search_size::medium},
        {R"({"tools":[{"type":"x"},{"type":"web_search","search_context_size":"high"}]})", pricing::search_size::high},
        {R"({"web_search_options":{"search_context_size":"low"}})", pricing::search_size::low},
        {R"({"tools":7,"web_search_options":[]})", pricing::search_size::medium},
    };
    for (auto const& c : cases) BOOST_TEST_CONTEXT(c.request)
        {
            auto const request = boost::json::parse(c.request);
            auto call = streamed(kind::openai, "openai", path, completed);
            call.request = &request;
            BOOST_TEST((read_response(call).used.searched == c.expected));
        }
}

BOOST_AUTO_TEST_CASE(the_terminal_event_holds_the_assembled_message)
{
    auto const body = joined({created, added, delta, completed});
    auto const got = read_stream(body);

    BOOST_TEST(told(got.used) == told_usage);
    BOOST_TEST(got.model == "gpt-5-2025-08-07");
    BOOST_TEST(got.finish_reason == "completed");
    BOOST_TEST(got.final_event_seen);
    BOOST_TEST((got.tier == pricing::service_tier::flex));
    BOOST_TEST(got.first_content_end.value_or(0) == created.size() + added.size() + delta.size());
    BOOST_TEST(completed.find("\"response\":" + got.assembled) != std::string_view::npos, got.assembled);
}

BOOST_AUTO_TEST_CASE(a_cut_stream_is_assembled_from_what_came)
{
    auto const got = read_stream(joined({created, added, delta, delta}));

    BOOST_TEST(told(got.used) == "");
    BOOST_TEST(got.model == "gpt-5");
    BOOST_TEST(!got.final_event_seen);
    BOOST_TEST(
        got.assembled ==
        R"({"id":"r1","object":"response","status":"in_progress","model":"gpt-5","output":[{"id":"m1","type":"message",)"
        R"("role":"assistant","content":[{"type":"output_text","text":"HiHi","annotations":[]}]}],"usage":null})");
}

BOOST_AUTO_TEST_CASE(each_kind_of_delta_finds_its_place)
{
    struct {
        std::string_view event, expected; // the item
    } const cases[] = {
        {R"({"type":"response.refusal.delta","output_index":0,"content_index":0,"delta":"x"})",
         R"({"content":[{"type":"refusal","refusal":"x"}]})"},
        {R"({"type":"response.reasoning_text.delta","output_index":0,"content_index":0,"delta":"x"})",
         R"({"content":[{"type":"reasoning_text","text":"x"}]})"},
        {R"({"type":"response.reasoning_summary_text.delta","output_index":0,"summary_index":0,"delta":"x"})",
         R"({"summary":[{"type":"summary_text","text":"x"}]})"},
        {R"({"type":"response.function_call_arguments.delta","output_index":0,"delta":"x"})", R"({"arguments":"x"})"},
        {R"({"type":"response.mcp_call_arguments.delta","output_index":0,"delta":"x"})", R"({"arguments":"x"})"},
        {R"({"type":"response.custom_tool_call_input.delta","output_index":0,"delta":"x"})", R"({"input":"x"})"},
        {R"({"type":"response.code_interpreter_call_code.delta","output_index":0,"delta":"x"})", R"({"code":"x"})"},
        {R"({"type":"response.output_item.done","output_index":0,"item":{"type":"function_call","name":"f"}})",
         R"({"type":"function_call","name":"f"})"},
    };
    for (auto const& c : cases) BOOST_TEST_CONTEXT(c.event)
        {
            auto const body = "data: " + std::string{c.event} + "\n\n";
            auto const got = read_stream(body);
            BOOST_TEST(got.assembled == "{\"output\":[" + std::string{c.expected} + "]}");
            BOOST_TEST(got.first_content_end.value_or(0) == body.size());
        }
}

BOOST_AUTO_TEST_CASE(opening_events_are_no_content)
{
    BOOST_TEST(!read_stream(joined({created, added})).first_content_end);
}

BOOST_AUTO_TEST_CASE(failures_are_read)
{
    auto const failed = read_stream(
        R"(data: {"type":"response.failed","response":{"id":"r","status":"failed","model":"m","error":{"code":"server_error","message":"Broken"},"output":[],"usage":null}})");
    auto const error = read_stream(joined(
        {created,
         "event: error\ndata: {\"type\":\"error\",\"code\":\"rate_limit\",\"message\":\"Slow\",\"param\":null}\n\n"}));

    BOOST_TEST(failed.error_type == "server_error");
    BOOST_TEST(failed.error_message == "Broken");
    BOOST_TEST(failed.finish_reason == "failed");
    BOOST_TEST(failed.final_event_seen);
    BOOST_TEST(error.error_type == "rate_limit");
    BOOST_TEST(error.error_message == "Slow");
}

BOOST_AUTO_TEST_CASE(usage_of_a_terminal_event_larger_than_the_tail_is_found)
{
    auto const beginning = joined({created, added, delta});
    auto call = streamed(kind::openai, "openai", path, beginning);
    call.tail = completed.substr(completed.find("Hi"));

    auto got = read_response(call);

    BOOST_TEST(told(got.used) ==
               "prompt=40 reported=90 completion=15 total=105 read=20 write=30 5m=10 1h=20 reasoning=5");
    BOOST_TEST(got.model == "gpt-5");
    BOOST_TEST(got.final_event_seen);
    BOOST_TEST(got.assembled.find("\"text\":\"Hi\"") != std::string::npos);
}

BOOST_AUTO_TEST_SUITE_END()

} // namespace weir::gateway::formats
