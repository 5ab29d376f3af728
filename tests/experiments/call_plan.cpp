#include "experiments/call_plan.hpp"

#include <boost/test/unit_test.hpp>

namespace weir::experiments
{

BOOST_AUTO_TEST_SUITE(call_plans)

namespace
{

storage::begun_run run_of(std::string content)
{
    storage::begun_run run;
    run.content = std::move(content);
    run.inputs = R"({"city":"Oslo"})";
    run.auto_inputs = "[]";
    return run;
}

/// "target body", or the problem.
std::string planned(storage::begun_run const& run, std::string const& key_provider = "")
{
    auto const plan = plan_call(run, key_provider);
    return plan.problem.empty() ? plan.target + " " + plan.body : plan.problem;
}

} // namespace

BOOST_AUTO_TEST_CASE(a_template_is_filled_and_never_streamed)
{
    auto const run = run_of(R"({"model":"gpt-4o","stream":true,"stream_options":{"include_usage":true},)"
                            R"("messages":[{"role":"user","content":"<helicone-prompt-input key=\"city\" />?"}]})");

    BOOST_TEST(planned(run) == R"(/openai/v1/chat/completions {"model":"gpt-4o","messages":[{"role":"user",)"
                               R"("content":"Oslo?"}]})");
}

BOOST_AUTO_TEST_CASE(the_provider_follows_from_key_model_source_and_version_in_this_order)
{
    auto run = run_of(R"({"model":"gpt-4o","messages":[]})");
    run.version_provider = "TOGETHER";
    run.version_model = "gpt-4.1";
    BOOST_TEST(planned(run) == R"(/together/v1/chat/completions {"model":"gpt-4o","messages":[]})");
    run.source_provider = "azure";
    run.source_model = "gpt-4o-2024-08-06";
    BOOST_TEST(planned(run) == R"(/azure/v1/chat/completions {"model":"gpt-4o","messages":[]})");
    run.model = "claude-sonnet-4-5";
    BOOST_TEST(planned(run) == R"(/anthropic/v1/chat/completions {"model":"claude-sonnet-4-5","messages":[]})");
    BOOST_TEST(planned(run, "mistral") ==
               R"(/mistral/v1/chat/completions {"model":"claude-sonnet-4-5","messages":[]})");
    run.model = "mine"; // of no known family: where the prompt was used
    BOOST_TEST(planned(run) == R"(/azure/v1/chat/completions {"model":"mine","messages":[]})");
}

BOOST_AUTO_TEST_CASE(a_model_of_another_family_leaves_where_the_prompt_was_used)
{
    struct {
        std::string_view model, version_provider, version_model, source_provider, source_model, provider;
    } const cases[] = {
        {"claude-haiku-4-5", "", "", "openai", "gpt-4o", "anthropic"},
        {"claude-haiku-4-5", "", "", "azure", "gpt-4o", "anthropic"},
        {"claude-haiku-4-5", "", "", "openrouter", "anthropic/claude-haiku", "anthropic"},
        {"claude-haiku-4-5", "", "", "bedrock", "claude-3-5-haiku", "bedrock"},
        {"llama-3.3-70b", "", "", "groq", "llama-3.1-8b", "groq"},
        {"gpt-4o", "", "", "groq", "llama-3.1-8b", "openai"},
        {"claude-haiku-4-5", "OPENAI", "claude-haiku-4-5", "", "", "anthropic"}, // made by hand
        {"claude-haiku-4-5", "AZURE", "gpt-4o", "", "", "anthropic"},
        {"gpt-4o-mini", "AZURE", "gpt-4o", "", "", "azure"},
        {"llama-3.3-70b", "GROQ", "llama-3.3-70b", "", "", "groq"},
        {"mine", "OPENAI", "mine", "", "", "openai"},
    };
    for (auto const& c : cases) {
        auto run = run_of(R"({"model":")" + std::string(c.model) + R"(","messages":[]})");
        run.version_provider = c.version_provider;
        run.version_model = c.version_model;
        run.source_provider = c.source_provider;
        run.source_model = c.source_model;
        BOOST_TEST(plan_call(run, "").provider == c.provider,
                   c.model << " of " << c.version_provider << c.source_provider);
    }
}

BOOST_AUTO_TEST_CASE(models_tell_their_providers)
{
    struct {
        std::string_view model, provider;
    } const cases[] = {
        {"gpt-4.1", "openai"},       {"o3-mini", "openai"}, {"claude-haiku-4-5", "anthropic"},
        {"gemini-2.5", "google"},    {"GPT-4o", "openai"},  {"meta-llama/llama-3", "openrouter"},
        {"deepseek-r1", "deepseek"}, {"grok-4", "xai"},     {"command-r", "cohere"},
        {"sonar-pro", "perplexity"}, {"mystery", ""},       {"", ""},
    };
    for (auto const& c : cases) BOOST_TEST(provider_of_model(c.model) == c.provider);
}

BOOST_AUTO_TEST_CASE(other_formats_stay_with_their_providers)
{
    auto anthropic = run_of(R"({"model":"claude-haiku-4-5","system":"s","max_tokens":9,"messages":[]})");
    BOOST_TEST(planned(anthropic) ==
               R"(/anthropic/v1/messages {"model":"claude-haiku-4-5","system":"s","max_tokens":9,"messages":[]})");
    anthropic.model = "gpt-4o";
    BOOST_TEST(planned(anthropic).find("another provider's format than openai takes") != std::string::npos);

    auto google = run_of(R"({"contents":[{"parts":[{"text":"hi"}]}]})");
    google.model = "gemini-2.5-flash";
    BOOST_TEST(planned(google) ==
               R"(/google/v1beta/models/gemini-2.5-flash:generateContent {"contents":[{"parts":[{"text":"hi"}]}]})");
    google.model = "../../x";
    BOOST_TEST(planned(google, "google").find("stands in the URL") != std::string::npos);

    auto compatible = run_of(R"({"model":"gemini-2.5-flash","messages":[]})");
    BOOST_TEST(planned(compatible) ==
               R"(/google/v1beta/openai/chat/completions {"model":"gemini-2.5-flash","messages":[]})");
}

BOOST_AUTO_TEST_CASE(a_provider_cannot_lead_elsewhere)
{
    for (auto const* name : {"anthropic/../openai", "openai/v1/files?x=", "openai HTTP/1.1\r\nX: y", "", "a b"}) {
        auto run = run_of(R"({"model":"mine","messages":[]})");
        run.version_provider = name;
        bool const is_named = *name != '\0'; // else the usual one
        BOOST_TEST((planned(run).find("cannot be one") != std::string::npos) == is_named, name);
    }
}

BOOST_AUTO_TEST_CASE(what_is_no_request_is_not_sent)
{
    for (auto const* content : {"null", "[]", "7", "\"text\"", "{", ""})
        BOOST_TEST(planned(run_of(content)).find("must be a JSON object") != std::string::npos, content);

    auto large =
        run_of(R"({"messages":["<helicone-prompt-input key=\"a\" />","<helicone-prompt-input key=\"a\" />"]})");
    large.inputs = R"({"a":")" + std::string(9 * 1024 * 1024, 'x') + R"("})";
    BOOST_TEST(planned(large).find("16 MiB") != std::string::npos);
}

BOOST_AUTO_TEST_SUITE_END()

} // namespace weir::experiments
