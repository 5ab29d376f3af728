#include "gateway/record_maker.hpp"

#include "gateway/exchange.hpp"
#include "tests/support/encode.hpp"

#include <boost/test/unit_test.hpp>

namespace weir::gateway
{
namespace
{

using namespace test;

constexpr std::string_view asked = R"({"model":"gpt-4o","user":"u7","messages":[]})";

std::string answer(std::string_view content = "Hi")
{
    return R"({"model":"gpt-4o-2024-08-06","choices":[{"message":{"role":"assistant","content":")" +
           std::string(content) +
           R"("},"finish_reason":"stop"}],"usage":{"prompt_tokens":1000,"completion_tokens":500,"total_tokens":1500,)"
           R"("prompt_tokens_details":{"cached_tokens":200}}})";
}

pricing::price_table const& prices()
{
    static auto const table = pricing::price_table::embedded();
    return table;
}

std::shared_ptr<pricing::price_table const> shared_prices() { return {std::shared_ptr<void>(), &prices()}; }

struct made {
    storage::request_record row;
    storage::bodies bodies;
};

struct making {
    metrics::registry metrics;
    capture_budget budget{100'000'000};

    /// The maker's options and the limit of captures, before an exchange is begun.
    std::size_t limit = 1'000'000;
    bool raw_streams = false;
    std::unique_ptr<record_maker> maker;
    std::unique_ptr<exchange> call;

    exchange& begin(std::string_view response_type = "application/json", std::string_view coding = "")
    {
        maker = std::make_unique<record_maker>("hash key", record_maker::options{shared_prices(), raw_streams, limit},
                                               metrics);
        return continue_with(response_type, coding);
    }

    /// The next exchange of the same maker.
    exchange& continue_with(std::string_view response_type = "application/json", std::string_view coding = "")
    {
        call = std::make_unique<exchange>(*maker, budget);
        call->sent_to.provider = "openai";
        call->sent_to.target = "/v1/chat/completions?key=x";
        call->upstream_status = call->row.status = 200;
        call->response_ended = true;
        call->head.method = "POST";
        call->row.created_us = 1'750'000'000'000'000;
        call->row.ended_us = call->row.created_us + 1'000'000;
        call->request.begin("application/json", "", limit);
        call->response.begin(response_type, coding, limit);
        return *call;
    }

    made make()
    {
        auto [row, bodies] = call->make();
        return {std::move(row), std::move(bodies)};
    }
    bool says(std::string const& line) { return metrics.text().find("\n" + line + "\n") != std::string::npos; }
};

} // namespace

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

BOOST_AUTO_TEST_CASE(omitted_bodies_leave_only_the_model_and_all_that_was_read_from_them)
{
    auto& c = begin();
    c.head.fields = {{"Helicone-Omit-Request", "true"}, {"Helicone-Omit-Response", "true"}};
    c.request.add(asked, 1);
    c.response.add(answer("PRIVATE"), 2);
    auto const got = make();

    BOOST_TEST(got.bodies.request == R"({"model":"gpt-4o"})");
    BOOST_TEST(got.bodies.response == R"({"model":"gpt-4o-2024-08-06"})");
    BOOST_TEST(got.bodies.raw_stream == "");
    BOOST_TEST(got.row.used.total.value_or(0) == 1500);
    BOOST_TEST(got.row.response_bytes == static_cast<std::int64_t>(answer("PRIVATE").size()));
}

BOOST_AUTO_TEST_CASE(a_coded_response_is_read_and_kept_as_text)
{
    for (std::string_view const coding : {"gzip", "deflate", "br", "zstd"}) {
        BOOST_TEST_CONTEXT(coding)
        {
            auto const bytes = coding == "br" ? brotli(answer())
                               : coding == "zstd"
                                   ? zstd(answer())
                                   : deflated(answer(), coding == "gzip" ? wrapping::gzip : wrapping::zlib);
            auto& c = begin("application/json", coding);
            c.request.add(asked, 1);
            for (std::size_t i = 0; i < bytes.size(); i += 50) c.response.add(std::string_view(bytes).substr(i, 50), 2);
            auto const got = make();

            BOOST_TEST(got.bodies.response == answer());
            BOOST_TEST(got.row.used.total.value_or(0) == 1500);
            BOOST_TEST(got.row.response_bytes == static_cast<std::int64_t>(bytes.size()));
            BOOST_TEST(!got.row.response_truncated);
        }
    }
}

BOOST_AUTO_TEST_CASE(a_coded_body_that_decodes_beyond_the_limit_is_cut_and_its_end_read_all_the_same)
{
    limit = 1000;
    auto const text = answer(std::string(500'000, 'x'));
    auto& c = begin("application/json", "gzip");
    c.request.add(asked, 1);
    c.response.add(deflated(text, wrapping::gzip), 2);
    auto const got = make();

    BOOST_TEST(got.row.response_truncated);
    BOOST_TEST((got.bodies.response == text.substr(0, 1000)));
    BOOST_TEST(got.row.used.total.value_or(0) == 1500);
}

BOOST_AUTO_TEST_CASE(a_coding_that_cannot_be_undone_leaves_a_flag_and_the_size)
{
    for (std::string_view const coding : {"compress", "gzip"}) {
        auto& c = begin("application/json", coding);
        c.request.add(asked, 1);
        c.response.add("not what it says", 2);
        auto const got = make();

        BOOST_TEST_CONTEXT(coding)
        {
            BOOST_TEST(got.row.response_truncated);
            BOOST_TEST(got.row.response_bytes == 16);
            BOOST_TEST(!got.row.used.total.has_value());
        }
    }
}

BOOST_AUTO_TEST_CASE(a_body_that_was_cut_says_so_and_its_usage_is_found_in_its_end)
{
    limit = 500;
    auto const text = answer(std::string(100'000, 'x'));
    auto& c = begin();
    c.request.add(asked, 1);
    for (std::size_t i = 0; i < text.size(); i += 1000) c.response.add(std::string_view(text).substr(i, 1000), 2);
    auto const got = make();

    BOOST_TEST(got.row.response_truncated);
    BOOST_TEST(!got.row.request_truncated);
    BOOST_TEST((got.bodies.response == text.substr(0, 500)));
    BOOST_TEST(got.row.response_bytes == static_cast<std::int64_t>(text.size()));
    BOOST_TEST(got.row.used.total.value_or(0) == 1500);
}

BOOST_AUTO_TEST_CASE(a_body_a_little_longer_than_the_limit_is_cut_without_a_gap)
{
    limit = 100;
    auto& c = begin();
    c.request.add(asked, 1);
    c.response.add(answer(), 2);
    auto const got = make();

    BOOST_TEST(got.row.response_truncated);
    BOOST_TEST(got.bodies.response == answer().substr(0, 100));
    BOOST_TEST(got.row.used.total.value_or(0) == 1500);
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

BOOST_AUTO_TEST_CASE(the_first_token_of_a_coded_stream_is_found_too)
{
    std::string const role =
        "data: {\"choices\":[{\"index\":0,\"delta\":{\"role\":\"assistant\",\"content\":\"\"}}]}\n\n";
    std::string const text = "data: {\"choices\":[{\"index\":0,\"delta\":{\"content\":\"Hi\"}}]}\n\n";
    auto const pieces = deflated_in_flushes({role, text, "data: [DONE]\n\n"}, wrapping::gzip);
    auto& c = begin("text/event-stream", "gzip");
    c.request.add(R"({"model":"gpt-4o","stream":true})", 1);
    for (std::size_t i = 0; i < pieces.size(); ++i) c.response.add(pieces[i], static_cast<std::int64_t>(i + 1) * 1000);
    auto const got = make();

    BOOST_TEST(got.row.time_to_first_byte_us.value_or(0) == 1000);
    BOOST_TEST(got.row.time_to_first_token_us.value_or(0) == 2000);
}

BOOST_AUTO_TEST_CASE(the_time_to_first_byte_stays_true_however_long_the_stream)
{
    auto& c = begin("text/event-stream");
    for (int i = 1; i <= 5000; ++i) c.response.add(": x\n\n", i * 1000);

    BOOST_TEST(make().row.time_to_first_byte_us.value_or(0) == 1000);
}

BOOST_AUTO_TEST_CASE(raw_streams_are_kept_when_asked_for)
{
    raw_streams = true;
    std::string const stream = "data: {\"choices\":[{\"index\":0,\"delta\":{\"content\":\"Hi\"}}]}\n\ndata: [DONE]\n\n";
    auto& c = begin("text/event-stream");
    c.request.add(R"({"stream":true})", 1);
    c.response.add(stream, 2);
    auto const got = make();

    BOOST_TEST(got.bodies.raw_stream == stream);
    BOOST_TEST(got.bodies.response != stream);
}

BOOST_AUTO_TEST_CASE(binary_bodies_are_described)
{
    auto& c = begin("audio/mpeg");
    c.sent_to.target = "/v1/audio/speech";
    c.request.add(R"({"model":"tts-1","input":"hello"})", 1);
    c.response.add("ID3...", 2);
    auto const got = make();

    BOOST_TEST(got.bodies.response.starts_with(R"({"content_type":"audio/mpeg","size":6,"sha256":")"));
    BOOST_TEST(got.row.response_bytes == 6);
    BOOST_TEST(!got.row.response_truncated);
}

BOOST_AUTO_TEST_CASE(without_memory_there_is_no_body_and_the_row_says_why)
{
    capture_budget none(0);
    begin();
    call = std::make_unique<exchange>(*maker, none);
    call->sent_to.provider = "openai";
    call->sent_to.target = "/v1/chat/completions";
    call->head.method = "POST";
    call->upstream_status = call->row.status = 200;
    call->request.begin("application/json", "", limit);
    call->response.begin("application/json", "", limit);
    call->request.add(asked, 1);
    call->response.add(answer(), 2);
    auto const got = make();

    BOOST_TEST(got.row.body_missing == "memory");
    BOOST_TEST(!got.row.has_body);
    BOOST_TEST(got.row.used.total.value_or(0) == 1500);
    BOOST_TEST(says(R"(weir_bodies_dropped_total{reason="memory"} 1)"));
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

BOOST_AUTO_TEST_CASE(bodies_that_are_no_json_are_kept_as_they_are)
{
    for (std::string_view const text : {"<html>bad gateway</html>", "{broken", "", "\xff\xfe"}) {
        auto& c = begin();
        c.request.add("{broken", 1);
        c.response.add(text, 2);
        auto const got = make();

        BOOST_TEST(got.bodies.request == "{broken");
        BOOST_TEST(got.bodies.response == text);
        BOOST_TEST(got.row.model == "");
    }
}

BOOST_AUTO_TEST_SUITE_END()

} // namespace weir::gateway
