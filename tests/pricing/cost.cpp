#include "pricing/cost.hpp"

#include <boost/test/unit_test.hpp>

#include <limits>

namespace weir::pricing
{
BOOST_AUTO_TEST_SUITE(costs)

namespace
{

constexpr std::int64_t now_us = 20'780 * std::int64_t{86'400'000'000}; // 2026-11-23

price_table const& embedded()
{
    static auto const table = price_table::embedded();
    return table;
}

price_table table_of(std::string_view json)
{
    auto table = price_table::embedded();
    auto const added = table.add(json);
    BOOST_REQUIRE_MESSAGE(added.has_value(), (added ? "" : added.error()));
    return table;
}

/// One row, `p`/`m`, with every price a different power of ten in nano-dollars: a sum shows what it is made of.
price_table telling_table(std::string_view more = "")
{
    return table_of(R"({"models":[{"provider":"p","model":"m",)" + std::string{more} +
                    R"("input":1e-9,"output":1e-8}]})");
}

call call_of(std::string_view provider, std::string_view model)
{
    return {.provider = provider, .model = model, .started_us = now_us};
}

call const telling = call_of("p", "m");

std::int64_t nanos(price_table const& table, call const& what, usage const& used)
{
    return cost_of(table, what, used).nanos.value_or(-1);
}

} // namespace

BOOST_AUTO_TEST_CASE(the_reference_values_come_out)
{
    usage gpt{.prompt = 600, .prompt_reported = 1000, .completion = 200, .total = 1200};
    gpt.cache_read = 400;
    usage opus{.prompt = 100, .prompt_reported = 100, .completion = 50, .total = 8150};
    opus.cache_read = 5000, opus.cache_write = 3000, opus.cache_write_5m = 2000, opus.cache_write_1h = 1000;
    usage at_limit{.prompt = 100'000, .prompt_reported = 100'000, .completion = 10, .total = 100'010};
    auto over = at_limit;
    over.prompt = 100'001;
    auto claude = call_of("anthropic", "claude-opus-5"), haiku = call_of("anthropic", "claude-haiku-5-5");
    claude.anthropic = haiku.anthropic = true;

    BOOST_TEST(nanos(embedded(), call_of("openai", "gpt-4o"), gpt) == 4'000'000);
    BOOST_TEST(nanos(embedded(), claude, opus) == 26'750'000);
    BOOST_TEST(nanos(embedded(), haiku, at_limit) == 10'005'000);
    BOOST_TEST(nanos(embedded(), haiku, over) == 50'025'500);
    BOOST_TEST((cost_of(embedded(), call_of("openai", "no-such"), gpt) == cost{.unpriced = true}));
}

BOOST_AUTO_TEST_CASE(each_bucket_has_its_price_and_its_stand_in)
{
    auto const with = [](auto set) {
        usage used;
        used.prompt = 0;
        set(used);
        return used;
    };
    struct {
        std::string_view what, prices;
        usage used;
        std::int64_t expected;
    } const cases[] = {
        {"input", "", with([](usage& x) { x.prompt = 3; }), 3},
        {"output", "", with([](usage& x) { x.completion = 3; }), 30},
        {"read as input", "", with([](usage& x) { x.cache_read = 3; }), 3},
        {"read", R"("cache_read":7e-9,)", with([](usage& x) { x.cache_read = 3; }), 21},
        {"write as input", "", with([](usage& x) { x.cache_write = 3; }), 3},
        {"write", R"("cache_write":7e-9,)", with([](usage& x) { x.cache_write = 3; }), 21},
        {"long write as write", R"("cache_write":7e-9,)", with([](usage& x) { x.cache_write_1h = x.cache_write = 3; }),
         21},
        {"long write", R"("cache_write":7e-9,"cache_write_long":9e-9,)",
         with([](usage& x) { x.cache_write = 5, x.cache_write_1h = 3, x.cache_write_5m = 2; }), 41},
        {"a sum beyond its split is short", R"("cache_write":7e-9,"cache_write_long":9e-9,)",
         with([](usage& x) { x.cache_write = 5, x.cache_write_1h = 3; }), 41},
        {"a split beyond its sum", R"("cache_write":7e-9,"cache_write_long":9e-9,)",
         with([](usage& x) { x.cache_write = 1, x.cache_write_1h = 3, x.cache_write_5m = 2; }), 41},
        {"audio in as input", "", with([](usage& x) { x.prompt = 5, x.prompt_audio = 3; }), 5},
        {"audio in", R"("audio_input":7e-9,)", with([](usage& x) { x.prompt = 5, x.prompt_audio = 3; }), 23},
        {"cached audio as read", R"("audio_input":7e-9,"cache_read":5e-9,)",
         with([](usage& x) { x.cache_read = 4, x.prompt_audio_cached = 3; }), 20},
        {"cached audio as audio", R"("audio_input":7e-9,)",
         with([](usage& x) { x.cache_read = 4, x.prompt_audio_cached = 3; }), 22},
        {"cached audio", R"("audio_cache_read":3e-9,"cache_read":5e-9,)",
         with([](usage& x) { x.cache_read = 4, x.prompt_audio_cached = 3; }), 14},
        {"image in", R"("image_input":7e-9,)", with([](usage& x) { x.prompt = 5, x.prompt_image = 3; }), 23},
        {"image in as input", "", with([](usage& x) { x.prompt = 5, x.prompt_image = 3; }), 5},
        {"reasoning as output", "", with([](usage& x) { x.completion = 5, x.reasoning = 3; }), 50},
        {"reasoning", R"("reasoning":7e-9,)", with([](usage& x) { x.completion = 5, x.reasoning = 3; }), 41},
        {"audio out", R"("audio_output":7e-9,)", with([](usage& x) { x.completion = 5, x.completion_audio = 3; }), 41},
        {"audio out as output", "", with([](usage& x) { x.completion = 5, x.completion_audio = 3; }), 50},
        {"image out", R"("image_output":7e-9,)", with([](usage& x) { x.completion = 5, x.completion_image = 3; }), 41},
        {"parts beyond the whole", R"("reasoning":7e-9,)", with([](usage& x) { x.completion = 2, x.reasoning = 3; }),
         21},
        {"pictures", R"("per_output_image":4e-9,"per_input_image":5e-9,)", with([](usage& x) { x.images = 3; }), 12},
        {"pictures by the input price", R"("per_input_image":5e-9,)", with([](usage& x) { x.images = 3; }), 15},
        {"pictures counted in tokens", R"("per_output_image":4e-9,)",
         with([](usage& x) { x.images = 3, x.completion = x.completion_image = 2; }), 20},
        {"characters", R"("per_input_char":4e-9,)", with([](usage& x) { x.input_chars = 3; }), 12},
        {"pages", R"("per_page":4e-9,)", with([](usage& x) { x.pages = 3; }), 12},
        {"queries", R"("per_query":4e-9,)", with([](usage& x) { x.queries = 3; }), 12},
        {"searches", R"("web_search":{"low":1e-9,"medium":4e-9,"high":9e-9},)",
         with([](usage& x) { x.web_searches = 3; }), 12},
        {"small searches", R"("web_search":{"low":1e-9,"medium":4e-9,"high":9e-9},)",
         with([](usage& x) { x.web_searches = 3, x.searched = search_size::low; }), 3},
        {"large searches", R"("web_search":{"low":1e-9,"medium":4e-9,"high":9e-9},)",
         with([](usage& x) { x.web_searches = 3, x.searched = search_size::high; }), 27},
        {"the call itself", R"("per_request":4e-9,)", with([](usage& x) { x.prompt = 3; }), 7},
    };
    for (auto const& c : cases)
        BOOST_TEST_CONTEXT(c.what) BOOST_TEST(nanos(telling_table(c.prices), telling, c.used) == c.expected);
}

BOOST_AUTO_TEST_CASE(seconds_count_only_where_no_tokens_do)
{
    auto const table = telling_table(R"("per_audio_input_second":100e-9,)");
    usage seconds;
    seconds.input_seconds = 1.5;
    auto tokens = seconds;
    tokens.prompt = 2;

    BOOST_TEST(nanos(table, telling, seconds) == 150);
    BOOST_TEST(
        nanos(telling_table(R"("per_input_second":200e-9,"per_audio_input_second":100e-9,)"), telling, seconds) == 300);
    BOOST_TEST(nanos(table, telling, tokens) == 2);
}

BOOST_AUTO_TEST_CASE(anthropic_multipliers_fill_in_only_what_is_missing)
{
    auto claude = telling;
    claude.anthropic = true;
    usage used{.prompt = 0, .prompt_reported = 0, .completion = 0, .total = 0};
    used.cache_read = 100, used.cache_write = 300, used.cache_write_5m = 200, used.cache_write_1h = 100;

    BOOST_TEST(nanos(telling_table(), claude, used) == 10 + 250 + 200);
    BOOST_TEST(nanos(telling_table(R"("cache_read":3e-9,"cache_write":5e-9,)"), claude, used) == 300 + 1000 + 200);
    BOOST_TEST(nanos(telling_table(R"("cache_write_long":7e-9,)"), claude, used) == 10 + 250 + 700);
}

BOOST_AUTO_TEST_CASE(a_band_prices_the_whole_call_once_the_prompt_is_longer)
{
    auto const table = telling_table(
        R"("cache_read":2e-9,"tiers":[{"above":10,"input":3e-9,"output":4e-8},{"above":20,"input":5e-9}],)");
    auto const with = [](std::int64_t prompt, std::int64_t cached) {
        usage used{.prompt = prompt, .prompt_reported = prompt, .completion = 1, .total = prompt + 1};
        used.cache_read = cached;
        return used;
    };

    BOOST_TEST(nanos(table, telling, with(10, 0)) == 10 + 10);
    BOOST_TEST(nanos(table, telling, with(11, 0)) == 33 + 40);
    BOOST_TEST(nanos(table, telling, with(20, 0)) == 60 + 40);
    BOOST_TEST(nanos(table, telling, with(21, 0)) == 105 + 40);   // the output price is that of the band below
    BOOST_TEST(nanos(table, telling, with(9, 2)) == 27 + 4 + 40); // what is cached is part of the prompt
}

BOOST_AUTO_TEST_CASE(every_part_of_the_prompt_counts_towards_the_band)
{
    auto const table = telling_table(R"("tiers":[{"above":10,"input":2e-9}],)");
    usage base{.prompt = 8, .prompt_reported = 8, .completion = 0, .total = 8};
    auto const over = [&](auto set) {
        auto used = base;
        set(used);
        return nanos(table, telling, used) == 22;
    };

    BOOST_TEST(nanos(table, telling, base) == 8);
    BOOST_TEST(over([](usage& u) { u.cache_read = 3; }));
    BOOST_TEST(over([](usage& u) { u.cache_write = 3; }));
    BOOST_TEST(over([](usage& u) { u.cache_write = 3, u.cache_write_1h = 3; }));
    BOOST_TEST(over([](usage& u) { u.cache_read = 3, u.prompt_audio_cached = 3; }));
    BOOST_TEST(over([](usage& u) { u.prompt = 11, u.prompt_audio = 8; }));
    BOOST_TEST(over([](usage& u) { u.prompt = 11, u.prompt_image = 8; }));
}

BOOST_AUTO_TEST_CASE(a_range_holds_its_upper_end)
{
    auto const table = table_of(R"({"models":[{"provider":"p","model":"m","ranges":[
        {"from":0,"to":10,"input":1e-9,"output":1e-8},{"from":10,"to":20,"input":3e-9,"output":1e-8}]}]})");
    auto const with = [](std::int64_t n) {
        return usage{.prompt = n, .prompt_reported = n, .completion = 1, .total = n};
    };

    BOOST_TEST(nanos(table, telling, with(0)) == 10);
    BOOST_TEST(nanos(table, telling, with(10)) == 20);
    BOOST_TEST(nanos(table, telling, with(11)) == 43);
    BOOST_TEST(nanos(table, telling, with(100)) == 310); // beyond the last range, its price
}

BOOST_AUTO_TEST_CASE(each_service_tier_has_its_block)
{
    auto const table =
        telling_table(R"("batch":{"input":2e-9},"priority":{"input":3e-9,"output":4e-8},"flex":{"output":5e-9},)");
    usage const used{.prompt = 2, .prompt_reported = 2, .completion = 1, .total = 3};
    auto const at = [&](price_table const& prices, service_tier tier) {
        auto what = telling;
        what.tier = tier;
        return nanos(prices, what, used);
    };

    BOOST_TEST(at(table, service_tier::standard) == 12);
    BOOST_TEST(at(table, service_tier::batch) == 4 + 10); // a member that the block lacks is the base row's
    BOOST_TEST(at(table, service_tier::priority) == 6 + 40);
    BOOST_TEST(at(table, service_tier::flex) == 2 + 5);
    BOOST_TEST(at(telling_table(), service_tier::batch) == 6); // without a block: half of everything
    BOOST_TEST(at(telling_table(), service_tier::priority) == 12);
}

BOOST_AUTO_TEST_CASE(a_sum_over_responses_is_priced_by_the_longest_of_their_prompts)
{
    auto const table = telling_table(R"("tiers":[{"above":10,"input":2e-9}],)");
    usage const sum{.prompt = 24};
    auto const priced = [&](std::int64_t least, std::int64_t most) {
        auto what = telling;
        what.prompts = prompt_range{least, most};
        return cost_of(table, what, sum);
    };

    BOOST_TEST(priced(4, 10).nanos.value_or(-1) == 24);
    BOOST_TEST(!priced(4, 10).approximate);
    BOOST_TEST(priced(11, 13).nanos.value_or(-1) == 48);
    BOOST_TEST(!priced(11, 13).approximate);
    BOOST_TEST(priced(10, 14).nanos.value_or(-1) == 48);
    BOOST_TEST(priced(10, 14).approximate);
}

BOOST_AUTO_TEST_CASE(a_tiers_ratio_holds_in_a_long_context_too)
{
    auto const table = telling_table(R"("tiers":[{"above":10,"input":4e-9}],"batch":{"input":5e-10,"output":5e-9},)");
    auto what = telling;
    what.tier = service_tier::batch;

    BOOST_TEST(nanos(table, what, {.prompt = 20, .prompt_reported = 20, .completion = 2, .total = 22}) == 40 + 10);
}

BOOST_AUTO_TEST_CASE(what_the_provider_says_it_cost_wins)
{
    usage used{.prompt = 2, .prompt_reported = 2, .completion = 1, .total = 3};
    used.cost_dollars = 0.0005;

    auto const known = cost_of(telling_table(), telling, used);
    auto const unknown = cost_of(embedded(), call_of("openrouter", "no/such"), used);

    BOOST_TEST((known == cost{.nanos = 500'000, .source = cost_source::provider}));
    BOOST_TEST((unknown == known));
}

BOOST_AUTO_TEST_CASE(an_implausible_statement_is_not_believed)
{
    for (double dollars :
         {-1.0, 1e7, std::numeric_limits<double>::infinity(), std::numeric_limits<double>::quiet_NaN()})
        BOOST_TEST_CONTEXT("given " << dollars)
        {
            usage used{.prompt = 2, .prompt_reported = 2, .completion = 1, .total = 3};
            used.cost_dollars = dollars;
            auto const got = cost_of(telling_table(), telling, used);

            BOOST_TEST(got.nanos.value_or(-1) == 12);
            BOOST_TEST((got.source == cost_source::override_rule));
        }
}

BOOST_AUTO_TEST_CASE(a_call_without_usage_costs_nothing_only_where_it_cannot_have)
{
    struct {
        int status;
        std::optional<std::int64_t> expected;
    } const cases[] = {{200, {}}, {400, 0}, {429, 0}, {502, 0}, {-3, {}}, {-1, {}}, {-100, {}}, {-4, 0}};
    for (auto const& c : cases) BOOST_TEST_CONTEXT("status " << c.status)
        {
            auto what = telling;
            what.status = c.status;
            auto const got = cost_of(telling_table(R"("per_request":4e-9,)"), what, {});

            BOOST_TEST((got.nanos == c.expected));
            BOOST_TEST(!got.unpriced);
            BOOST_TEST((got.source == cost_source::none));
        }
}

BOOST_AUTO_TEST_CASE(usage_is_priced_whatever_the_status)
{
    usage const used{.prompt = 2, .prompt_reported = 2, .completion = 1, .total = 3};
    struct {
        int status;
        bool approximate;
    } const cases[] = {{200, false}, {500, false}, {-3, true}, {-1, true}};
    for (auto const& c : cases) BOOST_TEST_CONTEXT("status " << c.status)
        {
            auto what = telling;
            what.status = c.status;
            auto const got = cost_of(telling_table(), what, used);

            BOOST_TEST(got.nanos.value_or(-1) == 12);
            BOOST_TEST(got.approximate == c.approximate);
        }
}

BOOST_AUTO_TEST_CASE(a_cost_says_when_it_is_not_exact)
{
    usage const used{.prompt = 2, .prompt_reported = 2, .completion = 1, .total = 3};
    auto uplifted = telling;
    uplifted.approximate = true;

    BOOST_TEST(!cost_of(telling_table(), telling, used).approximate);
    BOOST_TEST(cost_of(telling_table(), uplifted, used).approximate);
    BOOST_TEST(cost_of(telling_table(), call_of("p", "m-new"), used).approximate);
}

BOOST_AUTO_TEST_CASE(the_requests_model_is_tried_when_the_responses_has_no_row)
{
    usage const used{.prompt = 2, .prompt_reported = 2, .completion = 1, .total = 3};
    auto what = call_of("p", "internal-name");
    what.fallback_model = "m";

    BOOST_TEST(nanos(telling_table(), what, used) == 12);
}

BOOST_AUTO_TEST_CASE(a_local_server_costs_nothing_unless_the_operator_says_so)
{
    usage const used{.prompt = 2, .prompt_reported = 2, .completion = 1, .total = 3};
    auto what = call_of("ollama", "llama9");
    what.local = true;
    auto const table = table_of(R"({"overrides":[{"provider":"ollama","model":"llama9","input":1e-9,"output":1e-9}]})");

    BOOST_TEST((cost_of(embedded(), what, used) == cost{.nanos = 0}));
    BOOST_TEST((cost_of(embedded(), what, {}) == cost{.nanos = 0}));
    BOOST_TEST((cost_of(table, what, used) == cost{.nanos = 3, .source = cost_source::override_rule}));
}

BOOST_AUTO_TEST_CASE(a_free_endpoint_costs_nothing)
{
    auto what = call_of("openai", "no-such");
    what.free = true;

    BOOST_TEST((cost_of(embedded(), what, {}) == cost{.nanos = 0}));
}

BOOST_AUTO_TEST_CASE(a_row_that_prices_nothing_of_what_was_used_is_no_price)
{
    auto const table = table_of(R"({"models":[{"provider":"p","model":"m","per_page":1e-3},
                                             {"provider":"p","model":"gratis","input":0,"output":0}]})");
    usage const used{.prompt = 2, .prompt_reported = 2, .completion = 1, .total = 3};

    BOOST_TEST((cost_of(table, telling, used) == cost{.unpriced = true}));
    BOOST_TEST(
        (cost_of(table, call_of("p", "gratis"), used) == cost{.nanos = 0, .source = cost_source::override_rule}));
}

BOOST_AUTO_TEST_CASE(halves_round_away_from_zero_and_once)
{
    struct {
        std::string_view price;
        std::int64_t tokens, expected;
    } const cases[] = {{"2.5e-9", 1, 3}, {"2.49e-9", 1, 2}, {"0.5e-9", 1, 1},    {"0.5e-9", 3, 2},
                       {"0.3e-9", 3, 1}, {"1.1e-9", 5, 6},  {"1.15e-9", 10, 12}, {"0.1e-9", 4, 0}};
    for (auto const& c : cases) BOOST_TEST_CONTEXT(c.tokens << " at " << c.price)
        {
            auto const table =
                table_of(R"({"models":[{"provider":"p","model":"m","input":)" + std::string{c.price} + "}]}");
            usage used;
            used.prompt = c.tokens;
            BOOST_TEST(nanos(table, telling, used) == c.expected);
        }
}

BOOST_AUTO_TEST_CASE(a_sum_that_no_integer_holds_is_no_cost)
{
    usage used;
    used.prompt = std::int64_t{1} << 53;

    auto const table = table_of(R"({"models":[{"provider":"p","model":"m","input":1000}]})");

    BOOST_TEST(!cost_of(table, telling, used).nanos);
}

BOOST_AUTO_TEST_CASE(each_source_has_its_stored_name)
{
    BOOST_TEST(name_of(cost_source::none) == "none");
    BOOST_TEST(name_of(cost_source::table) == "table");
    BOOST_TEST(name_of(cost_source::override_rule) == "override");
    BOOST_TEST(name_of(cost_source::provider) == "provider");
}

BOOST_AUTO_TEST_SUITE_END()

} // namespace weir::pricing
