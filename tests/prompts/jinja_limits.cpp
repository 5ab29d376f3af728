#include "prompts/jinja.hpp"

#include <boost/json/parse.hpp>
#include <boost/test/unit_test.hpp>

#include <string>

using namespace weir::prompts;
namespace json = boost::json;

BOOST_AUTO_TEST_SUITE(jinja_limits)

namespace
{

std::string repeated(std::string_view text, std::size_t times)
{
    std::string out;
    for (std::size_t i = 0; i < times; ++i) out += text;
    return out;
}

std::string error_of(std::string const& source, json::object const& variables = {})
{
    render_budget budget;
    auto const out = render_jinja(source, variables, budget);
    return out ? "none" : out.error().what;
}

} // namespace

BOOST_AUTO_TEST_CASE(what_nests_too_deeply_is_refused)
{
    constexpr std::size_t many = 100'000;
    std::string const cases[] = {
        "{{ " + repeated("(", many) + "1" + repeated(")", many) + " }}",
        "{{ " + repeated("[", many) + repeated("]", many) + " }}",
        "{{ " + repeated("{'a':", many) + "1" + repeated("}", many) + " }}",
        "{{ " + repeated("not ", many) + "1 }}",
        "{{ " + repeated("- ", many) + "1 }}",
        "{{ 1" + repeated(" + 1", many) + " }}",
        "{{ x" + repeated(".x", many) + " }}",
        "{{ x" + repeated("[0]", many) + " }}",
        "{{ x" + repeated("|upper", many) + " }}",
        "{{ x" + repeated(" is defined", many) + " }}",
        "{{ 1" + repeated(" if 1 else 1", many) + " }}",
        "{{ x" + repeated("[x", many) + repeated("]", many) + " }}",
        "{{ x" + repeated("|d(x", many) + repeated(")", many) + " }}",
        repeated("{% if 1 %}", many) + repeated("{% endif %}", many),
        repeated("{% for x in y %}", many) + repeated("{% endfor %}", many),
        repeated("{% set x %}", many) + repeated("{% endset %}", many),
    };
    for (auto const& source : cases)
        BOOST_TEST_CONTEXT("source " << source.substr(0, 40)) BOOST_TEST(error_of(source) == "it nests too deeply");
}

BOOST_AUTO_TEST_CASE(rows_may_be_long)
{
    constexpr std::size_t many = 10'000;
    std::string const cases[] = {
        "{{ x" + repeated(" ~ x", many) + " }}",         "{{ x" + repeated(" or x", many) + " }}",
        "{{ x" + repeated(" and x", many) + " }}",       "{{ 1" + repeated(" < 1", many) + " }}",
        "{{ [x" + repeated(", x", many) + "] }}",        "{% if x %}" + repeated("{% elif x %}", many) + "{% endif %}",
        repeated("{{ x }}{# c #}{% set x = 1 %}", many), repeated("{% raw %}{% raw %}{% endraw %}", many),
        repeated("{% for a in b %}{% endfor %}", many),
    };
    for (auto const& source : cases) BOOST_TEST_CONTEXT("source " << source.substr(0, 40))
        {
            BOOST_TEST(error_of(source) == "none");
            BOOST_TEST(jinja_variables(source).has_value());
        }
}

BOOST_AUTO_TEST_CASE(what_would_run_long_or_become_large_is_refused)
{
    std::string const too_much = "the template does too much";
    json::object const variables{{"text", std::string(200'000, 'a')}, {"part", std::string(100'000, 'a') + "b"}};
    std::string const cases[] = {
        "{% for a in range(99999999) %}{% endfor %}",
        "{{ range(9223372036854775807)|length }}",
        "{% for a in range(9999) %}{% for b in range(9999) %}{% endfor %}{% endfor %}",
        "{{ 'x' * 9223372036854775807 }}",
        "{{ ['x' * 1000] * 999999999 }}",
        "{% set x = 'x' %}" + repeated("{% set x = x ~ x %}", 60),
        "{% set x = [1] %}" + repeated("{% set x = x + x %}", 60),
        "{% set x = [1] %}" + repeated("{% set x = [x, x] %}", 60),
        "{% for i in range(9999) %}{% set y = text|replace('a', 'bbbb') %}{% endfor %}",
        "{% for i in range(9999) %}{{ part in text }}{% endfor %}",
        "{% for i in range(9999) %}{% set y = text.split('a')|sort %}{% endfor %}",
        "{% for i in range(99999) %}{% set y %}{{ text }}{% endset %}{% endfor %}",
        "{{ text|list|tojson(16) }}{{ text|list|tojson(16) }}",
    };
    for (auto const& source : cases)
        BOOST_TEST_CONTEXT("source " << source.substr(0, 60)) BOOST_TEST(error_of(source, variables) == too_much);
    BOOST_TEST(error_of("{% for i in range(9999) %}{{ text }}{% endfor %}", variables) == "the text becomes too large");
    BOOST_TEST(error_of("{% set x = [1] %}" + repeated("{% set x = [x] %}", 200)) == "a value nests too deeply");
}

BOOST_AUTO_TEST_CASE(one_budget_holds_for_all_texts_of_a_request)
{
    render_budget budget;
    std::size_t rendered = 0;
    while (render_jinja("{% for i in range(9999) %}{% endfor %}", {}, budget)) ++rendered;

    BOOST_TEST(rendered > 1U);
    BOOST_TEST(budget.work == 0U);
}

BOOST_AUTO_TEST_CASE(broken_text_does_no_harm)
{
    json::object const variables{{"x", "\xC3\xF0\x9F\xFF\x80"}};
    render_budget budget;

    for (std::string_view const source :
         {"{{ x|length }}{{ x[0] }}{{ x[::-1] }}{{ x|reverse }}{{ x|tojson }}{{ x|list }}", "\xFF{{ \xFF }}\xC3",
          "{{ x\xC3"}) {
        auto const out = render_jinja(source, variables, budget);
        BOOST_TEST((out || !out.error().what.empty()));
    }
}

BOOST_AUTO_TEST_SUITE_END()
