#include "storage/column_chunk.hpp"

#include <boost/test/unit_test.hpp>

namespace weir::storage
{
BOOST_AUTO_TEST_SUITE(column_chunks)

namespace
{

using numbers = std::vector<std::int64_t>;

column_builder column_of(numbers const& values)
{
    column_builder column;
    for (std::size_t row = 0; row < values.size(); ++row)
        if (values[row] != no_value) column.add(row, values[row]);
    return column;
}

/// The texts of a chunk's rows; "-" for none.
std::vector<std::string> told(encoded_chunk const& chunk, std::size_t rows)
{
    auto const texts = texts_of(chunk.dictionary);
    std::vector<std::string> all;
    for (auto const value : values_of(chunk, rows))
        all.emplace_back(value == no_value ? "-" : texts.at(static_cast<std::size_t>(value)));
    return all;
}

} // namespace

BOOST_AUTO_TEST_CASE(numbers_of_any_range_come_back)
{
    constexpr auto most = std::numeric_limits<std::int64_t>::max();
    numbers const cases[] = {
        {5},
        {7, 7, 7},
        {0, 1, 254},
        {0, 255},
        {no_value, 3, no_value},
        {1'000'000, no_value, 1'000'001},
        {-1, 0, 65'534},
        {0, 1LL << 40U, 1LL << 55U},
        {-most, 0, most},
    };
    for (auto const& values : cases) {
        auto const chunk = column_of(values).encoded(values.size());
        BOOST_TEST(values_of(chunk, values.size()) == values, boost::test_tools::per_element());
    }
}

BOOST_AUTO_TEST_CASE(what_all_rows_have_takes_no_room_and_what_is_near_little)
{
    BOOST_TEST(column_of({9, 9, 9, 9}).encoded(4).content.empty());
    BOOST_TEST(column_of({9'000'000'000, 9'000'000'254}).encoded(2).content.size() == 2U);
    BOOST_TEST(column_of({9'000'000'000, 9'000'000'255}).encoded(2).content.size() == 4U);
}

BOOST_AUTO_TEST_CASE(the_rows_behind_the_last_value_have_none)
{
    column_builder column;
    column.add(1, std::int64_t{4});
    auto const values = values_of(column.encoded(4), 4);
    BOOST_TEST((values == numbers{no_value, 4, no_value, no_value}));
}

BOOST_AUTO_TEST_CASE(of_two_values_of_a_row_the_first_counts)
{
    column_builder column;
    column.add(0, "a");
    column.add(0, "b");
    column.add(1, "c");
    BOOST_TEST((told(column.encoded(2), 2) == std::vector<std::string>{"a", "c"}));
}

BOOST_AUTO_TEST_CASE(texts_come_back_whatever_is_in_them)
{
    using namespace std::string_literals;
    std::vector<std::string> const texts{"", "a", "a\0b"s, "\xff\"", "a", std::string(1000, 'x')};
    column_builder column;
    for (std::size_t row = 0; row < texts.size(); ++row) column.add(row, texts[row]);
    auto const chunk = column.encoded(texts.size());
    BOOST_TEST(told(chunk, texts.size()) == texts, boost::test_tools::per_element());
    BOOST_TEST(texts_of(chunk.dictionary).size() == 5U);
}

BOOST_AUTO_TEST_CASE(too_many_texts_become_hashes)
{
    column_builder column;
    for (std::size_t row = 0; row < 5000; ++row) column.add(row, "a text of its own " + std::to_string(row));
    auto const chunk = column.encoded(5000);
    BOOST_TEST((chunk.form == chunk_form::hashes));
    BOOST_TEST(chunk.dictionary.empty());
    auto const values = values_of(chunk, 5000);
    for (std::size_t const row : {0U, 1U, 4999U})
        BOOST_TEST(values[row] == hash_of_text("a text of its own " + std::to_string(row)));
}

BOOST_AUTO_TEST_CASE(chunks_are_joined_whatever_their_form)
{
    column_builder few, many, joined;
    few.add(0, "b");
    few.add(2, "a");
    for (std::size_t row = 0; row < 5000; ++row) many.add(row, "a text of its own " + std::to_string(row));

    joined.add(0, few.encoded(3), {1, 1, 1});
    joined.add(3, few.encoded(3), {1, 1, 1});
    BOOST_TEST((told(joined.encoded(6), 6) == std::vector<std::string>{"b", "-", "a", "b", "-", "a"}));

    joined.add(6, many.encoded(5000), std::vector<std::uint8_t>(5000, 1));
    auto const all = joined.encoded(5006);
    BOOST_TEST((all.form == chunk_form::hashes));
    auto const values = values_of(all, 5006);
    BOOST_TEST(values[2] == hash_of_text("a"));
    BOOST_TEST(values[4] == no_value);
    BOOST_TEST(values[6] == hash_of_text("a text of its own 0"));

    column_builder sums;
    sums.add(0, column_of({no_value, 5}).encoded(2), {1, 1});
    sums.add(2, column_of({-5}).encoded(1), {1});
    BOOST_TEST((values_of(sums.encoded(3), 3) == numbers{no_value, 5, -5}));

    column_builder rest;
    rest.add(0, column_of({1, no_value, 3, 4}).encoded(4), {0, 1, 1, 0});
    rest.add(2, column_of({5, 6}).encoded(2), {0, 1});
    BOOST_TEST((values_of(rest.encoded(3), 3) == numbers{no_value, 3, 6}));
}

BOOST_AUTO_TEST_CASE(rows_within_a_range_are_those_whose_values_it_has)
{
    constexpr auto most = std::numeric_limits<std::int64_t>::max();
    numbers const columns[] = {{4, 4},
                               {no_value, no_value},
                               {3, no_value, 5, 4, 0, 254},
                               {0, 70'000, no_value, 5, 4},
                               {0, 1LL << 31U, no_value, 5, 4},
                               {-most, no_value, 4, most},
                               {0, 1LL << 40U, 5, 1LL << 50U, -1},
                               {300, 5, no_value, 4}};
    number_range const ranges[] = {{},     {4, 5},       {4, 4},        {-9, 3}, {5, most}, {70'000, most},
                                   {6, 4}, {most, most}, {-most, -most}};
    for (auto const& column : columns)
        for (std::size_t const times : {1U, 20U}) { // more than are compared at once
            numbers values;
            for (std::size_t n = 0; n < times; ++n) values.insert(values.end(), column.begin(), column.end());
            auto const chunk = column_of(values).encoded(values.size());
            for (auto these : ranges)
                for (bool const is_without : {false, true}) {
                    these.is_without = is_without;
                    std::vector<std::uint8_t> expected;
                    for (auto const value : values) expected.push_back(value != no_value && these.has(value) ? 1 : 0);
                    BOOST_TEST(rows_within(chunk, values.size(), these) == expected, boost::test_tools::per_element());
                }
        }
}

BOOST_AUTO_TEST_CASE(three_bytes_are_read_though_four_are_written)
{
    auto const written = column_of({0, 70'000, no_value, 5}).encoded(4);
    BOOST_TEST(written.content.size() == 16U);
    std::string narrow;
    for (std::size_t row = 0; row < 4; ++row) narrow += written.content.substr(row * 4, 3);
    chunk_values const chunk(written.least, narrow);
    BOOST_TEST((values_of(chunk, 4) == numbers{0, 70'000, no_value, 5}));
    BOOST_TEST((rows_within(chunk, 4, {.least = 5}) == std::vector<std::uint8_t>{0, 1, 0, 1}));
    BOOST_TEST(value_at(chunk, 4, 1) == 70'000);
}

BOOST_AUTO_TEST_CASE(rows_of_texts_are_those_with_a_text_that_passes)
{
    using mask = std::vector<std::uint8_t>;
    column_builder column, same;
    for (std::size_t const row : {0U, 2U, 3U}) column.add(row, row == 2 ? "b" : "a");
    for (std::size_t const row : {0U, 1U}) same.add(row, "a");
    auto const chunk = column.encoded(5);
    BOOST_TEST((rows_of_texts(chunk, 5, {1, 0}) == mask{1, 0, 0, 1, 0}));
    BOOST_TEST((rows_of_texts(chunk, 5, {0, 1}) == mask{0, 0, 1, 0, 0}));
    BOOST_TEST((rows_of_texts(chunk, 5, {1}) == mask{1, 0, 0, 1, 0})); // a damaged dictionary
    BOOST_TEST((rows_of_texts(chunk, 5, {}) == mask(5)));
    BOOST_TEST((rows_of_texts(same.encoded(2), 2, {1}) == mask{1, 1}));
    BOOST_TEST((rows_of_texts(same.encoded(2), 2, {0}) == mask{0, 0}));
}

BOOST_AUTO_TEST_CASE(rows_of_few_values_are_told)
{
    using mask = std::vector<std::uint8_t>;
    auto const chunk = column_of({4, no_value, 70'000, 5, 4}).encoded(5);
    BOOST_TEST((rows_of_few(chunk, 5, {4, 70'000, 9}) == mask{1, 0, 1, 0, 1}));
    BOOST_TEST((rows_of_few(chunk, 5, {}) == mask(5)));
    BOOST_TEST((rows_of_few(column_of({4, 4}).encoded(2), 2, {1, 4}) == mask{1, 1}));
}

BOOST_AUTO_TEST_CASE(what_is_damaged_is_read_as_far_as_it_goes)
{
    BOOST_TEST(values_of({0, "abc"}, 2).empty());
    BOOST_TEST(values_of({0, "abc"}, 0).empty());
    BOOST_TEST(values_of({0, std::string(18, 'a')}, 2).empty());
    using namespace std::string_literals;
    auto const cut = "\1\0\0\0a\5\0\0\0b"s;
    auto const texts = texts_of(cut);
    BOOST_TEST_REQUIRE(texts.size() == 1U);
    BOOST_TEST(texts[0] == "a");
}

BOOST_AUTO_TEST_CASE(rows_without_a_value_are_told)
{
    using mask = std::vector<std::uint8_t>;
    BOOST_TEST((rows_without_value(column_of({4, no_value, 5, no_value}).encoded(5), 5) == mask{0, 1, 0, 1, 1}));
    BOOST_TEST((rows_without_value(column_of({4, 4}).encoded(2), 2) == mask{0, 0}));
    BOOST_TEST((rows_without_value(column_of({4, no_value, 1LL << 40U}).encoded(3), 3) == mask{0, 1, 0}));
}

BOOST_AUTO_TEST_SUITE_END()

} // namespace weir::storage
