#include "net/utf8.hpp"

#include <boost/test/unit_test.hpp>

namespace weir::net
{

BOOST_AUTO_TEST_SUITE(utf8)

BOOST_AUTO_TEST_CASE(a_sequence_is_as_long_as_rfc_3629_says)
{
    struct {
        std::string_view text;
        std::size_t expected;
    } const cases[] = {
        {"a", 1},
        {std::string_view("\0", 1), 1},
        {"\x7F", 1},
        {"\xC2\x80", 2},
        {"\xDF\xBFz", 2},
        {"\xE0\xA0\x80", 3},
        {"\xED\x9F\xBF", 3}, // the last before the surrogates
        {"\xEE\x80\x80", 3},
        {"\xEF\xBF\xBF", 3},
        {"\xF0\x90\x80\x80", 4},
        {"\xF4\x8F\xBF\xBF", 4}, // U+10FFFF
    };
    for (auto const& c : cases) BOOST_TEST_CONTEXT(c.text) BOOST_TEST(utf8_length(c.text) == c.expected);
}

BOOST_AUTO_TEST_CASE(what_is_cut_overlong_or_no_character_is_none)
{
    for (std::string_view const text :
         {"\x80", "\xBF", "\xC0\x80", "\xC1\xBF", "\xC2", "\xC2z", "\xE0\x9F\xBF", "\xE0\xA0", "\xE1\x80z",
          "\xED\xA0\x80", "\xED\xBF\xBF", "\xF0\x8F\xBF\xBF", "\xF0\x90\x80", "\xF1\x80\x80z", "\xF4\x90\x80\x80",
          "\xF5\x80\x80\x80", "\xFF"})
        BOOST_TEST_CONTEXT(text) BOOST_TEST(utf8_length(text) == 0U);
}

BOOST_AUTO_TEST_SUITE_END()

} // namespace weir::net
