#include "storage/prepared_filter.hpp"

#include "storage/property_index.hpp"
#include "storage/requests.hpp"
#include "storage/sessions.hpp"
#include "storage/traffic_query.hpp"
#include "storage/users.hpp"
#include "tests/support/sample_database.hpp"

#include <boost/test/unit_test.hpp>

namespace weir::storage
{
namespace
{

filter property_is(std::string_view table, std::string const& key, comparison how, std::string const& value)
{
    filter what;
    what.is = filter::kind::condition;
    what.condition = {
        .table = table, .column = table == "properties" ? "" : "properties", .key = key, .how = how, .operand = value};
    return what;
}

/// Calls that spell a property in three ways, one that lacks it, and another organisation's.
struct spelled : fresh_database {
    spelled()
    {
        std::vector<request_record> rows;
        for (std::int64_t n = 1; n <= 5; ++n) rows.push_back(minimal(n));
        rows[0].properties = {{"Environment", "prod"}};
        rows[1].properties = {{"environment", "prod"}};
        rows[2].properties = {{"ENVIRONMENT", "test"}};
        rows[4].properties = {{"eNVIRONMENT", "prod"}};
        rows[4].organization = other_organization;
        for (auto& row : rows) {
            row.session_id = "s";
            row.user_id = "u";
        }
        BOOST_REQUIRE(insert(db, rows).has_value());
    }

    std::int64_t count(filter const& what) { return count_requests(db, default_organization, what).value(); }
};

} // namespace

BOOST_FIXTURE_TEST_SUITE(prepared_filters, spelled)

BOOST_AUTO_TEST_CASE(a_property_is_found_in_any_case_with_and_without_an_index)
{
    for (bool const is_indexed : {false, true}) {
        if (is_indexed) BOOST_REQUIRE(index_properties(db, {"environment"}).has_value());
        for (auto const* table : {"properties", "request_response_rmt"})
            for (auto const* key : {"Environment", "environment", "ENVIRONMENT", "enVironment"}) {
                BOOST_TEST_CONTEXT(table << " " << key << " " << is_indexed)
                {
                    BOOST_TEST(count(property_is(table, key, comparison::equals, "prod")) == 2);
                    BOOST_TEST(count(property_is(table, key, comparison::equals, "test")) == 1);
                    BOOST_TEST(count(property_is(table, key, comparison::contains, "r")) == 2);
                }
            }
        BOOST_TEST(count(property_is("properties", "environ", comparison::equals, "prod")) == 0);
        // Where a property is missing it is NULL in one table, and empty in the other.
        BOOST_TEST(count(property_is("properties", "Environment", comparison::not_equals, "prod")) == 1);
        BOOST_TEST(count(property_is("request_response_rmt", "Environment", comparison::not_equals, "prod")) == 2);
    }
}

BOOST_AUTO_TEST_CASE(a_call_with_two_spellings_is_asked_for_the_one_that_is_named)
{
    auto row = minimal(9);
    row.properties = {{"environment", "one"}, {"Environment", "two"}};
    BOOST_REQUIRE(insert(db, {row}).has_value());

    BOOST_TEST(count(property_is("properties", "environment", comparison::equals, "one")) == 1);
    BOOST_TEST(count(property_is("properties", "environment", comparison::equals, "two")) == 0);
    BOOST_TEST(count(property_is("properties", "Environment", comparison::equals, "two")) == 1);
}

BOOST_AUTO_TEST_CASE(all_that_take_filters_know_the_spellings)
{
    auto const what = property_is("properties", "Environment", comparison::equals, "prod");
    auto const both = filter{.is = filter::kind::all_of, .parts = {what, {}}};

    request_query rows;
    rows.what = both;
    BOOST_TEST(query_requests(db, default_organization, rows).value().size() == 2U);

    session_query sessions;
    sessions.what = both;
    BOOST_TEST(query_sessions(db, default_organization, sessions, 10).value().at(0).requests == 2);
    BOOST_TEST(query_session_names(db, default_organization, sessions, 10).value().size() == 1U);

    user_query users;
    users.what = both;
    BOOST_TEST(query_users(db, default_organization, users).value().at(0).requests == 2);
    BOOST_TEST(count_users(db, default_organization, users).value() == 1);

    walk_position all;
    all.last = last_row_id(db).value();
    int walked = 0;
    BOOST_REQUIRE(walk_records(db, both, all, [&](request_record const&) { return ++walked > 0; }).has_value());
    BOOST_TEST(walked == 3); // of every organisation
}

BOOST_AUTO_TEST_CASE(rows_are_in_the_order_of_a_property_in_any_case)
{
    request_query query;
    query.by = request_order::property;
    query.key = "environment";
    auto const found = query_requests(db, default_organization, query).value();
    BOOST_TEST(found.at(0).record.properties.at(0).second == "test");
    BOOST_TEST(found.at(1).record.properties.at(0).second == "prod");
}

BOOST_AUTO_TEST_CASE(what_all_calls_have_in_common_is_answered_once)
{
    using c = comparison;
    struct {
        std::string_view table, column;
        comparison how;
        std::variant<std::string, double, bool, filter_time> operand;
        bool passes;
    } const cases[] = {
        {"request", "org_id", c::equals, "00000000-0000-4000-8000-000000000001", true},
        {"request", "org_id", c::contains, "4000", true},
        {"request", "org_id", c::equals, "00000000-0000-4000-8000-000000000002", false},
        {"request", "country_code", c::equals, "US", false},
        {"request", "country_code", c::not_equals, "US", false},
        {"request", "country_code", c::equals, "null", true},
        {"request_response_rmt", "cache_enabled", c::equals, false, true},
        {"request_response_rmt", "cache_enabled", c::equals, true, false},
        {"request_response_rmt", "cache_reference_id", c::not_equals, "x", true},
        {"feedback", "id", c::gt, 0.0, false},
    };
    for (auto const& one : cases) {
        filter what{.is = filter::kind::condition};
        what.condition = {.table = one.table, .column = one.column, .how = one.how, .operand = one.operand};
        BOOST_TEST_CONTEXT(one.table << "." << one.column)
        {
            BOOST_TEST(count(what) == (one.passes ? 4 : 0));
            auto const known = prepared(db, default_organization, what).value();
            BOOST_TEST((known.is == (one.passes ? filter::kind::everything : filter::kind::any_of)));
        }
    }
    // Of groups it counts as true, as it does of calls in a filter of groups.
    session_query sessions;
    sessions.what = {.is = filter::kind::any_of};
    filter none{.is = filter::kind::condition};
    none.condition = {.table = "request", .column = "country_code", .how = c::equals, .operand = std::string("US")};
    filter many{.is = filter::kind::condition};
    many.condition = {
        .table = "sessions_request_response_rmt", .column = "session_total_requests", .how = c::gt, .operand = 1000.0};
    sessions.what.parts = {none, many};
    BOOST_TEST(query_sessions(db, default_organization, sessions, 10).value().size() == 1U);
}

BOOST_AUTO_TEST_SUITE_END()

} // namespace weir::storage
