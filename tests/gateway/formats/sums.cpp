// Each token that a provider reports stands in the row once and is priced once, whatever its format includes in what.
#include "support.hpp"

#include <boost/test/unit_test.hpp>

namespace weir::gateway::formats
{
BOOST_AUTO_TEST_SUITE(sums)

namespace
{

/// An answer, and by hand what it says.
struct sample {
    std::string_view what;
    kind speaks;
    std::string_view provider, path, body;
    std::int64_t reported; ///< the provider's figure for the input
    std::int64_t beside;   ///< of the input, what that figure leaves out: caches, tool use
    std::int64_t output;
    bool streamed = false;
};

constexpr std::string_view chat = "/v1/chat/completions";
constexpr std::string_view gemini = "/v1beta/models/gemini-2.5-flash:generateContent";

sample const samples[] = {
    {"OpenAI's chat: caches, audio and reasoning within", kind::openai, "openai", chat,
     R"({"object":"chat.completion","choices":[],"usage":{"prompt_tokens":1000,"completion_tokens":200,
        "total_tokens":1200,"prompt_tokens_details":{"cached_tokens":400,"cache_write_tokens":100,"audio_tokens":50},
        "completion_tokens_details":{"reasoning_tokens":30,"audio_tokens":20}}})",
     1000, 0, 200},
    {"the lifetimes of its cache", kind::openai, "openai", chat,
     R"({"object":"chat.completion","choices":[],"usage":{"prompt_tokens":1000,"completion_tokens":200,
        "total_tokens":1200,"prompt_tokens_details":{"cached_tokens":100,"cache_write_tokens":300,
        "cache_write_tokens_details":{"ttl_30m_tokens":200,"ttl_12h_tokens":100}}}})",
     1000, 0, 200},
    {"audio that was cached", kind::openai, "openai", chat,
     R"({"object":"chat.completion","choices":[],"usage":{"prompt_tokens":1000,"completion_tokens":0,
        "total_tokens":1000,"prompt_tokens_details":{"cached_tokens":400,"audio_tokens":700,
        "cached_tokens_details":{"text_tokens":100,"audio_tokens":300}}}})",
     1000, 0, 0},
    {"a stream of it", kind::openai, "openai", chat,
     "data: {\"object\":\"chat.completion.chunk\",\"choices\":[],\"usage\":{\"prompt_tokens\":1000,"
     "\"completion_tokens\":200,\"total_tokens\":1200,\"prompt_tokens_details\":{\"cached_tokens\":400}}}\n\n"
     "data: [DONE]\n\n",
     1000, 0, 200, true},
    {"Responses", kind::openai, "openai", "/v1/responses",
     R"({"object":"response","output":[],"usage":{"input_tokens":1000,"input_tokens_details":{"cached_tokens":400,
        "cache_write_tokens":100},"output_tokens":200,"output_tokens_details":{"reasoning_tokens":150},
        "total_tokens":1200}})",
     1000, 0, 200},
    {"a stream of them", kind::openai, "openai", "/v1/responses",
     "event: response.completed\ndata: "
     "{\"type\":\"response.completed\",\"response\":{\"object\":\"response\",\"usage\":"
     "{\"input_tokens\":1000,\"input_tokens_details\":{\"cached_tokens\":400},\"output_tokens\":200,"
     "\"output_tokens_details\":{\"reasoning_tokens\":150},\"total_tokens\":1200}}}\n\n",
     1000, 0, 200, true},
    {"pictures", kind::openai, "openai", "/v1/images/edits",
     R"({"data":[{"b64_json":""}],"usage":{"input_tokens":1000,"input_tokens_details":{"text_tokens":100,
        "image_tokens":900},"output_tokens":4000,"total_tokens":5000}})",
     1000, 0, 4000},
    {"a transcription", kind::openai, "openai", "/v1/audio/transcriptions",
     R"({"text":"","usage":{"type":"tokens","input_tokens":1000,"input_token_details":{"text_tokens":100,
        "audio_tokens":900},"output_tokens":200,"total_tokens":1200}})",
     1000, 0, 200},
    {"speech", kind::openai, "openai", "/v1/audio/speech",
     "data: {\"type\":\"speech.audio.done\",\"usage\":{\"input_tokens\":1000,\"output_tokens\":200,"
     "\"total_tokens\":1200}}\n\n",
     1000, 0, 200, true},
    {"xAI: reasoning beside the completion", kind::openai, "xai", chat,
     R"({"object":"chat.completion","choices":[],"usage":{"prompt_tokens":1000,"completion_tokens":50,
        "total_tokens":1350,"prompt_tokens_details":{"cached_tokens":400},
        "completion_tokens_details":{"reasoning_tokens":300}}})",
     1000, 0, 350},
    {"Perplexity: the same", kind::openai, "perplexity", chat,
     R"({"object":"chat.completion","choices":[],"usage":{"prompt_tokens":1000,"completion_tokens":200,
        "total_tokens":1200,"reasoning_tokens":500}})",
     1000, 0, 700},
    {"Google's OpenAI-shaped endpoint: the same", kind::openai, "google", "/v1beta/openai/chat/completions",
     R"({"object":"chat.completion","choices":[],"usage":{"prompt_tokens":1000,"completion_tokens":50,
        "total_tokens":1350,"completion_tokens_details":{"reasoning_tokens":300}}})",
     1000, 0, 350},
    {"DeepSeek: hits and misses", kind::openai, "deepseek", chat,
     R"({"object":"chat.completion","choices":[],"usage":{"prompt_tokens":1000,"completion_tokens":200,
        "total_tokens":1200,"prompt_cache_hit_tokens":400,"prompt_cache_miss_tokens":600,
        "completion_tokens_details":{"reasoning_tokens":50}}})",
     1000, 0, 200},
    {"Moonshot", kind::openai, "moonshot", chat,
     R"({"object":"chat.completion","choices":[],"usage":{"prompt_tokens":1000,"completion_tokens":200,
        "total_tokens":1200,"cached_tokens":400}})",
     1000, 0, 200},
    {"Anthropic's figures in OpenAI's shape: the cache beside the prompt", kind::openai, "openrouter", chat,
     R"({"object":"chat.completion","choices":[],"usage":{"prompt_tokens":10,"completion_tokens":200,
        "total_tokens":210,"prompt_tokens_details":{"cached_tokens":400}}})",
     10, 400, 200},
    {"Anthropic: caches beside the input", kind::anthropic, "anthropic", "/v1/messages",
     R"({"type":"message","content":[],"usage":{"input_tokens":500,"cache_read_input_tokens":400,
        "cache_creation_input_tokens":300,"cache_creation":{"ephemeral_5m_input_tokens":200,
        "ephemeral_1h_input_tokens":100},"output_tokens":200,"output_tokens_details":{"thinking_tokens":80}}})",
     500, 700, 200},
    {"a stream of it", kind::anthropic, "anthropic", "/v1/messages",
     "event: message_start\ndata: {\"type\":\"message_start\",\"message\":{\"type\":\"message\",\"usage\":{"
     "\"input_tokens\":500,\"cache_read_input_tokens\":400,\"cache_creation_input_tokens\":300,\"output_tokens\":1}}}"
     "\n\nevent: message_delta\ndata: {\"type\":\"message_delta\",\"delta\":{\"stop_reason\":\"end_turn\"},\"usage\":{"
     "\"output_tokens\":200}}\n\nevent: message_stop\ndata: {\"type\":\"message_stop\"}\n\n",
     500, 700, 200, true},
    {"Gemini: the cache within, tool use beside the prompt, thoughts beside the candidates", kind::google, "google",
     gemini,
     R"({"candidates":[],"usageMetadata":{"promptTokenCount":1000,"cachedContentTokenCount":400,
        "toolUsePromptTokenCount":50,"candidatesTokenCount":200,"thoughtsTokenCount":100,"totalTokenCount":1350}})",
     1000, 50, 300},
    {"its audio and images", kind::google, "google", gemini,
     R"({"candidates":[],"usageMetadata":{"promptTokenCount":1000,"cachedContentTokenCount":400,
        "candidatesTokenCount":200,"totalTokenCount":1200,"promptTokensDetails":[{"modality":"TEXT","tokenCount":300},
        {"modality":"AUDIO","tokenCount":500},{"modality":"IMAGE","tokenCount":200}],
        "cacheTokensDetails":[{"modality":"AUDIO","tokenCount":350},{"modality":"IMAGE","tokenCount":50}],
        "candidatesTokensDetails":[{"modality":"AUDIO","tokenCount":150}]}})",
     1000, 0, 200},
    {"a stream of it", kind::google, "google", "/v1beta/models/gemini-2.5-flash:streamGenerateContent",
     "data: {\"candidates\":[],\"usageMetadata\":{\"promptTokenCount\":1000,\"totalTokenCount\":1000}}\n\n"
     "data: {\"candidates\":[{\"finishReason\":\"STOP\"}],\"usageMetadata\":{\"promptTokenCount\":1000,"
     "\"cachedContentTokenCount\":400,\"candidatesTokenCount\":200,\"thoughtsTokenCount\":100,"
     "\"totalTokenCount\":1300}}\n\n",
     1000, 0, 300, true},
    {"Cohere", kind::openai, "cohere", "/v2/chat",
     R"({"message":{},"usage":{"billed_units":{"input_tokens":1000,"output_tokens":200},
        "tokens":{"input_tokens":1400,"output_tokens":210}}})",
     1000, 0, 200},
    {"Ollama", kind::openai, "ollama", "/api/chat", R"({"done":true,"prompt_eval_count":1000,"eval_count":200})", 1000,
     0, 200},
    {"Bedrock's Converse: caches beside the input", kind::openai, "bedrock", "/model/m/converse",
     R"({"output":{},"usage":{"inputTokens":500,"cacheReadInputTokens":400,"cacheWriteInputTokens":300,
        "outputTokens":200,"totalTokens":1400}})",
     500, 700, 200},
    {"Titan on Bedrock", kind::openai, "bedrock", "/model/m/invoke",
     R"({"inputTextTokenCount":1000,"results":[{"tokenCount":150},{"tokenCount":50}]})", 1000, 0, 200},
    {"Llama on Bedrock", kind::openai, "bedrock", "/model/m/invoke",
     R"({"generation":"","prompt_token_count":1000,"generation_token_count":200})", 1000, 0, 200},
};

pricing::usage read(sample const& s)
{
    return read_response((s.streamed ? streamed : plain)(s.speaks, s.provider, s.path, s.body)).used;
}

/// Prices any token at a nano-dollar.
std::int64_t priced_tokens(pricing::usage const& used)
{
    static auto const table = [] {
        auto made = pricing::price_table::embedded();
        BOOST_REQUIRE(made.add(R"({"models":[{"provider":"p","model":"m","input":1e-9,"output":1e-9}]})"));
        return made;
    }();
    return pricing::cost_of(table, {.provider = "p", .model = "m"}, used).nanos.value_or(-1);
}

} // namespace

BOOST_AUTO_TEST_CASE(the_parts_of_the_input_are_the_whole_of_it)
{
    for (auto const& s : samples) {
        BOOST_TEST_CONTEXT(s.what)
        {
            auto const used = read(s);
            auto const written = used.cache_write.value_or(0);

            BOOST_TEST(used.prompt_reported.value_or(-1) == s.reported);
            BOOST_TEST(used.prompt.value_or(-1) + used.cache_read.value_or(0) + written == s.reported + s.beside);
            BOOST_TEST(used.prompt_audio.value_or(0) + used.prompt_image <= used.prompt.value_or(0));
            BOOST_TEST(used.prompt_audio_cached <= used.cache_read.value_or(0));
            if (used.cache_write_5m || used.cache_write_1h)
                BOOST_TEST(used.cache_write_5m.value_or(0) + used.cache_write_1h.value_or(0) == written);
        }
    }
}

BOOST_AUTO_TEST_CASE(the_output_is_whole_and_holds_its_parts)
{
    for (auto const& s : samples) {
        BOOST_TEST_CONTEXT(s.what)
        {
            auto const used = read(s);

            BOOST_TEST(used.completion.value_or(-1) == s.output);
            BOOST_TEST(used.reasoning.value_or(0) + used.completion_audio.value_or(0) + used.completion_image <=
                       s.output);
        }
    }
}

BOOST_AUTO_TEST_CASE(each_token_is_priced_once)
{
    for (auto const& s : samples)
        BOOST_TEST_CONTEXT(s.what) BOOST_TEST(priced_tokens(read(s)) == s.reported + s.beside + s.output);
}

BOOST_AUTO_TEST_SUITE_END()

} // namespace weir::gateway::formats
