#include "storage/field_texts.hpp"

#include "storage/column_chunk.hpp"
#include "tests/support/sample_database.hpp"

#include <boost/test/unit_test.hpp>

#include <string>

namespace weir::storage
{
namespace
{

struct listing : fresh_database {
    std::size_t left = 100'000'000;

    field_texts read() { return field_texts::read(db, "r.path").value(); }

    std::optional<std::int64_t> number_in(field_texts& texts, std::string_view text)
    {
        auto const numbers = texts.numbers_of({text}, left);
        return numbers ? std::optional(numbers->front()) : std::nullopt;
    }

    void write(field_texts const& texts) { BOOST_REQUIRE(field_texts::write(db, texts.changes()).has_value()); }
};

} // namespace

BOOST_FIXTURE_TEST_SUITE(lists_of_texts, listing)

BOOST_AUTO_TEST_CASE(each_text_has_one_number_and_keeps_it)
{
    using namespace std::string_literals;
    auto texts = read();
    BOOST_TEST(texts.size() == 0);
    for (std::int64_t n = 0; n < 5000; ++n)
        BOOST_TEST_REQUIRE(number_in(texts, "text " + std::to_string(n)).value() == n);
    BOOST_TEST(number_in(texts, "").value() == 5000);
    BOOST_TEST(number_in(texts, "a\0b"s).value() == 5001);
    BOOST_TEST(number_in(texts, "text 77").value() == 77);
    write(texts);

    auto again = read();
    BOOST_TEST(again.size() == 5002);
    BOOST_TEST(again.text_of(2048).value() == "text 2048");
    BOOST_TEST(again.text_of(5000).value() == "");
    BOOST_TEST(again.text_of(5001).value() == "a\0b"s);
    BOOST_TEST(!again.text_of(5002));
    BOOST_TEST(!again.text_of(-1));
    BOOST_TEST(number_in(again, "text 4999").value() == 4999);
    BOOST_TEST(number_in(again, "new").value() == 5002);
    write(again);
    BOOST_TEST(read().text_of(5002).value() == "new");
    BOOST_TEST(field_texts::read(db, "r.model").value().size() == 0);
}

BOOST_AUTO_TEST_CASE(the_number_of_a_text_that_was_forgotten_is_given_again)
{
    auto texts = read();
    for (std::int64_t n = 0; n < 3000; ++n) number_in(texts, std::to_string(n));
    write(texts);
    auto shorter = read();
    for (std::int64_t const n : {5, 2999, 100'000}) shorter.forget(n);
    write(shorter);

    auto again = read();
    BOOST_TEST(!again.text_of(5));
    BOOST_TEST(again.text_of(6).value() == "6");
    BOOST_TEST(!again.text_of(2999));
    std::set<std::int64_t> const given{number_in(again, "a").value(), number_in(again, "b").value()};
    BOOST_TEST((given == std::set<std::int64_t>{5, 2999}));
    BOOST_TEST(number_in(again, "c").value() == 3000);
    BOOST_TEST(number_in(again, "5").value() == 3001);
}

BOOST_AUTO_TEST_CASE(a_list_takes_no_more_than_four_megabytes)
{
    auto texts = read();
    std::int64_t taken = 0;
    std::string const tail(1000, 'x');
    while (number_in(texts, std::to_string(taken) + tail)) ++taken;
    BOOST_TEST(taken > 4000);
    BOOST_TEST(taken < 4200);
    BOOST_TEST(number_in(texts, "77" + tail).value() == 77);
    BOOST_TEST(!field_texts::are_full(db, "r.path").value());
    BOOST_REQUIRE(db.execute("INSERT INTO field_text VALUES ('r.path',0,zeroblob(4194304))").has_value());
    BOOST_TEST(field_texts::are_full(db, "r.path").value());
}

BOOST_AUTO_TEST_CASE(what_is_damaged_is_told)
{
    for (auto const* parts : {"(0,x'0500000061')", "(0,x'01000000')", "(0,x'010000')", "(1,x'0100000061')",
                              "(0,x'0100000061'),(1,x'0100000062')", "(0,zeroblob(8196))"}) {
        BOOST_REQUIRE(
            db.execute_script("DELETE FROM field_text;INSERT INTO field_text SELECT 'r.path',* FROM (VALUES " +
                              std::string(parts) + ")")
                .has_value());
        BOOST_TEST(field_texts::read(db, "r.path").error() == make_error_code(errc::damaged), parts);
    }
    BOOST_REQUIRE(db.execute_script("DELETE FROM field_text;"
                                    "INSERT INTO field_text VALUES ('r.path',0,x'0100000061ffffffff00000000')")
                      .has_value());
    auto const texts = read();
    BOOST_TEST(texts.text_of(0).value() == "a");
    BOOST_TEST(!texts.text_of(1));
    BOOST_TEST(texts.text_of(2).value() == "");
}

BOOST_AUTO_TEST_CASE(texts_that_have_no_room_together_are_not_added_at_all)
{
    auto texts = read();
    left = 20;
    BOOST_TEST(!texts.numbers_of({"eight888", "nine99999"}, left));
    BOOST_TEST(left == 20U);
    BOOST_TEST(texts.size() == 0);
    BOOST_TEST(texts.changes().empty());
    BOOST_TEST(texts.numbers_of({"eight888"}, left).has_value());
    BOOST_TEST(left == 8U);
    BOOST_TEST(!texts.numbers_of({"eight888", "nine99999"}, left));
    BOOST_TEST(texts.size() == 1);
}

BOOST_AUTO_TEST_CASE(a_chunk_keeps_its_texts_whatever_stands_for_them)
{
    column_builder column;
    for (std::size_t row = 0; row < 3000; ++row)
        if (row % 3 != 0) column.add(row, "t" + std::to_string(row % 100));
    auto const plain = column.encoded(3000);
    auto texts = read();
    number_in(texts, "another");
    auto const by_number = listed(plain, 3000, texts, left).value();
    BOOST_TEST((by_number.form == chunk_form::listed));
    BOOST_TEST(by_number.dictionary.empty());
    auto const values = values_of(by_number, 3000);
    BOOST_TEST(values[0] == no_value);
    BOOST_TEST(texts.text_of(values[1]).value() == "t1");
    BOOST_TEST(texts.text_of(values[2999]).value() == "t99");

    auto const back = unlisted(by_number, 3000, texts).value();
    BOOST_TEST((back.form == chunk_form::texts));
    BOOST_TEST(values_of(back, 3000) == values_of(plain, 3000), boost::test_tools::per_element());
    BOOST_TEST(back.dictionary == plain.dictionary);
    BOOST_TEST((with_bounded_dictionary(plain, 3000).form == chunk_form::texts));

    column_builder large(false);
    for (std::size_t row = 0; row < 3000; ++row) large.add(row, std::string(30, 'x') + std::to_string(row));
    auto const hashed = with_bounded_dictionary(large.encoded(3000), 3000);
    BOOST_TEST((hashed.form == chunk_form::hashes));
    BOOST_TEST(values_of(hashed, 3000)[77] == hash_of_text(std::string(30, 'x') + "77"));
}

BOOST_AUTO_TEST_SUITE_END()

} // namespace weir::storage
