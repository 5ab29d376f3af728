#include "running_provider.hpp"

#include <boost/test/unit_test.hpp>

#include <string>

namespace weir::mock
{

BOOST_FIXTURE_TEST_SUITE(endpoints, running_provider)

BOOST_AUTO_TEST_CASE(a_chat_answer_echoes_and_counts_words)
{
    auto const got = ask(chat("", false, "Grüße aus  Wien")).json();

    BOOST_TEST(got.at("choices").at(0).at("message").at("content").as_string() ==
               "Hello from the mock provider. You said: Grüße aus  Wien");
    BOOST_TEST(got.at("usage").at("prompt_tokens").as_int64() == 3);
    BOOST_TEST(got.at("usage").at("completion_tokens").as_int64() == 10);
    BOOST_TEST(got.at("model").as_string() == "gpt-4o");
}

BOOST_AUTO_TEST_CASE(each_call_answers_with_what_its_vendor_would_send)
{
    auto const gemini_body = R"({"contents":[{"role":"user","parts":[{"text":"hi"}]}]})";
    auto const claude_body =
        R"({"model":"claude-sonnet-4-5","max_tokens":9,"messages":[{"role":"user","content":"hi"}]})";
    auto const upload = std::string("--B\r\ncontent-disposition: form-data; name=\"model\"\r\n\r\ngpt-4o-transcribe\r\n"
                                    "--B\r\ncontent-disposition: form-data; name=\"file\"; filename=\"a.wav\"\r\n"
                                    "content-type: audio/wav\r\n\r\n0123456789\r\n--B--\r\n");
    auto const multipart = "content-type: multipart/form-data; boundary=B\r\n";
    struct {
        std::string request;
        unsigned status;
        std::string contained;
    } const cases[] = {
        {post("/v1/completions", R"({"model":"m","prompt":"a b"})"), 200, "\"text_completion\""},
        {post("/v1/responses", R"({"model":"m","input":"a b"})"), 200, "\"output_text\""},
        {post("/v1/embeddings", R"({"model":"m","input":["a","b"]})"), 200, "\"index\":1"},
        {post("/v1/embeddings", R"({"model":"m","input":"a","encoding_format":"base64"})"), 200, "\"embedding\":\""},
        {post("/v1/audio/transcriptions", upload, multipart), 200, "Heard 10 bytes of a.wav"},
        {post("/v1/files", upload, multipart), 200, "\"bytes\":10"},
        {post("/v1/images/generations", R"({"prompt":"a cat"})"), 200, "b64_json"},
        {post("/v1/moderations", R"({"input":"violence"})"), 200, "\"flagged\":true"},
        {post("/openai/v1/chat/completions", R"({"model":"m","messages":[]})"), 200, "chat.completion"},
        {post("/v1beta/openai/chat/completions", R"({"model":"m","messages":[]})"), 200, "chat.completion"},
        {post("/v1/messages", claude_body), 200, "\"stop_reason\":\"end_turn\""},
        {post("/anthropic/v1/messages/count_tokens", claude_body), 200, "{\"input_tokens\":1}"},
        {post("/v1beta/models/g:generateContent", gemini_body), 200, "\"modelVersion\":\"g\""},
        {post("/v1beta/models/g:streamGenerateContent?alt=sse", gemini_body), 200, "\r\n\r\ndata: {"},
        {post("/v1beta/models/g:streamGenerateContent", gemini_body), 200, "\n,\n{"},
        {post("/v1beta/models/g:countTokens", gemini_body), 200, "{\"totalTokens\":1}"},
        {post("/v1beta/models/g:embedContent", "{}"), 200, "\"embedding\""},
        {post("/v1beta/models/g:batchEmbedContents", R"({"requests":[{},{}]})"), 200, "\"embeddings\""},
        {"GET /v1/models HTTP/1.1\r\nhost: m\r\n\r\n", 200, "\"object\":\"list\""},
        {"GET /v1/models HTTP/1.1\r\nhost: m\r\nanthropic-version: x\r\n\r\n", 200, "\"has_more\""},
        {"GET /v1beta/models HTTP/1.1\r\nhost: m\r\n\r\n", 200, "models/gemini"},
        {post("/v1/nothing", "{}"), 404, "\"invalid_request_error\""},
        {post("/v1/messages/nothing", "{}"), 404, "\"not_found_error\""},
        {post("/v1beta/nothing", "{}"), 404, "\"NOT_FOUND\""},
        {post("/v1/chat/completions", "{not json"), 400, "parse"},
        {post("/v1/chat/completions", "{}", "authorization: Bearer invalid\r\n"), 401, "invalid_api_key"},
        {post("/v1/messages", "{}", "x-api-key: invalid\r\n"), 401, "authentication_error"},
        {post("/v1beta/models/g:generateContent?key=invalid", "{}"), 401, "UNAUTHENTICATED"},
    };
    for (auto const& c : cases) BOOST_TEST_CONTEXT(c.request.substr(0, 60))
        {
            auto const got = ask(c.request);
            BOOST_TEST(got.status() == c.status);
            BOOST_TEST(got.has(c.contained), got.body);
            BOOST_TEST(got.complete);
        }
}

BOOST_AUTO_TEST_CASE(a_stream_has_usage_only_when_asked)
{
    auto const target = "/v1/chat/completions";
    auto const without = ask(chat("", true));
    auto const with =
        ask(post(target, R"({"model":"m","messages":[],"stream":true,"stream_options":{"include_usage":true}})"));

    BOOST_TEST(!without.has("usage"));
    BOOST_TEST(with.has("\"choices\":[],\"usage\":{\"prompt_tokens\":0"));
    BOOST_TEST(with.body.ends_with("data: [DONE]\n\n"));
}

BOOST_AUTO_TEST_CASE(a_function_that_must_be_called_is_called_with_what_fits)
{
    auto const function = std::string(R"({"name":"scorer","parameters":{"properties":{"a":{"type":"boolean"},)") +
                          R"("b":{"type":"integer","oneOf":[{"const":3,"title":"x"}]},"c":{"type":"number",)" +
                          R"("minimum":1,"maximum":5},"d":{"type":"string"}}}})";
    auto const got = ask(post("/v1/chat/completions",
                              R"({"model":"m","messages":[{"role":"user","content":"score"}],)"
                              R"("tools":[{"type":"function","function":)" +
                                  function + R"(}],"tool_choice":{"type":"function","function":{"name":"scorer"}}})"));
    BOOST_TEST(got.has(R"("arguments":"{\"a\":true,\"b\":3,\"c\":5,\"d\":\"mock\"}")"), got.body);
}

BOOST_AUTO_TEST_CASE(weather_calls_the_tool_that_was_offered)
{
    auto const tools = std::string(R"("tools":[{"type":"function","function":{"name":"get_weather"}}]})");
    auto const ask_for = R"({"model":"m","messages":[{"role":"user","content":"The weather in Rome?"}],)";

    auto const got = ask(post("/v1/chat/completions", ask_for + tools));

    BOOST_TEST(got.has(R"("name":"get_weather","arguments":"{\"location\":\"Rome\",\"unit\":\"celsius\"}")"), got.body);
}

BOOST_AUTO_TEST_CASE(parts_marked_for_the_cache_are_counted_apart)
{
    auto const got = ask(post("/v1/messages", R"({"model":"c","max_tokens":9,
        "system":[{"type":"text","text":"a b c d","cache_control":{"type":"ephemeral"}}],
        "messages":[{"role":"user","content":[
            {"type":"text","text":"e f","cache_control":{"type":"ephemeral"}},
            {"type":"text","text":"g h i","cache_control":{"type":"ephemeral","ttl":"1h"}},
            {"type":"text","text":"j"}]}]})"));

    auto const usage = got.json().at("usage");
    BOOST_TEST(usage.at("input_tokens").as_int64() == 1);
    BOOST_TEST(usage.at("cache_read_input_tokens").as_int64() == 4);
    BOOST_TEST(usage.at("cache_creation_input_tokens").as_int64() == 5);
    BOOST_TEST(usage.at("cache_creation").at("ephemeral_1h_input_tokens").as_int64() == 3);
}

BOOST_AUTO_TEST_CASE(pipelined_requests_are_answered_in_order)
{
    auto one = connect();
    one.send(chat("", false, "first") + chat("", true, "second") + chat("", false, "third"));

    BOOST_TEST(one.receive().has("first"));
    BOOST_TEST(one.receive().has("second"));
    BOOST_TEST(one.receive().has("third"));
}

BOOST_AUTO_TEST_CASE(a_chunked_body_is_read_after_100_continue)
{
    auto one = connect();
    one.send(
        "POST /v1/chat/completions HTTP/1.1\r\nhost: m\r\nexpect: 100-continue\r\ntransfer-encoding: chunked\r\n\r\n");
    BOOST_TEST(one.receive().status() == 100);

    one.send("10;x=y\r\n{\"model\":\"gpt\",\"\r\ne\r\nmessages\":[]}\n\r\n0\r\ntrailer: t\r\n\r\n");

    BOOST_TEST(one.receive().status() == 200);
}

BOOST_AUTO_TEST_SUITE_END()

} // namespace weir::mock
