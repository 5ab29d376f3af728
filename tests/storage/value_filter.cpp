#include "storage/value_filter.hpp"

#include "tests/support/sample_database.hpp"

#include <boost/test/unit_test.hpp>

#include <algorithm>

/// The filters of chunks rule out no value that is there.
namespace weir::storage
{
namespace
{

using numbers = std::vector<std::int64_t>;

encoded_chunk chunk_of(chunk_form form, numbers const& values)
{
    column_builder column;
    for (std::size_t row = 0; row < values.size(); ++row)
        if (values[row] != no_value) column.add(row, values[row]);
    auto made = column.encoded(values.size());
    made.form = form;
    return made;
}

struct filtering_values : fresh_database {
    void add(std::int64_t group, chunk_form form, numbers const& values)
    {
        auto const parts = value_filter_of(chunk_of(form, values), values.size());
        BOOST_REQUIRE(write_value_filter(db, "r.path", group, parts).has_value());
    }

    /// Of the groups 1 to 3, those that may have one of the values.
    numbers with(chunk_form form, numbers const& values)
    {
        auto const found = groups_with_values::find(db, "r.path", form, values).value();
        numbers groups;
        for (std::int64_t const group : {1, 2, 3})
            if (found.may_have(group)) groups.push_back(group);
        return groups;
    }
};

} // namespace

BOOST_FIXTURE_TEST_SUITE(value_filters, filtering_values)

BOOST_AUTO_TEST_CASE(numbers_of_texts_are_told_exactly_whether_these_are_near_or_far)
{
    add(1, chunk_form::listed, {3, no_value, 9999, 3});
    add(2, chunk_form::listed, {100, 101, 103, 107, 108, 115, 116});
    add(3, chunk_form::listed, {7, 7, 7});
    for (std::int64_t const number : {0, 3, 7, 99, 100, 102, 108, 116, 117, 4095, 4096, 4103, 9998, 9999, 100'000}) {
        numbers expected;
        if (number == 3 || number == 9999) expected = {1};
        if (number == 100 || number == 108 || number == 116) expected = {2};
        if (number == 7) expected = {3};
        BOOST_TEST(with(chunk_form::listed, {number}) == expected, boost::test_tools::per_element());
        BOOST_TEST(with(chunk_form::listed, {-5, number, 200'000}) == expected, boost::test_tools::per_element());
    }
    BOOST_TEST((with(chunk_form::listed, {9999, 101}) == numbers{1, 2}));
    BOOST_TEST(with(chunk_form::listed, {}).empty());
    BOOST_TEST((with(chunk_form::listed, numbers(257, 5)) == numbers{1, 2, 3})); // not looked for one by one

    numbers listed;
    BOOST_REQUIRE(each_listed_number(db, "r.path", [&](std::int64_t number) { listed.push_back(number); }).has_value());
    std::ranges::sort(listed);
    BOOST_TEST((listed == numbers{3, 7, 100, 101, 103, 107, 108, 115, 116, 9999}));
}

BOOST_AUTO_TEST_CASE(other_values_are_ruled_out_but_for_one_in_forty)
{
    constexpr std::int64_t rows = 16'384, step = 7919;
    for (auto const form : {chunk_form::numbers, chunk_form::hashes}) {
        numbers values;
        for (std::int64_t n = 0; n < rows; ++n) values.push_back(n % 10 == 0 ? no_value : n * step);
        BOOST_REQUIRE(db.execute_script("DELETE FROM value_filter").has_value());
        add(1, form, values);
        std::size_t wrong = 0;
        for (std::int64_t n = 1; n < 2000; ++n) {
            BOOST_TEST_REQUIRE(((with(form, {n * step}) == numbers{1}) || n % 10 == 0));
            if (!with(form, {n * step + 1}).empty()) ++wrong;
        }
        BOOST_TEST(wrong < 100U);
        BOOST_TEST(wrong > 0U); // a larger filter would take more room
    }
}

BOOST_AUTO_TEST_CASE(few_values_take_little_room)
{
    numbers values;
    for (std::int64_t n = 0; n < 10'000; ++n) values.push_back(n % 5 * 1'000'000);
    std::size_t bytes = 0;
    for (auto const& part : value_filter_of(chunk_of(chunk_form::numbers, values), values.size()))
        bytes += part.bits.size();
    BOOST_TEST(bytes <= 5 * 9U);
    BOOST_TEST(value_filter_of(chunk_of(chunk_form::numbers, {1, 2, 60'000}), 3).empty()); // read as soon
    BOOST_TEST(value_filter_of(chunk_of(chunk_form::texts, {1, 2, 600'000}), 3).empty());
}

BOOST_AUTO_TEST_CASE(groups_whose_texts_are_told_in_different_ways_are_told_apart)
{
    numbers values;
    for (std::int64_t n = 0; n < 5000; ++n) values.push_back(n * 1'000'003);
    add(1, chunk_form::listed, {5, 6});
    add(2, chunk_form::hashes, values);
    BOOST_TEST((with(chunk_form::listed, {5}) == numbers{1}));
    BOOST_TEST((with(chunk_form::hashes, {1'000'003}) == numbers{2}));
}

BOOST_AUTO_TEST_CASE(what_was_deleted_is_no_longer_told)
{
    add(1, chunk_form::listed, {5, 5000});
    add(2, chunk_form::listed, {5, 5000});
    BOOST_REQUIRE(delete_value_filter(db, "r.path", 1, 2).has_value());
    BOOST_TEST((with(chunk_form::listed, {5}) == numbers{2}));
    BOOST_TEST((with(chunk_form::listed, {5000}) == numbers{2}));
}

BOOST_AUTO_TEST_CASE(a_damaged_part_rules_nothing_out_that_it_may_have_had)
{
    for (auto const* bits : {"x''", "x'02'", "x'09ff'"}) {
        BOOST_REQUIRE(db.execute_script("DELETE FROM value_filter;"
                                        "INSERT INTO value_filter SELECT 'r.path',value,1," +
                                        std::string(bits) + " FROM json_each('[" +
                                        []() {
                                            std::string parts = "0";
                                            for (int part = 1; part < 32; ++part) parts += "," + std::to_string(part);
                                            return parts;
                                        }() +
                                        "]')")
                          .has_value());
        BOOST_TEST(with(chunk_form::hashes, {12'345}) == numbers{1}, boost::test_tools::per_element());
    }
    for (auto const* bits : {"x''", "x'09ff'"}) {
        BOOST_REQUIRE(db.execute_script("UPDATE value_filter SET bits=" + std::string(bits)).has_value());
        BOOST_TEST(with(chunk_form::listed, {12'345}) == numbers{1}, boost::test_tools::per_element());
        BOOST_TEST(each_listed_number(db, "r.path", [](std::int64_t) {}).error() == make_error_code(errc::damaged));
    }
}

BOOST_AUTO_TEST_SUITE_END()

} // namespace weir::storage
