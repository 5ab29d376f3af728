#include "support.hpp"

#include <boost/test/unit_test.hpp>

namespace weir::gateway::formats
{

BOOST_AUTO_TEST_SUITE(vendor_errors)

BOOST_AUTO_TEST_CASE(every_vendors_error_has_a_type_and_a_message)
{
    struct {
        std::string_view what, body, type, message;
    } const cases[] = {
        {"OpenAI", R"({"error":{"message":"No","type":"invalid_request_error","param":null,"code":"x"}})",
         "invalid_request_error", "No"},
        {"OpenAI without a type", R"({"error":{"message":"No","type":null,"code":"model_not_found"}})",
         "model_not_found", "No"},
        {"Azure", R"({"error":{"code":"content_filter","message":"No","innererror":{"content_filter_result":{}}}})",
         "content_filter", "No"},
        {"Anthropic", R"({"type":"error","error":{"type":"overloaded_error","message":"Busy"},"request_id":"r"})",
         "overloaded_error", "Busy"},
        {"Google", R"({"error":{"code":429,"message":"Quota","status":"RESOURCE_EXHAUSTED"}})", "RESOURCE_EXHAUSTED",
         "Quota"},
        {"Google in an array", R"([{"error":{"code":503,"message":"Quota","status":"UNAVAILABLE"}}])", "UNAVAILABLE",
         "Quota"},
        {"OpenRouter", R"({"error":{"message":"Pay","code":402,"metadata":{}},"user_id":"u"})", "402", "Pay"},
        {"Mistral", R"({"object":"error","message":"Bad","type":"invalid_model","param":null,"code":"1500"})",
         "invalid_model", "Bad"},
        {"Mistral's validation",
         R"({"object":"error","message":{"detail":[{"type":"missing","loc":["x"],"msg":"Field required"}]},"type":"invalid_request_error","code":null})",
         "invalid_request_error", "Field required"},
        {"Mistral's detail",
         R"({"detail":[{"type":"missing","loc":["body"],"msg":"One"},{"type":"other","msg":"Two"}]})", "missing",
         "One; Two"},
        {"a detail", R"({"detail":"Not Found"})", "", "Not Found"},
        {"Cohere", R"({"id":"c","message":"invalid api token"})", "", "invalid api token"},
        {"Bedrock", R"({"__type":"ThrottlingException","message":"Slow"})", "ThrottlingException", "Slow"},
        {"Ollama", R"({"error":"model 'x' not found"})", "", "model 'x' not found"},
        {"xAI", R"({"code":"Client specified an invalid argument","error":"Model not found"})",
         "Client specified an invalid argument", "Model not found"},
        {"Groq in a stream", R"({"x_groq":{"error":{"type":"over","message":"Full"}}})", "over", "Full"},
        {"weir", R"({"type":"error","message":"TEXT","error":{"type":"weir_error","code":"c","message":"TEXT"}})",
         "weir_error", "TEXT"},
        {"HTML", "\n<html><h1>502 Bad Gateway</h1></html>\n", "", "<html><h1>502 Bad Gateway</h1></html>"},
        {"text", "upstream connect error", "", "upstream connect error"},
        {"JSON of no known shape", R"({"oops":1})", "", R"({"oops":1})"},
        {"an empty array", "[]", "", "[]"},
        {"nothing", "", "", ""},
    };
    for (auto const& c : cases) BOOST_TEST_CONTEXT(c.what)
        {
            auto call = plain(kind::openai, "any", "/v1/chat/completions", c.body);
            call.status = 500;
            auto const got = read_response(call);

            BOOST_TEST(got.error_type == c.type);
            BOOST_TEST(got.error_message == c.message);
            BOOST_TEST(!got.is_stream);
        }
}

BOOST_AUTO_TEST_CASE(a_long_text_is_shortened_between_characters)
{
    std::string body(299, 'a');
    body += "\xC3\xBC and more";
    auto call = plain(kind::openai, "any", "/", body);
    call.status = 502;

    BOOST_TEST(read_response(call).error_message == std::string(299, 'a'));
}

BOOST_AUTO_TEST_CASE(bytes_that_are_no_utf8_are_replaced)
{
    auto call = plain(kind::openai, "any", "/", "a\xFF\xC3(\xED\xA0\x80");
    call.status = 502;

    BOOST_TEST(read_response(call).error_message == "a\xEF\xBF\xBD\xEF\xBF\xBD(\xEF\xBF\xBD\xEF\xBF\xBD\xEF\xBF\xBD");
}

BOOST_AUTO_TEST_CASE(an_error_to_a_streaming_call_is_read_whatever_the_header_says)
{
    auto const body = R"({"error":{"message":"No","type":"t"}})";
    auto call = streamed(kind::openai, "openai", "/v1/chat/completions", body);
    call.status = 429;
    auto array = plain(kind::google, "google", "/v1beta/models/m:streamGenerateContent",
                       R"([{"error":{"code":429,"message":"Quota","status":"RESOURCE_EXHAUSTED"}}])");
    array.status = 429;
    auto events = streamed(kind::anthropic, "anthropic", "/v1/messages",
                           "event: error\ndata: {\"type\":\"error\",\"error\":{\"type\":\"t\",\"message\":\"m\"}}\n\n");
    events.status = 529;

    BOOST_TEST(read_response(call).error_message == "No");
    BOOST_TEST(!read_response(call).is_stream);
    BOOST_TEST(read_response(array).error_type == "RESOURCE_EXHAUSTED");
    BOOST_TEST(read_response(events).error_message == "m");
}

BOOST_AUTO_TEST_CASE(errors_within_a_200_are_read)
{
    struct {
        std::string_view what, body, type, message;
    } const cases[] = {
        {"a chunk",
         "data: {\"choices\":[{\"index\":0,\"delta\":{\"content\":\"a\"}}]}\n\ndata: "
         "{\"error\":{\"message\":\"Lost\",\"code\":502},\"choices\":[{\"index\":0,\"delta\":{},\"finish_reason\":"
         "\"error\"}]}\n\n",
         "502", "Lost"},
        {"before anything else", "data: {\"error\":{\"message\":\"Lost\",\"type\":\"t\"}}\n\n", "t", "Lost"},
        {"Google's", "data: {\"error\":{\"code\":503,\"message\":\"Lost\",\"status\":\"UNAVAILABLE\"}}\n\n",
         "UNAVAILABLE", "Lost"},
        {"no error", "data: {\"choices\":[],\"error\":null}\n\n", "", ""},
    };
    for (auto const& c : cases) BOOST_TEST_CONTEXT(c.what)
        {
            auto const got = read_response(streamed(kind::openai, "any", "/v1/chat/completions", c.body));
            BOOST_TEST(got.error_type == c.type);
            BOOST_TEST(got.error_message == c.message);
        }
    BOOST_TEST(read_response(plain(kind::openai, "together", "/", R"({"error":{"message":"Late","type":"t"}})"))
                   .error_message == "Late");
    BOOST_TEST(read_response(plain(kind::openai, "openai", "/", R"({"choices":[],"error":null})")).error_message == "");
}

BOOST_AUTO_TEST_CASE(usage_of_a_failed_call_is_read)
{
    auto call = plain(kind::openai, "any", "/v1/chat/completions",
                      R"({"error":{"message":"x"},"usage":{"prompt_tokens":3,"completion_tokens":0}})");
    call.status = 500;

    BOOST_TEST(told(read_response(call).used) == "prompt=3 reported=3 completion=0");
}

BOOST_AUTO_TEST_SUITE_END()

} // namespace weir::gateway::formats
