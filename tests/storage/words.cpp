#include "storage/words.hpp"

#include <boost/test/unit_test.hpp>

namespace weir::storage
{

BOOST_AUTO_TEST_SUITE(words)

BOOST_AUTO_TEST_CASE(punctuation_and_blanks_part_words)
{
    std::vector<std::string> const expected{"it", "s", "100", "of", "caf\xc3\xa9", "\xe2\x98\x83", "end"};
    BOOST_TEST(words_of("It's 100% of\tCAF\xc3\x89 \xe2\x80\x9c\xe2\x98\x83\xe2\x80\x9d\xc2\xa0"
                        "end.") == expected,
               boost::test_tools::per_element());
    BOOST_TEST(words_of("").empty());
    BOOST_TEST(words_of(" \"*(-)^:{}% ").empty());
    BOOST_TEST(words_of("\xff\xe2").size() <= 1U); // what is no UTF-8 does no harm
}

BOOST_AUTO_TEST_CASE(the_last_word_may_be_only_begun)
{
    auto const has = [](std::string_view text, std::string_view sought) {
        return has_words(words_of(text), words_of(sought));
    };
    BOOST_TEST(has("blue sky", "sky blu"));
    BOOST_TEST(!has("blue sky", "blu sky"));
    BOOST_TEST(has("Blue", "BLUE"));
    BOOST_TEST(!has("blue", "lue"));
    BOOST_TEST(has("", ""));
    BOOST_TEST(!has("", "a"));
    BOOST_TEST(has("\xe3\x83\x86\xe3\x82\xb9\xe3\x83\x88\xe3\x81\xa7\xe3\x81\x99", "\xe3\x82\xb9\xe3\x83\x88"));
}

BOOST_AUTO_TEST_SUITE_END()

} // namespace weir::storage
