#include "support.hpp"

#include <boost/json/parse.hpp>
#include <boost/test/unit_test.hpp>

namespace weir::gateway::formats
{

BOOST_AUTO_TEST_SUITE(openai_other)

BOOST_AUTO_TEST_CASE(plain_answers_of_every_endpoint_are_read)
{
    struct {
        std::string_view what, provider, path, body, expected;
    } const cases[] = {
        {"embeddings", "openai", "/v1/embeddings",
         R"({"object":"list","data":[{}],"model":"e","usage":{"prompt_tokens":8,"total_tokens":8}})",
         "prompt=8 reported=8 total=8"},
        {"embeddings that count no output", "vllm", "/v1/embeddings",
         R"({"usage":{"prompt_tokens":8,"total_tokens":8,"completion_tokens":0}})", "prompt=8 reported=8 total=8"},
        {"embeddings with a total alone", "voyage", "/v1/embeddings", R"({"usage":{"total_tokens":8}})",
         "prompt=8 reported=8 total=8"},
        {"images in tokens", "openai", "/v1/images/generations",
         R"({"created":1,"data":[{}],"usage":{"input_tokens":50,"output_tokens":100,"total_tokens":150,"input_tokens_details":{"text_tokens":10,"image_tokens":40}}})",
         "prompt=50 reported=50 completion=100 total=150 image_in=40 image_out=100"},
        {"images in two kinds of tokens", "openai", "/v1/images/edits",
         R"({"data":[{}],"usage":{"input_tokens":50,"output_tokens":100,"total_tokens":150,"output_tokens_details":{"text_tokens":20,"image_tokens":80}}})",
         "prompt=50 reported=50 completion=100 total=150 image_out=80"},
        {"images by number", "openai", "/v1/images/generations", R"({"created":1,"data":[{},{}]})", "images=2"},
        {"data elsewhere is no image", "openai", "/v1/models", R"({"object":"list","data":[{},{}]})", ""},
        {"a transcription in tokens", "openai", "/v1/audio/transcriptions",
         R"({"text":"a","usage":{"type":"tokens","input_tokens":14,"input_token_details":{"text_tokens":4,"audio_tokens":10},"output_tokens":45,"total_tokens":59}})",
         "prompt=14 reported=14 completion=45 total=59 audio_in=10"},
        {"a transcription by duration", "openai", "/v1/audio/transcriptions",
         R"({"text":"a","usage":{"type":"duration","seconds":9.5}})", "seconds=9.5"},
        {"a verbose transcription", "groq", "/openai/v1/audio/transcriptions", R"({"text":"a","duration":8.5})",
         "seconds=8.5"},
        {"a duration beside tokens", "openai", "/v1/audio/transcriptions",
         R"({"duration":8.5,"usage":{"type":"tokens","input_tokens":1,"output_tokens":2}})",
         "prompt=1 reported=1 completion=2"},
        {"a moderation", "openai", "/v1/moderations",
         R"({"id":"m","model":"omni","results":[],"usage":{"prompt_tokens":1}})", ""},
        {"a run", "openai", "/v1/threads/t/runs/r",
         R"({"object":"thread.run","usage":{"prompt_tokens":1,"completion_tokens":2,"total_tokens":3}})",
         "prompt=1 reported=1 completion=2 total=3"},
        {"OCR", "mistral", "/v1/ocr", R"({"pages":[],"model":"mistral-ocr","usage_info":{"pages_processed":4}})",
         "pages=4"},
        {"Cohere's chat", "cohere", "/v2/chat",
         R"({"id":"c","finish_reason":"COMPLETE","message":{},"usage":{"billed_units":{"input_tokens":5,"output_tokens":7},"tokens":{"input_tokens":71,"output_tokens":9}}})",
         "prompt=5 reported=5 completion=7 total=12"},
        {"Cohere's embed", "cohere", "/v2/embed", R"({"embeddings":{},"meta":{"billed_units":{"input_tokens":5}}})",
         "prompt=5 reported=5"},
        {"Cohere's rerank", "cohere", "/v2/rerank", R"({"results":[],"meta":{"billed_units":{"search_units":1}}})",
         "queries=1"},
        {"Ollama's chat", "ollama", "/api/chat",
         R"({"model":"m","message":{"content":"a"},"done":true,"done_reason":"stop","prompt_eval_count":3,"eval_count":4})",
         "prompt=3 reported=3 completion=4 total=7"},
        {"Ollama's embed", "ollama", "/api/embed", R"({"model":"m","embeddings":[],"prompt_eval_count":3})",
         "prompt=3 reported=3"},
        {"Bedrock's Converse", "bedrock", "/model/m/converse",
         R"({"output":{},"stopReason":"end_turn","usage":{"inputTokens":30,"outputTokens":6,"totalTokens":41,"cacheReadInputTokens":3,"cacheWriteInputTokens":2}})",
         "prompt=30 reported=30 completion=6 total=41 read=3 write=2 5m=2"},
        {"Titan on Bedrock", "bedrock", "/model/m/invoke", R"({"inputTextTokenCount":5,"results":[{"tokenCount":6}]})",
         "prompt=5 reported=5 completion=6"},
        {"Llama on Bedrock", "bedrock", "/model/m/invoke",
         R"({"generation":"a","prompt_token_count":5,"generation_token_count":6})", "prompt=5 reported=5 completion=6"},
        {"unknown, OpenAI's names", "other", "/x",
         R"({"usage":{"prompt_tokens":1,"completion_tokens":2,"total_tokens":3}})",
         "prompt=1 reported=1 completion=2 total=3"},
        {"unknown, Anthropic's names", "other", "/x",
         R"({"usage":{"input_tokens":1,"output_tokens":2,"cache_read_input_tokens":9}})",
         "prompt=1 reported=1 completion=2 total=12 read=9"},
        {"unknown, camelCase", "other", "/x", R"({"usage":{"promptTokens":1,"completionTokens":2,"totalTokens":3}})",
         "prompt=1 reported=1 completion=2 total=3"},
        {"unknown, nothing", "other", "/x", R"({"usage":{"words":1}})", ""},
        {"not JSON", "other", "/x", "<html>usage</html>", ""},
        {"not whole JSON", "other", "/x", "{\"usage\"", ""},
        {"no object", "other", "/x", "[1,2]", ""},
        {"nothing", "other", "/x", "", ""},
    };
    for (auto const& c : cases) BOOST_TEST_CONTEXT(c.what)
    BOOST_TEST(told(read_response(plain(kind::openai, c.provider, c.path, c.body)).used) == c.expected);
}

BOOST_AUTO_TEST_CASE(streams_of_pictures_and_speech_are_read)
{
    struct {
        std::string_view what, path, body, usage, assembled;
        std::size_t first; // events up to the first content
    } const cases[] = {
        {"a picture", "/v1/images/generations",
         "data: {\"type\":\"image_generation.partial_image\",\"b64_json\":\"QQ\"}\n\n"
         "data: "
         "{\"type\":\"image_generation.completed\",\"b64_json\":\"QUI\",\"created_at\":5,\"size\":\"1x1\",\"usage\":{"
         "\"input_tokens\":1,\"output_tokens\":2,\"total_tokens\":3}}\n\n",
         "prompt=1 reported=1 completion=2 total=3 image_out=2",
         R"({"usage":{"input_tokens":1,"output_tokens":2,"total_tokens":3},"created":5,"size":"1x1","data":[{"b64_json":"QUI"}]})",
         1},
        {"a transcript", "/v1/audio/transcriptions",
         "data: {\"type\":\"transcript.text.delta\",\"delta\":\"He\"}\n\n"
         "data: {\"type\":\"transcript.text.delta\",\"delta\":\"y\"}\n\n"
         "data: "
         "{\"type\":\"transcript.text.done\",\"text\":\"Hey\",\"usage\":{\"type\":\"tokens\",\"input_tokens\":1,"
         "\"output_tokens\":2,\"total_tokens\":3}}\n\n",
         "prompt=1 reported=1 completion=2 total=3",
         R"({"text":"Hey","usage":{"type":"tokens","input_tokens":1,"output_tokens":2,"total_tokens":3}})", 1},
        {"speech", "/v1/audio/speech",
         "data: {\"type\":\"speech.audio.delta\",\"audio\":\"QUJD\"}\n\ndata: "
         "{\"type\":\"speech.audio.done\",\"usage\":{\"input_tokens\":1,\"output_tokens\":2,\"total_tokens\":3}}\n\n",
         "prompt=1 reported=1 completion=2 total=3 audio_out=2",
         R"({"usage":{"input_tokens":1,"output_tokens":2,"total_tokens":3}})", 1},
        {"a run", "/v1/threads/t/runs",
         "event: thread.run.created\ndata: {\"object\":\"thread.run\",\"status\":\"queued\",\"usage\":null}\n\n"
         "event: thread.message.delta\ndata: {\"object\":\"thread.message.delta\"}\n\n"
         "event: thread.message.completed\ndata: {\"object\":\"thread.message\",\"content\":[]}\n\n"
         "event: thread.run.completed\ndata: "
         "{\"object\":\"thread.run\",\"status\":\"completed\",\"usage\":{\"prompt_tokens\":1,\"completion_tokens\":2,"
         "\"total_tokens\":3}}\n\n"
         "event: done\ndata: [DONE]\n\n",
         "prompt=1 reported=1 completion=2 total=3",
         R"({"run":{"object":"thread.run","status":"completed","usage":{"prompt_tokens":1,"completion_tokens":2,"total_tokens":3}},"messages":[{"object":"thread.message","content":[]}]})",
         2},
        {"Cohere's chat", "/v2/chat",
         "event: message-start\ndata: "
         "{\"type\":\"message-start\",\"id\":\"c\",\"delta\":{\"message\":{\"role\":\"assistant\",\"content\":[]}}}\n\n"
         "event: content-start\ndata: "
         "{\"type\":\"content-start\",\"index\":0,\"delta\":{\"message\":{\"content\":{\"type\":\"text\",\"text\":\"\"}"
         "}}}\n\n"
         "event: content-delta\ndata: "
         "{\"type\":\"content-delta\",\"index\":0,\"delta\":{\"message\":{\"content\":{\"text\":\"Hi\"}}}}\n\n"
         "event: tool-call-start\ndata: "
         "{\"type\":\"tool-call-start\",\"index\":0,\"delta\":{\"message\":{\"tool_calls\":{\"id\":\"t\",\"function\":{"
         "\"name\":\"f\",\"arguments\":\"\"}}}}}\n\n"
         "event: tool-call-delta\ndata: "
         "{\"type\":\"tool-call-delta\",\"index\":0,\"delta\":{\"message\":{\"tool_calls\":{\"function\":{"
         "\"arguments\":\"{}\"}}}}}\n\n"
         "event: message-end\ndata: "
         "{\"type\":\"message-end\",\"delta\":{\"finish_reason\":\"COMPLETE\",\"usage\":{\"billed_units\":{\"input_"
         "tokens\":1,\"output_tokens\":2}}}}\n\n",
         "prompt=1 reported=1 completion=2 total=3",
         R"({"id":"c","finish_reason":"COMPLETE","usage":{"billed_units":{"input_tokens":1,"output_tokens":2}},"message":{"role":"assistant","content":[{"type":"text","text":"Hi"}],"tool_calls":[{"id":"t","function":{"name":"f","arguments":"{}"}}]}})",
         3},
    };
    for (auto const& c : cases) BOOST_TEST_CONTEXT(c.what)
        {
            auto const got = read_response(streamed(kind::openai, "openai", c.path, c.body));
            std::size_t end = 0;
            for (std::size_t i = 0; i < c.first; ++i) end = c.body.find("\n\n", end) + 2;

            BOOST_TEST(told(got.used) == c.usage);
            BOOST_TEST(got.assembled == c.assembled);
            BOOST_TEST(got.first_content_end.value_or(0) == end);
            BOOST_TEST(got.final_event_seen);
        }
}

BOOST_AUTO_TEST_CASE(ollamas_lines_are_assembled)
{
    std::string_view const body =
        "{\"model\":\"llama3\",\"message\":{\"role\":\"assistant\",\"content\":\"\"},\"done\":false}\n"
        "{\"model\":\"llama3\",\"message\":{\"role\":\"assistant\",\"content\":\"He\",\"thinking\":\"h\"},\"done\":"
        "false}\n"
        "{\"model\":\"llama3\",\"message\":{\"role\":\"assistant\",\"content\":\"y\",\"tool_calls\":[{\"function\":{}}]"
        "},\"done\":false}\n"
        "{\"model\":\"llama3\",\"done\":true,\"done_reason\":\"stop\",\"prompt_eval_count\":3,\"eval_count\":4}\n";
    auto call = plain(kind::openai, "ollama", "/api/chat", body);
    call.content_type = "application/x-ndjson";

    auto const got = read_response(call);

    BOOST_TEST(told(got.used) == "prompt=3 reported=3 completion=4 total=7");
    BOOST_TEST(got.model == "llama3");
    BOOST_TEST(got.finish_reason == "stop");
    BOOST_TEST(got.final_event_seen);
    BOOST_TEST(got.first_content_end.value_or(0) == body.find('\n', body.find("\"He\"")) + 1);
    BOOST_TEST(
        got.assembled ==
        R"({"model":"llama3","done":true,"done_reason":"stop","prompt_eval_count":3,"eval_count":4,"message":{"role":"assistant","content":"Hey","thinking":"h","tool_calls":[{"function":{}}]}})");
}

BOOST_AUTO_TEST_CASE(spoken_text_counts_by_characters)
{
    auto const request = boost::json::parse(R"({"model":"tts-1","input":"Grüße 👋"})");
    auto call = plain(kind::openai, "openai", "/v1/audio/speech", "\xFF\xFB\x90");
    call.content_type = "audio/mpeg";
    call.request = &request;
    auto failed = call;
    failed.status = 500;

    BOOST_TEST(told(read_response(call).used) == "chars=7");
    BOOST_TEST(told(read_response(failed).used) == "");
}

BOOST_AUTO_TEST_CASE(moderation_is_free)
{
    BOOST_TEST(read_response(plain(kind::openai, "openai", "/v1/moderations", "{}")).free);
    BOOST_TEST(!read_response(plain(kind::openai, "openai", "/v1/embeddings", "{}")).free);
}

BOOST_AUTO_TEST_SUITE_END()

} // namespace weir::gateway::formats
