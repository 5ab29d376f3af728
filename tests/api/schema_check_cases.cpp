#include "schema_check.hpp"

#include <boost/json/parse.hpp>
#include <boost/test/unit_test.hpp>

namespace json = boost::json;

namespace weir::api::test
{

BOOST_AUTO_TEST_SUITE(schema_check)

BOOST_AUTO_TEST_CASE(each_departure_from_a_schema_is_found)
{
    auto const document = json::parse(R"({"components":{"schemas":{
        "Word":{"type":"string","enum":["a","b"]},
        "Tree":{"type":"object","properties":{"left":{"$ref":"#/components/schemas/Tree"},"n":{"type":"number"}},
                "required":["n"],"additionalProperties":false}}}})");
    struct {
        std::string_view schema, value, expected; ///< expected: the only departure; empty for none
    } const cases[] = {
        {R"({})", R"({"any":[1]})", ""},
        {R"({"type":"string"})", R"("x")", ""},
        {R"({"type":"string"})", "1", "x: string is integer"},
        {R"({"type":"string"})", "null", "x: string is null"},
        {R"({"type":"string","nullable":true})", "null", ""},
        {R"({"type":"number"})", "1", ""},
        {R"({"type":"number"})", "1.5", ""},
        {R"({"type":"integer"})", "1.5", "x: integer is number"},
        {R"({"type":"boolean"})", "0", "x: boolean is integer"},
        {R"({"type":"boolean","enum":[true]})", "false", "x: false is not one of [true]"},
        {R"({"type":"number","enum":[null],"nullable":true})", "null", ""},
        {R"({"type":"number","enum":[null],"nullable":true})", "1", "x: 1 is not one of [null]"},
        {R"({"type":"array","items":{"type":"string"}})", "[]", ""},
        {R"({"type":"array","items":{"type":"string"}})", R"(["a",1])", "x[]: string is integer"},
        {R"({"type":"array","items":{"type":"string"}})", "{}", "x: array is object"},
        {R"({"type":"object","additionalProperties":{"type":"number"}})", R"({"a":1,"b":"2"})",
         "x{}: number is string"},
        {R"({"$ref":"#/components/schemas/Word"})", R"("a")", ""},
        {R"({"$ref":"#/components/schemas/Word"})", R"("c")", R"(x: "c" is not one of ["a","b"])"},
        {R"({"allOf":[{"$ref":"#/components/schemas/Word"}],"nullable":true})", "null", ""},
        {R"({"allOf":[{"type":"string"}]})", "1.5", "x: string is number"},
        {R"({"$ref":"#/components/schemas/Tree"})", R"({"n":1,"left":{"n":2}})", ""},
        {R"({"$ref":"#/components/schemas/Tree"})", R"({"n":1,"left":{}})", "x.left.n: missing"},
        {R"({"$ref":"#/components/schemas/Tree"})", R"({"n":1,"left":{"n":2,"m":3}})", "x.left.m: added"},
        {R"({"anyOf":[{"type":"string"},{"$ref":"#/components/schemas/Tree"}]})", R"({"n":1})", ""},
        {R"({"anyOf":[{"type":"string"},{"type":"number"}]})", "true", "x: string is boolean"},
    };
    for (auto const& c : cases) BOOST_TEST_CONTEXT(c.schema << " " << c.value)
        {
            auto const found = departures(document, json::parse(c.schema), json::parse(c.value), "x");
            BOOST_TEST(found.size() == (c.expected.empty() ? 0U : 1U));
            if (!found.empty()) BOOST_TEST(found.front() == c.expected);
        }
}

BOOST_AUTO_TEST_CASE(a_star_stands_for_any_text)
{
    struct {
        std::string_view text, pattern;
        bool matches;
    } const cases[] = {
        {"get /x: a", "get /x: a", true}, {"get /x: a", "get /y: a", false}, {"get /x: a", "*: a", true},
        {"get /x: ab", "*: a", false},    {"get /x.y.z", "get*y*", true},    {"", "*", true},
    };
    for (auto const& c : cases) BOOST_TEST(matches_pattern(c.text, c.pattern) == c.matches, c.text << " " << c.pattern);
}

BOOST_AUTO_TEST_SUITE_END()

} // namespace weir::api::test
