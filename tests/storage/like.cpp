#include "storage/like.hpp"

#include <boost/test/unit_test.hpp>

#include <string>

namespace weir::storage
{
namespace
{

bool fits(std::string_view text, std::string_view pattern, bool ignore_case)
{
    return is_like(text, pattern, ignore_case).value();
}

} // namespace

BOOST_AUTO_TEST_SUITE(like)

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

BOOST_AUTO_TEST_SUITE_END()

} // namespace weir::storage
