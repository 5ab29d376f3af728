#include "tests/storage/grouping.hpp"

/// What is damaged of row groups fails a question or is made anew, and is not taken for something else.
namespace weir::storage
{
BOOST_FIXTURE_TEST_SUITE(damaged_groups, grouping)

BOOST_AUTO_TEST_CASE(a_damaged_list_of_rows_that_wait_fails_the_question)
{
    add(1, 1024);
    group_all();
    for (auto const* list : {"[1", "[1,]", "1,2", "[1,x]", "[1]]", ""}) {
        BOOST_REQUIRE(db.execute("INSERT INTO ungrouped_rows (row_ids) VALUES (?1)", list).has_value());
        BOOST_TEST(candidates::find(db, default_organization, of_path("/rare")).error() ==
                       make_error_code(errc::damaged),
                   list);
        run("DELETE FROM ungrouped_rows");
    }
    for (auto const* list : {"[]", "[1]", "[1,2]"})
        BOOST_REQUIRE(db.execute("INSERT INTO ungrouped_rows (row_ids) VALUES (?1)", list).has_value());
    BOOST_TEST(candidates_of(of_path("/rare")).value() == (ids{2, 1}), boost::test_tools::per_element());
}

BOOST_AUTO_TEST_CASE(a_group_that_is_damaged_is_told)
{
    add(1, 1024, [](request_record& r) { r.path = "/" + std::to_string(static_cast<std::int64_t>(r.id)); });
    group_all();
    run("UPDATE column_content SET content=x'00' WHERE field='r.path'");
    auto found = candidates::find(db, default_organization, of_path("/5"));
    BOOST_REQUIRE((found.has_value() && found->has_value()));
    BOOST_TEST(((*found)->next(1000).error() == errc::damaged));
}

BOOST_AUTO_TEST_CASE(a_small_group_that_is_damaged_is_made_anew)
{
    for (auto const* damage : {"UPDATE column_content SET content=x'0102' WHERE field='r.path' AND row_group=3",
                               "UPDATE row_group SET row_ids=x'0102' WHERE id=5",
                               "UPDATE column_chunk SET form=9 WHERE field='r.path' AND row_group=7"}) {
        run("DELETE FROM request;DELETE FROM ungrouped_rows;DELETE FROM row_group;DELETE FROM column_chunk;"
            "DELETE FROM column_content;DELETE FROM value_filter;DELETE FROM field_text;DELETE FROM field_text_check;"
            "DELETE FROM sqlite_sequence WHERE name='row_group'");
        for (std::int64_t group = 0; group < 15; ++group) {
            add(group * 1024 + 1, group * 1024 + 1024, [](request_record& r) {
                if (static_cast<std::int64_t>(r.id) % 1000 == 77) r.path = "/rare";
            });
            group_all();
        }
        run(damage);
        add(20'001, 21'024);
        group_all();
        BOOST_TEST(count_requests(db, default_organization, of_path("/rare")).value() == 16, damage);
        BOOST_TEST(std::ssize(newest(of_path("/rare"), 100)) == 16, damage);
    }
}

BOOST_AUTO_TEST_CASE(a_damaged_group_of_which_a_row_changes_is_made_anew)
{
    add(1, 1024, [](request_record& r) { r.path = "/p"; });
    group_all();
    run("UPDATE row_group SET row_ids=x'0102';UPDATE request SET user_id='u' WHERE id=5");
    add(2001, 3100);
    group_all();
    BOOST_TEST(count_requests(db, default_organization, of_path("/p")).value() == 1024);
    BOOST_TEST(newest(where("request", "user_id", comparison::equals, std::string("u")), 5) == ids{5},
               boost::test_tools::per_element());
}

BOOST_AUTO_TEST_SUITE_END()

} // namespace weir::storage
