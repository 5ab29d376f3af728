#include "support.hpp"

#include <boost/test/unit_test.hpp>

namespace weir::gateway::formats
{
BOOST_AUTO_TEST_SUITE(openai_chat)

namespace
{

constexpr std::string_view path = "/v1/chat/completions";

reading read_stream(std::string_view body) { return read_response(streamed(kind::openai, "openai", path, body)); }

std::string usage_of(std::string_view provider, std::string_view usage)
{
    auto const body = R"({"object":"chat.completion","choices":[],"usage":)" + std::string{usage} + "}";
    return told(read_response(plain(kind::openai, provider, path, body)).used);
}

constexpr std::string_view hello =
    R"(data: {"id":"c1","object":"chat.completion.chunk","created":1,"model":"gpt-4o-2024-08-06","service_tier":"default","choices":[{"index":0,"delta":{"role":"assistant","content":"","refusal":null},"logprobs":null,"finish_reason":null}],"usage":null}

data: {"id":"c1","object":"chat.completion.chunk","created":1,"model":"gpt-4o-2024-08-06","choices":[{"index":0,"delta":{"content":"Hel"},"finish_reason":null}],"usage":null}

data: {"id":"c1","object":"chat.completion.chunk","created":1,"model":"gpt-4o-2024-08-06","choices":[{"index":0,"delta":{"content":"lo"},"finish_reason":null}],"usage":null}

data: {"id":"c1","object":"chat.completion.chunk","created":1,"model":"gpt-4o-2024-08-06","choices":[{"index":0,"delta":{},"finish_reason":"stop"}],"usage":null}

data: {"id":"c1","object":"chat.completion.chunk","created":1,"model":"gpt-4o-2024-08-06","choices":[],"usage":{"prompt_tokens":9,"completion_tokens":2,"total_tokens":11}}

data: [DONE]

)";

} // namespace

BOOST_AUTO_TEST_CASE(a_plain_answer_is_read)
{
    auto const got = read_response(plain(kind::openai, "openai", path, R"({"id":"c","object":"chat.completion",
        "model":"gpt-4o-2024-08-06","service_tier":"priority","choices":[{"index":0,"message":{"role":"assistant",
        "content":"Hi"},"finish_reason":"length"}],"usage":{"prompt_tokens":1000,"completion_tokens":200,
        "total_tokens":1200,"prompt_tokens_details":{"cached_tokens":400,"audio_tokens":50},
        "completion_tokens_details":{"reasoning_tokens":30,"audio_tokens":20}}})"));

    BOOST_TEST(told(got.used) ==
               "prompt=600 reported=1000 completion=200 total=1200 read=400 reasoning=30 audio_in=50 audio_out=20");
    BOOST_TEST(got.model == "gpt-4o-2024-08-06");
    BOOST_TEST(got.finish_reason == "length");
    BOOST_TEST((got.tier == pricing::service_tier::priority));
    BOOST_TEST(!got.is_stream);
    BOOST_TEST(got.assembled == "");
    BOOST_TEST(got.error_type == "");
    BOOST_TEST(got.error_message == "");
}

BOOST_AUTO_TEST_CASE(a_stream_is_assembled_into_the_answer_it_stands_for)
{
    auto const got = read_stream(hello);

    BOOST_TEST(told(got.used) == "prompt=9 reported=9 completion=2 total=11");
    BOOST_TEST(got.model == "gpt-4o-2024-08-06");
    BOOST_TEST(got.finish_reason == "stop");
    BOOST_TEST(got.is_stream);
    BOOST_TEST(got.final_event_seen);
    BOOST_TEST(hello.substr(0, got.first_content_end.value_or(0))
                   .ends_with("\"Hel\"},\"finish_reason\":null}],\"usage\":null}\n\n"));
    BOOST_TEST(
        got.assembled ==
        R"({"id":"c1","object":"chat.completion","created":1,"model":"gpt-4o-2024-08-06","service_tier":"default",)"
        R"("choices":[{"index":0,"logprobs":null,"finish_reason":"stop","message":{"role":"assistant","content":"Hello","refusal":null}}],)"
        R"("usage":{"prompt_tokens":9,"completion_tokens":2,"total_tokens":11}})");
}

BOOST_AUTO_TEST_CASE(a_stream_without_usage_has_none)
{
    auto const got = read_stream(
        "data: {\"choices\":[{\"index\":0,\"delta\":{\"content\":\"a\"},\"finish_reason\":\"stop\"}]}\n\ndata: "
        "[DONE]\n\n");

    BOOST_TEST(told(got.used) == "");
    BOOST_TEST(!got.used.known());
    BOOST_TEST(got.finish_reason == "stop");
}

BOOST_AUTO_TEST_CASE(deltas_join_by_what_they_are)
{
    struct {
        std::string_view what;
        std::vector<std::string_view> choices; // of one chunk each
        std::string_view expected;
    } const cases[] = {
        {"tool calls by index",
         {R"({"index":0,"delta":{"role":"assistant","content":null,"tool_calls":[{"index":0,"id":"t1","type":"function","function":{"name":"f","arguments":""}}]}})",
          R"({"index":0,"delta":{"tool_calls":[{"index":1,"id":"t2","type":"function","function":{"name":"g","arguments":"{"}}]}})",
          R"({"index":0,"delta":{"tool_calls":[{"index":0,"function":{"arguments":"{\"a\":"}}]}})",
          R"({"index":0,"delta":{"tool_calls":[{"index":1,"function":{"arguments":"}"}},{"index":0,"function":{"arguments":"1}"}}]}})"},
         R"([{"index":0,"message":{"role":"assistant","content":null,"tool_calls":[{"id":"t1","type":"function","function":{"name":"f","arguments":"{\"a\":1}"}},{"id":"t2","type":"function","function":{"name":"g","arguments":"{}"}}]}}])"},
        {"tool calls without index",
         {R"({"index":0,"delta":{"tool_calls":[{"id":"t1","function":{"name":"f","arguments":"1"}}]}})",
          R"({"index":0,"delta":{"tool_calls":[{"function":{"arguments":"2"}},{"id":"t2","function":{"name":"g","arguments":"3"}}]}})"},
         R"([{"index":0,"message":{"tool_calls":[{"id":"t1","function":{"name":"f","arguments":"12"}},{"id":"t2","function":{"name":"g","arguments":"3"}}]}}])"},
        {"function_call",
         {R"({"index":0,"delta":{"function_call":{"name":"f","arguments":"a"}}})",
          R"({"index":0,"delta":{"function_call":{"arguments":"b"}}})"},
         R"([{"index":0,"message":{"function_call":{"name":"f","arguments":"ab"}}}])"},
        {"refusal, reasoning and strings nobody knows",
         {R"({"index":0,"delta":{"refusal":"n","reasoning_content":"x","reasoning":"r","new":"1"}})",
          R"({"index":0,"delta":{"refusal":"o","reasoning_content":"y","reasoning":"s","new":"2"}})"},
         R"([{"index":0,"message":{"refusal":"no","reasoning_content":"xy","reasoning":"rs","new":"12"}}])"},
        {"the role is not joined",
         {R"({"index":0,"delta":{"role":"assistant","content":"a"}})",
          R"({"index":0,"delta":{"role":"assistant","content":"b"}})"},
         R"([{"index":0,"message":{"role":"assistant","content":"ab"}}])"},
        {"audio",
         {R"({"index":0,"delta":{"audio":{"id":"a1","transcript":"he"}}})",
          R"({"index":0,"delta":{"audio":{"data":"QUJD","transcript":"y"}}})",
          R"({"index":0,"delta":{"audio":{"data":"REVG","expires_at":5}}})"},
         R"([{"index":0,"message":{"audio":{"id":"a1","transcript":"hey","data":"QUJDREVG","expires_at":5}}}])"},
        {"logprobs",
         {R"({"index":0,"delta":{"content":"a"},"logprobs":{"content":[{"token":"a"}],"refusal":null}})",
          R"({"index":0,"delta":{"content":"b"},"logprobs":{"content":[{"token":"b"}]}})"},
         R"([{"index":0,"logprobs":{"content":[{"token":"a"},{"token":"b"}],"refusal":null},"message":{"content":"ab"}}])"},
        {"annotations",
         {R"({"index":0,"delta":{"annotations":[{"type":"url_citation","url_citation":{"url":"u"}}]}})",
          R"({"index":0,"delta":{"annotations":[{"type":"url_citation","url_citation":{"url":"v"}}]}})"},
         R"([{"index":0,"message":{"annotations":[{"type":"url_citation","url_citation":{"url":"u"}},{"type":"url_citation","url_citation":{"url":"v"}}]}}])"},
        {"choices by index",
         {R"({"index":1,"delta":{"content":"b"}})", R"({"index":0,"delta":{"content":"a"}})",
          R"({"index":1,"delta":{"content":"c"},"finish_reason":"stop"})"},
         R"([{"index":0,"message":{"content":"a"}},{"index":1,"finish_reason":"stop","message":{"content":"bc"}}])"},
        {"Mistral's parts",
         {R"({"index":0,"delta":{"content":[{"type":"thinking","thinking":[{"type":"text","text":"h"}]}]}})",
          R"({"index":0,"delta":{"content":[{"type":"thinking","thinking":[{"type":"text","text":"m"}]}]}})",
          R"({"index":0,"delta":{"content":"o"}})", R"({"index":0,"delta":{"content":"k"}})"},
         R"([{"index":0,"message":{"content":[{"type":"thinking","thinking":[{"type":"text","text":"hm"}]},{"type":"text","text":"ok"}]}}])"},
        {"text before parts",
         {R"({"index":0,"delta":{"content":"a"}})", R"({"index":0,"delta":{"content":[{"type":"text","text":"b"}]}})"},
         R"([{"index":0,"message":{"content":[{"type":"text","text":"ab"}]}}])"},
        {"OpenRouter's reasoning_details",
         {R"({"index":0,"delta":{"reasoning_details":[{"type":"reasoning.text","text":"a","index":0}]}})",
          R"({"index":0,"delta":{"reasoning_details":[{"type":"reasoning.text","text":"b","index":0},{"type":"reasoning.text","text":"c","index":1}]}})"},
         R"([{"index":0,"message":{"reasoning_details":[{"type":"reasoning.text","text":"ab","index":0},{"type":"reasoning.text","text":"c","index":1}]}}])"},
        {"legacy completions",
         {R"({"index":0,"text":"a","logprobs":null,"finish_reason":null})",
          R"({"index":0,"text":"b","finish_reason":"stop"})"},
         R"([{"index":0,"text":"ab","logprobs":null,"finish_reason":"stop"}])"},
    };
    for (auto const& c : cases) BOOST_TEST_CONTEXT(c.what)
        {
            std::string body;
            for (auto choice : c.choices) body.append("data: {\"choices\":[").append(choice).append("]}\n\n");
            auto const got = read_stream(body);

            BOOST_TEST(got.assembled == "{\"choices\":" + std::string{c.expected} + "}");
        }
}

BOOST_AUTO_TEST_CASE(content_is_text_reasoning_or_a_tool_call)
{
    struct {
        std::string_view event;
        bool content;
    } const cases[] = {
        {R"({"choices":[{"delta":{"role":"assistant"}}]})", false},
        {R"({"choices":[{"delta":{"role":"assistant","content":""}}]})", false},
        {R"({"choices":[{"delta":{"content":null}}]})", false},
        {R"({"choices":[{"delta":{},"finish_reason":"stop"}]})", false},
        {R"({"choices":[],"usage":{"prompt_tokens":1}})", false},
        {R"({"choices":[],"prompt_filter_results":[{}]})", false},
        {R"({"choices":[{"delta":{"tool_calls":[]}}]})", false},
        {R"({"choices":[{"delta":{"content":"a"}}]})", true},
        {R"({"choices":[{"delta":{"reasoning_content":"a"}}]})", true},
        {R"({"choices":[{"delta":{"refusal":"a"}}]})", true},
        {R"({"choices":[{"delta":{"tool_calls":[{"index":0}]}}]})", true},
        {R"({"choices":[{"delta":{"function_call":{"name":"f"}}}]})", true},
        {R"({"choices":[{"delta":{"content":[{"type":"text","text":"a"}]}}]})", true},
        {R"({"choices":[{"text":"a"}]})", true},
        {R"({"choices":[{"text":""}]})", false},
    };
    for (auto const& c : cases) BOOST_TEST_CONTEXT(c.event)
        {
            auto const body = ": wait\n\ndata: " + std::string{c.event} + "\n\n";
            BOOST_TEST(read_stream(body).first_content_end.value_or(0) == (c.content ? body.size() : 0));
        }
}

BOOST_AUTO_TEST_CASE(usage_is_brought_to_one_meaning_whoever_reports_it)
{
    struct {
        std::string_view what, provider, usage, expected;
    } const cases[] = {
        {"empty", "openai", "{}", ""},
        {"a cache written", "openai",
         R"({"prompt_tokens":100,"completion_tokens":1,"total_tokens":101,"prompt_tokens_details":{"cached_tokens":40,"cache_write_tokens":30}})",
         "prompt=30 reported=100 completion=1 total=101 read=40 write=30"},
        {"exclusive figures: more cached than prompt", "openai",
         R"({"prompt_tokens":10,"completion_tokens":1,"prompt_tokens_details":{"cached_tokens":40}})",
         "prompt=10 reported=10 completion=1 read=40"},
        {"exclusive figures: more cached and written than prompt", "openai",
         R"({"prompt_tokens":50,"completion_tokens":1,"prompt_tokens_details":{"cached_tokens":40,"cache_write_tokens":30}})",
         "prompt=50 reported=50 completion=1 read=40 write=30"},
        {"all of it cached", "openai",
         R"({"prompt_tokens":40,"completion_tokens":1,"prompt_tokens_details":{"cached_tokens":40}})",
         "prompt=0 reported=40 completion=1 read=40"},
        {"zeros are known", "openai",
         R"({"prompt_tokens":0,"completion_tokens":0,"total_tokens":0,"completion_tokens_details":{"reasoning_tokens":0}})",
         "prompt=0 reported=0 completion=0 total=0 reasoning=0"},
        {"DeepSeek", "deepseek",
         R"({"prompt_tokens":100,"completion_tokens":5,"total_tokens":105,"prompt_cache_hit_tokens":64,"prompt_cache_miss_tokens":36})",
         "prompt=36 reported=100 completion=5 total=105 read=64"},
        {"DeepSeek without a sum", "deepseek",
         R"({"completion_tokens":5,"prompt_cache_hit_tokens":64,"prompt_cache_miss_tokens":36})",
         "prompt=36 reported=100 completion=5 read=64"},
        {"xAI counts reasoning beside", "xai",
         R"({"prompt_tokens":32,"completion_tokens":9,"total_tokens":135,"completion_tokens_details":{"reasoning_tokens":94},"num_sources_used":2})",
         "prompt=32 reported=32 completion=103 total=135 reasoning=94 searches=2"},
        {"xAI beside even where it is less", "xai",
         R"({"prompt_tokens":32,"completion_tokens":100,"total_tokens":142,"completion_tokens_details":{"reasoning_tokens":10}})",
         "prompt=32 reported=32 completion=110 total=142 reasoning=10"},
        {"xAI's price", "xai", R"({"prompt_tokens":1,"completion_tokens":1,"cost_in_usd_ticks":5000000000})",
         "prompt=1 reported=1 completion=1 cost=0.5"},
        {"Google's OpenAI-shaped endpoint", "google",
         R"({"prompt_tokens":8,"completion_tokens":5,"total_tokens":34,"completion_tokens_details":{"reasoning_tokens":21}})",
         "prompt=8 reported=8 completion=26 total=34 reasoning=21"},
        {"OpenAI counts reasoning within", "openai",
         R"({"prompt_tokens":8,"completion_tokens":26,"total_tokens":34,"completion_tokens_details":{"reasoning_tokens":21}})",
         "prompt=8 reported=8 completion=26 total=34 reasoning=21"},
        {"more reasoning than completion is beside it", "other",
         R"({"prompt_tokens":8,"completion_tokens":5,"completion_tokens_details":{"reasoning_tokens":21}})",
         "prompt=8 reported=8 completion=26 reasoning=21"},
        {"OpenRouter's price", "openrouter",
         R"({"prompt_tokens":8,"completion_tokens":5,"total_tokens":13,"cost":0.25,"is_byok":false})",
         "prompt=8 reported=8 completion=5 total=13 cost=0.25"},
        {"OpenRouter's fee with a key of one's own", "openrouter",
         R"({"prompt_tokens":8,"completion_tokens":5,"cost":0.25,"is_byok":true,"cost_details":{"upstream_inference_cost":0.5}})",
         "prompt=8 reported=8 completion=5 cost=0.75"},
        {"Perplexity", "perplexity",
         R"({"prompt_tokens":33,"completion_tokens":71,"total_tokens":104,"citation_tokens":200,"num_search_queries":18,"reasoning_tokens":700,"cost":{"total_cost":0.5}})",
         "prompt=33 reported=33 completion=771 total=104 reasoning=700 searches=18 cost=0.5"},
        {"Groq's timing is no usage", "groq",
         R"({"queue_time":0.1,"prompt_tokens":8,"prompt_time":0.2,"completion_tokens":5,"total_time":0.3,"total_tokens":13})",
         "prompt=8 reported=8 completion=5 total=13"},
        {"audio that was partly cached", "openai",
         R"({"prompt_tokens":100,"completion_tokens":1,"prompt_tokens_details":{"cached_tokens":80,"audio_tokens":50}})",
         "prompt=20 reported=100 completion=1 read=80 audio_in=20 audio_cached=30"},
        {"numbers as JavaScript writes them", "openai", R"({"prompt_tokens":9.0,"completion_tokens":1e1})",
         "prompt=9 reported=9 completion=10"},
        {"wrong numbers", "openai",
         R"({"prompt_tokens":-1,"completion_tokens":1.5,"total_tokens":18446744073709551615})", ""},
        {"numbers beyond 2^53", "openai",
         R"({"prompt_tokens":9007199254740992,"completion_tokens":9007199254740993,"total_tokens":1e300})",
         "prompt=9007199254740992 reported=9007199254740992"},
        {"wrong types", "openai",
         R"({"prompt_tokens":"9","completion_tokens":null,"total_tokens":[1],"prompt_tokens_details":7,"cost":{}})",
         ""},
    };
    for (auto const& c : cases) BOOST_TEST_CONTEXT(c.what) BOOST_TEST(usage_of(c.provider, c.usage) == c.expected);
}

BOOST_AUTO_TEST_CASE(vendors_put_stream_usage_where_they_like)
{
    struct {
        std::string_view what, provider, body, expected;
    } const cases[] = {
        {"Groq's own member", "groq",
         "data: "
         "{\"choices\":[],\"x_groq\":{\"usage\":{\"prompt_tokens\":1,\"completion_tokens\":2,\"total_tokens\":3}}}\n\n",
         "prompt=1 reported=1 completion=2 total=3"},
        {"Groq's usage before its own member", "groq",
         "data: "
         "{\"choices\":[],\"usage\":{\"prompt_tokens\":4,\"completion_tokens\":2},\"x_groq\":{\"usage\":{\"prompt_"
         "tokens\":1}}}\n\n",
         "prompt=4 reported=4 completion=2"},
        {"on the last content chunk", "mistral",
         "data: "
         "{\"choices\":[{\"index\":0,\"delta\":{\"content\":\"a\"},\"finish_reason\":\"stop\"}],\"usage\":{\"prompt_"
         "tokens\":1,\"completion_tokens\":2}}\n\n",
         "prompt=1 reported=1 completion=2"},
        {"cumulative: the last wins", "xai",
         "data: {\"choices\":[],\"usage\":{\"prompt_tokens\":1,\"completion_tokens\":1}}\n\ndata: "
         "{\"choices\":[],\"usage\":{\"prompt_tokens\":1,\"completion_tokens\":7}}\n\n",
         "prompt=1 reported=1 completion=7"},
        {"a later null does not erase it", "openai",
         "data: {\"choices\":[],\"usage\":{\"prompt_tokens\":1,\"completion_tokens\":1}}\n\ndata: "
         "{\"choices\":[],\"usage\":null}\n\n",
         "prompt=1 reported=1 completion=1"},
        {"Azure's first chunk is not it", "azure",
         "data: {\"model\":\"\",\"choices\":[],\"prompt_filter_results\":[]}\n\ndata: "
         "{\"model\":\"gpt-4o\",\"choices\":[],\"usage\":{\"prompt_tokens\":1,\"completion_tokens\":1}}\n\n",
         "prompt=1 reported=1 completion=1"},
        {"OpenRouter's comments", "openrouter",
         ": OPENROUTER PROCESSING\n\ndata: "
         "{\"choices\":[],\"usage\":{\"prompt_tokens\":1,\"completion_tokens\":1,\"cost\":0.5}}\n\n",
         "prompt=1 reported=1 completion=1 cost=0.5"},
    };
    for (auto const& c : cases) BOOST_TEST_CONTEXT(c.what)
    BOOST_TEST(told(read_response(streamed(kind::openai, c.provider, path, c.body)).used) == c.expected);
}

BOOST_AUTO_TEST_CASE(signs_of_life_before_a_plain_answer_are_skipped)
{
    auto const body =
        "\n\n: keep-alive\n\n  "
        "{\"model\":\"deepseek-chat\",\"choices\":[],\"usage\":{\"prompt_tokens\":1,\"completion_tokens\":2}}";

    auto const got = read_response(plain(kind::openai, "deepseek", path, body));

    BOOST_TEST(told(got.used) == "prompt=1 reported=1 completion=2");
    BOOST_TEST(got.model == "deepseek-chat");
    BOOST_TEST(!got.is_stream);
}

BOOST_AUTO_TEST_CASE(each_service_tier_is_read_from_the_response)
{
    struct {
        std::string_view given;
        pricing::service_tier expected;
    } const cases[] = {{"default", pricing::service_tier::standard}, {"priority", pricing::service_tier::priority},
                       {"fast", pricing::service_tier::priority},    {"flex", pricing::service_tier::flex},
                       {"batch", pricing::service_tier::batch},      {"on_demand", pricing::service_tier::standard}};
    for (auto const& c : cases) BOOST_TEST_CONTEXT(c.given)
        {
            auto const body = R"({"service_tier":")" + std::string{c.given} + R"(","choices":[]})";
            BOOST_TEST((read_response(plain(kind::openai, "openai", path, body)).tier == c.expected));
            auto const stream = "data: " + body + "\n\n";
            BOOST_TEST((read_response(streamed(kind::openai, "openai", path, stream)).tier == c.expected));
        }
    BOOST_TEST(
        (read_response(plain(kind::openai, "openai", "/v1/batches/b", "{}")).tier == pricing::service_tier::batch));
}

BOOST_AUTO_TEST_SUITE_END()

} // namespace weir::gateway::formats
