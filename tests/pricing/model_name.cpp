#include "pricing/model_name.hpp"

#include <boost/test/unit_test.hpp>

#include <algorithm>

namespace weir::pricing::model_name
{

BOOST_AUTO_TEST_SUITE(model_names)

BOOST_AUTO_TEST_CASE(vendor_paths_are_stripped)
{
    struct {
        std::string_view given, expected;
    } const cases[] = {
        {"models/gemini-2.5-pro", "gemini-2.5-pro"},
        {"publishers/google/models/gemini-2.5-pro", "gemini-2.5-pro"},
        {"accounts/fireworks/models/llama", "llama"},
        {"publishers/google", "publishers/google"},
        {"publishers/google/endpoints/x", "publishers/google/endpoints/x"},
        {"gpt-4o", "gpt-4o"},
    };
    for (auto const& c : cases) BOOST_TEST_CONTEXT("given " << c.given) BOOST_TEST(without_path(c.given) == c.expected);
}

BOOST_AUTO_TEST_CASE(moving_suffixes_are_stripped)
{
    struct {
        std::string_view given, expected;
    } const cases[] = {
        {"llama:free", "llama"},     {"llama:nitro", "llama"},           {"llama:beta", "llama"},
        {"claude-latest", "claude"}, {"latest-claude", "latest-claude"}, {":free", ":free"},
    };
    for (auto const& c : cases)
        BOOST_TEST_CONTEXT("given " << c.given) BOOST_TEST(without_moving_suffix(c.given) == c.expected);
}

BOOST_AUTO_TEST_CASE(date_suffixes_are_stripped_and_other_digits_are_not)
{
    struct {
        std::string_view given, expected;
    } const cases[] = {
        {"gpt-4o-2024-08-06", "gpt-4o"},
        {"claude-opus-4-20250514", "claude-opus-4"},
        {"claude-opus-4@20250514", "claude-opus-4"},
        {"gpt-4-0613", "gpt-4"},
        {"mistral-large-2407", "mistral-large-2407"}, // a year and a month
        {"gpt-4-0600", "gpt-4-0600"},
        {"gpt-4-1301", "gpt-4-1301"},
        {"model-123456", "model-123456"},
        {"-0613", "-0613"},
        {"gpt-4.1", "gpt-4.1"},
    };
    for (auto const& c : cases) BOOST_TEST_CONTEXT("given " << c.given) BOOST_TEST(without_date(c.given) == c.expected);
}

BOOST_AUTO_TEST_CASE(bedrock_names_lose_their_region_and_their_dress)
{
    struct {
        std::string_view given, bare, at_anthropic;
    } const cases[] = {
        {"us.anthropic.claude-opus-5-v1:0", "anthropic.claude-opus-5-v1:0", "claude-opus-5"},
        {"global.anthropic.claude-x", "anthropic.claude-x", "claude-x"},
        {"apac.meta.llama", "meta.llama", "meta.llama"},
        {"arn:aws:bedrock:us-east-1:1:inference-profile/eu.anthropic.claude-x-v1", "anthropic.claude-x-v1", "claude-x"},
        {"sa.anthropic.x", "sa.anthropic.x", "sa.anthropic.x"},
    };
    for (auto const& c : cases) BOOST_TEST_CONTEXT("given " << c.given)
        {
            BOOST_TEST(without_region(c.given) == c.bare);
            BOOST_TEST(without_bedrock_dress(c.given) == c.at_anthropic);
        }
}

BOOST_AUTO_TEST_CASE(a_fine_tuned_model_names_its_base)
{
    BOOST_TEST(fine_tuned_base("ft:gpt-4o-2024-08-06:acme:name:id") == "ft:gpt-4o-2024-08-06");
    BOOST_TEST(fine_tuned_base("ft:babbage-002") == "ft:babbage-002");
    BOOST_TEST(fine_tuned_base("gpt-4o") == "");
}

BOOST_AUTO_TEST_CASE(spellings_go_from_the_exact_to_the_general)
{
    auto const expected =
        std::vector<std::string_view>{"models/m-20250101-latest", "m-20250101-latest", "m-20250101", "m"};

    BOOST_TEST(spellings("google", "models/m-20250101-latest") == expected, boost::test_tools::per_element());
}

BOOST_AUTO_TEST_CASE(each_reseller_has_its_parents)
{
    struct {
        std::string_view provider, model, expected; // provider/model of the parents, with spaces between
    } const cases[] = {
        {"azure", "m", "openai/m azure_ai/m anthropic/m"},
        {"custom", "m", "openai/m anthropic/m google/m"},
        {"azure_ai", "m", "openai/m anthropic/m"},
        {"vertex", "m", "google/m anthropic/m"},
        {"bedrock", "eu.anthropic.m-v1:0", "anthropic/m"},
        {"openrouter", "x-ai/grok", "xai/grok"},
        {"openrouter", "mistralai/m/n", "mistral/m/n"},
        {"vercel", "openai/m", "openai/m"},
        {"vercel", "m", ""},
        {"groq", "openai/m", ""},
    };
    for (auto const& c : cases) BOOST_TEST_CONTEXT("given " << c.provider << " " << c.model)
        {
            std::string got;
            for (auto const& p : parents(c.provider, c.model))
                got.append(got.empty() ? "" : " ").append(p.provider).append("/").append(p.model);
            BOOST_TEST(got == c.expected);
        }
}

BOOST_AUTO_TEST_SUITE_END()

} // namespace weir::pricing::model_name
