#include "storage/property_index.hpp"

#include "storage/requests.hpp"
#include "tests/support/sample_database.hpp"

#include <boost/test/unit_test.hpp>

namespace weir::storage
{
namespace
{

struct indexing : fresh_database {
    std::string indices()
    {
        auto found = db.query("SELECT group_concat(name,'|') FROM (SELECT name FROM sqlite_schema WHERE type='index'"
                              " AND name LIKE 'request_by_property%' ORDER BY name)");
        BOOST_REQUIRE(found.has_value());
        BOOST_REQUIRE(found->next());
        return found->get<std::string>(0);
    }

    std::vector<request_row> with_property(std::string const& name, std::string const& value)
    {
        request_query query;
        query.what.is = filter::kind::condition;
        query.what.condition = {
            .table = "properties", .column = "", .key = name, .how = comparison::equals, .operand = value};
        return query_requests(db, default_organization, query).value();
    }
};

} // namespace

BOOST_FIXTURE_TEST_SUITE(property_index, indexing)

BOOST_AUTO_TEST_CASE(there_are_the_indices_that_are_asked_for_and_no_others)
{
    auto const done = index_properties(db, {"App", "tenant-id"});
    BOOST_REQUIRE_MESSAGE(done.has_value(), db.message());
    BOOST_TEST(indices() == "request_by_property App|request_by_property tenant-id");
    BOOST_REQUIRE(index_properties(db, {"tenant-id", "User_2"}).has_value());
    BOOST_TEST(indices() == "request_by_property User_2|request_by_property tenant-id");
    BOOST_REQUIRE(index_properties(db, {}).has_value());
    BOOST_TEST(indices() == "");
}

BOOST_AUTO_TEST_CASE(an_index_answers_for_its_property)
{
    BOOST_REQUIRE(index_properties(db, {"App"}).has_value());

    auto plan = db.query("EXPLAIN QUERY PLAN SELECT id FROM request AS r WHERE r.organization_id=1 AND " +
                         property_expression("r.properties", "App") + "='x' ORDER BY r.id DESC LIMIT 50");

    BOOST_REQUIRE(plan.has_value());
    BOOST_REQUIRE(plan->next());
    BOOST_TEST(plan->get<std::string>(3).find("request_by_property App") != std::string::npos);
    BOOST_TEST(!plan->next()); // no sorting
}

BOOST_AUTO_TEST_CASE(rows_are_found_with_and_without_an_index_whatever_the_name)
{
    auto row = minimal(1);
    row.properties = {{"App", "x"}, {"with \"quotes\"", "q"}, {"a.b", "d"}, {"$", "s"}};
    BOOST_REQUIRE(insert(db, {row, minimal(2)}).has_value());
    for (bool const is_indexed : {false, true}) {
        if (is_indexed) BOOST_REQUIRE(index_properties(db, {"App"}).has_value());
        for (auto const& [name, value] : row.properties) {
            BOOST_TEST(with_property(name, value).size() == 1U, name);
            BOOST_TEST(with_property(name, value + "2").empty(), name);
            BOOST_TEST(with_property(name + "2", value).empty(), name);
        }
    }
}

BOOST_AUTO_TEST_CASE(names_that_may_stand_in_sql_are_plain)
{
    for (std::string const name : {"a", "Tenant", "tenant_id", "X-1"}) BOOST_TEST(is_plain_property(name), name);
    for (std::string const name : {"", "a b", "a'b", "a\"b", "a.b", "\xc3\xa9"})
        BOOST_TEST(!is_plain_property(name), name);
    BOOST_TEST(is_plain_property(std::string(64, 'a')));
    BOOST_TEST(!is_plain_property(std::string(65, 'a')));
}

BOOST_AUTO_TEST_SUITE_END()

} // namespace weir::storage
