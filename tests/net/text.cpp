#include "net/text.hpp"

#include <boost/test/unit_test.hpp>

#include <vector>

namespace weir::net
{

BOOST_AUTO_TEST_SUITE(texts)

BOOST_AUTO_TEST_CASE(ascii_letters_compare_without_case_and_nothing_else_does)
{
    BOOST_TEST(iequals("Content-Type", "cONTENT-tYPE"));
    BOOST_TEST(!iequals("a", "ab"));
    BOOST_TEST(!iequals("\xc3\x84", "\xc3\xa4")); // Ä and ä
    BOOST_TEST(!iequals("@", "`"));               // they differ by the same bit as letters do
    BOOST_TEST(!iequals("[", "{"));
    BOOST_TEST(istarts_with("Helicone-Auth", "HELICONE-"));
    BOOST_TEST(!istarts_with("Heli", "Helicone-"));
    BOOST_TEST(istarts_with("x", ""));
    BOOST_TEST(icontains("a FileName=b", "filename="));
    BOOST_TEST(!icontains("a", "ab"));
    BOOST_TEST(icontains("", ""));
    BOOST_TEST(to_lower("AbC\xc3\x84") == "abc\xc3\x84");
}

BOOST_AUTO_TEST_CASE(trimming_takes_spaces_and_tabs_off_both_ends)
{
    struct {
        std::string_view given, expected;
    } const cases[] = {{"", ""}, {" ", ""}, {" \t a b \t", "a b"}, {"a", "a"}, {"\na\n", "\na\n"}};
    for (auto const& c : cases) BOOST_TEST(trimmed(c.given) == c.expected);
}

BOOST_AUTO_TEST_CASE(a_lists_elements_are_trimmed_and_empty_ones_left_out)
{
    struct {
        std::string_view given;
        std::vector<std::string> expected;
    } const cases[] = {{"", {}},
                       {",", {}},
                       {" , ,", {}},
                       {"a", {"a"}},
                       {"a,b", {"a", "b"}},
                       {" a ,\tb c,", {"a", "b c"}},
                       {",,a,,b,,", {"a", "b"}}};
    for (auto const& c : cases) {
        std::vector<std::string> got;
        for_each_element(c.given, [&](std::string_view e) { got.emplace_back(e); });
        BOOST_TEST_CONTEXT(c.given) BOOST_TEST(got == c.expected, boost::test_tools::per_element());
    }
}

BOOST_AUTO_TEST_CASE(numbers_are_digits_only_and_must_fit)
{
    struct {
        std::string_view given;
        std::optional<std::uint64_t> expected;
    } const cases[] = {
        {"0", 0},
        {"005", 5},
        {"18446744073709551615", 18446744073709551615ULL},
        {"18446744073709551616", {}},
        {"", {}},
        {"-1", {}},
        {"+1", {}},
        {" 1", {}},
        {"1 ", {}},
        {"1x", {}},
        {"0x1", {}},
        {"1e3", {}},
    };
    for (auto const& c : cases) BOOST_TEST_CONTEXT(c.given) BOOST_TEST((parse_number(c.given) == c.expected));
}

BOOST_AUTO_TEST_CASE(header_bytes_become_clean_utf8)
{
    struct {
        std::string_view given, expected;
    } const cases[] = {
        {"plain", "plain"},
        {"caf\xc3\xa9", "caf\xc3\xa9"},                           // UTF-8 stays
        {"caf\xe9", "caf\xc3\xa9"},                               // Latin-1 is converted
        {"\xff", "\xc3\xbf"},                                     //
        {"\xf0\x9f\x98\x80", "\xf0\x9f\x98\x80"},                 // beyond the basic plane
        {"\xc3\xa9 \xe9", "\xc3\x83\xc2\xa9 \xc3\xa9"},           // not all UTF-8: all Latin-1
        {"\xc0\x80", "\xc3\x80\xc2\x80"},                         // overlong
        {"\xe0\x80\x80", "\xc3\xa0\xc2\x80\xc2\x80"},             // overlong
        {"\xed\xa0\x80", "\xc3\xad\xc2\xa0\xc2\x80"},             // a surrogate
        {"\xf4\x90\x80\x80", "\xc3\xb4\xc2\x90\xc2\x80\xc2\x80"}, // beyond U+10FFFF
        {"\xc3", "\xc3\x83"},                                     // an unfinished sequence
        {"\xe2\x82", "\xc3\xa2\xc2\x82"},                         //
        {std::string_view("a\0b", 3), "ab"},                      // NUL goes
    };
    for (auto const& c : cases) BOOST_TEST(clean_text(c.given) == c.expected);
}

BOOST_AUTO_TEST_CASE(clean_text_is_always_utf8_and_stays_as_it_is_the_second_time)
{
    for (unsigned a = 1; a < 256; ++a) {
        for (unsigned b = 1; b < 256; ++b) {
            std::string const given{'x', static_cast<char>(a), static_cast<char>(b)};
            auto const once = clean_text(given);
            if (clean_text(once) != once) BOOST_ERROR("not clean: " << a << " " << b);
        }
    }
}

BOOST_AUTO_TEST_CASE(percent_decoding_leaves_alone_what_is_no_escape)
{
    struct {
        std::string_view given, expected;
    } const cases[] = {{"a%20b", "a b"}, {"%3a%3A", "::"}, {"%", "%"},     {"%4", "%4"},
                       {"%zz", "%zz"},   {"%%41", "%A"},   {"a+b", "a+b"}, {"%41", "A"}};
    for (auto const& c : cases) BOOST_TEST_CONTEXT(c.given) BOOST_TEST(percent_decoded(c.given) == c.expected);
}

BOOST_AUTO_TEST_CASE(hexadecimal_is_lower_case)
{
    BOOST_TEST(to_hex(std::string_view("\x00\x0f\xff", 3)) == "000fff");
    BOOST_TEST(to_hex("") == "");
}

BOOST_AUTO_TEST_CASE(a_number_is_told_in_as_few_digits_as_tell_it)
{
    struct {
        double number;
        std::string_view text;
    } const cases[] = {{0, "0"}, {12.5, "12.5"}, {-0.1, "-0.1"}, {100.0 / 3, "33.333333333333336"}, {1e300, "1e+300"}};
    for (auto const& c : cases) BOOST_TEST(number_text(c.number) == c.text);
}

BOOST_AUTO_TEST_SUITE_END()

} // namespace weir::net
