#include "gateway/formats/format.hpp"

#include <boost/json/parse.hpp>
#include <boost/test/unit_test.hpp>

namespace weir::gateway::formats
{
BOOST_AUTO_TEST_SUITE(requests)

namespace
{

request_reading read(std::string_view path, std::string_view query = {}, std::string_view body = {})
{
    boost::json::value request;
    call_view call;
    call.path = path;
    call.query = query;
    if (!body.empty()) {
        request = boost::json::parse(body);
        call.request = &request;
    }
    return read_request(call);
}

} // namespace

BOOST_AUTO_TEST_CASE(the_model_is_the_bodys_or_else_the_paths)
{
    struct {
        std::string_view path, body, expected;
    } const cases[] = {
        {"/v1/chat/completions", R"({"model":"gpt-4o"})", "gpt-4o"},
        {"/v1beta/models/gemini-2.5-pro:generateContent", R"({"model":"body"})", "body"},
        {"/v1beta/models/gemini-2.5-pro:generateContent", R"({"model":""})", "gemini-2.5-pro"},
        {"/v1beta/models/gemini-2.5-pro:generateContent", R"({"model":7})", "gemini-2.5-pro"},
        {"/v1beta/models/gemini-2.5-pro:streamGenerateContent", "", "gemini-2.5-pro"},
        {"/v1beta/tunedModels/mine:generateContent", "", "mine"},
        {"/v1/projects/p/locations/l/publishers/google/models/gemini:predict", "", "gemini"},
        {"/v1/projects/p/publishers/anthropic/models/claude-opus-5@20260101:rawPredict", "", "claude-opus-5@20260101"},
        {"/v1/engines/davinci/completions", "", "davinci"},
        {"/openai/deployments/my-gpt/chat/completions", "", "my-gpt"},
        {"/model/anthropic.claude-v2%3A1/invoke", "", "anthropic.claude-v2:1"},
        {"/model/anthropic.claude-v2:1/converse", "", "anthropic.claude-v2:1"},
        {"/model/arn%3aaws%3Abedrock%2Fx/invoke", "", "arn:aws:bedrock/x"},
        {"/model/50%/invoke", "", "50%"},
        {"/model/a%zz%4/invoke", "", "a%zz%4"},
        {"/v1/models", "", ""},
        {"/v1/models/gpt-4o", "", ""}, // asks about a model, does not use it
        {"/v1/files", "", ""},
    };
    for (auto const& c : cases)
        BOOST_TEST_CONTEXT(c.path << " " << c.body) BOOST_TEST(read(c.path, {}, c.body).model == c.expected);
}

BOOST_AUTO_TEST_CASE(a_stream_is_asked_for_in_many_ways)
{
    struct {
        std::string_view path, query, body;
        bool expected;
    } const cases[] = {
        {"/v1/chat/completions", "", R"({"stream":true})", true},
        {"/v1/chat/completions", "", R"({"stream":false})", false},
        {"/v1/chat/completions", "", R"({"stream":"true"})", false},
        {"/v1/chat/completions", "", "", false},
        {"/x", "alt=sse", "", true},
        {"/x", "key=k&alt=sse", "", true},
        {"/x", "alt=sse&key=k", "", true},
        {"/x", "alt=json", "", false},
        {"/x", "default=sse", "", false},
        {"/x", "xalt=sse", "", false},
        {"/v1beta/models/m:streamGenerateContent", "", "", true},
        {"/v1beta/models/m:generateContent", "", "", false},
        {"/model/m/invoke-with-response-stream", "", "", true},
        {"/model/m/converse-stream", "", "", true},
        {"/model/m/invoke", "", "", false},
        {"/v1/models/claude:streamRawPredict", "", "", true},
    };
    for (auto const& c : cases) BOOST_TEST_CONTEXT(c.path << " " << c.query << " " << c.body)
    BOOST_TEST(read(c.path, c.query, c.body).wants_stream == c.expected);
}

BOOST_AUTO_TEST_CASE(the_user_is_named_by_each_vendor_differently)
{
    struct {
        std::string_view body, expected;
    } const cases[] = {
        {R"({"user":"u","metadata":{"user_id":"m"},"safety_identifier":"s"})", "u"},
        {R"({"metadata":{"user_id":"m"},"safety_identifier":"s"})", "m"},
        {R"({"safety_identifier":"s"})", "s"},
        {R"({"user":"","safety_identifier":"s"})", "s"},
        {R"({"user":7,"metadata":"m"})", ""},
        {R"([])", ""},
    };
    for (auto const& c : cases) BOOST_TEST_CONTEXT(c.body) BOOST_TEST(read("/", {}, c.body).user == c.expected);
}

BOOST_AUTO_TEST_SUITE_END()

} // namespace weir::gateway::formats
