#include "support.hpp"

#include <boost/test/unit_test.hpp>

namespace weir::gateway::formats
{
BOOST_AUTO_TEST_SUITE(gemini)

namespace
{

constexpr std::string_view path = "/v1beta/models/gemini-2.5-flash:generateContent";
constexpr std::string_view stream_path = "/v1beta/models/gemini-2.5-flash:streamGenerateContent";

reading read_plain(std::string_view body) { return read_response(plain(kind::google, "google", path, body)); }

std::string usage_of(std::string_view usage)
{
    return told(read_plain(R"({"usageMetadata":)" + std::string{usage} + "}").used);
}

constexpr std::string_view first =
    R"({"candidates":[{"content":{"role":"model","parts":[{"text":"Hm","thought":true}]},"index":0}],"usageMetadata":{"promptTokenCount":8,"totalTokenCount":10,"thoughtsTokenCount":2},"modelVersion":"gemini-2.5-flash-001"})";
constexpr std::string_view second =
    R"({"candidates":[{"content":{"role":"model","parts":[{"text":"Hel"}]},"index":0}],"usageMetadata":{"promptTokenCount":8,"candidatesTokenCount":1,"totalTokenCount":30,"thoughtsTokenCount":21},"modelVersion":"gemini-2.5-flash-001"})";
constexpr std::string_view third =
    R"({"candidates":[{"content":{"role":"model","parts":[{"text":"lo"},{"functionCall":{"name":"f","args":{}}}]},"finishReason":"STOP","index":0}],"usageMetadata":{"promptTokenCount":8,"candidatesTokenCount":2,"totalTokenCount":31,"thoughtsTokenCount":21},"modelVersion":"gemini-2.5-flash-001"})";
constexpr std::string_view assembled =
    R"({"usageMetadata":{"promptTokenCount":8,"candidatesTokenCount":2,"totalTokenCount":31,"thoughtsTokenCount":21},"modelVersion":"gemini-2.5-flash-001","candidates":[{"index":0,"finishReason":"STOP","content":{"role":"model","parts":[{"text":"Hm","thought":true},{"text":"Hello"},{"functionCall":{"name":"f","args":{}}}]}}]})";

std::string sse()
{
    std::string body;
    for (auto event : {first, second, third}) body.append("data: ").append(event).append("\r\n\r\n");
    return body;
}

std::string array()
{
    return "[" + std::string{first} + "\n,\r\n" + std::string{second} + "\n,\r\n" + std::string{third} + "\n]";
}

} // namespace

BOOST_AUTO_TEST_CASE(usage_is_brought_to_one_meaning)
{
    struct {
        std::string_view what, usage, expected;
    } const cases[] = {
        {"thoughts are beside the candidates",
         R"({"promptTokenCount":8,"candidatesTokenCount":1,"totalTokenCount":30,"thoughtsTokenCount":21})",
         "prompt=8 reported=8 completion=22 total=30 reasoning=21"},
        {"no thoughts", R"({"promptTokenCount":8,"candidatesTokenCount":1,"totalTokenCount":9})",
         "prompt=8 reported=8 completion=1 total=9"},
        {"no candidates", R"({"promptTokenCount":8,"totalTokenCount":8})", "prompt=8 reported=8 total=8"},
        {"thoughts alone", R"({"promptTokenCount":8,"totalTokenCount":29,"thoughtsTokenCount":21})",
         "prompt=8 reported=8 completion=21 total=29 reasoning=21"},
        {"the cache is within the prompt",
         R"({"promptTokenCount":100,"cachedContentTokenCount":60,"candidatesTokenCount":1,"totalTokenCount":101})",
         "prompt=40 reported=100 completion=1 total=101 read=60"},
        {"tools' results are prompt too",
         R"({"promptTokenCount":8,"toolUsePromptTokenCount":50,"candidatesTokenCount":1,"totalTokenCount":59})",
         "prompt=58 reported=8 completion=1 total=59"},
        {"modalities",
         R"({"promptTokenCount":100,"cachedContentTokenCount":30,"candidatesTokenCount":9,"totalTokenCount":109,"promptTokensDetails":[{"modality":"TEXT","tokenCount":20},{"modality":"AUDIO","tokenCount":50},{"modality":"IMAGE","tokenCount":30}],"cacheTokensDetails":[{"modality":"AUDIO","tokenCount":20},{"modality":"IMAGE","tokenCount":10}],"candidatesTokensDetails":[{"modality":"AUDIO","tokenCount":4},{"modality":"IMAGE","tokenCount":5}]})",
         "prompt=70 reported=100 completion=9 total=109 read=30 audio_in=30 audio_out=4 audio_cached=20 image_in=20 "
         "image_out=5"},
    };
    for (auto const& c : cases) BOOST_TEST_CONTEXT(c.what) BOOST_TEST(usage_of(c.usage) == c.expected);
}

BOOST_AUTO_TEST_CASE(a_plain_answer_is_read)
{
    auto const got = read_plain(third);

    BOOST_TEST(told(got.used) == "prompt=8 reported=8 completion=23 total=31 reasoning=21");
    BOOST_TEST(got.model == "gemini-2.5-flash-001");
    BOOST_TEST(got.finish_reason == "STOP");
    BOOST_TEST(!got.is_stream);
}

BOOST_AUTO_TEST_CASE(both_framings_of_a_stream_are_assembled)
{
    auto const events = read_response(streamed(kind::google, "google", stream_path, sse()));
    auto const elements = read_response(plain(kind::google, "google", stream_path, array()));

    for (auto const* got : {&events, &elements}) {
        BOOST_TEST(told(got->used) == "prompt=8 reported=8 completion=23 total=31 reasoning=21");
        BOOST_TEST(got->model == "gemini-2.5-flash-001");
        BOOST_TEST(got->finish_reason == "STOP");
        BOOST_TEST(got->is_stream);
        BOOST_TEST(got->final_event_seen);
        BOOST_TEST(got->assembled == assembled);
    }
    BOOST_TEST(events.first_content_end.value_or(0) == first.size() + 10);
    BOOST_TEST(elements.first_content_end.value_or(0) == first.size() + 1);
}

BOOST_AUTO_TEST_CASE(a_cancelled_array_gives_what_came)
{
    auto const whole = array();
    auto const got = read_response(
        plain(kind::google, "google", stream_path, std::string_view{whole}.substr(0, whole.find("\"lo\""))));

    BOOST_TEST(told(got.used) == "prompt=8 reported=8 completion=22 total=30 reasoning=21");
    BOOST_TEST(!got.final_event_seen);
    BOOST_TEST(got.assembled.find(R"("parts":[{"text":"Hm","thought":true},{"text":"Hel"}])") != std::string::npos);
}

BOOST_AUTO_TEST_CASE(a_part_with_a_signature_stays_apart)
{
    auto const got = read_response(
        streamed(kind::google, "google", stream_path,
                 "data: {\"candidates\":[{\"content\":{\"parts\":[{\"text\":\"a\"}]}}]}\n\n"
                 "data: {\"candidates\":[{\"content\":{\"parts\":[{\"text\":\"\",\"thoughtSignature\":\"S\"}]}}]}\n\n"
                 "data: {\"candidates\":[{\"content\":{\"parts\":[{\"text\":\"b\"}]}}]}\n\n"));

    BOOST_TEST(
        got.assembled ==
        R"({"candidates":[{"content":{"parts":[{"text":"a"},{"text":"","thoughtSignature":"S"},{"text":"b"}]}}]})");
}

BOOST_AUTO_TEST_CASE(content_is_a_part_that_says_something)
{
    auto const has = [](std::string_view part) {
        auto const body = "data: {\"candidates\":[{\"content\":{\"parts\":[" + std::string{part} + "]}}]}\n\n";
        return read_response(streamed(kind::google, "google", stream_path, body)).first_content_end.has_value();
    };
    BOOST_TEST(has(R"({"text":"a"})"));
    BOOST_TEST(has(R"({"text":"a","thought":true})"));
    BOOST_TEST(has(R"({"functionCall":{"name":"f"}})"));
    BOOST_TEST(!has(R"({"text":""})"));
    BOOST_TEST(!has(R"({"thought":true,"thoughtSignature":"S"})"));
    BOOST_TEST(!has(""));
}

BOOST_AUTO_TEST_CASE(a_blocked_prompt_says_why)
{
    auto const got = read_plain(
        R"({"promptFeedback":{"blockReason":"SAFETY"},"usageMetadata":{"promptTokenCount":8,"totalTokenCount":8}})");

    BOOST_TEST(got.finish_reason == "SAFETY");
    BOOST_TEST(told(got.used) == "prompt=8 reported=8 total=8");
}

BOOST_AUTO_TEST_CASE(other_methods_have_their_own_counts)
{
    struct {
        std::string_view path, body, expected;
    } const cases[] = {
        {"/v1beta/models/e:embedContent", R"({"embedding":{"values":[1]}})", ""},
        {"/v1/projects/p/locations/l/publishers/google/models/e:predict",
         R"({"predictions":[{"embeddings":{"statistics":{"token_count":3}}},{"embeddings":{"statistics":{"token_count":4}}}]})",
         "prompt=7 reported=7"},
        {"/v1/models/imagen:predict",
         R"({"predictions":[{"mimeType":"image/png","bytesBase64Encoded":"A"},{"mimeType":"image/png"}]})", "images=2"},
        {"/v1beta/cachedContents", R"({"name":"c","usageMetadata":{"totalTokenCount":900}})",
         "total=900 write=900 5m=900"},
        {"/v1beta/models/m:countTokens", R"({"totalTokens":9,"usageMetadata":{"promptTokenCount":9}})", ""},
    };
    for (auto const& c : cases) BOOST_TEST_CONTEXT(c.path)
    BOOST_TEST(told(read_response(plain(kind::google, "google", c.path, c.body)).used) == c.expected);
}

BOOST_AUTO_TEST_SUITE_END()

} // namespace weir::gateway::formats
