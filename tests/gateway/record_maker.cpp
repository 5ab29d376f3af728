#include "gateway/record_maker.hpp"

#include "tests/gateway/record_making.hpp"

#include <boost/test/unit_test.hpp>

namespace weir::gateway
{

BOOST_FIXTURE_TEST_SUITE(record_makers, making)

BOOST_AUTO_TEST_CASE(an_exchange_becomes_a_row_with_models_tokens_cost_and_bodies)
{
    auto& c = begin();
    c.request.add(asked, 1);
    c.response.add(answer(), 2000);
    auto const got = make();

    BOOST_TEST(got.row.request_model == "gpt-4o");
    BOOST_TEST(got.row.response_model == "gpt-4o-2024-08-06");
    BOOST_TEST(got.row.model == "gpt-4o-2024-08-06");
    BOOST_TEST(got.row.user_id == "u7");
    BOOST_TEST(got.row.finish_reason == "stop");
    BOOST_TEST(got.row.used.prompt.value_or(0) == 800); // uncached
    BOOST_TEST(got.row.used.prompt_reported.value_or(0) == 1000);
    BOOST_TEST(got.row.used.cache_read.value_or(0) == 200);
    BOOST_TEST(got.row.used.completion.value_or(0) == 500);
    BOOST_TEST(got.row.used.total.value_or(0) == 1500);
    BOOST_TEST(got.row.cost.nanos.value_or(0) == 7'250'000); // 800 × $2.50, 200 × $1.25, 500 × $10 per million
    BOOST_TEST(got.row.price_table_version == prices().version());
    BOOST_TEST(got.row.time_to_first_byte_us.value_or(0) == 2000);
    BOOST_TEST(!got.row.time_to_first_token_us.has_value()); // no stream
    BOOST_TEST(got.row.has_body);
    BOOST_TEST(got.bodies.request == asked);
    BOOST_TEST(got.bodies.response == answer());
    BOOST_TEST(says(R"(weir_requests_total{provider="openai",model="gpt-4o-2024-08-06",status_class="2xx"} 1)"));
    BOOST_TEST(says(R"(weir_tokens_total{provider="openai",model="gpt-4o-2024-08-06",kind="completion"} 500)"));
    BOOST_TEST(says("weir_request_duration_seconds_count 1"));
}

BOOST_AUTO_TEST_CASE(tokens_are_counted_by_kind_those_of_caches_and_of_reasoning_too)
{
    begin().response.add(R"({"model":"o3","choices":[],"usage":{"prompt_tokens":1000,"completion_tokens":500,)"
                         R"("total_tokens":1500,"prompt_tokens_details":{"cached_tokens":300},)"
                         R"("completion_tokens_details":{"reasoning_tokens":70}}})",
                         1);
    static_cast<void>(make());
    auto& c = continue_with();
    c.sent_to.provider = "anthropic";
    c.sent_to.target = "/v1/messages";
    c.sent_to.format = config::wire_format::anthropic;
    c.response.add(R"({"type":"message","role":"assistant","model":"claude-sonnet-4-5","content":[],"usage":{)"
                   R"("input_tokens":11,"output_tokens":12,"cache_read_input_tokens":13,)"
                   R"("cache_creation_input_tokens":14}})",
                   1);
    static_cast<void>(make());

    struct {
        std::string provider, model, kind;
        int tokens;
    } const counts[] = {
        {"openai", "o3", "prompt", 700},
        {"openai", "o3", "completion", 500},
        {"openai", "o3", "cache_read", 300},
        {"openai", "o3", "reasoning", 70},
        {"anthropic", "claude-sonnet-4-5", "prompt", 11},
        {"anthropic", "claude-sonnet-4-5", "completion", 12},
        {"anthropic", "claude-sonnet-4-5", "cache_read", 13},
        {"anthropic", "claude-sonnet-4-5", "cache_write", 14},
    };
    for (auto const& n : counts) BOOST_TEST_CONTEXT(n.provider << " " << n.kind)
    BOOST_TEST(says("weir_tokens_total{provider=\"" + n.provider + "\",model=\"" + n.model + "\",kind=\"" + n.kind +
                    "\"} " + std::to_string(n.tokens)));
}

BOOST_AUTO_TEST_CASE(an_override_of_the_model_counts_for_model_and_cost)
{
    auto& c = begin();
    c.head.fields = {{"Helicone-Model-Override", "gpt-4o-mini"}};
    c.request.add(asked, 1);
    c.response.add(answer(), 2);
    auto const got = make();

    BOOST_TEST(got.row.model == "gpt-4o-mini");
    BOOST_TEST(got.row.model_override == "gpt-4o-mini");
    BOOST_TEST(got.row.cost.nanos.value_or(0) < 1'000'000);
    BOOST_TEST(got.bodies.request == asked);
}

BOOST_AUTO_TEST_CASE(an_answer_that_is_fetched_again_is_not_counted_twice)
{
    begin();
    auto const background = [](std::string_view id, bool done) {
        return R"({"id":")" + std::string(id) +
               R"(","object":"response","background":true,"model":"gpt-4o","output":[],)" +
               (done ? R"("status":"completed","usage":{"input_tokens":1000,"output_tokens":500,"total_tokens":1500}})"
                     : R"("status":"queued","usage":null})");
    };
    std::string const run = R"({"id":"run_1","object":"thread.run","model":"gpt-4o","status":"completed",)"
                            R"("usage":{"prompt_tokens":1000,"completion_tokens":500,"total_tokens":1500}})";
    struct {
        std::string method, path, answer;
        bool counted;
    } const calls[] = {
        {"POST", "/v1/chat/completions", answer(), true},
        {"GET", "/v1/chat/completions/chatcmpl-1", answer(), false},
        {"POST", "/v1/responses", background("r1", false), false},
        {"GET", "/v1/responses/r1", background("r1", false), false},
        {"GET", "/v1/responses/r1", background("r1", true), true},
        {"GET", "/v1/responses/r1", background("r1", true), false},
        {"POST", "/v1/responses", background("r2", true), true}, // it was quick
        {"GET", "/v1/responses/r2", background("r2", true), false},
        {"GET", "/v1/threads/t/runs/run_1", run, true}, // its POST had none
        {"GET", "/v1/threads/t/runs/run_1", run, false},
    };
    for (auto const& one : calls) {
        BOOST_TEST_CONTEXT(one.method << " " << one.answer)
        {
            continue_with();
            call->head.method = one.method;
            call->sent_to.target = one.path;
            call->response.add(one.answer, 1);
            auto const got = make();

            BOOST_TEST(got.row.used.completion.has_value() == one.counted);
            BOOST_TEST((got.row.cost.nanos.value_or(0) > 0) == one.counted);
            BOOST_TEST(!got.row.usage_missing);
        }
    }
    BOOST_TEST(says(R"(weir_tokens_total{provider="openai",model="gpt-4o",kind="completion"} 1500)"));
}

BOOST_AUTO_TEST_CASE(what_a_stream_that_did_not_end_used_is_priced_approximately)
{
    struct {
        int status;
        std::string stream_error, expected;
    } const cases[] = {{200, "", ""},
                       {200, "the provider ended the connection within the answer", "approximate"},
                       {storage::status::cancelled, "", "approximate"},
                       {storage::status::timeout, "", "approximate"}};
    for (auto const& c : cases) {
        BOOST_TEST_CONTEXT(c.status << " " << c.stream_error)
        {
            auto& one = begin();
            one.row.status = c.status;
            one.row.stream_error = c.stream_error;
            one.response.add(answer(), 1);
            auto const got = make();

            BOOST_TEST(got.row.cost_flags == c.expected);
            BOOST_TEST(got.row.cost.nanos.value_or(0) == 7'250'000);
        }
    }
}

BOOST_AUTO_TEST_CASE(anthropics_price_rules_hold_whoever_hosts_the_model)
{
    auto& c = begin();
    c.sent_to.provider = "bedrock";
    c.sent_to.target = "/model/us.anthropic.claude-sonnet-4-20250514-v1:0/invoke";
    c.response.add(R"({"type":"message","role":"assistant","content":[{"type":"text","text":"Hi"}],"usage":{)"
                   R"("input_tokens":0,"output_tokens":0,"cache_creation_input_tokens":1000,)"
                   R"("cache_creation":{"ephemeral_5m_input_tokens":0,"ephemeral_1h_input_tokens":1000}}})",
                   1);
    auto const got = make();

    BOOST_TEST(got.row.cost.nanos.value_or(0) == 6'000'000); // twice the input price of $3 per million
}

BOOST_AUTO_TEST_CASE(a_user_named_by_header_beats_the_bodys)
{
    auto& c = begin();
    c.head.fields = {{"Helicone-User-Id", "from header"}};
    c.request.add(asked, 1);

    BOOST_TEST(make().row.user_id == "from header");
}

BOOST_AUTO_TEST_CASE(of_a_credential_only_a_keyed_hash_is_kept)
{
    auto& c = begin();
    c.head.fields = {{"Authorization", "Bearer sk-secret"}};
    auto const one = make().row.provider_auth_hash;
    begin().head.fields = {{"Authorization", "Bearer sk-secret"}};
    auto const same = make().row.provider_auth_hash;
    begin().head.fields = {{"Authorization", "Bearer sk-other"}};
    auto const other = make().row.provider_auth_hash;
    begin();
    auto const none = make().row.provider_auth_hash;

    BOOST_TEST(one == "363531e7914063090c30735e100ba609");
    BOOST_TEST(one == same);
    BOOST_TEST(one != other);
    BOOST_TEST(none == "");
}

BOOST_AUTO_TEST_CASE(the_first_token_is_the_first_event_with_content)
{
    auto& c = begin("text/event-stream");
    c.request.add(R"({"model":"gpt-4o","stream":true})", 1);
    c.response.add(
        "data: "
        "{\"model\":\"gpt-4o\",\"choices\":[{\"index\":0,\"delta\":{\"role\":\"assistant\",\"content\":\"\"}}]}\n\n",
        1000);
    c.response.add("data: {\"choices\":[{\"index\":0,\"delta\":{\"con", 2000);
    c.response.add("tent\":\"Hi\"}}]}\n\n", 3000);
    c.response.add("data: {\"choices\":[{\"index\":0,\"delta\":{\"content\":\"!\"}}]}\n\ndata: [DONE]\n\n", 4000);
    auto const got = make();

    BOOST_TEST(got.row.is_stream);
    BOOST_TEST(got.row.time_to_first_byte_us.value_or(0) == 1000);
    BOOST_TEST(got.row.time_to_first_token_us.value_or(0) == 3000);
    BOOST_TEST(got.row.usage_missing);
    BOOST_TEST((got.bodies.response.find("\"content\":\"Hi!\"") != std::string::npos));
    BOOST_TEST(got.bodies.raw_stream == "");
    BOOST_TEST(says("weir_time_to_first_token_seconds_count 1"));
}

BOOST_AUTO_TEST_CASE(the_time_to_first_byte_stays_true_however_long_the_stream)
{
    auto& c = begin("text/event-stream");
    for (int i = 1; i <= 5000; ++i) c.response.add(": x\n\n", i * 1000);

    BOOST_TEST(make().row.time_to_first_byte_us.value_or(0) == 1000);
}

BOOST_AUTO_TEST_CASE(a_providers_error_is_read_and_weirs_own_stays)
{
    auto& c = begin();
    c.upstream_status = c.row.status = 429;
    c.request.add(asked, 1);
    c.response.add(R"({"error":{"message":"slow down","type":"rate_limit_error"}})", 2);
    auto const theirs = make().row;
    BOOST_TEST(theirs.error_type == "rate_limit_error");
    BOOST_TEST(theirs.error_message == "slow down");
    BOOST_TEST(!theirs.usage_missing);

    auto& refused = begin();
    refused.upstream_status = 0;
    refused.row.status = 502;
    refused.row.error_type = "upstream_unreachable";
    refused.request.add(asked, 1);
    auto const ours = make().row;
    BOOST_TEST(ours.error_type == "upstream_unreachable");
    BOOST_TEST(ours.model == "gpt-4o");
    BOOST_TEST(!ours.time_to_first_byte_us.has_value());

    auto& stopped = begin();
    stopped.upstream_status = 0;
    stopped.row.status = storage::status::unknown;
    stopped.row.error_message = "weir was stopped";
    BOOST_TEST(make().row.error_message == "weir was stopped");
}

BOOST_AUTO_TEST_CASE(names_of_models_that_no_provider_accepted_become_no_labels)
{
    auto& c = begin();
    c.upstream_status = c.row.status = 404;
    c.request.add(R"({"model":"made-up-by-anyone"})", 1);
    static_cast<void>(make());

    BOOST_TEST((metrics.text().find("made-up-by-anyone") == std::string::npos));
    BOOST_TEST(says(R"(weir_requests_total{provider="openai",model="",status_class="4xx"} 1)"));
}

BOOST_AUTO_TEST_CASE(an_unknown_price_is_no_cost_and_counted)
{
    auto& c = begin();
    c.request.add(R"({"model":"no-such-model"})", 1);
    c.response.add(
        R"({"model":"no-such-model","choices":[],"usage":{"prompt_tokens":1,"completion_tokens":1,"total_tokens":2}})",
        2);
    auto const got = make();

    BOOST_TEST(!got.row.cost.nanos.has_value());
    BOOST_TEST(says(R"(weir_unpriced_total{provider="openai"} 1)"));
}

BOOST_AUTO_TEST_SUITE_END()

} // namespace weir::gateway
