// Rows of vendors and endpoints with a format of their own: tokens and cost, as they stand in the record.
#include "tests/gateway/formats/support.hpp"
#include "tests/support/running_gateway.hpp"

#include <boost/test/unit_test.hpp>

namespace weir::test
{
BOOST_AUTO_TEST_SUITE(relay_vendor_formats)

namespace
{

using gateway::formats::told;
using pricing::cost_source;

constexpr std::string_view json_fields = "Content-Type: application/json\r\n";
constexpr std::string_view events_fields = "Content-Type: text/event-stream\r\n";

/// A call to a provider and what its row says.
struct vendor_call {
    std::string_view what, provider, target, request, answer_fields, answer;
    std::string_view model, finish_reason, used;
    std::int64_t nanos; ///< -1: the cost is not known
    cost_source source = cost_source::table;
    std::string_view request_type = "application/json";
};

/// Makes the call, checks its row, and says how many calls of the provider found no price.
double unpriced_after(vendor_call const& call)
{
    std::string const provider(call.provider);
    running_gateway weir([&](auto& s) {
        auto& p = s.providers[provider];
        p.base_url = s.providers["openai"].base_url;
        p.configured = true;
    });

    auto const response = weir.ask("POST /" + provider + std::string(call.target) +
                                       " HTTP/1.1\r\nHost: w\r\nContent-Type: " + std::string(call.request_type) +
                                       "\r\nContent-Length: " + std::to_string(call.request.size()) + "\r\n\r\n" +
                                       std::string(call.request),
                                   ok(call.answer, call.answer_fields));

    BOOST_TEST(response.body == call.answer);
    auto const row = weir.row();
    BOOST_TEST(row.provider == call.provider);
    BOOST_TEST(row.model == call.model);
    BOOST_TEST(row.finish_reason == call.finish_reason);
    BOOST_TEST(told(row.used) == call.used);
    BOOST_TEST(row.cost.nanos.value_or(-1) == call.nanos);
    BOOST_TEST((row.cost.source == call.source));
    BOOST_TEST(row.price_table_version.empty() == (call.nanos < 0));
    return weir.metric("weir_unpriced_total{provider=\"" + provider + "\"}");
}

void check(std::initializer_list<vendor_call> calls)
{
    for (auto const& call : calls) BOOST_TEST_CONTEXT(call.what) BOOST_TEST(unpriced_after(call) == 0);
}

} // namespace

BOOST_AUTO_TEST_CASE(cohere_bills_units_of_chats_embeddings_and_searches)
{
    constexpr auto chat = R"({"model":"command-a-03-2025","messages":[]})"; // $2.50 and $10 per million
    constexpr auto used = "prompt=1000 reported=1000 completion=200 total=1200";
    check({
        {"a chat", "cohere", "/v2/chat", chat, json_fields,
         R"({"id":"c","finish_reason":"COMPLETE","message":{"role":"assistant","content":[{"type":"text","text":"Hi"}]},)"
         R"("usage":{"billed_units":{"input_tokens":1000,"output_tokens":200},)"
         R"("tokens":{"input_tokens":1496,"output_tokens":210}}})",
         "command-a-03-2025", "COMPLETE", used, 4'500'000},
        {"a streamed chat", "cohere", "/v2/chat", chat, events_fields,
         "event: content-delta\ndata: {\"type\":\"content-delta\",\"index\":0,\"delta\":{\"message\":{\"content\":"
         "{\"text\":\"Hi\"}}}}\n\n"
         "event: message-end\ndata: {\"type\":\"message-end\",\"delta\":{\"finish_reason\":\"COMPLETE\",\"usage\":"
         "{\"billed_units\":{\"input_tokens\":1000,\"output_tokens\":200}}}}\n\n",
         "command-a-03-2025", "COMPLETE", used, 4'500'000},
        {"version 1", "cohere", "/v1/chat", R"({"model":"command-r-plus","message":"Hi"})", json_fields,
         R"({"text":"Hi","finish_reason":"COMPLETE","meta":{"billed_units":{"input_tokens":1000,"output_tokens":200}}})",
         "command-r-plus", "COMPLETE", used, 4'500'000},
        {"embeddings", "cohere", "/v2/embed", R"({"model":"embed-v4.0","texts":["Hi"]})", json_fields,
         R"({"id":"e","embeddings":{"float":[[0.1]]},"meta":{"billed_units":{"input_tokens":1000}}})", // $0.12
         "embed-v4.0", "", "prompt=1000 reported=1000", 120'000},
        {"a reranking", "cohere", "/v2/rerank", R"({"model":"rerank-v3.5","query":"Hi","documents":[]})", json_fields,
         R"({"results":[],"meta":{"api_version":{"version":"2"},"billed_units":{"search_units":3}}})", // $2 per 1,000
         "rerank-v3.5", "", "", 6'000'000},
    });
}

BOOST_AUTO_TEST_CASE(ollama_counts_in_the_root_and_costs_nothing)
{
    constexpr auto request = R"({"model":"llama3.2","messages":[]})";
    constexpr auto used = "prompt=26 reported=26 completion=298 total=324";
    check({
        {"a chat", "ollama", "/api/chat", R"({"model":"llama3.2","messages":[],"stream":false})", json_fields,
         R"({"model":"llama3.2","message":{"role":"assistant","content":"Hi"},"done_reason":"stop","done":true,)"
         R"("total_duration":4883583458,"prompt_eval_count":26,"eval_count":298,"eval_duration":4799921000})",
         "llama3.2", "stop", used, 0, cost_source::none},
        {"a streamed chat", "ollama", "/api/chat", request, "Content-Type: application/x-ndjson\r\n",
         "{\"model\":\"llama3.2\",\"message\":{\"role\":\"assistant\",\"content\":\"Hi\"},\"done\":false}\n"
         "{\"model\":\"llama3.2\",\"message\":{\"role\":\"assistant\",\"content\":\"\"},\"done_reason\":\"stop\","
         "\"done\":true,\"prompt_eval_count\":26,\"eval_count\":298}\n",
         "llama3.2", "stop", used, 0, cost_source::none},
        {"a completion", "ollama", "/api/generate", request, json_fields,
         R"({"model":"llama3.2","response":"Hi","done":true,"done_reason":"stop","prompt_eval_count":26,"eval_count":298})",
         "llama3.2", "stop", used, 0, cost_source::none},
    });
}

BOOST_AUTO_TEST_CASE(perplexity_states_the_cost_and_else_the_table_prices_tokens_and_searches)
{
    constexpr auto request = R"({"model":"sonar-pro","messages":[]})"; // $3 and $15 per million, a search $0.01
    constexpr auto used = "prompt=1000 reported=1000 completion=200 total=1200";
    constexpr auto stated =
        R"({"model":"sonar-pro","object":"chat.completion","choices":[{"index":0,"finish_reason":"stop",)"
        R"("message":{"role":"assistant","content":"Hi"}}],"usage":{"prompt_tokens":1000,"completion_tokens":200,)"
        R"("total_tokens":1200,"search_context_size":"low","cost":{"input_tokens_cost":0.003,)"
        R"("output_tokens_cost":0.003,"request_cost":0.006,"total_cost":0.012}}})";
    check({
        {"stated", "perplexity", "/chat/completions", request, json_fields, stated, "sonar-pro", "stop", used,
         12'000'000, cost_source::provider},
        {"from the table", "perplexity", "/chat/completions", request, json_fields,
         R"({"model":"sonar-pro","object":"chat.completion","choices":[{"index":0,"finish_reason":"stop",)"
         R"("message":{"role":"assistant","content":"Hi"}}],"usage":{"prompt_tokens":1000,"completion_tokens":200,)"
         R"("total_tokens":1200,"num_search_queries":2}})",
         "sonar-pro", "stop", used, 26'000'000},
        {"a stream, whose usage is that of the last event", "perplexity", "/chat/completions",
         R"({"model":"sonar-pro","stream":true})", events_fields,
         "data: {\"model\":\"sonar-pro\",\"object\":\"chat.completion.chunk\",\"choices\":[{\"index\":0,\"delta\":"
         "{\"content\":\"Hi\"},\"finish_reason\":null}],\"usage\":{\"prompt_tokens\":1000,\"completion_tokens\":1,"
         "\"total_tokens\":1001}}\n\n"
         "data: {\"model\":\"sonar-pro\",\"object\":\"chat.completion.chunk\",\"choices\":[{\"index\":0,\"delta\":{},"
         "\"finish_reason\":\"stop\"}],\"usage\":{\"prompt_tokens\":1000,\"completion_tokens\":200,"
         "\"total_tokens\":1200,\"cost\":{\"total_cost\":0.012}}}\n\n",
         "sonar-pro", "stop", used, 12'000'000, cost_source::provider},
        {"reasoning, beside the completion at a price of its own", "perplexity", "/chat/completions",
         R"({"model":"sonar-deep-research"})", json_fields, // $2, $8, reasoning $3 per million
         R"({"model":"sonar-deep-research","object":"chat.completion","choices":[{"index":0,"finish_reason":"stop",)"
         R"("message":{"role":"assistant","content":"Hi"}}],"usage":{"prompt_tokens":1000,"completion_tokens":200,)"
         R"("total_tokens":1200,"reasoning_tokens":500}})",
         "sonar-deep-research", "stop", "prompt=1000 reported=1000 completion=700 total=1200 reasoning=500", 5'100'000},
    });
}

BOOST_AUTO_TEST_CASE(bedrock_converses_and_invokes)
{
    constexpr auto haiku = "anthropic.claude-haiku-4-5-20251001-v1:0"; // $1 and $5 per million, cache $0.10 and $1.25
    constexpr auto llama = "us.meta.llama3-3-70b-instruct-v1:0";       // $0.72 per million, both ways
    check({
        {"converse", "bedrock", "/model/anthropic.claude-haiku-4-5-20251001-v1%3A0/converse", R"({"messages":[]})",
         json_fields,
         R"({"output":{"message":{"role":"assistant","content":[{"text":"Hi"}]}},"stopReason":"end_turn","usage":)"
         R"({"inputTokens":1000,"outputTokens":200,"totalTokens":1800,"cacheReadInputTokens":400,)"
         R"("cacheWriteInputTokens":200},"metrics":{"latencyMs":1}})",
         haiku, "end_turn", "prompt=1000 reported=1000 completion=200 total=1800 read=400 write=200 5m=200", 2'290'000},
        {"invoke, Anthropic", "bedrock", "/model/anthropic.claude-haiku-4-5-20251001-v1:0/invoke",
         R"({"anthropic_version":"bedrock-2023-05-31","max_tokens":9,"messages":[]})", json_fields,
         R"({"model":"claude-haiku-4-5-20251001","id":"msg_bdrk_1","type":"message","role":"assistant","content":)"
         R"([{"type":"text","text":"Hi"}],"stop_reason":"end_turn","usage":{"input_tokens":1000,)"
         R"("cache_creation_input_tokens":200,"cache_read_input_tokens":400,"output_tokens":200}})",
         "claude-haiku-4-5-20251001", "end_turn",
         "prompt=1000 reported=1000 completion=200 total=1800 read=400 write=200 5m=200", 2'290'000},
        {"invoke, Llama", "bedrock", "/model/us.meta.llama3-3-70b-instruct-v1:0/invoke", R"({"prompt":"Hi"})",
         json_fields,
         R"({"generation":"Hi","prompt_token_count":1000,"generation_token_count":200,"stop_reason":"stop"})", llama,
         "stop", "prompt=1000 reported=1000 completion=200", 864'000},
        {"invoke, Titan's embeddings", "bedrock", "/model/amazon.titan-embed-text-v2:0/invoke", R"({"inputText":"Hi"})",
         json_fields, R"({"embedding":[0.1],"inputTextTokenCount":1000})", // $0.02 per million
         "amazon.titan-embed-text-v2:0", "", "prompt=1000 reported=1000", 20'000},
        {"its OpenAI-shaped endpoint", "bedrock", "/openai/v1/chat/completions",
         R"({"model":"us.meta.llama3-3-70b-instruct-v1:0","messages":[]})", json_fields,
         R"({"object":"chat.completion","model":"us.meta.llama3-3-70b-instruct-v1:0","choices":[{"index":0,)"
         R"("message":{"role":"assistant","content":"Hi"},"finish_reason":"stop"}],"usage":{"prompt_tokens":1000,)"
         R"("completion_tokens":200,"total_tokens":1200}})",
         llama, "stop", "prompt=1000 reported=1000 completion=200 total=1200", 864'000},
    });
}

BOOST_AUTO_TEST_CASE(audio_is_priced_by_tokens_seconds_or_characters)
{
    constexpr auto form = "multipart/form-data; boundary=b";
    std::string const file = "--b\r\nContent-Disposition: form-data; name=\"file\"; filename=\"a.wav\"\r\n"
                             "Content-Type: audio/wav\r\n\r\nRIFF\r\n--b\r\nContent-Disposition: form-data; "
                             "name=\"model\"\r\n\r\n";
    auto const upload = [&](std::string_view model) { return file + std::string(model) + "\r\n--b--\r\n"; };
    auto const whisper = upload("whisper-1"), transcriber = upload("gpt-4o-transcribe");
    constexpr auto used = "prompt=1000 reported=1000 completion=200 total=1200 audio_in=900";
    check({
        {"a transcription by seconds", "openai", "/v1/audio/transcriptions", whisper, json_fields,
         R"({"text":"Hi","usage":{"type":"duration","seconds":13}})", // $0.0001 per second
         "whisper-1", "", "", 1'300'000, cost_source::table, form},
        {"one with its segments", "openai", "/v1/audio/transcriptions", whisper, json_fields,
         R"({"task":"transcribe","language":"english","duration":12.5,"text":"Hi","segments":[]})", "whisper-1", "", "",
         1'250'000, cost_source::table, form},
        {"by tokens", "openai", "/v1/audio/transcriptions", transcriber, json_fields,
         R"({"text":"Hi","usage":{"type":"tokens","input_tokens":1000,"input_token_details":{"text_tokens":100,)"
         R"("audio_tokens":900},"output_tokens":200,"total_tokens":1200}})", // $2.50 and $10 per million
         "gpt-4o-transcribe", "", used, 4'500'000, cost_source::table, form},
        {"a streamed one", "openai", "/v1/audio/transcriptions", transcriber, events_fields,
         "data: {\"type\":\"transcript.text.delta\",\"delta\":\"Hi\"}\n\n"
         "data: "
         "{\"type\":\"transcript.text.done\",\"text\":\"Hi\",\"usage\":{\"type\":\"tokens\",\"input_tokens\":1000,"
         "\"input_token_details\":{\"text_tokens\":100,\"audio_tokens\":900},\"output_tokens\":200,"
         "\"total_tokens\":1200}}\n\n",
         "gpt-4o-transcribe", "", used, 4'500'000, cost_source::table, form},
        {"one that says nothing", "openai", "/v1/audio/transcriptions", whisper, "Content-Type: text/plain\r\n", "Hi\n",
         "whisper-1", "", "", -1, cost_source::none, form},
        {"speech by characters", "openai", "/v1/audio/speech", R"({"model":"tts-1","input":"Grüße 👋"})",
         "Content-Type: audio/mpeg\r\n", "\xFF\xFB\x90", // $15 per million
         "tts-1", "", "", 105'000},
        {"speech by tokens", "openai", "/v1/audio/speech",
         R"({"model":"gpt-4o-mini-tts","input":"Hi","stream_format":"sse"})", events_fields,
         "data: {\"type\":\"speech.audio.delta\",\"audio\":\"AAAA\"}\n\n"
         "data: {\"type\":\"speech.audio.done\",\"usage\":{\"input_tokens\":1000,\"output_tokens\":200,"
         "\"total_tokens\":1200}}\n\n", // $2.50, audio $12 per million
         "gpt-4o-mini-tts", "", "prompt=1000 reported=1000 completion=200 total=1200 audio_out=200", 4'900'000},
    });
}

BOOST_AUTO_TEST_CASE(a_model_without_a_price_has_its_tokens_and_no_cost)
{
    vendor_call const calls[] = {
        {"Cohere", "cohere", "/v2/chat", R"({"model":"novelty"})", json_fields,
         R"({"finish_reason":"COMPLETE","usage":{"billed_units":{"input_tokens":3,"output_tokens":4}}})", "novelty",
         "COMPLETE", "prompt=3 reported=3 completion=4 total=7", -1, cost_source::none},
        {"Perplexity", "perplexity", "/chat/completions", R"({"model":"novelty"})", json_fields,
         R"({"object":"chat.completion","model":"novelty","choices":[],"usage":{"prompt_tokens":3,"completion_tokens":4,)"
         R"("total_tokens":7}})",
         "novelty", "", "prompt=3 reported=3 completion=4 total=7", -1, cost_source::none},
        {"Bedrock", "bedrock", "/model/novelty/converse", "{}", json_fields,
         R"({"stopReason":"end_turn","usage":{"inputTokens":3,"outputTokens":4,"totalTokens":7}})", "novelty",
         "end_turn", "prompt=3 reported=3 completion=4 total=7", -1, cost_source::none},
        {"speech", "openai", "/v1/audio/speech", R"({"model":"novelty","input":"Hi"})", "Content-Type: audio/mpeg\r\n",
         "\xFF\xFB\x90", "novelty", "", "", -1, cost_source::none},
    };
    for (auto const& call : calls) BOOST_TEST_CONTEXT(call.what) BOOST_TEST(unpriced_after(call) == 1);
}

BOOST_AUTO_TEST_SUITE_END()

} // namespace weir::test
