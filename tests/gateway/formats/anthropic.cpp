#include "support.hpp"

#include <boost/test/unit_test.hpp>

namespace weir::gateway::formats
{
BOOST_AUTO_TEST_SUITE(anthropic)

namespace
{

constexpr std::string_view path = "/v1/messages";

reading read_plain(std::string_view body) { return read_response(plain(kind::anthropic, "anthropic", path, body)); }

reading read_stream(std::string_view body) { return read_response(streamed(kind::anthropic, "anthropic", path, body)); }

std::string usage_of(std::string_view usage)
{
    return told(read_plain(R"({"type":"message","usage":)" + std::string{usage} + "}").used);
}

constexpr std::string_view start = R"(event: message_start
data: {"type":"message_start","message":{"id":"m1","type":"message","role":"assistant","model":"claude-opus-5","content":[],"stop_reason":null,"usage":{"input_tokens":12,"cache_creation_input_tokens":300,"cache_read_input_tokens":0,"cache_creation":{"ephemeral_5m_input_tokens":100,"ephemeral_1h_input_tokens":200},"output_tokens":1}}}

event: ping
data: {"type":"ping"}

event: content_block_start
data: {"type":"content_block_start","index":0,"content_block":{"type":"text","text":""}}

)";

constexpr std::string_view text = R"(event: content_block_delta
data: {"type":"content_block_delta","index":0,"delta":{"type":"text_delta","text":"Hi"}}

)";

constexpr std::string_view end = R"(event: content_block_stop
data: {"type":"content_block_stop","index":0}

event: message_delta
data: {"type":"message_delta","delta":{"stop_reason":"end_turn","stop_sequence":null},"usage":{"input_tokens":null,"output_tokens":7}}

event: message_stop
data: {"type":"message_stop"}

)";

} // namespace

BOOST_AUTO_TEST_CASE(a_plain_answer_is_read)
{
    auto const got = read_plain(R"({"id":"m","type":"message","role":"assistant","model":"claude-opus-5","content":[],
        "stop_reason":"max_tokens","usage":{"input_tokens":100,"cache_read_input_tokens":5000,
        "cache_creation_input_tokens":3000,"cache_creation":{"ephemeral_5m_input_tokens":2000,
        "ephemeral_1h_input_tokens":1000},"output_tokens":50,"output_tokens_details":{"thinking_tokens":40},
        "server_tool_use":{"web_search_requests":2,"web_fetch_requests":9},"service_tier":"standard"}})");

    BOOST_TEST(told(got.used) == "prompt=100 reported=100 completion=50 total=8150 read=5000 write=3000 5m=2000 "
                                 "1h=1000 reasoning=40 searches=2");
    BOOST_TEST(got.model == "claude-opus-5");
    BOOST_TEST(got.finish_reason == "max_tokens");
    BOOST_TEST((got.tier == pricing::service_tier::standard));
    BOOST_TEST(!got.approximate_price);
}

BOOST_AUTO_TEST_CASE(what_is_written_to_the_cache_has_a_lifetime)
{
    struct {
        std::string_view usage, expected;
    } const cases[] = {
        {R"({"cache_creation_input_tokens":30})", "write=30 5m=30"},
        {R"({"cache_creation_input_tokens":0})", "write=0 5m=0"},
        {R"({"cache_creation_input_tokens":null,"cache_read_input_tokens":null})", ""},
        {R"({"cache_creation":{"ephemeral_5m_input_tokens":1,"ephemeral_1h_input_tokens":2}})", "write=3 5m=1 1h=2"},
        {R"({"cache_creation_input_tokens":30,"cache_creation":{"ephemeral_1h_input_tokens":20}})",
         "write=30 5m=10 1h=20"},
        {R"({"cache_creation_input_tokens":1,"cache_creation":{"ephemeral_5m_input_tokens":1,"ephemeral_1h_input_tokens":2}})",
         "write=3 5m=1 1h=2"},
    };
    for (auto const& c : cases) BOOST_TEST_CONTEXT(c.usage) BOOST_TEST(usage_of(c.usage) == c.expected);
}

BOOST_AUTO_TEST_CASE(modes_that_the_table_does_not_price_are_told)
{
    auto const reads = [](std::string_view usage) {
        return read_plain(R"({"type":"message","usage":)" + std::string{usage} + "}");
    };

    BOOST_TEST((reads(R"({"service_tier":"batch"})").tier == pricing::service_tier::batch));
    BOOST_TEST((reads(R"({"service_tier":"priority"})").tier == pricing::service_tier::standard));
    BOOST_TEST(reads(R"({"speed":"fast"})").approximate_price);
    BOOST_TEST(reads(R"({"inference_geo":"us"})").approximate_price);
    BOOST_TEST(!reads(R"({"speed":"standard","inference_geo":"global"})").approximate_price);
}

BOOST_AUTO_TEST_CASE(a_stream_merges_its_usage_and_assembles_its_message)
{
    auto const got = read_stream(joined({start, text, text, end}));

    BOOST_TEST(told(got.used) == "prompt=12 reported=12 completion=7 total=319 read=0 write=300 5m=100 1h=200");
    BOOST_TEST(got.model == "claude-opus-5");
    BOOST_TEST(got.finish_reason == "end_turn");
    BOOST_TEST(got.final_event_seen);
    BOOST_TEST(got.is_stream);
    BOOST_TEST(got.first_content_end.value_or(0) == start.size() + text.size());
    BOOST_TEST(
        got.assembled ==
        R"({"id":"m1","type":"message","role":"assistant","model":"claude-opus-5","content":[{"type":"text","text":"HiHi"}],)"
        R"("stop_reason":"end_turn","usage":{"input_tokens":12,"cache_creation_input_tokens":300,"cache_read_input_tokens":0,)"
        R"("cache_creation":{"ephemeral_5m_input_tokens":100,"ephemeral_1h_input_tokens":200},"output_tokens":7}})");
}

BOOST_AUTO_TEST_CASE(a_cut_stream_has_the_exact_input)
{
    auto const got = read_stream(joined({start, text}));

    BOOST_TEST(told(got.used) == "prompt=12 reported=12 completion=1 total=313 read=0 write=300 5m=100 1h=200");
    BOOST_TEST(!got.final_event_seen);
    BOOST_TEST(got.finish_reason == "");
    BOOST_TEST(!read_stream(start).first_content_end);
}

BOOST_AUTO_TEST_CASE(each_kind_of_block_is_assembled)
{
    struct {
        std::string_view what, block;
        std::vector<std::string_view> deltas;
        std::string_view expected;
        bool content;
    } const cases[] = {
        {"thinking with its signature",
         R"({"type":"thinking","thinking":"","signature":""})",
         {R"({"type":"thinking_delta","thinking":"a"})", R"({"type":"thinking_delta","thinking":"b"})",
          R"({"type":"signature_delta","signature":"S"})"},
         R"({"type":"thinking","thinking":"ab","signature":"S"})",
         true},
        {"a signature alone is no content",
         R"({"type":"thinking","thinking":""})",
         {R"({"type":"signature_delta","signature":"S"})"},
         R"({"type":"thinking","thinking":"","signature":"S"})",
         false},
        {"a tool's input",
         R"({"type":"tool_use","id":"t","name":"f","input":{}})",
         {R"({"type":"input_json_delta","partial_json":""})",
          R"({"type":"input_json_delta","partial_json":"{\"a\": "})",
          R"({"type":"input_json_delta","partial_json":"[1]}"})"},
         R"({"type":"tool_use","id":"t","name":"f","input":{"a":[1]}})",
         true},
        {"a tool without input",
         R"({"type":"tool_use","id":"t","name":"f","input":{}})",
         {},
         R"({"type":"tool_use","id":"t","name":"f","input":{}})",
         true},
        {"a cut input",
         R"({"type":"tool_use","input":{}})",
         {R"({"type":"input_json_delta","partial_json":"{\"a\""})"},
         R"({"type":"tool_use","input":"{\"a\""})",
         true},
        {"citations",
         R"({"type":"text","text":""})",
         {R"({"type":"citations_delta","citation":{"n":1}})", R"({"type":"citations_delta","citation":{"n":2}})"},
         R"({"type":"text","text":"","citations":[{"n":1},{"n":2}]})",
         false},
        {"what may come",
         R"({"type":"text","text":""})",
         {R"({"type":"new_delta","aura":"x"})", R"({"type":"new_delta","aura":"y"})"},
         R"({"type":"text","text":"","aura":"xy"})",
         false},
    };
    for (auto const& c : cases) BOOST_TEST_CONTEXT(c.what)
        {
            auto body = R"(data: {"type":"message_start","message":{}})"
                        "\n\n"
                        R"(data: {"type":"content_block_start","index":0,"content_block":)" +
                        std::string{c.block} + "}\n\n";
            for (auto d : c.deltas)
                body += R"(data: {"type":"content_block_delta","index":0,"delta":)" + std::string{d} + "}\n\n";
            auto const got = read_stream(body);

            BOOST_TEST(got.assembled == "{\"content\":[" + std::string{c.expected} + "]}");
            BOOST_TEST(got.first_content_end.has_value() == c.content);
        }
}

BOOST_AUTO_TEST_CASE(an_error_in_a_stream_keeps_what_was_used)
{
    auto const got = read_stream(
        joined({start, text,
                "event: error\ndata: "
                "{\"type\":\"error\",\"error\":{\"type\":\"overloaded_error\",\"message\":\"Overloaded\"}}\n\n"}));

    BOOST_TEST(got.error_type == "overloaded_error");
    BOOST_TEST(got.error_message == "Overloaded");
    BOOST_TEST(got.used.prompt.value_or(0) == 12);
}

BOOST_AUTO_TEST_CASE(unknown_events_are_tolerated)
{
    auto const got =
        read_stream(joined({start, "event: novelty\ndata: {\"type\":\"novelty\",\"index\":7}\n\n", text, end}));

    BOOST_TEST(got.used.completion.value_or(0) == 7);
    BOOST_TEST(got.final_event_seen);
}

BOOST_AUTO_TEST_CASE(text_completions_are_assembled)
{
    auto const got = read_stream(
        "event: completion\ndata: {\"type\":\"completion\",\"completion\":\" "
        "a\",\"stop_reason\":null,\"model\":\"claude-2\"}\n\n"
        "event: completion\ndata: "
        "{\"type\":\"completion\",\"completion\":\"b\",\"stop_reason\":\"stop_sequence\",\"model\":\"claude-2\"}\n\n");

    BOOST_TEST(got.assembled ==
               R"({"type":"completion","stop_reason":"stop_sequence","model":"claude-2","completion":" ab"})");
    BOOST_TEST(got.model == "claude-2");
    BOOST_TEST(got.finish_reason == "stop_sequence");
}

BOOST_AUTO_TEST_CASE(the_shape_decides_not_the_provider)
{
    auto const got = read_response(streamed(kind::google, "vertex",
                                            "/v1/projects/p/publishers/anthropic/models/claude-opus-5:streamRawPredict",
                                            joined({start, text, end})));

    BOOST_TEST(told(got.used) == "prompt=12 reported=12 completion=7 total=319 read=0 write=300 5m=100 1h=200");
}

BOOST_AUTO_TEST_CASE(counting_tokens_uses_none)
{
    auto const got = read_response(plain(kind::anthropic, "anthropic", "/v1/messages/count_tokens",
                                         R"({"input_tokens":9,"usage":{"input_tokens":9}})"));

    BOOST_TEST(got.free);
    BOOST_TEST(told(got.used) == "");
    BOOST_TEST(!read_plain("{}").free);
}

BOOST_AUTO_TEST_SUITE_END()

} // namespace weir::gateway::formats
