#include "api/read_json.hpp"

#include "api/write_json.hpp"
#include "sample_types.hpp"

#include <boost/json/parse.hpp>
#include <boost/test/unit_test.hpp>

namespace weir::api::test
{

BOOST_AUTO_TEST_SUITE(read_json_)

namespace
{

/// A sample with the given members beside the required ones.
std::string with(std::string const& members)
{
    std::string text = R"({"id":"x","flag":true,"count":1,"cost":null,"w":[])";
    if (!members.empty()) text += "," + members;
    return text + "}";
}

std::string problem_with(std::string_view text)
{
    boost::json::value parsed;
    if (auto bad = parse_json(text, parsed, "body")) return *bad;
    sample into;
    return weir::api::read_json(parsed, into).value_or("");
}

std::string round_trip(std::string const& text)
{
    boost::json::value parsed;
    BOOST_REQUIRE(!parse_json(text, parsed, "body"));
    sample into;
    auto const bad = weir::api::read_json(parsed, into);
    BOOST_TEST_REQUIRE(bad.value_or("") == "");
    return to_json(into);
}

} // namespace

BOOST_AUTO_TEST_CASE(what_is_read_is_written_again)
{
    std::string const cases[] = {
        R"("big":9223372036854775807)",
        R"("big":-9223372036854775808)",
        R"("ratio":0.1)",
        R"("note":null)",
        R"("note":"text")",
        R"("rank":"p99.9")",
        R"("counts":{"a":1,"b":2})",
        R"("labels":{"z":"1","a":"2"})",
        R"("either":1.5)",
        R"("either":true)",
        R"("either":["a"])",
        R"("anything":{"deep":[1,null]})",
        R"("raw":{"deep":[1,null]})",
        R"("always":true)",
        R"("filter":"all")",
        R"("filter":{})",
        R"("filter":{"not-equals":"x"})",
        R"("filter":{"left":{"equals":"a"},"operator":"or",)"
        R"("right":{"left":"all","operator":"and","right":{"above":3}}})",
    };
    for (auto const& c : cases) BOOST_TEST(round_trip(with(c)) == with(c));
}

BOOST_AUTO_TEST_CASE(what_means_the_same_is_accepted)
{
    struct {
        std::string given, read;
    } const cases[] = {
        {R"("big":"12")", R"("big":12)"},
        {R"("big":1e3)", R"("big":1000)"},
        {R"("big":"1e3")", R"("big":1000)"},
        {R"("big":12.0)", R"("big":12)"},
        {R"("ratio":" 2.5 ")", R"("ratio":2.5)"},
        {R"("ratio":7)", R"("ratio":7)"},
        {R"("either":"x")", R"("either":["x"])"},
        {R"("either":"1")", R"("either":1)"},
        {R"("big":null)", ""},
        {R"("filter":null)", ""},
    };
    for (auto const& c : cases) BOOST_TEST(round_trip(with(c.given)) == with(c.read));
    BOOST_TEST(round_trip(R"({"id":"x","flag":"True","count":"1","cost":"0.5","w":2})") ==
               R"({"id":"x","flag":true,"count":1,"cost":0.5,"w":[2]})");
}

BOOST_AUTO_TEST_CASE(each_error_names_the_place)
{
    struct {
        std::string given, expected;
    } const cases[] = {
        {"[]", "body: expected an object, got an array"},
        {"7", "body: expected an object, got a number"},
        {"{}", "id: is required"},
        {with(R"("cuont":1)"), R"(cuont: unknown field; did you mean "count"?)"},
        {with(R"("nothing_like_it":1)"), "nothing_like_it: unknown field"},
        {with(R"("a b":1)"), R"(["a b"]: unknown field)"},
        {with(R"("big":true)"), "big: expected a number, got a boolean"},
        {with(R"("big":"many")"), "big: expected a number, got a string"},
        {with(R"("big":1.5)"), "big: must be a whole number"},
        {with(R"("big":9223372036854775808)"), "big: must be between -9223372036854775808 and 9223372036854775807"},
        {with(R"("big":1e300)"), "big: must be between -9223372036854775808 and 9223372036854775807"},
        {R"({"id":"x","flag":true,"count":2147483648,"cost":null,"w":[]})",
         "count: must be between -2147483648 and 2147483647"},
        {R"({"id":"x","flag":1,"count":1,"cost":null,"w":[]})", "flag: expected a boolean, got a number"},
        {R"({"id":3,"flag":true,"count":1,"cost":null,"w":[]})", "id: expected a string, got a number"},
        {R"({"id":"x","flag":true,"count":1,"cost":null,"w":[1,"x"]})", "w[1]: expected a number, got a string"},
        {R"({"id":"x","flag":true,"count":1,"cost":null,"w":{}})", "w: expected an array, got an object"},
        {R"({"id":"x","flag":true,"count":null,"cost":null,"w":[]})", "count: expected a number, got null"},
        {with(R"("ratio":"nan")"), "ratio: expected a number, got a string"},
        {with(R"("ratio":"")"), "ratio: expected a number, got a string"},
        {with(R"("rank":"p99")"), R"(rank: unknown value "p99"; expected "p50" or "p99.9")"},
        {with(R"("rank":"zzzzzz")"), R"(rank: unknown value "zzzzzz"; expected "p50" or "p99.9")"},
        {with(R"("rank":5)"), "rank: expected a string, got a number"},
        {with(R"("counts":{"a":1,"b":"x"})"), "counts.b: expected a number, got a string"},
        {with(R"("counts":{"a\"b":[]})"), R"(counts["a\"b"]: expected a number, got an array)"},
        {with(R"("always":false)"), "always: must be true or left out"},
        {with(R"("either":{})"), "either: expected a number, got an object"},
        {with(R"("filter":7)"), "filter: expected an object, got a number"},
        {with(R"("filter":"al")"), R"(filter: unknown value "al"; did you mean "all"?)"},
        {with(R"("filter":{"left":{"equals":7},"operator":"or","right":"all"})"),
         "filter.left.equals: expected a string, got a number"},
        {with(R"("filter":{"left":{"eqals":"7"},"operator":"or","right":"all"})"),
         R"(filter.left.eqals: unknown field; did you mean "equals"?)"},
        {with(R"("filter":{"left":"all","right":"all"})"), "filter.operator: is required"},
        {with(R"("filter":{"left":"al","operator":"and","right":"all"})"),
         R"(filter.left: unknown value "al"; did you mean "all"?)"},
        {R"({"id")", "body: is not valid JSON at byte 5: incomplete JSON"},
        {R"({"id": x})", "body: is not valid JSON at byte 7: syntax error"},
        {R"({} {})", "body: is not valid JSON at byte 3: extra data"},
    };
    for (auto const& c : cases) BOOST_TEST_CONTEXT(c.given) BOOST_TEST(problem_with(c.given) == c.expected);
}

BOOST_AUTO_TEST_CASE(a_client_s_text_in_an_error_is_cut)
{
    auto const said = problem_with(with(R"("rank":")" + std::string(10'000, 'x') + R"(")"));

    BOOST_TEST(said.size() < 200);
}

BOOST_AUTO_TEST_CASE(nesting_is_bounded)
{
    std::string deep = R"("all")";
    for (int i = 0; i < 64; ++i) deep = R"({"left":)" + deep + R"(,"operator":"and","right":"all"})";
    BOOST_TEST(problem_with(with(R"("filter":)" + deep)) == "");

    auto const too_deep = std::string(100'000, '[');
    BOOST_TEST(problem_with(too_deep).ends_with("too deep"));
}

BOOST_AUTO_TEST_CASE(the_number_of_values_is_bounded)
{
    std::string many = "[0";
    for (int i = 0; i < 4'000'000; ++i) many += ",0";

    BOOST_TEST(problem_with(many + "]").ends_with("has more than 4000000 values"));
}

BOOST_AUTO_TEST_CASE(numbers_that_could_not_be_written_again_are_refused)
{
    for (auto const* number : {"1e999", "-1e999"}) {
        boost::json::value parsed;
        auto const said = parse_json(R"({"any":[{"deep":)" + std::string(number) + "}]}", parsed, "body");
        BOOST_TEST(said.value_or("") == "body: has a number that is too large");
    }
    boost::json::value parsed;
    BOOST_TEST(!parse_json("[1e308,-1e308,1e-999]", parsed, "body").has_value());
}

BOOST_AUTO_TEST_CASE(an_absent_body_is_an_empty_object)
{
    boost::json::value parsed;

    BOOST_TEST(!parse_json(" \r\n", parsed, "body").has_value());
    BOOST_TEST(parsed.is_object());
}

BOOST_AUTO_TEST_SUITE_END()

} // namespace weir::api::test
