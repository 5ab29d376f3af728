#include "gateway/formats/format.hpp"

#include <boost/test/unit_test.hpp>

namespace weir::gateway::formats
{

BOOST_AUTO_TEST_SUITE(stream_ends)

BOOST_AUTO_TEST_CASE(the_last_bytes_tell_an_end_from_a_cut)
{
    struct {
        kind speaks;
        std::string_view given;
        bool expected;
    } const cases[] = {
        {kind::openai, "", false},
        {kind::openai, "data: [DONE]\n\n", true},
        {kind::openai, "data: {}\n\ndata:[DONE]\n\n", true},
        {kind::openai, "event: done\ndata: [DONE]\n\n", true},
        {kind::openai, R"(data: {"choices":[{"delta":{"content":"say data: [DONE]"}}]})", false},
        {kind::openai, R"({"finish_reason":null,"choices":[]})", false},
        {kind::openai, R"({"finish_reason": "stop"})", true},
        {kind::openai, R"({"finish_reason":"stop"} {"finish_reason":null,"usage":{}})", true},
        {kind::openai, R"({"content":"\"finish_reason\":\"stop\""})", false},
        {kind::openai, R"({"type":"response.completed"})", true},
        {kind::openai, R"({"type":"response.incomplete"})", true},
        {kind::openai, R"({"type":"response.failed"})", true},
        {kind::openai, R"({"type":"response.output_text.delta","delta":"response.completed"})", false},
        {kind::openai, R"({"type":"response.output_text.delta","delta":"\"response.completed\""})", false},
        {kind::openai, R"({"type": "response.completed"})", true},
        {kind::openai, R"(text"}],"usage":{"output_tokens":1,"output_tokens_details":{"reasoning_tokens":0}}}})", true},
        {kind::openai, R"({"type":"transcript.text.done"})", true},
        {kind::openai, R"({"type":"message-end"})", true},
        {kind::openai, R"({"done":true,"done_reason":"stop"})", true},
        {kind::openai, R"({"error":{"message":"x"}})", true},
        {kind::openai, R"({"error":null})", false},
        {kind::anthropic, R"(data: {"type":"message_stop"})", true},
        {kind::anthropic, R"(data: {"type":"message_delta","delta":{"stop_reason":"end_turn"}})", false},
        {kind::anthropic, R"(data: {"type":"error","error":{"type":"overloaded_error"}})", true},
        {kind::anthropic, "data: [DONE]\n\n", false},
        {kind::google, R"({"finishReason": "STOP"})", true},
        {kind::google, R"({"promptFeedback":{"blockReason":"SAFETY"}})", true},
        {kind::google, R"({"candidates":[{}]})", false},
        {kind::google, "data: [DONE]\n\n", true},
        {kind::google, R"({"type":"message_stop"})", true},
        {kind::openai, R"({"finishReason":"STOP"})", false},
    };
    for (auto const& c : cases) BOOST_TEST_CONTEXT(c.given) BOOST_TEST(ends_properly(c.speaks, c.given) == c.expected);
}

BOOST_AUTO_TEST_SUITE_END()

} // namespace weir::gateway::formats
