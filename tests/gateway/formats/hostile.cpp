#include "support.hpp"

#include <boost/json/parse.hpp>
#include <boost/test/unit_test.hpp>

#include <algorithm>
#include <chrono>
#include <random>
#include <vector>

namespace weir::gateway::formats
{
BOOST_AUTO_TEST_SUITE(hostile)

namespace
{

/// One stream of each wire format, small enough to be cut at every byte.
std::vector<call_view> const& samples()
{
    static std::vector<call_view> const all = [] {
        std::vector<call_view> calls{
            streamed(
                kind::openai, "openai", "/v1/chat/completions",
                "data: "
                "{\"model\":\"m\",\"choices\":[{\"index\":0,\"delta\":{\"role\":\"assistant\",\"content\":\"\\u00fc\","
                "\"tool_calls\":[{\"index\":0,\"function\":{\"arguments\":\"{}\"}}]},\"logprobs\":{\"content\":[1]}}]}"
                "\r\n\r\n"
                "data: "
                "{\"choices\":[{\"index\":0,\"delta\":{\"content\":[{\"type\":\"text\",\"text\":\"x\"}]},\"finish_"
                "reason\":\"stop\"}]}\n\n"
                "data: {\"choices\":[],\"usage\":{\"prompt_tokens\":9,\"completion_tokens\":1}}\n\ndata: [DONE]\n\n"),
            streamed(
                kind::openai, "openai", "/v1/responses",
                "event: response.created\ndata: "
                "{\"type\":\"response.created\",\"response\":{\"model\":\"m\",\"output\":[]}}\n\n"
                "data: "
                "{\"type\":\"response.output_text.delta\",\"output_index\":0,\"content_index\":0,\"delta\":\"a\"}\n\n"
                "data: "
                "{\"type\":\"response.completed\",\"response\":{\"status\":\"completed\",\"usage\":{\"input_tokens\":1,"
                "\"output_tokens\":2}}}\n\n"),
            streamed(kind::anthropic, "anthropic", "/v1/messages",
                     "data: "
                     "{\"type\":\"message_start\",\"message\":{\"model\":\"m\",\"content\":[],\"usage\":{\"input_"
                     "tokens\":1,\"cache_creation\":{}}}}\n\n"
                     "data: "
                     "{\"type\":\"content_block_start\",\"index\":0,\"content_block\":{\"type\":\"tool_use\",\"input\":"
                     "{}}}\n\n"
                     "data: "
                     "{\"type\":\"content_block_delta\",\"index\":0,\"delta\":{\"type\":\"input_json_delta\",\"partial_"
                     "json\":\"{\\\"a\\\":1}\"}}\n\n"
                     "data: "
                     "{\"type\":\"message_delta\",\"delta\":{\"stop_reason\":\"tool_use\"},\"usage\":{\"output_"
                     "tokens\":7}}\n\n"),
            plain(kind::google, "google", "/v1beta/models/m:streamGenerateContent",
                  "[{\"candidates\":[{\"content\":{\"parts\":[{\"text\":\"[{\\\"\"}]}}]}\n,\r\n{\"candidates\":[{"
                  "\"content\":{\"parts\":[{\"text\":\"b\"},{\"functionCall\":{}}]},\"finishReason\":\"STOP\"}],"
                  "\"usageMetadata\":{\"promptTokenCount\":1,\"promptTokensDetails\":[{\"modality\":\"AUDIO\","
                  "\"tokenCount\":1}]}}\n]"),
            streamed(
                kind::openai, "cohere", "/v2/chat",
                "data: {\"type\":\"message-start\",\"delta\":{\"message\":{\"content\":[]}}}\n\ndata: "
                "{\"type\":\"content-delta\",\"index\":0,\"delta\":{\"message\":{\"content\":{\"text\":\"a\"}}}}\n\n"
                "data: {\"type\":\"message-end\",\"delta\":{\"usage\":{\"billed_units\":{\"input_tokens\":1}}}}\n\n"),
            plain(kind::openai, "ollama", "/api/chat",
                  "{\"message\":{\"content\":\"a\"},\"done\":false}\n{\"done\":true,\"prompt_eval_count\":1}\n"),
            plain(kind::openai, "openai", "/v1/images/generations",
                  "data: "
                  "{\"type\":\"image_generation.completed\",\"b64_json\":\"QQ\",\"usage\":{\"input_tokens\":1}}\n\n"),
            plain(kind::openai, "openai", "/v1/chat/completions",
                  "{\"choices\":[{\"finish_reason\":\"stop\"}],\"usage\":{\"prompt_tokens\":9,\"cost\":{\"total_cost\":"
                  "1}},\"error\":{\"type\":\"t\"}}"),
        };
        calls[5].content_type = "application/x-ndjson";
        return calls;
    }();
    return all;
}

/// Reads the body as it stands, cut in two as for a log, and as an error: none may fail, whatever the bytes.
void read_every_way(call_view call, std::string_view body)
{
    call.body = body;
    (void)read_response(call);
    (void)ends_properly(call.speaks, body);

    call.body = body.substr(0, body.size() / 3);
    call.tail = body.substr(body.size() / 2);
    (void)read_response(call);

    call.status = 500;
    (void)read_response(call);
}

} // namespace

BOOST_AUTO_TEST_CASE(every_prefix_of_a_stream_can_be_read_and_never_counts_more_than_the_whole)
{
    for (auto const& sample : samples()) BOOST_TEST_CONTEXT(sample.body)
        {
            auto const whole = read_response(sample);
            BOOST_TEST(whole.used.known());
            for (std::size_t size = 0; size <= sample.body.size(); ++size) {
                auto call = sample;
                call.body = sample.body.substr(0, size);
                auto const got = read_response(call);
                if (got.used.completion.value_or(0) > whole.used.completion.value_or(0)) BOOST_ERROR("at " << size);
                if (got.first_content_end && *got.first_content_end > size) BOOST_ERROR("beyond the end at " << size);
                read_every_way(sample, call.body);
            }
        }
}

BOOST_AUTO_TEST_CASE(changed_bytes_never_break_the_reading)
{
    std::minstd_rand random{20261123};
    constexpr std::string_view likely = "{}[]\",:\\0-9e.\n\r \xFF\x80 nul";
    for (auto const& sample : samples())
        for (int round = 0; round < 400; ++round) {
            std::string body{sample.body};
            for (int change = 0; change < 1 + round % 4; ++change)
                body[random() % body.size()] = likely[random() % likely.size()];
            read_every_way(sample, body);
        }
}

BOOST_AUTO_TEST_CASE(members_of_every_wrong_type_are_ignored)
{
    constexpr std::string_view types[] = {"null", "true",  "-1", "1.5",       "18446744073709551615", "1e999", "\"x\"",
                                          "[]",   "[[1]]", "{}", "{\"a\":{}}"};
    for (auto const& sample : samples()) {
        std::string_view const body = sample.body;
        for (auto at = body.find("\":"); at != body.npos; at = body.find("\":", at + 1))
            for (auto type : types) {
                auto const behind = body.find_first_of(",}", at);
                read_every_way(sample, std::string{body.substr(0, at + 2)}.append(type).append(
                                           body.substr(std::min(behind, body.size()))));
            }
    }
    BOOST_TEST(true); // nothing threw
}

BOOST_AUTO_TEST_CASE(deep_nesting_is_refused_and_usage_still_found)
{
    auto const deep = std::string(100'000, '[');
    auto const body = R"({"x":)" + deep + R"(,"usage":{"prompt_tokens":1,"completion_tokens":2}})";

    BOOST_TEST(told(read_response(plain(kind::openai, "openai", "/x", body)).used) ==
               "prompt=1 reported=1 completion=2");
    BOOST_TEST(told(read_response(plain(kind::openai, "openai", "/x", deep)).used) == "");
}

BOOST_AUTO_TEST_CASE(large_hostile_bodies_take_linear_time)
{
    struct {
        std::string_view what, repeated, beginning;
    } const cases[] = {
        {"tiny events", "data:{}\n\n", ""},
        {"tiny chunks", "data:{\"choices\":[{\"delta\":{\"content\":\"a\"}}]}\n\n", ""},
        {"line ends", "\n", "data: x"},
        {"carriage returns", "data:\r", ""},
        {"data lines", "data:a\n", ""},
        {"usage names", "\"usage\":{", "{"},
        {"usage names that go on", "\"usage\":{\"", "{"},
        {"usage texts", "\"usage\"", "{"},
        {"backslashes", "\\", "{\"a\":\""},
        {"open elements", "{", "["},
        {"commas", ",\n", "["},
        {"model names", "\"model\":\"", "{"},
        {"many keys", "\"k\":1,", "{"},
        {"deltas of many blocks", "data:{\"type\":\"content_block_delta\",\"index\":9,\"delta\":{\"text\":\"a\"}}\n\n",
         ""},
    };
    for (auto const& c : cases) BOOST_TEST_CONTEXT(c.what)
        {
            std::string body{c.beginning};
            while (body.size() < 1 << 17) body += c.repeated;
            for (auto path : {"/v1/chat/completions", "/v1beta/models/m:streamGenerateContent"})
                for (auto type : {"text/event-stream", "application/json", "application/x-ndjson"}) {
                    auto call = plain(kind::openai, "openai", path, body);
                    call.content_type = type;
                    (void)read_response(call);
                    call.tail = call.body;
                    (void)read_response(call);
                    (void)ends_properly(kind::google, body);
                }
        }
    BOOST_TEST(true); // quadratic work takes longer than a test may
}

BOOST_AUTO_TEST_CASE(hostile_requests_are_read)
{
    auto const request = boost::json::parse(R"({"model":[1],"stream":{},"user":null,"metadata":{"user_id":{}}})");
    call_view call;
    call.path = "/models/:%/model//deployments/%";
    call.query = "&&alt&=sse&";
    call.request = &request;

    BOOST_TEST(read_request(call).model == "%");
    BOOST_TEST(!read_request(call).wants_stream);
    BOOST_TEST(read_request(call).user == "");
}

BOOST_AUTO_TEST_SUITE_END()

} // namespace weir::gateway::formats
