#include "support.hpp"

#include "pricing/price_table.hpp"

#include <boost/json/parse.hpp>
#include <boost/test/unit_test.hpp>

#include <algorithm>

namespace json = boost::json;

namespace weir::api::test
{
namespace
{

constexpr std::string_view registry_target = "/v1/public/model-registry/models";

struct registry_of_models : stored_record {
    registry_of_models()
    {
        auto table = pricing::price_table::embedded();
        BOOST_REQUIRE(table.add(R"({"models":[{"provider":"openai","model":"secret-deal","input":1}]})").has_value());
        auto const prices = std::make_shared<pricing::price_table const>(std::move(table));
        with.prices = [prices] { return prices; };
    }

    json::value all = {};
    json::value const& model(std::string_view id)
    {
        all = data_of(ask(with, "GET", registry_target));
        auto const& models = all.at("models").as_array();
        auto const found =
            std::ranges::find_if(models, [&](json::value const& m) { return m.at("id").as_string() == id; });
        BOOST_TEST_REQUIRE((found != models.end()), id);
        return *found;
    }
    json::value const& offer(std::string_view id, std::string_view provider)
    {
        auto const& offers = model(id).at("endpoints").as_array();
        auto const found = std::ranges::find_if(
            offers, [&](json::value const& o) { return o.at("providerSlug").as_string() == provider; });
        BOOST_TEST_REQUIRE((found != offers.end()), id << " of " << provider);
        return *found;
    }
};

} // namespace

BOOST_FIXTURE_TEST_SUITE(registry_endpoints_, registry_of_models)

BOOST_AUTO_TEST_CASE(a_model_is_shown_with_who_offers_it_at_what_price)
{
    auto shown = model("gpt-4o").as_object();
    shown.erase("endpoints");
    BOOST_TEST(json::value(shown) == json::parse(R"({"id":"gpt-4o","name":"gpt-4o","author":"openai",
        "contextLength":128000,"maxOutput":16384,"inputModalities":["text"],"outputModalities":["text"],
        "supportedParameters":[]})"));
    BOOST_TEST(offer("gpt-4o", "openai") == json::parse(R"({"provider":"OpenAI","providerSlug":"openai",
        "endpoint":{"model":"gpt-4o"},"supportsPtb":false,
        "pricing":{"prompt":2.5E0,"completion":10,"cacheRead":1.25E0}})"));
}

BOOST_AUTO_TEST_CASE(prices_that_depend_on_the_prompt_are_tiers)
{
    auto const tiers = offer("claude-4-sonnet-20250514", "anthropic").at("pricingTiers").as_array();

    BOOST_TEST_REQUIRE(tiers.size() == 2U);
    BOOST_TEST(tiers[0].at("threshold") == 0);
    BOOST_TEST(tiers[0].at("prompt") == 3);
    BOOST_TEST(tiers[1] == json::parse(R"({"prompt":6,"completion":2.25E1,"cacheRead":6E-1,"cacheWrite":7.5E0,
        "threshold":200000})"));
}

BOOST_AUTO_TEST_CASE(modalities_follow_from_purpose_and_prices)
{
    struct {
        std::string_view id, takes, gives;
    } const cases[] = {
        {"dall-e-3", R"(["text"])", R"(["image"])"},
        {"whisper-1", R"(["audio"])", R"(["text"])"},
        {"gpt-4o-audio-preview", R"(["audio","text"])", R"(["audio","text"])"},
        {"text-embedding-3-small", R"(["text"])", R"(["embedding"])"},
    };
    for (auto const& c : cases) BOOST_TEST_CONTEXT(c.id)
        {
            BOOST_TEST(model(c.id).at("inputModalities") == json::parse(c.takes));
            BOOST_TEST(model(c.id).at("outputModalities") == json::parse(c.gives));
        }
}

BOOST_AUTO_TEST_CASE(filters_are_what_the_models_have_and_sorted)
{
    model("gpt-4o");
    auto const& filters = all.at("filters");

    BOOST_TEST(all.at("total").as_int64() == static_cast<std::int64_t>(all.at("models").as_array().size()));
    auto const& providers = filters.at("providers").as_array();
    BOOST_TEST(providers.size() == 34U);
    BOOST_TEST(providers[0] == json::parse(R"({"name":"ai21","displayName":"AI21"})"));
    BOOST_TEST(std::ranges::is_sorted(providers, {}, [](json::value const& p) { return p.at("name").as_string(); }));
    BOOST_TEST(std::ranges::is_sorted(filters.at("authors").as_array(), {},
                                      [](json::value const& a) { return a.as_string(); }));
    BOOST_TEST(filters.at("capabilities") ==
               json::parse(R"(["audio","video","image","thinking","web_search","caching"])"));
}

BOOST_AUTO_TEST_CASE(an_operator_s_own_prices_are_not_told)
{
    BOOST_TEST(ask(with, "GET", registry_target).body.find("secret-deal") == std::string::npos);
    with.prices = {};
    BOOST_TEST(data_of(ask(with, "GET", registry_target)) ==
               json::parse(R"({"models":[],"total":0,"filters":{"providers":[],"authors":[],"capabilities":[]}})"));
}

BOOST_AUTO_TEST_SUITE_END()

} // namespace weir::api::test
