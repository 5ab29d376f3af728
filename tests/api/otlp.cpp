#include "api/otlp.hpp"

#include "api/protobuf.hpp"
#include "messages.hpp"

#include <boost/json/parse.hpp>
#include <boost/json/serialize.hpp>
#include <boost/json/value.hpp>
#include <boost/test/unit_test.hpp>

namespace json = boost::json;

namespace weir::api::test
{
BOOST_AUTO_TEST_SUITE(otlp)

namespace
{

std::vector<std::string> attributes_of(otlp_span const& span)
{
    std::vector<std::string> all;
    for (auto const& [key, value] : span.attributes)
        all.push_back(std::string(key) + "=" +
                      (value.is_string() ? std::string(value.get_string()) : json::serialize(value)));
    return all;
}

std::string span_json(std::string_view members)
{
    return R"({"resourceSpans":[{"resource":{},"scopeSpans":[{"scope":{},"spans":[{)" + std::string(members) +
           "}]}]}]}";
}

} // namespace

BOOST_AUTO_TEST_CASE(fields_of_protobuf_are_walked_over_whatever_they_are)
{
    auto const bytes = varint_field(1, 300) + text_field(2, "abc") + fixed_field(3, 0x0102030405060708) +
                       std::string("\x25\x01\x02\x03\x04", 5) + text_field(100'000, "");
    protobuf_reader reader(bytes);

    BOOST_TEST((reader.next() && reader.field() == 1 && reader.number() == 300));
    BOOST_TEST((reader.next() && reader.field() == 2 && reader.bytes() == "abc" && reader.number() == 0));
    BOOST_TEST(
        (reader.next() && reader.field() == 3 && reader.number() == 0x0102030405060708 && reader.bytes().empty()));
    BOOST_TEST((reader.next() && reader.field() == 4 && reader.number() == 0x04030201));
    BOOST_TEST((reader.next() && reader.field() == 100'000 && reader.bytes().empty()));
    BOOST_TEST((!reader.next() && reader.is_good()));
}

BOOST_AUTO_TEST_CASE(bytes_that_are_no_protobuf_end_the_walk)
{
    for (std::string const& bytes : {std::string("\x08", 1), std::string("\x0a\x05xx", 4), std::string("\x09\x01", 2),
                                     std::string("\x0b", 1), std::string("\x00\x01", 2), std::string(11, '\xff'),
                                     std::string("\x0a\xff\xff\xff\xff\xff\xff\xff\xff\xff\x01", 11)}) {
        protobuf_reader reader(bytes);
        BOOST_TEST(!reader.next());
        BOOST_TEST(!reader.is_good());
        BOOST_TEST(!reader.next());
    }
}

BOOST_AUTO_TEST_CASE(the_same_span_comes_out_of_both_encodings)
{
    auto const of_json = spans_of_json(json::parse(span_json(
        R"("name":"x","startTimeUnixNano":"1750000000000000001","endTimeUnixNano":1750000001000000000,"attributes":[)"
        R"({"key":"text","value":{"stringValue":"é"}},{"key":"int","value":{"intValue":"-7"}},)"
        R"({"key":"list","value":{"arrayValue":{"values":[{"stringValue":"x"}]}}},{"key":"yes","value":{"boolValue":true}}])")));
    auto const of_protobuf = spans_of_protobuf(traces_message(
        text_field(5, "x") + fixed_field(7, 1'750'000'000'000'000'001) + fixed_field(8, 1'750'000'001'000'000'000) +
        attribute("text", text_field(1, "é")) + attribute("int", varint_field(3, static_cast<std::uint64_t>(-7))) +
        attribute("list", text_field(5, text_field(1, text_field(1, "x")))) + attribute("yes", varint_field(2, 1))));

    for (auto const& spans : {of_json, of_protobuf}) {
        BOOST_REQUIRE(spans.has_value());
        BOOST_REQUIRE(spans->size() == 1U);
        BOOST_TEST(spans->front().started_ns == 1'750'000'000'000'000'001U);
        BOOST_TEST(spans->front().ended_ns == 1'750'000'001'000'000'000U);
        BOOST_TEST(attributes_of(spans->front()) ==
                       (std::vector<std::string>{"text=é", "int=-7", R"(list=["x"])", "yes=true"}),
                   boost::test_tools::per_element());
    }
}

BOOST_AUTO_TEST_CASE(what_is_no_trace_is_named_by_its_path)
{
    std::pair<std::string, std::string_view> const cases[] = {
        {"[]", "body: must be an object"},
        {R"({"resourceSpans":7})", "resourceSpans: must be an array"},
        {R"({"resourceSpans":[7]})", "resourceSpans[0]: must be an object"},
        {R"({"resourceSpans":[{"scopeSpans":{}}]})", "resourceSpans[0].scopeSpans: must be an array"},
        {R"({"resourceSpans":[{"scopeSpans":[7]}]})", "resourceSpans[0].scopeSpans[0]: must be an object"},
        {R"({"resourceSpans":[{"scopeSpans":[{"spans":[7]}]}]})",
         "resourceSpans[0].scopeSpans[0].spans[0]: must be an object"},
        {span_json(R"("startTimeUnixNano":"soon")"),
         "resourceSpans[0].scopeSpans[0].spans[0].startTimeUnixNano: must be nanoseconds since 1970"},
        {span_json(R"("attributes":{})"), "resourceSpans[0].scopeSpans[0].spans[0].attributes: must be an array"},
        {span_json(R"("attributes":[{}])"),
         "resourceSpans[0].scopeSpans[0].spans[0].attributes[0].key: must be a string"},
        {span_json(R"("attributes":[{"key":"k"}])"),
         "resourceSpans[0].scopeSpans[0].spans[0].attributes[0].value: must be an object"},
    };
    for (auto const& [text, expected] : cases) {
        auto const spans = spans_of_json(json::parse(text));
        BOOST_REQUIRE_MESSAGE(!spans.has_value(), text);
        BOOST_TEST(spans.error() == expected);
    }
    BOOST_TEST(spans_of_protobuf(text_field(1, text_field(2, text_field(2, "\x0a")))).error() ==
               "body: is no TracesData message");
}

BOOST_AUTO_TEST_CASE(a_trace_has_a_bound)
{
    std::string scope;
    json::array spans;
    for (std::size_t i = 0; i <= most_spans; ++i) {
        scope += text_field(2, "");
        spans.emplace_back(json::object());
    }
    json::object trace = json::parse(span_json("")).as_object();
    trace["resourceSpans"].at(0).at("scopeSpans").at(0).at("spans") = std::move(spans);

    BOOST_TEST(spans_of_protobuf(text_field(1, text_field(2, scope))).error() == "body: more than 1000 spans");
    BOOST_TEST(spans_of_json(trace).error() == "resourceSpans[0].scopeSpans[0].spans[1000]: more than 1000 spans");
    BOOST_TEST(spans_of_protobuf("")->empty());
    BOOST_TEST(spans_of_json(json::object())->empty());
}

BOOST_AUTO_TEST_CASE(the_names_of_todays_conventions_are_read_too)
{
    otlp_span span;
    span.attributes = {
        {"gen_ai.provider.name", "anthropic"}, {"gen_ai.usage.input_tokens", "3"}, {"gen_ai.usage.output_tokens", "2"}};

    auto const log = json::parse(async_log_of(span));

    BOOST_TEST(log.at("provider").as_string() == "anthropic");
    auto const& usage = log.at("providerResponse").at("json").at("usage");
    BOOST_TEST(usage.at("prompt_tokens").to_number<int>() == 3);
    BOOST_TEST(usage.at("completion_tokens").to_number<int>() == 2);
}

BOOST_AUTO_TEST_CASE(a_span_becomes_the_call_that_it_tells_of)
{
    otlp_span span;
    span.started_ns = 1'750'000'000'250'000'000;
    span.ended_ns = 1'750'000'001'000'500'000;
    span.attributes = {
        {"gen_ai.system", "Anthropic"},
        {"gen_ai.request.model", "claude"},
        {"gen_ai.response.model", "claude-sonnet-4-5"},
        {"gen_ai.prompt.0.role", "system"},
        {"gen_ai.prompt.0.content", "Be brief."},
        {"gen_ai.prompt.1.role", "user"},
        {"gen_ai.prompt.1.content", "Hi"},
        {"gen_ai.completion.0.role", "assistant"},
        {"gen_ai.completion.0.content", "Hello"},
        {"gen_ai.completion.0.finish_reason", "stop"},
        {"gen_ai.usage.prompt_tokens", "3"},
        {"gen_ai.usage.completion_tokens", "2"},
        {"llm.usage.total_tokens", "5"},
        {"llm.request.type", "chat"},
        {"llm.user", "ann"},
        {"traceloop.association.properties.Helicone-Property-App", "shop"},
        {"traceloop.association.properties.Helicone-Session-Id", "s"},
        {"traceloop.association.properties.Helicone-Request-Id", "11111111-1111-4111-8111-111111111111"},
        {"traceloop.association.properties.other", "not told"},
    };

    auto const log = json::parse(async_log_of(span));

    BOOST_TEST(log == json::parse(R"({
      "providerRequest": {"url": "", "json": {"model": "claude", "type": "chat", "messages": [
          {"role": "system", "content": "Be brief."}, {"role": "user", "content": "Hi"}]},
        "meta": {"Helicone-Property-App": "shop", "Helicone-Session-Id": "s", "Helicone-User-Id": "ann"}},
      "providerResponse": {"json": {"model": "claude-sonnet-4-5", "object": "chat.completion",
          "choices": [{"index": 0, "finish_reason": "stop", "message": {"role": "assistant", "content": "Hello"}}],
          "usage": {"prompt_tokens": 3, "completion_tokens": 2, "total_tokens": 5}}, "status": 200, "headers": {}},
      "provider": "Anthropic",
      "timing": {"startTime": {"seconds": 1750000000, "milliseconds": 250.0},
                 "endTime": {"seconds": 1750000001, "milliseconds": 0.5}}})"));
}

BOOST_AUTO_TEST_CASE(a_span_that_says_nothing_becomes_a_call_of_now)
{
    auto const log = json::parse(async_log_of({}));

    BOOST_TEST(log.as_object().count("timing") == 0U);
    BOOST_TEST(log.as_object().count("provider") == 0U);
    BOOST_TEST(log.at("providerResponse").at("status") == 200);
}

BOOST_AUTO_TEST_SUITE_END()

} // namespace weir::api::test
