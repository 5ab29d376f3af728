#include "mock/words.hpp"

#include <boost/test/unit_test.hpp>

#include <string>

namespace weir::mock
{

BOOST_AUTO_TEST_SUITE(words)

BOOST_AUTO_TEST_CASE(words_are_runs_without_white_space)
{
    BOOST_TEST(count_words("") == 0u);
    BOOST_TEST(count_words("  ") == 0u);
    BOOST_TEST(count_words("a") == 1u);
    BOOST_TEST(count_words(" a\n\tb ") == 2u);
    BOOST_TEST(count_words("日本語 👋") == 2u);
}

BOOST_AUTO_TEST_CASE(chunks_make_up_the_whole_whatever_their_number)
{
    for (std::string const text : {"", " ", "a", " a  b\nc ", "one two three four five"})
        for (std::uint64_t const chunks : {0, 1, 2, 3, 5, 8, 100}) BOOST_TEST_CONTEXT("'" << text << "' in " << chunks)
            {
                knobs asked;
                asked.chunks = chunks;
                answer_text const cut(text, asked);

                std::string joined;
                for (std::uint64_t i = 0; i < cut.chunks(); ++i) joined += cut.chunk(i);

                BOOST_TEST(joined == cut.whole());
                BOOST_TEST(joined.starts_with(text));
                if (chunks) BOOST_TEST(cut.chunks() == chunks);
            }
}

BOOST_AUTO_TEST_CASE(text_is_not_cut_within_a_character)
{
    BOOST_TEST(utf8_prefix("a\xC3\xBC", 2) == "a");
    BOOST_TEST(utf8_prefix("a\xC3\xBC", 3) == "a\xC3\xBC");
    BOOST_TEST(utf8_prefix("\xF0\x9F\x91\x8B", 3) == "");
}

BOOST_AUTO_TEST_SUITE_END()

} // namespace weir::mock
