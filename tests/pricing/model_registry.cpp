#include "pricing/model_registry.hpp"

#include <boost/test/unit_test.hpp>

#include <algorithm>
#include <set>

namespace weir::pricing
{
namespace
{

constexpr std::int64_t day_us = 86'400'000'000;
constexpr std::int64_t october_7_us = 20'733 * day_us; // 2026-10-07

struct registry {
    price_table table = price_table::embedded();
    std::vector<registered_model> models = registered_models(table, october_7_us);

    registered_model const& model(std::string_view id) const
    {
        auto const found = std::ranges::find(models, id, &registered_model::id);
        BOOST_TEST_REQUIRE((found != models.end()), id);
        return *found;
    }
};

} // namespace

BOOST_FIXTURE_TEST_SUITE(model_registries, registry)

BOOST_AUTO_TEST_CASE(ids_differ_and_are_sorted_and_each_row_has_one)
{
    std::size_t offers = 0;
    for (auto const& m : models) {
        offers += m.offers.size();
        BOOST_TEST(!m.id.empty());
        BOOST_TEST(!m.author.empty());
        BOOST_TEST(!m.offers.empty());
    }
    BOOST_TEST(
        (std::ranges::adjacent_find(models, std::ranges::greater_equal{}, &registered_model::id) == models.end()));
    BOOST_TEST(offers + 2 == table.embedded_rows().size()); // one that ended then, and one without a name
}

BOOST_AUTO_TEST_CASE(a_model_has_one_author_and_the_offers_of_all_its_providers)
{
    struct {
        std::string_view id, author;
        std::set<std::string> providers;
    } const cases[] = {
        {"gpt-4o", "openai", {"openai", "azure", "openrouter", "vercel"}},
        {"claude-3-haiku-20240307", "anthropic", {"anthropic", "bedrock", "vertex"}},
        {"llama3-8b-instruct", "meta", {"bedrock"}},
        {"kimi-k2-thinking", "moonshot", {"moonshot", "bedrock"}},
        {"dall-e-3", "openai", {"openai", "azure"}},
    };
    for (auto const& c : cases) BOOST_TEST_CONTEXT(c.id)
        {
            auto const& found = model(c.id);
            BOOST_TEST(found.author == c.author);
            std::set<std::string> providers;
            for (auto const* offer : found.offers) providers.insert(offer->provider);
            for (auto const& provider : c.providers) BOOST_TEST(providers.contains(provider), provider);
            BOOST_TEST(std::ranges::is_sorted(found.offers, {}, &price_row::provider));
        }
}

BOOST_AUTO_TEST_CASE(a_model_knows_its_limits_and_its_own_spelling)
{
    BOOST_TEST(model("gpt-4o").max_input.value() == 128'000);
    BOOST_TEST(model("gpt-4o").max_output.value() == 16'384);
    BOOST_TEST(model("minimax-m3").name == "MiniMax-M3");
    BOOST_TEST(model("minimax-m3").offers.front()->mode == "chat");
}

BOOST_AUTO_TEST_CASE(only_prices_that_hold_count_and_none_of_the_operator_s)
{
    constexpr std::string_view id = "claude-sonnet-5-5";
    BOOST_TEST(model(id).offers.size() == 1U);
    BOOST_TEST(model(id).offers.front()->base.cache_read.value() == 1e-7);
    models = registered_models(table, october_7_us - 1);
    BOOST_TEST(model(id).offers.front()->base.cache_read.value() == 2e-7);

    auto const added = table.add(R"({"models":[{"provider":"openai","model":"secret-deal","input":1}]})");
    BOOST_TEST_REQUIRE(added.has_value());
    auto const now = registered_models(table, october_7_us);
    BOOST_TEST((std::ranges::find(now, "secret-deal", &registered_model::id) == now.end()));
    BOOST_TEST(table.find("openai", "secret-deal", october_7_us).row != nullptr);
}

BOOST_AUTO_TEST_SUITE_END()

} // namespace weir::pricing
