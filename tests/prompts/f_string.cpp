#include "prompts/f_string.hpp"

#include <boost/json/parse.hpp>
#include <boost/test/unit_test.hpp>

#include <string>
#include <vector>

using namespace weir::prompts;
namespace json = boost::json;

BOOST_AUTO_TEST_SUITE(f_string)

namespace
{

std::string rendered(std::string_view source, char const* variables)
{
    render_budget budget;
    auto const out = render_f_string(source, json::parse(variables).as_object(), budget);
    BOOST_TEST_REQUIRE(out.has_value());
    return *out;
}

} // namespace

BOOST_AUTO_TEST_CASE(names_in_braces_are_replaced_and_all_else_stays)
{
    struct {
        std::string_view source;
        std::string_view expected;
    } const cases[] = {
        {"", ""},
        {"Hello {name}!", "Hello Ada!"},
        {"{name}{name}", "AdaAda"},
        {"{missing} and {name}", "{missing} and Ada"},
        {"{{name}}", "{name}"},
        {"{{{name}}}", "{Ada}"},
        {"{missing}}}", "{missing}}"},
        {"{ name }", "{ name }"},
        {"{", "{"},
        {"}", "}"},
        {"{name", "{name"},
        {"{}", "{}"},
        {"{\"a\": {name}, \"b\": 1}", "{\"a\": Ada, \"b\": 1}"},
        {"{two words}{d.o-t}", "yes2"},
        {"{\xC3\xA9}", "accent"},
        {"{n} {real} {list} {none}", "3 1.5 [1,\"x\"] null"},
        {"{recursive}", "{name}"},
    };
    for (auto const& c : cases) BOOST_TEST_CONTEXT("source " << c.source)
    BOOST_TEST(
        rendered(c.source, R"({"name": "Ada", "two words": "yes", "d.o-t": 2, "\u00e9": "accent", "n": 3, "real": 1.5,
                                              "list": [1, "x"], "none": null, "recursive": "{name}"})") == c.expected);
}

BOOST_AUTO_TEST_CASE(variables_are_named_once_in_order)
{
    auto const names = f_string_variables("{b} {a} {b} {{c}} { d } {\"e\": 1} {0} {two words}");

    std::vector<std::string> const expected{"b", "a", "two words"};
    BOOST_TEST(names == expected, boost::test_tools::per_element());
}

BOOST_AUTO_TEST_CASE(a_text_that_becomes_too_large_is_an_error)
{
    json::object const variables{{"x", std::string(1000, 'x')}};
    render_budget budget{.output = 10'000};

    BOOST_TEST(render_f_string("{x}{x}", variables, budget).has_value());
    BOOST_TEST(render_f_string("{x}{x}", variables, budget).has_value()); // the budget is for both together
    auto const failed = render_f_string("{x}{x}{x}{x}{x}{x}{x}", variables, budget);

    BOOST_TEST_REQUIRE(failed.has_error());
    BOOST_TEST(failed.error().text() == "the text becomes too large");
}

BOOST_AUTO_TEST_CASE(pieces_and_templates_are_made_of_each_other)
{
    auto const pieces = f_string_pieces("{{a}} {b}{c} {x");

    BOOST_TEST_REQUIRE(pieces.size() == 4U);
    BOOST_TEST(pieces[0].text == "{a} ");
    BOOST_TEST(pieces[1].text == "b");
    BOOST_TEST(pieces[1].is_variable);
    BOOST_TEST(pieces[2].is_variable);
    BOOST_TEST(pieces[3].text == " {x");
    BOOST_TEST(f_string_of(pieces) == "{{a}} {b}{c} {{x");
}

BOOST_AUTO_TEST_SUITE_END()
