#include "storage/properties.hpp"

#include "storage/requests.hpp"
#include "tests/support/sample_database.hpp"

#include <boost/test/unit_test.hpp>

namespace weir::storage
{
namespace
{

struct with_properties : fresh_database {
    request_record one = minimal_at(noon_us), theirs = minimal_at(noon_us, 1);

    with_properties()
    {
        one.properties = {{"App", "shop"}, {"b", "\"quoted\""}};
        one.session_id = "old";
        theirs.organization = other_organization;
        BOOST_REQUIRE(insert(db, {one, theirs}).has_value());
    }

    request_record now() { return find_request(db, default_organization, one.request_id).value().record; }
    void set(std::string_view key, std::string_view value)
    {
        BOOST_REQUIRE(set_property(db, default_organization, one.request_id, key, value).has_value());
    }
    /// A column of the row as it is stored.
    std::string stored(std::string const& column)
    {
        auto found = db.query("SELECT coalesce(" + column + ",'NULL') FROM request ORDER BY id LIMIT 1");
        BOOST_REQUIRE(found.has_value());
        BOOST_REQUIRE(found->next());
        return found->get<std::string>(0);
    }
};

using pairs = std::vector<std::pair<std::string, std::string>>;
using names = std::vector<std::string>;

} // namespace

BOOST_FIXTURE_TEST_SUITE(properties_, with_properties)

BOOST_AUTO_TEST_CASE(one_is_replaced_or_added_and_the_rest_of_the_row_stays)
{
    set("App", "office");
    set("new", "");
    set("app", "another name");

    BOOST_TEST(
        (now().properties == pairs{{"App", "office"}, {"b", "\"quoted\""}, {"new", ""}, {"app", "another name"}}));
    auto expected = one;
    expected.properties = now().properties;
    BOOST_TEST(told(now()) == told(expected));
    BOOST_TEST((property_keys(db, default_organization).value() == names{"App", "app", "b", "new"}));
    BOOST_TEST(property_keys(db, other_organization).value().empty());
}

BOOST_AUTO_TEST_CASE(the_reserved_names_are_columns_too)
{
    struct {
        std::string key, column;
    } const cases[] = {{"Helicone-Session-Id", "session_id"},
                       {"helicone-session-name", "session_name"},
                       {"Helicone-Session-Path", "session_path"},
                       {"HELICONE-PROMPT-ID", "prompt_id"}};
    for (auto const& c : cases) BOOST_TEST_CONTEXT(c.key)
        {
            set(c.key, "it's");
            BOOST_TEST(stored(c.column) == "it's");
            BOOST_TEST((now().properties.back() == std::pair<std::string, std::string>(c.key, "it's")));
            set(c.key, ""); // as a call without the header
            BOOST_TEST(stored(c.column) == "NULL");
        }
    set("Helicone-Session-Feedback", "1");
    BOOST_TEST(stored("session_id") == "NULL");
}

BOOST_AUTO_TEST_CASE(calls_that_are_not_there_have_none)
{
    auto const unknown = minimal_at(noon_us, 9).request_id;
    for (auto const& id : {unknown, theirs.request_id, uuid{}})
        BOOST_TEST((set_property(db, default_organization, id, "a", "b").error() == errc::not_found));
    BOOST_TEST((property_keys(db, default_organization).value() == names{"App", "b"}));
}

BOOST_AUTO_TEST_CASE(a_call_is_found_by_the_id_that_its_client_chose)
{
    auto chosen = minimal_at(noon_us, 2);
    chosen.client_chose_id = true;
    chosen.request_id = *uuid::parse("11111111-2222-4333-8444-555555555555");
    BOOST_REQUIRE(insert(db, {chosen}).has_value());

    BOOST_REQUIRE(set_property(db, default_organization, chosen.request_id, "a", "b").has_value());
    BOOST_TEST(
        (find_request(db, default_organization, chosen.request_id).value().record.properties == pairs{{"a", "b"}}));
}

BOOST_AUTO_TEST_CASE(values_are_searched_literally_named_and_in_any_case)
{
    BOOST_TEST((search_property(db, default_organization, "App", "HO").value() == names{"shop"}));
    BOOST_TEST((search_property(db, default_organization, "b", "\"").value() == names{"\"quoted\""}));
    BOOST_TEST(search_property(db, default_organization, "App' OR 1=1 --", "").value().empty());
    BOOST_TEST(search_property(db, other_organization, "App", "").value().empty());
}

BOOST_AUTO_TEST_CASE(the_values_used_last_are_found_first_each_once_and_only_so_many)
{
    std::vector<request_record> rows;
    for (int n = 0; n < 60; ++n) {
        rows.push_back(minimal_at(noon_us, 10 + n));
        rows.back().properties = {{"v", std::to_string(n % 30)}};
    }
    BOOST_REQUIRE(insert(db, rows).has_value());

    auto const found = search_property(db, default_organization, "v", "").value();

    BOOST_TEST_REQUIRE(found.size() == 25U);
    for (std::size_t i = 0; i < found.size(); ++i) BOOST_TEST(found[i] == std::to_string(29 - i));
}

BOOST_AUTO_TEST_CASE(the_ten_dearest_values_are_shown_and_what_all_others_cost)
{
    std::vector<request_record> rows;
    for (int n = 0; n < 24; ++n) {
        rows.push_back(minimal_at(noon_us, 10 + n));
        rows.back().properties = {{"v", std::to_string(n % 12)}};
        rows.back().cost.nanos = (n % 12 + 1) * 500'000'000LL;
    }
    BOOST_REQUIRE(insert(db, rows).has_value());

    auto const costs = property_costs(db, default_organization, "v", {noon_us, noon_us + 1}).value();

    BOOST_TEST_REQUIRE(costs.size() == 11U);
    BOOST_TEST(costs[0].value == "11");
    BOOST_TEST(costs[0].cost == 12);
    BOOST_TEST(costs[9].value == "2");
    BOOST_TEST(costs[10].value == "Other");
    BOOST_TEST(costs[10].cost == 1 + 2);
}

BOOST_AUTO_TEST_CASE(costs_of_calls_without_a_price_are_0_and_no_others_are_shown)
{
    auto dear = minimal_at(noon_us, 3);
    dear.properties = {{"App", "office"}};
    dear.cost.nanos = 2'500'000'000;
    BOOST_REQUIRE(insert(db, {dear}).has_value());

    auto const costs = property_costs(db, default_organization, "App", {noon_us, noon_us + 1}).value();
    BOOST_TEST_REQUIRE(costs.size() == 2U);
    BOOST_TEST((costs[0].value == "office" && costs[0].cost == 2.5));
    BOOST_TEST((costs[1].value == "shop" && costs[1].cost == 0));
    BOOST_TEST(property_costs(db, default_organization, "App", {noon_us + 1, noon_us + 2}).value().empty());
}

BOOST_AUTO_TEST_SUITE_END()

} // namespace weir::storage
