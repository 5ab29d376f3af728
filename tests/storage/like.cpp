#include "storage/like.hpp"

#include <boost/test/unit_test.hpp>

#include <algorithm>
#include <string>

namespace weir::storage
{
BOOST_AUTO_TEST_SUITE(like)

namespace
{

bool fits(std::string_view text, std::string_view pattern, bool ignore_case)
{
    return is_like(text, pattern, ignore_case).value();
}

} // namespace

BOOST_AUTO_TEST_CASE(patterns_mean_what_sql_says)
{
    struct {
        std::string_view text, pattern;
        bool expected;
    } const cases[] = {
        {"", "", true},
        {"", "%", true},
        {"", "_", false},
        {"a", "", false},
        {"abc", "abc", true},
        {"abc", "ABC", false},
        {"abc", "a%", true},
        {"abc", "%c", true},
        {"abc", "%b%", true},
        {"abc", "%d%", false},
        {"abc", "a_c", true},
        {"abc", "__", false},
        {"abc", "%%%", true},
        {"aXbXc", "%X%X%", true},
        {"aab", "%ab", true},
        {"ababac", "%abac", true},
        {"50%", "50\\%", true},
        {"505", "50\\%", false},
        {"a_b", "a\\_b", true},
        {"axb", "a\\_b", false},
        {"a\\b", "a\\\\b", true},
        {"a\\", "a\\", true},
        {"caf\xc3\xa9", "caf_", true},
        {"caf\xc3\xa9", "caf__", false},
        {"\xff", "_", true},
        {"\xe2\x82", "__", true},
        {"\xe2\x82\xac", "_", true},
    };
    for (auto const& c : cases)
        BOOST_TEST_CONTEXT(c.text << " LIKE " << c.pattern) BOOST_TEST(fits(c.text, c.pattern, false) == c.expected);
}

BOOST_AUTO_TEST_CASE(case_is_ignored_in_every_script)
{
    struct {
        std::string_view text, pattern;
    } const cases[] = {{"GPT-4o", "gpt-4O"},
                       {"\xc3\x89t\xc3\xa9", "\xc3\xa9T\xc3\x89"},               // Été
                       {"\xd0\x9f\xd0\xa0\xd0\x98", "\xd0\xbf\xd1\x80\xd0\xb8"}, // ПРИ
                       {"\xce\xa3\xce\x91", "\xcf\x83\xce\xb1"}};                // ΣΑ
    for (auto const& c : cases) {
        BOOST_TEST_CONTEXT(c.text) BOOST_TEST(fits(c.text, c.pattern, true));
        BOOST_TEST_CONTEXT(c.text) BOOST_TEST(!fits(c.text, c.pattern, false));
    }
}

BOOST_AUTO_TEST_CASE(a_part_is_found_wherever_it_stands)
{
    constexpr std::string_view parts[] = {
        "x",   "xy",       "Ki",        "kI",        "i",
        "kk",  "k%i",      "x_y",       "1",         "1a",
        "\\%", "\xc3\xa9", "x\xc3\xa9", "\xc3\xa9x", "ik\xe2\x84\xaa",
    };
    struct {
        std::string_view pattern, text;
    } const alike[] = {{"k", "\xe2\x84\xaa"}, {"ki", "\xe2\x84\xaa\xc4\xb0"}, {"ik", "\xc4\xb0k"}};
    auto const pad = [](std::size_t n) {
        return std::string(n, '.') + "X1K\xe2\x80\xa6I\xc4\xb1\xe2" + std::string(n, '.');
    };
    for (std::size_t n = 0; n < 40; ++n) {
        for (auto const part : parts) {
            std::string text(part);
            std::erase(text, '\\');
            std::erase(text, '%');
            std::ranges::replace(text, '_', '-');
            if (part == "\\%") text = "%";
            BOOST_TEST_CONTEXT(part << " at " << n)
            {
                BOOST_TEST(fits(pad(n) + text + pad(3), '%' + std::string(part) + '%', true));
                BOOST_TEST(fits(pad(n) + text, '%' + std::string(part), false));
            }
        }
        for (auto const& [pattern, text] : alike)
            BOOST_TEST(fits(std::string(n, '.') + std::string(text), '%' + std::string(pattern), true));
        BOOST_TEST(!fits(std::string(n, '.') + "zq" + std::string(n, '.'), "%zz%", true));
        BOOST_TEST(!fits(std::string(n, 'z'), "%zq%", true));
    }
}

BOOST_AUTO_TEST_CASE(folding_keeps_what_is_a_part_of_what)
{
    auto const folded = [](std::string_view text) {
        std::string to;
        append_folded(text, to);
        return to;
    };
    BOOST_TEST(folded("GPT-4o \xc3\x89t\xc3\xa9 \xce\xa3 \xe4\xbd\xa0 \xf0\x9f\x98\x80") ==
               "gpt-4o \xc3\xa9t\xc3\xa9 \xcf\x83 \xe4\xbd\xa0 \xf0\x9f\x98\x80");
    BOOST_TEST(folded("\xe2\x84\xaa\xc4\xb0") == "ki");
    BOOST_TEST(folded("\xff \xe2\x82") == "\xff \xe2\x82");
    BOOST_TEST(folded("").empty());
}

BOOST_AUTO_TEST_CASE(a_hostile_pattern_takes_time_in_proportion)
{
    std::string pattern;
    for (int i = 0; i < 1000; ++i) pattern += "%a";
    BOOST_TEST(!fits(std::string(10'000, 'a'), pattern + "b", false));
}

BOOST_AUTO_TEST_CASE(a_long_comparison_ends_early_when_it_shall)
{
    int asked = 0;
    interruption const early{[](void* count) { return ++*static_cast<int*>(count) == 2 ? 1 : 0; }, &asked};

    BOOST_TEST(!is_like(std::string(100'000, 'a'), "%" + std::string(1000, 'a') + "b", false, early).has_value());
    BOOST_TEST(asked == 2);
    BOOST_TEST(is_like("short", "%rt", false, early).has_value());
}

BOOST_AUTO_TEST_CASE(a_pattern_for_many_texts_fits_the_same)
{
    std::string_view const texts[] = {"",
                                      "a",
                                      "abc",
                                      "xxABCxx",
                                      "ab",
                                      "aab",
                                      "aaab",
                                      "user-777",
                                      "USER-7770",
                                      "k",
                                      "\xe2\x84\xaa",
                                      "\xc4\xb0x",
                                      "mIke",
                                      "a%b",
                                      "a\\b",
                                      "caf\xc3\xa9",
                                      "\xff"
                                      "abc",
                                      "abcabcabd"};
    for (auto const* pattern :
         {"",      "%",    "%%",     "a",          "abc",     "%abc",     "abc%",     "%abc%", "%ABC%",
          "%aab%", "%abd", "%-777%", "%%abc%%",    "%%%-777", "b\\%%",    "%k%",      "k%",    "%i%",
          "%ike",  "a_c",  "%b\\%",  "%\xc3\xa9%", "a\\%b",   "%abcabd%", "user-777%"})
        for (bool const ignore_case : {false, true}) {
            like_pattern const many(pattern, ignore_case);
            for (auto const text : texts) {
                bool const does = many.fits(text, {}).value();
                BOOST_TEST_CONTEXT(text << (ignore_case ? " ILIKE " : " LIKE ") << pattern)
                {
                    BOOST_TEST(does == fits(text, pattern, ignore_case));
                    for (auto const& before : {std::string("before"), std::string(300, '-')}) {
                        auto const place = many.find_within(before + std::string(text) + "behind");
                        BOOST_TEST((!does || place <= before.size() + text.size()));
                    }
                }
            }
        }
    like_pattern const many("%R-777%", true);
    BOOST_TEST(many.find_within("user-77 user-78") == std::string::npos);
    for (std::size_t const before : {0U, 1U, 15U, 16U, 240U, 251U, 255U, 256U, 1000U})
        for (std::size_t const behind : {0U, 1U, 9U, 10U, 11U, 500U}) {
            auto const place = std::string(before, 'r') + "User-777" + std::string(behind, '7');
            BOOST_TEST(many.find_within(place) == before + 3);
            BOOST_TEST(many.find_within(place.substr(0, before + 7)) == std::string::npos);
        }
    auto const longest = std::string(300, 'x');
    BOOST_TEST(like_pattern('%' + longest + '%', true).fits("y" + longest + "y", {}).value());
}

BOOST_AUTO_TEST_SUITE_END()

} // namespace weir::storage
