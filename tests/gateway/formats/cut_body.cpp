#include "gateway/formats/cut_body.hpp"

#include "support.hpp"

#include <boost/test/unit_test.hpp>

namespace weir::gateway::formats
{
BOOST_AUTO_TEST_SUITE(cut_bodies)

namespace
{

reading read_cut(call_view call, std::string_view tail)
{
    call.tail = tail;
    return read_response(call);
}

} // namespace

BOOST_AUTO_TEST_CASE(the_events_of_both_ends_are_read)
{
    auto const got = read_cut(
        streamed(kind::openai, "openai", "/v1/chat/completions",
                 "data: {\"model\":\"m\",\"choices\":[{\"index\":0,\"delta\":{\"content\":\"beg\"}}]}\n\ndata: "
                 "{\"model\":\"m\",\"choices\":[{\"ind"),
        "a\":{\"content\":\"lost\"}}]}\n\ndata: "
        "{\"choices\":[{\"index\":0,\"delta\":{\"content\":\"end\"},\"finish_reason\":\"stop\"}]}\n\n"
        "data: {\"choices\":[],\"usage\":{\"prompt_tokens\":1,\"completion_tokens\":2}}\n\ndata: [DONE]\n\n");

    BOOST_TEST(told(got.used) == "prompt=1 reported=1 completion=2");
    BOOST_TEST(got.model == "m");
    BOOST_TEST(got.finish_reason == "stop");
    BOOST_TEST(got.final_event_seen);
    BOOST_TEST(got.assembled.find("\"content\":\"begend\"") != std::string::npos);
}

BOOST_AUTO_TEST_CASE(first_content_is_an_offset_in_the_beginning_only)
{
    auto const got = read_cut(streamed(kind::openai, "openai", "/", "data: {\"choices\":[]}\n\n"),
                              "\n\ndata: {\"choices\":[{\"index\":0,\"delta\":{\"content\":\"a\"}}]}\n\n");

    BOOST_TEST(!got.first_content_end);
}

BOOST_AUTO_TEST_CASE(a_cut_message_stream_merges_the_usage_of_both_ends)
{
    auto const got = read_cut(streamed(kind::anthropic, "anthropic", "/v1/messages",
                                       "data: "
                                       "{\"type\":\"message_start\",\"message\":{\"model\":\"m\",\"usage\":{\"input_"
                                       "tokens\":12,\"output_tokens\":1}}}\n\ndata: {\"type"),
                              "x\"}}\n\ndata: "
                              "{\"type\":\"message_delta\",\"delta\":{\"stop_reason\":\"end_turn\"},\"usage\":{"
                              "\"output_tokens\":900}}\n\ndata: {\"type\":\"message_stop\"}\n\n");

    BOOST_TEST(told(got.used) == "prompt=12 reported=12 completion=900 total=912");
    BOOST_TEST(got.finish_reason == "end_turn");
    BOOST_TEST(got.final_event_seen);
}

BOOST_AUTO_TEST_CASE(a_cut_array_goes_on_at_the_next_element)
{
    auto const got = read_cut(
        plain(kind::google, "google", "/v1beta/models/m:streamGenerateContent",
              "[{\"candidates\":[{\"content\":{\"parts\":[{\"text\":\"a\"}]}}]}\n,\n{\"candi"),
        "t\":\"{\\\"lost\"}]}}]}\n,\n{\"candidates\":[{\"content\":{\"parts\":[{\"text\":\"z\"}]},\"finishReason\":"
        "\"STOP\"}],\"usageMetadata\":{\"promptTokenCount\":1,\"candidatesTokenCount\":2}}\n]");

    BOOST_TEST(told(got.used) == "prompt=1 reported=1 completion=2");
    BOOST_TEST(got.assembled.find("\"text\":\"az\"") != std::string::npos);
    BOOST_TEST(got.final_event_seen);
}

BOOST_AUTO_TEST_CASE(usage_of_a_cut_document_is_found_by_its_name)
{
    struct {
        std::string_view what;
        kind speaks;
        std::string_view beginning, tail, usage, model, finish;
    } const cases[] = {
        {"chat", kind::openai, R"({"id":"c","model":"gpt-4o","choices":[{"message":{"content":"aaa)",
         R"(zzz"},"finish_reason":"stop"}],"usage":{"prompt_tokens":100,"completion_tokens":2,"prompt_tokens_details":{"cached_tokens":40}},"x":1})",
         "prompt=60 reported=100 completion=2 read=40", "gpt-4o", "stop"},
        {"spaces", kind::openai, R"({"model" : "m")", "\"usage\" :\n {\"prompt_tokens\": 1 , \"completion_tokens\":2}",
         "prompt=1 reported=1 completion=2", "m", ""},
        {"Anthropic", kind::anthropic, R"({"model":"claude","content":[{"text":"aaa)",
         R"("}],"stop_reason":"end_turn","usage":{"input_tokens":3,"cache_read_input_tokens":9,"output_tokens":4}})",
         "prompt=3 reported=3 completion=4 total=16 read=9", "claude", "end_turn"},
        {"Gemini", kind::google, R"({"candidates":[{"content":{"parts":[{"text":"aaa)",
         R"("}]},"finishReason":"STOP"}],"usageMetadata":{"promptTokenCount":3,"candidatesTokenCount":4},"modelVersion":"gemini"})",
         "prompt=3 reported=3 completion=4", "gemini", "STOP"},
        {"in the beginning", kind::openai,
         R"({"model":"m","usage":{"prompt_tokens":1,"completion_tokens":2},"choices":[{"te)", R"(xt"}]})",
         "prompt=1 reported=1 completion=2", "m", ""},
        {"the last one counts", kind::openai, R"({"usage":{"prompt_tokens":7,"completion_tokens":7})",
         R"("usage":{"prompt_tokens":8,"completion_tokens":8},"usage":{"prompt_tokens":1,"completion_tokens":2})",
         "prompt=1 reported=1 completion=2", "", ""},
        {"a name within a text", kind::openai, "{",
         R"("usage":{"prompt_tokens":1,"completion_tokens":2},"t":"\"usage\":{\"prompt_tokens\":9}")",
         "prompt=1 reported=1 completion=2", "", ""},
        {"a text that ends like a name", kind::openai, "{",
         R"("usage":{"prompt_tokens":1,"completion_tokens":2},"t":"\"usage":{"prompt_tokens":9})",
         "prompt=1 reported=1 completion=2", "", ""},
        {"a value, no name", kind::openai, "{", R"("usage":{"prompt_tokens":1,"completion_tokens":2},"t":"usage")",
         "prompt=1 reported=1 completion=2", "", ""},
        {"null behind it", kind::openai, "{", R"("usage":{"prompt_tokens":1,"completion_tokens":2},"usage":null})",
         "prompt=1 reported=1 completion=2", "", ""},
        {"braces in its texts", kind::openai, "{",
         R"("usage":{"note":"}{\"","prompt_tokens":1,"completion_tokens":2}})", "prompt=1 reported=1 completion=2", "",
         ""},
        {"unfinished", kind::openai, "{", R"("usage":{"prompt_tokens":1,)", "", "", ""},
    };
    for (auto const& c : cases) BOOST_TEST_CONTEXT(c.what)
        {
            auto const got = read_cut(plain(c.speaks, "any", "/x", c.beginning), c.tail);
            BOOST_TEST(told(got.used) == c.usage);
            BOOST_TEST(got.model == c.model);
            BOOST_TEST(got.finish_reason == c.finish);
        }
}

BOOST_AUTO_TEST_CASE(a_document_cut_by_the_network_is_read_too)
{
    auto const got = read_response(plain(
        kind::openai, "any", "/x", R"({"model":"m","usage":{"prompt_tokens":1,"completion_tokens":2},"choices":[)"));

    BOOST_TEST(told(got.used) == "prompt=1 reported=1 completion=2");
    BOOST_TEST(got.model == "m");
}

BOOST_AUTO_TEST_SUITE_END()

} // namespace weir::gateway::formats
