#include "storage/call_search.hpp"

#include "tests/storage/grouping.hpp"

/// Row groups narrow what PromptLayer's clients search, and change no answer.
namespace weir::storage
{
namespace
{

call_filter condition(call_field field, call_operator how, std::vector<sql_value> operands, std::string key = {})
{
    call_filter one{.is = call_filter::kind::condition};
    one.condition = {.field = field, .how = how, .key = std::move(key), .operands = std::move(operands)};
    return one;
}

call_filter joined(call_filter::kind is, std::vector<call_filter> parts)
{
    call_filter all{.is = is};
    all.parts = std::move(parts);
    return all;
}

std::string text(char const* value) { return value; }

} // namespace

BOOST_FIXTURE_TEST_SUITE(call_searches, grouping)

BOOST_AUTO_TEST_CASE(groups_change_no_answer)
{
    add(1, 2100, [](request_record& r) {
        auto const n = static_cast<std::int64_t>(r.id);
        r.model = n % 300 == 5 ? "rare" : n % 3 == 0 ? "" : "often";
        if (n % 400 == 5) r.properties = {{"Tier", "gold"}, {"null", "null"}};
        if (n % 700 == 7) r.properties = {{"tier", "gold"}};
        r.used.prompt = n;
    });
    using f = call_field;
    using o = call_operator;
    using k = call_filter::kind;
    auto const rare = condition(f::engine, o::is, {text("rare")});
    auto const gold = condition(f::metadata, o::key_equals, {text("gold")}, "Tier");
    auto const large = condition(f::input_tokens, o::gt, {2000.0});
    std::vector<call_filter> const filters{
        rare,
        gold,
        large,
        condition(f::engine, o::in, {text("rare"), text("none")}),
        condition(f::engine, o::is_not, {text("often")}),
        condition(f::metadata, o::in, {text("gold"), text("x")}, "Tier"),
        condition(f::metadata, o::key_equals, {text("null")}, "null"),
        condition(f::metadata, o::key_not_equals, {text("gold")}, "Tier"),
        joined(k::all_of, {rare, gold}),
        joined(k::any_of, {rare, gold}),
        joined(k::any_of, {rare, large}),
        joined(k::any_of, {}),
    };
    auto const told = [&] {
        std::string all;
        for (auto const& what : filters) {
            call_search search;
            search.what = what;
            search.by = call_order::input_tokens;
            search.limit = 20;
            for (auto const id : find_call_rows(db, default_organization, search).value())
                all += std::to_string(static_cast<std::int64_t>(id)) + " ";
            all += std::to_string(count_calls(db, default_organization, search).value()) + "\n";
        }
        return all;
    };
    auto const by_rows = told();
    BOOST_TEST(by_rows.starts_with("1805 1505 1205 905 605 305 5 7\n"));
    group_all();
    BOOST_TEST(number("SELECT count(*) FROM row_group") == 2);
    BOOST_TEST(told() == by_rows);
    BOOST_TEST(candidates_of(part_of_filter(rare))->size() < 200U);
    BOOST_TEST(candidates_of(part_of_filter(joined(k::all_of, {large, gold})))->size() < 200U);
    BOOST_TEST(!candidates_of(part_of_filter(joined(k::any_of, {large, gold}))));
}

BOOST_AUTO_TEST_SUITE_END()

} // namespace weir::storage
