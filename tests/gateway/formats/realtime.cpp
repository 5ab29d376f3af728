#include "gateway/formats/realtime.hpp"

#include "support.hpp"

#include <boost/test/unit_test.hpp>

namespace weir::gateway::formats
{
BOOST_AUTO_TEST_SUITE(openai_realtime)

namespace
{

// As OpenAI sends them (2026), shortened.
constexpr std::string_view created =
    R"({"type":"session.created","event_id":"e1","session":{"type":"realtime","object":"realtime.session","id":"sess_1","model":"gpt-realtime","output_modalities":["audio"]}})";
constexpr std::string_view audio =
    R"({"type":"response.done","event_id":"e9","response":{"object":"realtime.response","id":"resp_1","status":"completed","status_details":null,"output":[{"id":"item_1","type":"message","status":"completed","role":"assistant","content":[{"type":"output_audio","transcript":"Say \"usage\":{\"input_tokens\":9}"}]}],"usage":{"total_tokens":275,"input_tokens":127,"output_tokens":148,"input_token_details":{"text_tokens":100,"audio_tokens":27,"image_tokens":0,"cached_tokens":64,"cached_tokens_details":{"text_tokens":60,"audio_tokens":4,"image_tokens":0}},"output_token_details":{"text_tokens":36,"audio_tokens":112}},"metadata":null}})";
constexpr std::string_view text =
    R"({"type":"response.done","response":{"id":"resp_2","status":"incomplete","usage":{"total_tokens":30,"input_tokens":20,"output_tokens":10,"input_token_details":{"text_tokens":20,"audio_tokens":0,"cached_tokens":0},"output_token_details":{"text_tokens":10,"audio_tokens":0}}}})";
constexpr std::string_view of_responses_api =
    R"({"type":"response.completed","sequence_number":9,"response":{"id":"resp_3","status":"completed","model":"gpt-5-2025-08-07","tools":[{"type":"function","parameters":{"properties":{"usage":{"type":"object"}}}}],"usage":{"input_tokens":90,"input_tokens_details":{"cached_tokens":20},"output_tokens":15,"output_tokens_details":{"reasoning_tokens":5},"total_tokens":105}}})";

reading tallied(std::initializer_list<std::string_view> events)
{
    realtime_tally tally("openai");
    for (auto const event : events) tally.take(event);
    return std::move(tally.result());
}

} // namespace

BOOST_AUTO_TEST_CASE(a_responses_usage_is_read_with_its_cached_and_audio_parts)
{
    auto const got = tallied({created, audio});

    BOOST_TEST(got.model == "gpt-realtime");
    BOOST_TEST(got.finish_reason == "completed");
    BOOST_TEST(told(got.used) ==
               "prompt=63 reported=127 completion=148 total=275 read=64 audio_in=23 audio_out=112 audio_cached=4");
}

BOOST_AUTO_TEST_CASE(usage_is_summed_over_responses)
{
    auto const got = tallied({created, audio, text});

    BOOST_TEST(told(got.used) ==
               "prompt=83 reported=147 completion=158 total=305 read=64 audio_in=23 audio_out=112 audio_cached=4");
    BOOST_TEST(got.finish_reason == "incomplete"); // of the last
}

BOOST_AUTO_TEST_CASE(a_response_is_counted_once)
{
    BOOST_TEST(told(tallied({text, text}).used) == told(tallied({text}).used));
}

BOOST_AUTO_TEST_CASE(responses_over_a_websocket_are_read_too)
{
    auto const got = tallied({of_responses_api});

    BOOST_TEST(got.model == "gpt-5-2025-08-07");
    BOOST_TEST(told(got.used) == "prompt=70 reported=90 completion=15 total=105 read=20 reasoning=5");
}

BOOST_AUTO_TEST_CASE(a_session_updated_names_the_model_too)
{
    BOOST_TEST(tallied({R"({"type":"session.updated","session":{"model":"gpt-realtime-mini"}})"}).model ==
               "gpt-realtime-mini");
}

BOOST_AUTO_TEST_CASE(an_error_event_is_noted)
{
    auto const got = tallied(
        {created,
         R"({"type":"error","event_id":"e3","error":{"type":"invalid_request_error","code":"missing","message":"No such item"}})"});

    BOOST_TEST(got.error_type == "invalid_request_error");
    BOOST_TEST(got.error_message == "No such item");
}

BOOST_AUTO_TEST_CASE(what_is_not_of_the_session_changes_nothing)
{
    std::string_view const others[] = {
        R"({"type":"response.output_text.delta","delta":"\"usage\":{\"input_tokens\":5}"})",
        R"({"type":"response.created","response":{"id":"r","model":"x","usage":null}})",
        R"({"type":"conversation.item.input_audio_transcription.completed","usage":{"type":"tokens","input_tokens":7}})",
        R"({"type":"response.done"})",
        R"({"type":"response.done","response":null})",
        R"({"type":"response.done","response":{"usage":null}})",
        R"({"type":"response.done","response":{"usage":{"input_tokens":-1,"output_tokens":"x"}}})",
        R"({"type":"response.done","response":{"usage":)",
        R"(["usage"])",
        R"("usage")",
        R"({"usage":{"input_tokens":5}})",
        R"({"type":["error"],"error":1})",
        "",
        "hello \"usage\"",
    };
    for (auto const event : others) BOOST_TEST_CONTEXT(event) BOOST_TEST(!tallied({event}).used.known());
}

BOOST_AUTO_TEST_CASE(a_cut_event_is_read_from_its_beginning_and_its_end)
{
    auto const whole = std::string(audio);
    auto const end = whole.find("\"usage\":{\"total") - 30;
    realtime_tally tally("openai");
    tally.take(created);

    tally.take(whole.substr(0, 200), whole.substr(end));
    tally.take(R"({"type":"response.output_audio.delta","delta":"AAAA)", R"("usage":{"input_tokens":5}})");

    BOOST_TEST(told(tally.result().used) ==
               "prompt=63 reported=127 completion=148 total=275 read=64 audio_in=23 audio_out=112 audio_cached=4");
    BOOST_TEST(tally.result().model == "gpt-realtime");
}

BOOST_AUTO_TEST_CASE(of_a_cut_event_status_id_and_tier_are_read_too)
{
    std::string const start =
        R"({"type":"response.completed","sequence_number":9,"response":{"id":"resp_3","object":"response","status":"incomplete","model":"gpt-5","output":[{"id":"i","status":"completed")";
    std::string const end =
        R"(}],"service_tier":"flex","usage":{"input_tokens":90,"output_tokens":15,"total_tokens":105}}})";
    realtime_tally tally("openai");
    tally.take(start, end);
    tally.take(start, end);

    BOOST_TEST(told(tally.result().used) == "prompt=90 reported=90 completion=15 total=105");
    BOOST_TEST(tally.result().finish_reason == "incomplete");
    BOOST_TEST((tally.result().tier == pricing::service_tier::flex));
}

BOOST_AUTO_TEST_CASE(a_response_of_the_responses_api_says_the_same_as_over_http)
{
    auto const got = tallied(
        {R"({"type":"response.incomplete","response":{"id":"r1","status":"incomplete","incomplete_details":{"reason":"max_output_tokens"},"service_tier":"priority","output":[{"type":"web_search_call"},{"type":"message"},{"type":"web_search_call"}],"usage":{"input_tokens":90,"output_tokens":15,"total_tokens":105}}})",
         R"({"type":"response.failed","response":{"id":"r2","status":"failed","error":{"code":"rate_limit_exceeded","message":"Slow down"},"service_tier":"priority","usage":{"input_tokens":1,"output_tokens":1,"total_tokens":2}}})"});

    BOOST_TEST(got.used.web_searches == 2);
    BOOST_TEST((got.tier == pricing::service_tier::priority));
    BOOST_TEST(!got.approximate_price);
    BOOST_TEST(got.finish_reason == "failed");
    BOOST_TEST(got.error_type == "rate_limit_exceeded");
    BOOST_TEST(got.error_message == "Slow down");
    BOOST_TEST(
        tallied(
            {R"({"type":"response.incomplete","response":{"incomplete_details":{"reason":"max_output_tokens"},"usage":null}})"})
            .finish_reason == "max_output_tokens");
}

BOOST_AUTO_TEST_CASE(tiers_that_differ_make_the_price_approximate)
{
    auto const response = [](std::string_view id, std::string_view tier) {
        return R"({"type":"response.completed","response":{"id":")" + std::string(id) + R"(","service_tier":")" +
               std::string(tier) + R"(","usage":{"input_tokens":1,"output_tokens":1}}})";
    };

    BOOST_TEST(!tallied({response("a", "flex"), response("b", "flex")}).approximate_price);
    BOOST_TEST(tallied({response("a", "default"), response("b", "flex")}).approximate_price);
    BOOST_TEST(tallied({response("a", "flex"), response("b", "default")}).approximate_price);
}

BOOST_AUTO_TEST_CASE(a_realtime_response_that_failed_says_why)
{
    auto const got = tallied(
        {R"({"type":"response.done","response":{"id":"r1","status":"failed","status_details":{"type":"failed","error":{"type":"insufficient_quota","code":"insufficient_quota","message":"Pay"}},"usage":null}})"});

    BOOST_TEST(got.finish_reason == "failed");
    BOOST_TEST(got.error_type == "insufficient_quota");
    BOOST_TEST(got.error_message == "Pay");
}

BOOST_AUTO_TEST_CASE(the_shortest_and_the_longest_prompt_are_noted)
{
    BOOST_TEST(!tallied({created}).prompts.has_value());
    BOOST_TEST((tallied({audio, text}).prompts == pricing::prompt_range{20, 127}));
}

BOOST_AUTO_TEST_CASE(gemini_lives_usage_is_summed_over_its_turns)
{
    std::string_view const turn =
        R"({"serverContent":{"turnComplete":true},"usageMetadata":{"promptTokenCount":522,"responseTokenCount":42,"totalTokenCount":700,"promptTokensDetails":[{"modality":"TEXT","tokenCount":357},{"modality":"AUDIO","tokenCount":165}],"responseTokensDetails":[{"modality":"AUDIO","tokenCount":42}],"thoughtsTokenCount":136}})";

    BOOST_TEST(told(tallied({R"({"setupComplete":{}})", turn, turn}).used) ==
               "prompt=1044 reported=1044 completion=356 total=1400 reasoning=272 audio_in=330 audio_out=84");
}

BOOST_AUTO_TEST_CASE(sums_do_not_overflow)
{
    realtime_tally tally("openai");
    for (int i = 0; i < 5000; ++i)
        tally.take(
            R"({"type":"response.done","response":{"id":")" + std::to_string(i) +
            R"(","usage":{"input_tokens":9007199254740992,"output_tokens":9007199254740992,"total_tokens":9007199254740992,"input_token_details":{"image_tokens":9007199254740992}}}})");

    BOOST_TEST(tally.result().used.total.value_or(0) == 9007199254740992);
    BOOST_TEST(tally.result().used.prompt_image <= 9007199254740992);
}

BOOST_AUTO_TEST_CASE(the_query_names_the_model)
{
    struct {
        std::string_view query, model;
    } const cases[] = {
        {"model=gpt-realtime", "gpt-realtime"},
        {"a=b&model=gpt-4o%2Drealtime&x=y", "gpt-4o-realtime"},
        {"api-version=2025-04-01&deployment=mine", "mine"},
        {"deployment=mine&model=gpt-realtime", "gpt-realtime"},
        {"supermodel=x", ""},
        {"model", ""},
        {"", ""},
    };
    for (auto const& c : cases) BOOST_TEST_CONTEXT(c.query) BOOST_TEST(model_in_query(c.query) == c.model);
}

BOOST_AUTO_TEST_SUITE_END()

} // namespace weir::gateway::formats
