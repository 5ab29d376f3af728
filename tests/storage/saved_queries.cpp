#include "storage/saved_queries.hpp"

#include "tests/support/sample_database.hpp"

#include <boost/test/unit_test.hpp>

namespace weir::storage
{
namespace
{

struct with_two_organizations : fresh_database {
    with_two_organizations()
    {
        BOOST_REQUIRE(
            db.execute("INSERT INTO organization (id,public_id,name,created_us) VALUES (2,'other-id','other',1)")
                .has_value());
    }

    saved_query add(std::string const& name, std::int64_t now_us = 5, organization_id whose = default_organization)
    {
        return add_saved_query(db, whose, name, "SELECT '" + name + "'", now_us).value();
    }
    /// The names of those of an organisation, in their order.
    std::string names(organization_id whose = default_organization)
    {
        std::string all;
        for (auto const& one : saved_queries(db, whose).value()) all += one.name + " ";
        return all;
    }
};

} // namespace

BOOST_FIXTURE_TEST_SUITE(saved_queries_, with_two_organizations)

BOOST_AUTO_TEST_CASE(one_that_is_added_is_given_back_and_listed_oldest_first)
{
    BOOST_TEST(names() == "");
    auto const second = add("second", 7);
    add("first", 6);

    BOOST_TEST(second.organization == "00000000-0000-4000-8000-000000000001");
    BOOST_TEST(second.name == "second");
    BOOST_TEST(second.sql == "SELECT 'second'");
    BOOST_TEST(second.created_us == 7);
    BOOST_TEST(second.updated_us == 7);
    BOOST_TEST(names() == "first second ");
}

BOOST_AUTO_TEST_CASE(one_that_is_changed_keeps_its_id_and_its_beginning)
{
    auto const before = add("before", 5);
    add("other");

    auto const after = change_saved_query(db, default_organization, before.id, "after", "SELECT 2", 9).value();
    BOOST_TEST((after.id == before.id));
    BOOST_TEST(after.name == "after");
    BOOST_TEST(after.sql == "SELECT 2");
    BOOST_TEST(after.created_us == 5);
    BOOST_TEST(after.updated_us == 9);
    BOOST_TEST(saved_queries(db, default_organization).value().size() == 2U);
}

BOOST_AUTO_TEST_CASE(each_organisation_has_its_own)
{
    auto const theirs = add("theirs", 5, other_organization);
    add("mine");

    BOOST_TEST(theirs.organization == "other-id");
    BOOST_TEST(names() == "mine ");
    BOOST_TEST(names(other_organization) == "theirs ");
    BOOST_TEST(
        (change_saved_query(db, default_organization, theirs.id, "stolen", "SELECT 1", 9).error() == errc::not_found));
    BOOST_TEST(
        (change_saved_query(db, default_organization, uuid{}, "none", "SELECT 1", 9).error() == errc::not_found));
    BOOST_TEST(names(other_organization) == "theirs ");
}

BOOST_AUTO_TEST_CASE(there_are_only_so_many)
{
    auto begun = transaction::begin(db).value();
    for (std::int64_t i = 0; i < most_saved_queries; ++i) add("q");
    BOOST_TEST((add_saved_query(db, default_organization, "more", "SELECT 1", 5).error() == errc::conflict));
    BOOST_TEST(add("theirs", 5, other_organization).name == "theirs");
    BOOST_REQUIRE(begun.commit().has_value());
}

BOOST_AUTO_TEST_SUITE_END()

} // namespace weir::storage
