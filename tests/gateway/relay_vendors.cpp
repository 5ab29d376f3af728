// Rows of vendors that speak OpenAI's format in a way of their own: tokens and cost, as they stand in the record.
#include "tests/support/running_gateway.hpp"

#include <boost/test/unit_test.hpp>

namespace weir::test
{
BOOST_AUTO_TEST_SUITE(relay_vendors)

namespace
{

using pricing::cost_source;

std::string asked(std::string_view model, bool stream)
{
    return R"({"model":")" + std::string(model) + (stream ? R"(","stream":true})" : R"("})");
}

std::string plain(std::string_view model, std::string_view usage)
{
    return R"({"id":"c","object":"chat.completion","model":")" + std::string(model) +
           R"(","choices":[{"index":0,"message":{"role":"assistant","content":"Hi"},"finish_reason":"stop"}],"usage":)" +
           std::string(usage) + "}";
}

/// One event; `more` stands in it behind the choices.
std::string event(std::string_view model, std::string_view delta, std::string_view finish, std::string_view more)
{
    return R"(data: {"id":"c","object":"chat.completion.chunk","model":")" + std::string(model) +
           R"(","choices":[{"index":0,"delta":)" + std::string(delta) + R"(,"finish_reason":)" + std::string(finish) +
           "}]" + std::string(more) + "}\n\n";
}

/// Two events, with `first` in the one and `last` in the other, and the end.
std::string streamed(std::string_view model, std::string_view first, std::string_view last)
{
    return event(model, R"({"role":"assistant","content":"Hi"})", "null", first) +
           event(model, "{}", R"("stop")", last) + "data: [DONE]\n\n";
}

struct expectation {
    std::int64_t prompt, reported, completion, total, cache_read, reasoning, nanos;
    cost_source source;
};

/// What the row of such an answer says.
void check(std::string const& provider, std::string_view model, std::string const& answer, bool stream,
           expectation const& wanted)
{
    BOOST_TEST_CONTEXT(provider << (stream ? ", streamed: " : ": ") << answer)
    {
        running_gateway weir([&](auto& s) {
            s.providers[provider].base_url = s.providers["openai"].base_url;
            s.providers[provider].configured = true;
        });

        auto const response =
            weir.ask(post("/" + provider + "/v1/chat/completions", asked(model, stream)),
                     stream ? std::string(events_head()) + chunk(answer) + std::string(last_chunk) : ok(answer));

        BOOST_TEST(response.body == answer); // the client has it all
        auto const row = weir.row();
        BOOST_TEST(row.provider == provider);
        BOOST_TEST(row.model == model);
        BOOST_TEST(row.is_stream == stream);
        BOOST_TEST(row.finish_reason == "stop");
        BOOST_TEST(row.used.prompt.value_or(-1) == wanted.prompt);
        BOOST_TEST(row.used.prompt_reported.value_or(-1) == wanted.reported);
        BOOST_TEST(row.used.completion.value_or(-1) == wanted.completion);
        BOOST_TEST(row.used.total.value_or(-1) == wanted.total);
        BOOST_TEST(row.used.cache_read.value_or(0) == wanted.cache_read);
        BOOST_TEST(row.used.reasoning.value_or(0) == wanted.reasoning);
        BOOST_TEST(row.cost.nanos.value_or(-1) == wanted.nanos);
        BOOST_TEST((row.cost.source == wanted.source));
        BOOST_TEST(!row.usage_missing);
    }
}

} // namespace

BOOST_AUTO_TEST_CASE(groq_says_a_streams_usage_in_a_member_of_its_own)
{
    constexpr auto model = "llama-3.3-70b-versatile"; // $0.59 and $0.79 per million
    expectation const wanted{1000, 1000, 200, 1200, 0, 0, 748'000, cost_source::table};
    std::string const usage = R"({"queue_time":0.01,"prompt_tokens":1000,"prompt_time":0.1,"completion_tokens":200,)"
                              R"("completion_time":0.2,"total_tokens":1200,"total_time":0.3})";

    check("groq", model, plain(model, usage), false, wanted);
    check("groq", model, streamed(model, R"(,"x_groq":{"id":"r"})", R"(,"x_groq":{"id":"r","usage":)" + usage + "}"),
          true, wanted);
}

BOOST_AUTO_TEST_CASE(mistral_says_a_streams_usage_unasked)
{
    constexpr auto model = "mistral-large-latest"; // $0.50 and $1.50 per million
    expectation const wanted{1000, 1000, 200, 1200, 0, 0, 800'000, cost_source::table};
    std::string const usage = R"({"prompt_tokens":1000,"completion_tokens":200,"total_tokens":1200})";

    check("mistral", model, plain(model, usage), false, wanted);
    check("mistral", model, streamed(model, "", R"(,"usage":)" + usage), true, wanted);
}

BOOST_AUTO_TEST_CASE(deepseek_counts_hits_and_misses_of_its_cache_and_keeps_its_connections_warm)
{
    constexpr auto model = "deepseek-chat"; // $0.28, hits $0.028, output $0.42 per million
    expectation const wanted{600, 1000, 200, 1200, 400, 50, 263'200, cost_source::table};
    std::string const usage = R"({"prompt_tokens":1000,"completion_tokens":200,"total_tokens":1200,)"
                              R"("prompt_cache_hit_tokens":400,"prompt_cache_miss_tokens":600,)"
                              R"("completion_tokens_details":{"reasoning_tokens":50}})";

    check("deepseek", model, "\n\n\n" + plain(model, usage), false, wanted);
    check("deepseek", model, ": keep-alive\n\n" + streamed(model, "", R"(,"usage":)" + usage), true, wanted);
}

BOOST_AUTO_TEST_CASE(xai_counts_reasoning_beside_the_completion_and_states_its_price)
{
    constexpr auto model = "grok-4"; // $3 and $15 per million
    expectation const priced{1000, 1000, 350, 1350, 0, 300, 8'250'000, cost_source::table};
    expectation const stated{1000, 1000, 350, 1350, 0, 300, 3'775'600, cost_source::provider};
    std::string const usage = R"({"prompt_tokens":1000,"completion_tokens":50,"total_tokens":1350,)"
                              R"("completion_tokens_details":{"reasoning_tokens":300})";
    std::string const so_far = R"(,"usage":{"prompt_tokens":1000,"completion_tokens":10,"total_tokens":1010})";

    check("xai", model, plain(model, usage + "}"), false, priced);
    check("xai", model, plain(model, usage + R"(,"cost_in_usd_ticks":37756000})"), false, stated);
    check("xai", model, streamed(model, so_far, R"(,"usage":)" + usage + "}"), true, priced); // cumulative: the last
}

BOOST_AUTO_TEST_CASE(openrouter_states_the_cost_and_else_the_table_prices_it)
{
    constexpr auto model = "openai/gpt-4o"; // $2.50 and $10 per million
    std::string const usage = R"({"prompt_tokens":1000,"completion_tokens":200,"total_tokens":1200)";
    expectation wanted{1000, 1000, 200, 1200, 0, 0, 4'500'000, cost_source::table};

    check("openrouter", model, plain(model, usage + "}"), false, wanted);
    wanted.source = cost_source::provider;
    wanted.nanos = 4'321'000;
    check("openrouter", model, plain(model, usage + R"(,"cost":0.004321})"), false, wanted);
    check("openrouter", model,
          ": OPENROUTER PROCESSING\n\n" + streamed(model, "", R"(,"usage":)" + usage + R"(,"cost":0.004321})"), true,
          wanted);
    wanted.nanos = 4'200'000; // with a key of one's own: the fee, and what the vendor takes
    check("openrouter", model,
          plain(model, usage + R"(,"cost":0.0002,"is_byok":true,"cost_details":{"upstream_inference_cost":0.004}})"),
          false, wanted);
}

BOOST_AUTO_TEST_SUITE_END()

} // namespace weir::test
