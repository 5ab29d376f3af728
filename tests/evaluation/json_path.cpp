#include "evaluation/json_path.hpp"

#include <boost/json/parse.hpp>
#include <boost/json/serialize.hpp>
#include <boost/test/unit_test.hpp>

using weir::evaluation::json_path;

BOOST_AUTO_TEST_SUITE(json_paths)

BOOST_AUTO_TEST_CASE(a_path_leads_to_one_value)
{
    auto const in = boost::json::parse(R"({"a":[{"b c":1},2,{"d-e_f":[3]}],"":4,"ü":5})");
    struct row {
        char const* path;
        char const* expected;
    };
    for (auto const& [path, expected] :
         {row{"$.a[0]['b c']", "1"}, row{"$.a[1]", "2"}, row{"$.a[-1].d-e_f[0]", "3"}, row{"$['']", "4"},
          row{"$.ü", "5"}, row{"$[\"a\"][1]", "2"}, row{"$.a[3]", ""}, row{"$.a[-4]", ""}, row{"$.x.y", ""},
          row{"$.a.b", ""}, row{"$.a[0][0]", ""}}) {
        auto const parsed = json_path::parse(path);
        BOOST_REQUIRE_MESSAGE(parsed, path);
        auto const* const found = parsed->find(in);
        BOOST_TEST((found ? boost::json::serialize(*found) : "") == expected, path);
    }
    BOOST_TEST(json_path::parse("$")->find(in) == &in);
}

BOOST_AUTO_TEST_CASE(what_is_no_path_to_one_value_is_refused)
{
    for (auto const* text : {"", "a", ".a", "$a", "$.", "$..a", "$.*", "$[*]", "$[", "$[]", "$[1", "$['a", "$['a'",
                             "$[1:2]", "$[?@.a]", "$[99999999999999999999]", "$.a b"})
        BOOST_TEST(!json_path::parse(text), text);
}

BOOST_AUTO_TEST_CASE(wildcards_lead_to_many_where_they_are_allowed)
{
    auto const in = boost::json::parse(R"({"a":[{"b":1},{"b":2},{"c":3}],"d":{"x":4,"y":[5]}})");
    auto const found = [&in](char const* path, std::size_t most = 10) {
        auto const parsed = json_path::parse(path, json_path::wildcards::allowed);
        BOOST_REQUIRE_MESSAGE(parsed, path);
        std::string all;
        for (auto const* one : parsed->find_all(in, most)) all += boost::json::serialize(*one) + " ";
        return all;
    };

    BOOST_TEST(found("$.a[*].b") == "1 2 ");
    BOOST_TEST(found("$.a[*].b", 1) == "1 ");
    BOOST_TEST(found("$.d.*") == "4 [5] ");
    BOOST_TEST(found("$.*[0]") == "{\"b\":1} ");
    BOOST_TEST(found("$.d.x.*") == "");
    BOOST_TEST(boost::json::serialize(*json_path::parse("$.a[*].b", json_path::wildcards::allowed)->find(in)) == "1");
}

BOOST_AUTO_TEST_SUITE_END()
