#include "evaluation/json_schema.hpp"

#include <boost/json/parse.hpp>
#include <boost/test/unit_test.hpp>

#include <string>

using weir::evaluation::json_schema;

BOOST_AUTO_TEST_SUITE(json_schemas)

namespace
{

std::string told(char const* schema, char const* value)
{
    std::string problem;
    auto const read = json_schema::read(boost::json::parse(schema), problem);
    if (!read) return problem;
    return read->accepts(boost::json::parse(value)) ? "accepted" : "refused";
}

} // namespace

BOOST_AUTO_TEST_CASE(values_are_checked)
{
    struct row {
        char const* schema;
        char const* value;
        char const* expected;
    };
    for (
        auto const& [schema, value, expected] : {
            row{R"({"type":"object","required":["a"]})", R"({"a":1})", "accepted"},
            row{R"({"type":"object","required":["a"]})", "{}", "refused"},
            row{R"({"enum":["a",1]})", "1", "accepted"},
            row{R"({"enum":["a",1]})", "2", "refused"},
            row{"false", "1", "refused"},
            row{R"({"$defs":{"n":{"type":"integer"}},"properties":{"a":{"$ref":"#/$defs/n"}}})", R"({"a":1})",
                "accepted"},
            row{R"({"$defs":{"n":{"type":"integer"}},"properties":{"a":{"$ref":"#/$defs/n"}}})", R"({"a":"1"})",
                "refused"},
            row{R"({"items":{"anyOf":[{"$ref":"#/definitions/n"},{"type":"null"}]},"definitions":{"n":{"minimum":5}}})",
                "[5,null,7]", "accepted"},
            // Properties may have the names of keywords.
            row{R"({"properties":{"$ref":{"type":"integer"},"pattern":{"type":"integer"}}})", R"({"pattern":"x"})",
                "refused"},
            row{R"({"properties":{"properties":{"properties":{"a":{"type":"integer"}}}}})",
                R"({"properties":{"a":"x"}})", "refused"},
        })
        BOOST_TEST(told(schema, value) == expected, schema << " of " << value);
}

BOOST_AUTO_TEST_CASE(what_could_run_forever_is_refused)
{
    auto const* const circle = "is too large, or refers to itself, which is not served";
    for (
        auto const* schema :
        {R"({"$ref":"#"})", R"({"allOf":[{"$ref":"#"}]})", R"({"not":{"$ref":"#"}})",
         R"({"properties":{"a":{"$ref":"#"}}})",
         R"({"$ref":"#/definitions/a","definitions":{"a":{"$ref":"#/definitions/b"},"b":{"$ref":"#/definitions/a"}}})"})
        BOOST_TEST(told(schema, "{}") == circle, schema);

    // Each level names the next one twice: 2^30 of them.
    std::string wide = R"({"$ref":"#/definitions/d0","definitions":{)";
    for (int i = 0; i < 30; ++i) {
        auto const next = R"({"$ref":"#/definitions/d)" + std::to_string(i + 1) + R"("})";
        wide += "\"d" + std::to_string(i) + R"(":{"anyOf":[)" + next + "," + next + "]},";
    }
    wide += R"("d30":{}}})";
    BOOST_TEST(told(wide.c_str(), "{}") == circle);
    BOOST_TEST(told(R"({"items":{"pattern":"(a+)+$"}})", "[]") == "has pattern, which is not served");
    BOOST_TEST(told(R"({"uniqueItems":true})", "[]") == "has uniqueItems, which is not served");
    BOOST_TEST(told(R"({"items":{"multipleOf":0}})", "[5]") == "has multipleOf, which is not served");
    BOOST_TEST(told(R"({"dependencies":{"properties":{"patternProperties":{"(a+)+$":{}}}}})", "{}") ==
               "has patternProperties, which is not served");
    BOOST_TEST(told(R"({"$ref":"#/x"})", "[]") == "refers to #/x, which it does not have");
    BOOST_TEST(told(R"({"$ref":"#x"})", "[]") == "refers to #x, which it does not have");
}

BOOST_AUTO_TEST_CASE(names_of_members_are_no_keywords)
{
    BOOST_TEST(told(R"({"properties":{"pattern":{"type":"string"},"format":{"type":"string"}},"required":["format"]})",
                    R"({"format":"x"})") == "accepted");
    BOOST_TEST(told(R"({"dependencies":{"pattern":{"required":["a"]},"format":["b"]}})", R"({"pattern":1})") ==
               "refused");
}

BOOST_AUTO_TEST_CASE(format_says_nothing_whatever_the_value)
{
    for (auto const* format : {"date", "date-time", "time", "email", "ipv4", "uri", "hostname"}) {
        auto const schema = R"({"format":")" + std::string(format) + R"("})";
        for (auto const& value : {std::string(R"("no date")"), std::string("7"), std::string("null"),
                                  "\"" + std::string(300'000, '1') + "\""})
            BOOST_TEST(told(schema.c_str(), value.c_str()) == "accepted", format);
    }
}

BOOST_AUTO_TEST_SUITE_END()
