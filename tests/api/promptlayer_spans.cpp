#include "messages.hpp"
#include "promptlayer_support.hpp"

#include <boost/json/parse.hpp>
#include <boost/json/serialize.hpp>
#include <boost/test/unit_test.hpp>

namespace json = boost::json;

namespace weir::api::test
{
namespace
{

std::string const trace_id(32, 'a'), span_id(16, 'b');

/// A span as npm's client sends it, with some members other than usual.
std::string sent_span(std::string_view id, std::string_view more = {}, std::string_view trace = trace_id)
{
    return R"({"name":"step","context":{"trace_id":")" + std::string(trace) + R"(","span_id":")" + std::string(id) +
           R"(","trace_state":""},"kind":"SpanKind.INTERNAL","parent_id":null,"start_time":"1705320000123456789",)"
           R"("end_time":1705320001123456789,"status":{"status_code":"StatusCode.OK"},)"
           R"("attributes":{"function_input":"{\"a\":1}"},"resource":{"attributes":{},"schema_url":""})" +
           (more.empty() ? "" : ",") + std::string(more) + "}";
}

std::string spans(std::string_view of, std::string_view more = {})
{
    return R"({"spans":[)" + std::string(of) + "]" + (more.empty() ? "" : ",") + std::string(more) + "}";
}

std::string const logged_call =
    R"("log_request":{"provider":"openai","model":"gpt-4o",)"
    R"("input":{"type":"chat","messages":[{"role":"user","content":[{"type":"text","text":"Hi"}]}]},)"
    R"("output":{"type":"chat","messages":[{"role":"assistant","content":[{"type":"text","text":"Ho"}]}]})";

/// A message of OpenTelemetry with one span.
std::string traces(std::string_view attributes, std::string_view more = {}, std::string_view trace = trace_id)
{
    return R"({"resourceSpans":[{"resource":{"attributes":[{"key":"service.name","value":{"stringValue":"app"}}]},)"
           R"("scopeSpans":[{"spans":[{"traceId":")" +
           std::string(trace) + R"(","spanId":")" + span_id +
           R"(","name":"chat gpt-4o","kind":3,"startTimeUnixNano":"1705320000000000001",)"
           R"("endTimeUnixNano":"1705320001000000000","attributes":[)" +
           std::string(attributes) + "]" + std::string(more) + "}]}]}]}";
}

std::string const model = R"({"key":"gen_ai.request.model","value":{"stringValue":"gpt-4o"}})";

struct traced : tracked_record {
    answered send(std::string_view body, std::string_view type = "application/json", std::string_view query = {},
                  header_fields headers = {})
    {
        return ask(with, "POST", "/v1/traces" + std::string(query), body, type, std::move(headers));
    }
    std::string count_of(std::string const& table) { return value_of("SELECT count(*) FROM " + table); }
};

} // namespace

BOOST_FIXTURE_TEST_SUITE(promptlayer_spans, traced)

BOOST_AUTO_TEST_CASE(spans_are_kept_and_the_calls_that_they_log_recorded)
{
    auto const said = post("/spans-bulk", spans(sent_span("s1") + "," + sent_span("s2", logged_call + "}")), 201);

    BOOST_TEST(said.at("success") == true);
    BOOST_REQUIRE(said.at("spans").as_array().size() == 2U);
    BOOST_TEST(said.at("spans").at(0).at("span_id") == "s1");
    BOOST_TEST(said.at("spans").at(0).at("start_time") == 1705320000123456789);
    BOOST_REQUIRE(said.at("request_logs").as_array().size() == 1U);
    BOOST_TEST(said.at("request_logs").at(0).at("span_id") == "s2");
    BOOST_TEST(!said.as_object().contains("rejected_span_ids"));
    BOOST_REQUIRE(logged.size() == 1U);
    BOOST_TEST(logged.front().at("timing").at("startTime").at("seconds") == 1705320000);

    auto const trace = get("/api/public/v2/traces/" + trace_id);
    auto const& shown = trace.at("spans").at(1);
    BOOST_TEST(shown.at("request_log_id") == said.at("request_logs").at(0).at("id"));
    BOOST_TEST(shown.at("kind") == "SpanKind.INTERNAL");
    BOOST_TEST(shown.at("status").at("status_code") == "StatusCode.OK");
    BOOST_TEST(shown.at("attributes") == json::parse(R"({"function_input":"{\"a\":1}"})"));
    BOOST_TEST(trace.at("spans").at(0).at("request_log_id").is_null());
}

BOOST_AUTO_TEST_CASE(a_call_that_names_its_span_belongs_to_it_whichever_comes_first)
{
    auto const track = [this](std::string const& span) {
        auto body = logged_call.substr(logged_call.find('{') + 1);
        return post("/log-request",
                    "{" + body +
                        R"(,"request_start_time":1705320000,"request_end_time":1705320001,)"
                        R"("span_id":")" +
                        span + "\"}",
                    201)
            .at("id");
    };
    post("/spans-bulk", spans(sent_span("s1")), 201);
    auto const later = track("s1"), earlier = track("s2");
    post("/spans-bulk", spans(sent_span("s2")), 201);

    auto const trace = get("/api/public/v2/traces/" + trace_id);
    BOOST_TEST(trace.at("spans").at(0).at("request_log_id") == later);
    BOOST_TEST(trace.at("spans").at(1).at("request_log_id") == earlier);
}

BOOST_AUTO_TEST_CASE(a_span_that_comes_again_is_the_same_one_and_its_call_is_not_recorded_twice)
{
    auto const body = spans(sent_span("s1", logged_call + "}"));
    auto const first = post("/spans-bulk", body, 201);
    auto const again = post("/spans-bulk", body, 201);

    BOOST_TEST(first == again);
    BOOST_TEST(logged.size() == 1U);
    BOOST_TEST(count_of("span") == "1");
}

BOOST_AUTO_TEST_CASE(a_span_that_stands_twice_in_one_message_is_one_call)
{
    auto const one = sent_span("s1", logged_call + "}");
    auto const said = post("/spans-bulk", spans(one + "," + one), 201);

    BOOST_TEST(logged.size() == 1U);
    BOOST_TEST(count_of("span") == "1");
    auto const& logs = said.at("request_logs").as_array();
    BOOST_REQUIRE(logs.size() == 2U);
    BOOST_TEST(logs[0] == logs[1]);
}

BOOST_AUTO_TEST_CASE(a_call_of_an_unknown_prompt_is_left_out_and_its_span_kept)
{
    auto const said = post("/spans-bulk", spans(sent_span("s1", logged_call + R"(,"prompt_name":"nobody's"})")), 201);

    BOOST_TEST(said.at("spans").as_array().size() == 1U);
    BOOST_TEST(said.at("request_logs").as_array().empty());
    BOOST_TEST(logged.empty());
}

BOOST_AUTO_TEST_CASE(a_closed_trace_takes_no_more)
{
    post("/spans-bulk", spans(sent_span("s1"), R"("close_after":true)"), 201);

    auto const said = post("/spans-bulk", spans(sent_span("s2") + "," + sent_span("s3", {}, "other")), 201);
    BOOST_TEST(said.at("spans").as_array().size() == 1U);
    BOOST_TEST(said.at("rejected_span_ids") == json::parse(R"(["s2"])"));
    BOOST_TEST(said.at("rejected_trace_ids") == json::array{trace_id});
    BOOST_TEST(said.at("rejection_reason") == "trace_closed");

    auto const refused = send(traces(model));
    BOOST_TEST(refused.status == 409);
    BOOST_TEST(json::parse(refused.body).at("trace_ids") == json::array{trace_id});
    BOOST_TEST(logged.empty());
}

BOOST_AUTO_TEST_CASE(what_is_no_span_is_refused_by_its_path_and_nothing_is_kept)
{
    auto const good = sent_span("s1");
    expect_refused(with, "POST", "/spans-bulk",
                   {{"{}", 422, "spans: is required"},
                    {spans("1"), 422, "spans[0]: expected an object"},
                    {spans(good + R"(,{"name":"x"})"), 422, "spans[1].context: is required"},
                    {spans(sent_span("")), 422, "spans[0].context.span_id: must not be empty"},
                    {spans(sent_span(std::string(65, 'x'))), 422, "spans[0].context.span_id"},
                    {spans(sent_span("s", R"("kind":"SpanKind.ODD")")), 422, "spans[0].kind: must be one of SpanKind."},
                    {spans(sent_span("s", R"("attributes":[])")), 422, "spans[0].attributes: expected an object"},
                    {spans(sent_span("s", R"("events":{})")), 422, "spans[0].events: expected an array"},
                    {spans(sent_span("s", R"("start_time":1e30)")), 422, "spans[0].start_time"},
                    {spans(good + "," + sent_span("s", R"("log_request":{"provider":"openai"})")), 422,
                     "spans[1].log_request.model: is required"},
                    {spans(sent_span("s", logged_call + R"(,"score":101})")), 422, "spans[0].log_request.score"}});
    BOOST_TEST(count_of("span") == "0");
    BOOST_TEST(logged.empty());
}

BOOST_AUTO_TEST_CASE(a_span_of_opentelemetry_that_tells_of_a_call_is_one)
{
    auto const said = send(traces(
        model +
            R"(,{"key":"gen_ai.provider.name","value":{"stringValue":"openai"}})"
            R"(,{"key":"gen_ai.response.id","value":{"stringValue":"chatcmpl-1"}})"
            R"(,{"key":"gen_ai.usage.input_tokens","value":{"intValue":"7"}})"
            R"(,{"key":"gen_ai.usage.output_tokens","value":{"intValue":"2"}})"
            R"(,{"key":"user.id","value":{"stringValue":"ann"}})"
            R"(,{"key":"promptlayer.metadata.tier","value":{"intValue":"3"}})"
            R"(,{"key":"gen_ai.input.messages","value":{"stringValue":)" +
            json::serialize(json::string_view(R"([{"role":"user","parts":[{"type":"text","content":"Hi"}]}])")) +
            R"(}},{"key":"gen_ai.output.messages","value":{"arrayValue":{"values":[{"kvlistValue":{"values":[)"
            R"({"key":"role","value":{"stringValue":"assistant"}},{"key":"parts","value":{"arrayValue":{"values":[)"
            R"({"kvlistValue":{"values":[{"key":"type","value":{"stringValue":"text"}},)"
            R"({"key":"content","value":{"stringValue":"Ho"}}]}}]}}}]}}]}}})",
        R"(,"status":{"code":2,"message":"it broke"})"));

    BOOST_TEST(said.status == 200);
    BOOST_TEST(said.body == R"({"partialSuccess":null})");
    BOOST_REQUIRE(logged.size() == 1U);
    auto const& log = logged.front();
    BOOST_TEST(log.at("provider") == "openai");
    BOOST_TEST(log.at("providerRequest").at("json") ==
               json::parse(R"({"model":"gpt-4o","messages":[{"role":"user","content":"Hi"}]})"));
    BOOST_TEST(log.at("providerRequest").at("meta") ==
               json::parse(R"({"Helicone-Property-tier":"3","Helicone-Property-user.id":"ann"})"));
    BOOST_TEST(log.at("providerResponse").at("json").at("id") == "chatcmpl-1");
    BOOST_TEST(log.at("providerResponse").at("json").at("choices").at(0).at("message").at("content") == "Ho");
    BOOST_TEST(log.at("providerResponse").at("json").at("usage").at("prompt_tokens") == 7);
    auto const shown = get("/api/public/v2/traces/" + trace_id).at("spans").at(0);
    BOOST_TEST(shown.at("status") == json::parse(R"({"status_code":"StatusCode.ERROR","description":"it broke"})"));
    BOOST_TEST(shown.at("kind") == "SpanKind.CLIENT");
    BOOST_TEST(shown.at("resource").at("service.name") == "app");
    BOOST_TEST(shown.at("request_log_id").is_int64());
}

BOOST_AUTO_TEST_CASE(a_step_that_consists_of_calls_is_none_itself)
{
    BOOST_TEST(
        send(traces(model + R"(,{"key":"gen_ai.operation.name","value":{"stringValue":"invoke_agent"}})")).status ==
        200);

    BOOST_TEST(logged.empty());
    BOOST_TEST(count_of("span") == "1");
}

BOOST_AUTO_TEST_CASE(protobuf_is_answered_with_protobuf)
{
    auto const span = text_field(1, std::string(16, '\x01')) + text_field(2, std::string(8, '\x02')) +
                      text_field(5, "x") + varint_field(6, 2) + fixed_field(7, 1) + fixed_field(8, 2) +
                      attribute("a", text_field(1, "b"));
    std::string_view const type = "application/x-protobuf";

    auto const kept = send(traces_message(span), type);
    BOOST_TEST(kept.status == 200);
    BOOST_TEST(kept.body.empty());
    BOOST_TEST(get("/api/public/v2/traces/01010101010101010101010101010101").at("spans").at(0).at("span_id") ==
               "0202020202020202");

    std::string const why = "a trace id has 32 hexadecimal digits, not all of them 0";
    auto const rejected = send(traces_message(text_field(2, std::string(8, '\x02'))), type);
    BOOST_TEST(rejected.status == 200);
    BOOST_TEST(rejected.body == text_field(1, varint_field(1, 1) + text_field(2, why)));
}

BOOST_AUTO_TEST_CASE(what_cannot_be_read_as_traces_is_refused)
{
    BOOST_TEST(send("{}", "text/plain").status == 415);
    BOOST_TEST(send("{", "application/json").status == 422);
    BOOST_TEST(send("[]", "application/json; charset=utf-8").status == 422);
    BOOST_TEST(send("\x0a\x05xx", "application/x-protobuf").status == 422);
    BOOST_TEST(send("{}", "application/json", {}, {{"Content-Encoding", "gzip"}}).status == 422);
    BOOST_TEST(send(R"({"resourceSpans":1})").status == 422);
    BOOST_TEST(ask(with, "GET", "/api/public/v2/traces/none").status == 404);
    auto const without_ids = send(traces(model, {}, "no hex"));
    BOOST_TEST(json::parse(without_ids.body).at("partialSuccess").at("rejectedSpans") == 1);
}

BOOST_AUTO_TEST_SUITE_END()

} // namespace weir::api::test
