#include "pricing/price_table.hpp"

#include <boost/test/unit_test.hpp>

#include <ctime>

namespace weir::pricing
{
BOOST_AUTO_TEST_SUITE(price_tables)

namespace
{

constexpr std::int64_t day_us = 86'400'000'000;
constexpr std::int64_t october_7_us = 20'733 * day_us; // 2026-10-07
constexpr std::int64_t now_us = 20'780 * day_us;       // 2026-11-23

/// A table in which each row's input price is its number, so that a test can say which one was found.
price_table table_of(std::string_view rows)
{
    auto table = price_table::embedded();
    auto const added = table.add(rows);
    BOOST_REQUIRE_MESSAGE(added.has_value(), (added ? "" : added.error()));
    return table;
}

double input_of(price_match const& match) { return match.row ? match.row->base.input.value_or(-1) : -2; }

} // namespace

BOOST_AUTO_TEST_CASE(the_embedded_table_loads_quickly)
{
    auto const begin = std::clock(); // of the processor: what others take of it does not count
    auto const table = price_table::embedded();
    auto const took = static_cast<double>(std::clock() - begin) / CLOCKS_PER_SEC;

    BOOST_TEST(table.version() == "2026-08-01+2026-11-22");
    BOOST_TEST(took < 1.0); // a few milliseconds; the bound is for sanitizers
    BOOST_TEST(input_of(table.find("openai", "gpt-4o", now_us)) == 2.5e-6);
}

BOOST_AUTO_TEST_CASE(names_are_found_in_the_documented_order)
{
    auto const table = table_of(R"({"models":[
        {"provider":"vendor","model":"base","input":1},
        {"provider":"vendor","model":"base-mini","input":2},
        {"provider":"vendor","model":"models/kept","input":3},
        {"provider":"vendor","model":"kept","input":4},
        {"provider":"vendor","model":"moving-latest","input":5},
        {"provider":"vendor","model":"moving","input":6},
        {"provider":"vendor","model":"dated-2025-01-02","input":7},
        {"provider":"vendor","model":"dated","input":8},
        {"provider":"openai","model":"ft:tuned","input":9},
        {"provider":"openai","model":"tuned","input":10},
        {"provider":"openai","model":"untuned","input":11},
        {"provider":"bedrock","model":"anthropic.c-v1:0","input":12},
        {"provider":"google","model":"only-google","input":13},
        {"provider":"anthropic","model":"only-anthropic","input":14},
        {"provider":"xai","model":"only-xai","input":15},
        {"provider":"azure_ai","model":"Only-Azure-AI","input":16}]})");
    struct {
        std::string_view provider, model;
        double expected;
        bool approximate;
    } const cases[] = {
        {"vendor", "base", 1, false},
        {"VENDOR", "BASE", 1, false},
        {"vendor", "models/kept", 3, false},
        {"vendor", "publishers/x/models/kept", 4, false},
        {"vendor", "moving-latest", 5, false},
        {"vendor", "moving:free", 6, false},
        {"vendor", "dated-2025-01-02", 7, false},
        {"vendor", "dated-20250102", 8, false},
        {"vendor", "models/dated-0102", 8, false},
        {"vendor", "base-mini-x", 2, true}, // the longest prefix
        {"vendor", "base-maxi", 1, true},
        {"vendor", "base@x", 1, true},
        {"vendor", "base:x", 1, true},
        {"vendor", "basement", -2, false}, // no separator behind the prefix
        {"vendor", "base.5", -2, false},
        {"vendor", "bas", -2, false},
        {"vendor", "", -2, false},
        {"vendor", "unknown", -2, false},
        {"openai", "ft:tuned:acme::id", 9, false},
        {"openai", "ft:untuned:acme::id", 11, false},
        {"bedrock", "eu.anthropic.c-v1:0", 12, false},
        {"bedrock", "arn:aws:bedrock:x:1:inference-profile/us.anthropic.c-v1:0", 12, false},
        {"bedrock", "us.anthropic.only-anthropic-v1:0", 14, false},
        {"azure", "tuned", 10, false},
        {"azure", "Only-Azure-AI", 16, false},
        {"azure", "only-anthropic", 14, false},
        {"azure_ai", "only-anthropic", 14, false},
        {"vertex", "only-google", 13, false},
        {"vertex", "publishers/google/models/only-google", 13, false},
        {"vertex", "google/only-google", 13, false},
        {"vertex", "only-anthropic@20250102", 14, false},
        {"gemini", "only-google", 13, false},
        {"openrouter", "x-ai/only-xai", 15, false},
        {"vercel", "anthropic/only-anthropic", 14, false},
        {"groq", "only-xai", -2, false},
    };
    for (auto const& c : cases) BOOST_TEST_CONTEXT("given " << c.provider << " " << c.model)
        {
            auto const match = table.find(c.provider, c.model, now_us);
            BOOST_TEST(input_of(match) == c.expected);
            BOOST_TEST(match.approximate == c.approximate);
        }
}

BOOST_AUTO_TEST_CASE(a_newer_model_is_not_priced_as_the_one_whose_name_it_begins_with)
{
    auto const table = price_table::embedded();

    BOOST_TEST(!table.find("openai", "gpt-6-astra", now_us).row);
    BOOST_TEST(!table.find("openai", "gpt-5.9", now_us).row);
    BOOST_TEST(table.find("openai", "gpt-5-something", now_us).approximate);
    BOOST_TEST(!table.find("openai", std::string(100'000, '-'), now_us).row);
}

BOOST_AUTO_TEST_CASE(a_row_holds_from_its_first_day_up_to_its_last)
{
    auto const table = price_table::embedded();

    auto const* before = table.find("anthropic", "claude-sonnet-5-5", october_7_us - 1).row;
    auto const* from = table.find("anthropic", "claude-sonnet-5-5", october_7_us).row;

    BOOST_REQUIRE(before);
    BOOST_REQUIRE(from);
    BOOST_TEST(before->valid_to_us == october_7_us);
    BOOST_TEST(from->valid_from_us == october_7_us);
}

BOOST_AUTO_TEST_CASE(a_row_of_another_time_does_not_hide_the_next_way_to_find_one)
{
    auto const table = table_of(R"({"models":[
        {"provider":"v","model":"m-2026-01-01","input":1,"valid_to":"2026-02-01"},
        {"provider":"v","model":"m","input":2}]})");

    BOOST_TEST(input_of(table.find("v", "m-2026-01-01", 0)) == 1);
    BOOST_TEST(input_of(table.find("v", "m-2026-01-01", now_us)) == 2);
}

BOOST_AUTO_TEST_CASE(rows_of_the_operator_come_before_embedded_ones)
{
    auto const table = table_of(R"({"models":[{"provider":"openai","model":"GPT-4o","input":1}]})");

    auto const match = table.find("openai", "gpt-4o", now_us);

    BOOST_TEST(input_of(match) == 1);
    BOOST_TEST(match.from_override);
    BOOST_TEST(!table.find("openai", "gpt-4o-mini", now_us).from_override);
    BOOST_TEST(table.version() == "2026-08-01+2026-11-22+override");
}

BOOST_AUTO_TEST_CASE(rules_are_tried_first_and_in_the_order_of_the_file)
{
    auto const table = table_of(R"({"overrides":[
        {"provider":"openai","model":{"operator":"equals","value":"GPT-4o"},"input":1},
        {"provider":"openai","model":{"operator":"startsWith","value":"gpt-4o-m"},"input":2},
        {"provider":"openai","model":{"operator":"startsWith","value":"gpt-4"},"input":3},
        {"provider":"openai","model":{"operator":"includes","value":"mini"},"input":4},
        {"provider":"openai","model":"plain","input":5}]})");
    struct {
        std::string_view provider, model;
        double expected;
        bool from_override;
    } const cases[] = {
        {"openai", "gpt-4o", 1, true},       {"openai", "GPT-4O-mini", 2, true}, {"openai", "gpt-4o-x", 3, true},
        {"openai", "the-mini-one", 4, true}, {"openai", "plain", 5, true},       {"openai", "plain-x", -2, false},
        {"azure", "gpt-4o", 2.5e-6, false}, // a rule is for its provider alone
    };
    for (auto const& c : cases) BOOST_TEST_CONTEXT("given " << c.provider << " " << c.model)
        {
            auto const match = table.find(c.provider, c.model, now_us);
            BOOST_TEST(input_of(match) == c.expected);
            BOOST_TEST(match.from_override == c.from_override);
            BOOST_TEST(!match.approximate);
        }
}

BOOST_AUTO_TEST_CASE(a_later_file_comes_before_an_earlier_one)
{
    auto table = table_of(R"({"overrides":[{"provider":"p","model":"m","input":1}]})");
    BOOST_REQUIRE(table.add(R"({"overrides":[{"provider":"p","model":"m","input":2}]})").has_value());

    BOOST_TEST(input_of(table.find("p", "m", now_us)) == 2);
    BOOST_TEST(table.version() == "2026-08-01+2026-11-22+override");
}

BOOST_AUTO_TEST_CASE(helicones_names_stand_for_weirs)
{
    auto const table = table_of(R"({"overrides":[{"provider":"p","model":"m","prompt_token":1,"completion_token":2,
        "prompt_cache_read_token":3,"prompt_cache_write_token":4,"prompt_cache_creation_1h":6,"prompt_audio_token":7,
        "completion_audio_token":8,"per_image":9,"per_call":10},
        {"provider":"p","model":"n","prompt_token":1,"completion_token":2,"prompt_cache_write_token":4,
         "prompt_cache_creation_5m":5}]})");

    auto const& m = table.find("p", "m", now_us).row->base;
    BOOST_TEST(m.input.value() == 1);
    BOOST_TEST(m.output.value() == 2);
    BOOST_TEST(m.cache_read.value() == 3);
    BOOST_TEST(m.cache_write.value() == 4);
    BOOST_TEST(m.cache_write_long.value() == 6);
    BOOST_TEST(m.audio_input.value() == 7);
    BOOST_TEST(m.audio_output.value() == 8);
    BOOST_TEST(m.per_output_image.value() == 9);
    BOOST_TEST(m.per_request.value() == 10);
    BOOST_TEST(table.find("p", "n", now_us).row->base.cache_write.value() == 5);
}

BOOST_AUTO_TEST_CASE(bands_come_from_tiers_and_from_ranges)
{
    auto const table = table_of(R"({"models":[
        {"provider":"p","model":"t","input":1,"tiers":[{"above":200,"input":3},{"above":100,"input":2}]},
        {"provider":"p","model":"r","ranges":[{"from":0,"to":50.0,"input":4},{"from":50.0,"to":90,"input":5}]}]})");

    auto const& tiers = table.find("p", "t", now_us).row->bands;
    BOOST_REQUIRE(tiers.size() == 2);
    BOOST_TEST(tiers[0].above == 100);
    BOOST_TEST(tiers[0].at.input.value() == 2);
    BOOST_TEST(tiers[1].above == 200);
    auto const* ranges = table.find("p", "r", now_us).row;
    BOOST_REQUIRE(ranges->bands.size() == 2);
    BOOST_TEST(ranges->base.input.value() == 4);
    BOOST_TEST(ranges->bands[1].above == 50);
    BOOST_TEST(ranges->bands[1].at.input.value() == 5);
}

BOOST_AUTO_TEST_CASE(a_wrong_file_is_refused_with_the_entry_and_the_member)
{
    struct {
        std::string_view given, expected; // a part of the text
    } const cases[] = {
        {"", "not valid JSON"},
        {"{", "not valid JSON"},
        {"[]", "'models' or 'overrides'"},
        {R"({"model":[]})", "'models' or 'overrides'"},
        {R"({"models":{}})", "'models' must be an array"},
        {R"({"models":[1]})", "models[0]: must be an object"},
        {R"({"models":[{"provider":"p","model":"a"},{"model":"m"}]})", "models[1]: 'provider'"},
        {R"({"models":[{"provider":"p"}]})", "models[0]: 'model'"},
        {R"({"models":[{"provider":"p","model":"m","input":"1"}]})", "models[0]: 'input'"},
        {R"({"models":[{"provider":"p","model":"m","input":-1}]})", "models[0]: 'input'"},
        {R"({"models":[{"provider":"p","model":"m","input":1e999}]})", "models[0]: 'input'"},
        {R"({"models":[{"provider":"p","model":"m","batch":{"output":true}}]})", "models[0]: 'batch': 'output'"},
        {R"({"models":[{"provider":"p","model":"m","batch":1}]})", "models[0]: 'batch'"},
        {R"({"models":[{"provider":"p","model":"m","tiers":[{"input":1}]}]})",
         "'tiers': each entry needs a number 'above'"},
        {R"({"models":[{"provider":"p","model":"m","tiers":{}}]})", "'tiers' must be an array"},
        {R"({"models":[{"provider":"p","model":"m","web_search":{"low":"x"}}]})", "'web_search.low'"},
        {R"({"models":[{"provider":"p","model":"m","valid_from":"2026-02-30"}]})", "'valid_from' must be a date"},
        {R"({"models":[{"provider":"p","model":"m","valid_to":"tomorrow!!"}]})", "'valid_to' must be a date"},
        {R"({"overrides":[{"provider":"p","model":{"operator":"like","value":"m"},"input":1}]})", "'model.operator'"},
        {R"({"overrides":[{"provider":"p","model":{"operator":"equals"},"input":1}]})", "'model.value'"},
        {R"({"overrides":[{"provider":"p","input":1}]})", "overrides[0]: 'model'"},
        {R"({"overrides":[{"provider":"p","model":"m"}]})", "overrides[0]: it has no price"},
        {R"({"overrides":[{"provider":"p","model":"m","inptu":1}]})", "overrides[0]: 'inptu'"},
        {R"({"overrides":[{"provider":"p","model":"m","prompt_token":1}]})", "'completion_token' is missing"},
        {R"({"overrides":[{"provider":"p","model":"m","completion_token":1}]})", "'prompt_token' is missing"},
    };
    for (auto const& c : cases) BOOST_TEST_CONTEXT("given " << c.given)
        {
            auto table = price_table::embedded();
            auto const added = table.add(c.given);

            BOOST_REQUIRE(!added.has_value());
            BOOST_TEST(added.error().find(c.expected) != std::string::npos, added.error());
            BOOST_TEST(table.version() == "2026-08-01+2026-11-22");
        }
}

BOOST_AUTO_TEST_SUITE_END()

} // namespace weir::pricing
