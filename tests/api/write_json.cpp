#include "api/write_json.hpp"

#include "api/schema.hpp"
#include "sample_types.hpp"

#include <boost/json/serialize.hpp>
#include <boost/test/unit_test.hpp>

#include <limits>

namespace weir::api::test
{

BOOST_AUTO_TEST_SUITE(write_json_)

BOOST_AUTO_TEST_CASE(text_is_escaped_and_clean)
{
    struct {
        std::string given, expected;
    } const cases[] = {
        {"", R"("")"},
        {"plain", R"("plain")"},
        {"a\"b\\c\n\t\x01", R"("a\"b\\c\n\t\u0001")"},
        {std::string("nul\0", 4), R"("nul\u0000")"},
        {"\xc3\xa4\xe2\x82\xac\xf0\x9f\x98\x80", "\"\xc3\xa4\xe2\x82\xac\xf0\x9f\x98\x80\""},
        {"cut \xe2\x82", "\"cut \xef\xbf\xbd\xef\xbf\xbd\""},
        {"\xff!", "\"\xef\xbf\xbd!\""},
        {"\xed\xa0\x80", "\"\xef\xbf\xbd\xef\xbf\xbd\xef\xbf\xbd\""}, // a surrogate
        {"\xc0\xaf", "\"\xef\xbf\xbd\xef\xbf\xbd\""},                 // too long a form
        {"\xf4\x90\x80\x80", "\"\xef\xbf\xbd\xef\xbf\xbd\xef\xbf\xbd\xef\xbf\xbd\""},
    };
    for (auto const& c : cases) {
        std::string text;
        write_string(c.given, text);
        BOOST_TEST(text == c.expected);
    }
}

BOOST_AUTO_TEST_CASE(numbers_are_json_s)
{
    struct {
        double given;
        std::string expected;
    } const cases[] = {
        {0, "0"},
        {-1, "-1"},
        {0.1, "0.1"},
        {1e21, "1e+21"},
        {2.5e-7, "2.5e-07"},
        {std::numeric_limits<double>::quiet_NaN(), "null"},
        {std::numeric_limits<double>::infinity(), "null"},
    };
    for (auto const& c : cases) BOOST_TEST(to_json(c.given) == c.expected);
}

BOOST_AUTO_TEST_CASE(a_schema_has_a_component_for_each_named_type_and_ends)
{
    schemas types;

    auto const whole = types.of(shape_of<sample>);

    BOOST_TEST(boost::json::serialize(whole) == R"({"$ref":"#/components/schemas/Sample"})");
    auto const& all = types.components();
    for (auto const* name : {"Sample", "Branch", "Leaf", "Join", "Everything", "Percentile"})
        BOOST_TEST(all.contains(name), name);
    BOOST_TEST(boost::json::serialize(all.at("Branch")) ==
               R"({"type":"object","properties":{"left":{"anyOf":[{"$ref":"#/components/schemas/Leaf"},)"
               R"({"$ref":"#/components/schemas/Branch"},{"$ref":"#/components/schemas/Everything"}]},)"
               R"("operator":{"$ref":"#/components/schemas/Join"},"right":{"anyOf":[)"
               R"({"$ref":"#/components/schemas/Leaf"},{"$ref":"#/components/schemas/Branch"},)"
               R"({"$ref":"#/components/schemas/Everything"}]}},"required":["left","operator","right"],)"
               R"("additionalProperties":false})");
    BOOST_TEST(boost::json::serialize(all.at("Percentile")) == R"({"type":"string","enum":["p50","p99.9"]})");
}

BOOST_AUTO_TEST_SUITE_END()

} // namespace weir::api::test
