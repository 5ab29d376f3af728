#include "prompts/jinja.hpp"

#include <boost/json/parse.hpp>
#include <boost/test/unit_test.hpp>

#include <string>
#include <vector>

using namespace weir::prompts;
namespace json = boost::json;

BOOST_AUTO_TEST_SUITE(jinja)

namespace
{

json::object const& variables()
{
    static json::object const all = json::parse(R"({
            "name": "ada lovelace", "n": 7, "r": 2.5, "big": 1e16, "none": null, "yes": true, "empty": "", "html": "<a href='x'>&\"</a>",
            "list": [3, 1, 2], "words": ["b", "A", "b", "c"], "user": {"name": "Bo", "tags": ["x", "y"], "address": {"city": "Rome"}},
            "rows": [{"k": 2, "v": "x"}, {"k": 1, "v": "Y"}], "accents": "\u00e9t\u00e9", "doc": "The quick brown fox jumps",
            "nothing": [], "dict": {"b": 1, "a": [1, "it's", null, true, 1.0]}})")
                                        .as_object();
    return all;
}

rendering<std::string> render(std::string_view source)
{
    render_budget budget;
    return render_jinja(source, variables(), budget);
}

struct example {
    std::string_view source, expected;
};

template <std::size_t Size>
void check(example const (&all)[Size])
{
    for (auto const& one : all) BOOST_TEST_CONTEXT("source " << one.source)
        {
            auto const out = render(one.source);
            BOOST_TEST((out ? *out : "error: " + out.error().text()) == one.expected);
        }
}

} // namespace

BOOST_AUTO_TEST_CASE(values_are_put_out_as_python_shows_them)
{
    check({
        {"Hi {{ name }}{{n}}", "Hi ada lovelace7"},
        {"{{ r }} {{ big }} {{ none }} {{ yes }}", "2.5 1e+16 None True"},
        {"{{ 1.0 }} {{ 0.1 + 0.2 }} {{ 1e15 }} {{ 0.00001 }} {{ -0.5 }}",
         "1.0 0.30000000000000004 1000000000000000.0 1e-05 -0.5"},
        {"{{ dict }}", "{'b': 1, 'a': [1, \"it's\", None, True, 1.0]}"},
        {"{{ [1, 'a', {'k': none}] }} {{ (1, 2) }}", "[1, 'a', {'k': None}] [1, 2]"},
        {"{{ user.name }} {{ user['name'] }} {{ user.address.city }} {{ list[0] }} {{ list[-1] }} {{ list.1 }}",
         "Bo Bo Rome 3 2 1"},
        {"{{ name[0] }}{{ name[-1] }} {{ name[:3] }} {{ name[4:] }} {{ list[1:] }} {{ list[::-1] }} {{ accents[1:2] }}",
         "ae ada lovelace [1, 2] [2, 1, 3] t"},
        {R"({{ "a\"b" }} {{ 'c\'d' }} {{ 'x\ny' }} {{ "\d" }} {{ 'a' 'b' }})", "a\"b c'd x\ny \\d ab"},
        {"{{ {'a': {}} }}", "{'a': {}}"},
    });
}

BOOST_AUTO_TEST_CASE(variables_that_are_not_given_stay)
{
    check({
        {"[{{ missing }}|{{missing.path}}|{{- user.missing -}}]",
         "[{{ missing }}|{{missing.path}}|{{- user.missing -}}]"},
        {"{% for x in list %}{{ y }}{% endfor %}", "{{ y }}{{ y }}{{ y }}"},
        {"{% set y = missing %}{{ y }}{% for x in list %}{{ loop.previtem }}{% endfor %}", "31"},
    });
}

BOOST_AUTO_TEST_CASE(what_is_not_given_comes_to_nothing)
{
    check({
        {"[{{ missing.path['x'] }}{{ list[9] }}{{ missing ~ missing }}]", "[]"},
        {"{{ missing|upper }}|{{ missing|default('d') }}|{{ missing or 'e' }}|{{ 'x' if missing }}", "|d|e|"},
        {"{% if missing %}a{% else %}b{% endif %}{% for x in missing %}c{% endfor %}", "b"},
        {"{{ missing is defined }} {{ name is defined }} {{ missing is undefined }} {{ none is none }}",
         "False True True True"},
        {"{{ missing ~ 'x' }}{{ missing|length }}", "x0"},
    });
}

BOOST_AUTO_TEST_CASE(operators_follow_python)
{
    check({
        {"{{ 1 + 2 * 3 }} {{ (1 + 2) * 3 }} {{ 7 / 2 }} {{ 7 // 2 }} {{ -7 // 2 }} {{ -7 % 3 }} {{ 2 ** 10 }} {{ 2 ** "
         "-1 }}",
         "7 9 3.5 3 -4 2 1024 0.5"},
        {"{{ 7.5 // 2 }} {{ 7.5 % 2 }} {{ 'a' + 'b' }} {{ 'ab' * 2 }} {{ [1] + [2] }} {{ [1] * 2 }} {{ 1 ~ 2 }}",
         "3.0 1.5 ab abab [1, 2] [1, 1] 12"},
        {"{{ 1 < 2 }} {{ 1 < 2 < 3 }} {{ 3 > 2 >= 2 }} {{ 'a' < 'b' }} {{ 1 == 1.0 }} {{ true == 1 }} {{ 'a' != 'b' }}",
         "True True True True True True True"},
        {"{{ 1 in list }} {{ 9 not in list }} {{ 'ad' in name }} {{ 'name' in user }} {{ 'z' in words }}",
         "True True True True False"},
        {"{{ 1 and 2 }} {{ 0 or 'x' }} {{ not 0 }} {{ not 1 == 2 }} {{ '' or none or [] }}", "2 x True True []"},
        {"{{ 'a' if n > 5 else 'b' }} {{ 'a' if n > 9 else 'b' if n > 5 else 'c' }}", "a b"},
        {"{{ -n|abs }} {{ -(n) }} {{ +n }} {{ - -n }}", "7 -7 7 7"},
        {"{{ [1, 2] == [1, 2.0] }} {{ [1, 2] < [1, 3] }} {{ {'a': 1} == {'a': 1} }}", "True True True"},
    });
}

BOOST_AUTO_TEST_CASE(filters_of_texts_and_numbers)
{
    check({
        {"{{ name|upper }} {{ 'ABC'|lower }} {{ name|title }} {{ 'hELLO wORLD'|capitalize }}",
         "ADA LOVELACE abc Ada Lovelace Hello world"},
        {"{{ 'it-is (a) tEST'|title }}", "It-Is (A) Test"},
        {"[{{ '  x '|trim }}] [{{ 'xxaxx'|trim('x') }}]", "[x] [a]"},
        {"{{ name|replace('a', 'o') }} {{ 'aaa'|replace('a', 'b', 2) }}", "odo loveloce bba"},
        {"{{ html|escape }} {{ '<'|e }} {{ '<'|safe }}", "&lt;a href=&#39;x&#39;&gt;&amp;&#34;&lt;/a&gt; &lt; <"},
        {"{{ doc|truncate(12) }} {{ doc|truncate(12, true) }} {{ doc|truncate(12, true, '…') }} {{ doc|truncate(22) }} "
         "{{ doc|truncate(5, leeway=0, end='') }}",
         "The... The quick... The quick b… The quick brown fox jumps The"},
        {"{{ 2.5|round }} {{ 3.5|round }} {{ 2.567|round(2) }} {{ 2.1|round(0, 'ceil') }} {{ 2.9|round(method='floor') "
         "}}",
         "2.0 4.0 2.57 3.0 2.0"},
        {"{{ '42'|int }} {{ '4.7'|int }} {{ 'x'|int }} {{ 'x'|int(5) }} {{ 4.9|int }} {{ '1.5'|float }} {{ 'x'|float "
         "}} {{ n|float }} {{ n|string ~ 1 }}",
         "42 4 0 5 4 1.5 0.0 7.0 71"},
        {"{{ 'a b c'|wordcount }} {{ -3|abs }} {{ 'a\nb'|indent }} {{ 'a\nb'|indent(2, true) }}",
         "3 3 a\n    b   a\n  b"},
        {"{{ accents|length }} {{ accents|reverse }} {{ accents|first }} {{ accents|last }}",
         "3 \xC3\xA9t\xC3\xA9 \xC3\xA9 \xC3\xA9"},
        {"{{ name.upper() }} {{ ' x '.strip() }} {{ 'a,b'.split(',') }} {{ ' a  b '.split() }} {{ "
         "name.startswith('ada') }} {{ name.endswith('x') }}",
         "ADA LOVELACE x ['a', 'b'] ['a', 'b'] True False"},
    });
}

BOOST_AUTO_TEST_CASE(filters_of_lists_and_dicts)
{
    check({
        {"{{ list|join(', ') }} {{ words|join }} {{ rows|join('-', attribute='v') }}", "3, 1, 2 bAbc x-Y"},
        {"{{ list|length }} {{ list|count }} {{ user|length }} {{ list|first }} {{ list|last }} {{ list|sum }} {{ [1, "
         "0.5]|sum }}",
         "3 3 3 3 2 6 1.5"},
        {"{{ list|sort }} {{ list|sort(reverse=true) }} {{ words|sort }} {{ words|sort(case_sensitive=true) }}",
         "[1, 2, 3] [3, 2, 1] ['A', 'b', 'b', 'c'] ['A', 'b', 'b', 'c']"},
        {"{{ rows|sort(attribute='k')|map(attribute='v')|join(',') }} {{ rows|map(attribute='v')|list }}",
         "Y,x ['x', 'Y']"},
        {"{{ words|unique }} {{ words|reverse }} {{ list|max }} {{ list|min }} {{ words|max }}",
         "['b', 'A', 'c'] ['c', 'b', 'A', 'b'] 3 1 c"},
        {"{{ 'abc'|list }} {{ user|list }} {{ dict|items|first }} {{ dict|dictsort|map(attribute='0')|join }}",
         "['a', 'b', 'c'] ['name', 'tags', 'address'] ['b', 1] ab"},
        {"{{ dict|tojson }} {{ html|tojson }} {{ accents|tojson }} {{ '\xF0\x9F\x98\x80'|tojson }}",
         R"({"a": [1, "it\u0027s", null, true, 1.0], "b": 1} "\u003ca href=\u0027x\u0027\u003e\u0026\"\u003c/a\u003e" "\u00e9t\u00e9" "\ud83d\ude00")"},
        {"{{ {'a': [1, 2], 'b': {}}|tojson(indent=2) }}", "{\n  \"a\": [\n    1,\n    2\n  ],\n  \"b\": {}\n}"},
        {"{{ user.get('name') }} {{ user.get('x') }} {{ user.get('x', 'y') }} {{ user.keys()|join(',') }} {{ {'a': "
         "1}.values() }}",
         "Bo None y name,tags,address [1]"},
        {"{{ nothing|first }}|{{ nothing|join }}|{{ empty|default('x') }}|{{ empty|default('x', true) }}|{{ "
         "none|d('x', boolean=true) }}",
         "|||x|x"},
    });
}

BOOST_AUTO_TEST_CASE(tests_of_values)
{
    check({
        {"{{ n is number }} {{ n is integer }} {{ r is float }} {{ name is string }} {{ user is mapping }} {{ list is "
         "sequence }} {{ list is iterable }}",
         "True True True True True True True"},
        {"{{ n is odd }} {{ n is even }} {{ n is divisibleby 7 }} {{ n is not divisibleby(2) }} {{ yes is true }} {{ "
         "yes is boolean }} {{ n is string }}",
         "True False True True True True False"},
        {"{{ n is eq 7 }} {{ n is gt(3) }} {{ n is in [7] }} {{ 'a' is lower }} {{ 'A' is upper }} {{ not n is defined "
         "}}",
         "True True True True True False"},
    });
}

BOOST_AUTO_TEST_CASE(statements)
{
    check({
        {"{% if n == 7 %}a{% elif n == 8 %}b{% else %}c{% endif %}", "a"},
        {"{% if n == 8 %}a{% elif n == 7 %}b{% else %}c{% endif %}", "b"},
        {"{% for x in list %}{{ loop.index }}/{{ loop.length }}:{{ x }}{% if not loop.last %}, {% endif %}{% endfor %}",
         "1/3:3, 2/3:1, 3/3:2"},
        {"{% for x in list %}{{ loop.index0 }}{{ loop.revindex }}{{ loop.revindex0 }}{{ loop.first }} {% endfor %}",
         "032True 121False 210False "},
        {"{% for x in nothing %}a{% else %}none{% endfor %}", "none"},
        {"{% for x in list if x > 1 %}{{ x }}{{ loop.last }}{% endfor %}", "3False2True"},
        {"{% for k, v in dict.items() %}{{ k }}={{ v }};{% endfor %}", "b=1;a=[1, \"it's\", None, True, 1.0];"},
        {"{% for k in user %}{{ k }} {% endfor %}{% for c in 'ab' %}<{{ c }}>{% endfor %}", "name tags address <a><b>"},
        {"{% for i in range(3) %}{{ i }}{% endfor %} {{ range(1, 7, 2) }} {{ range(3, 0, -1) }}",
         "012 [1, 3, 5] [3, 2, 1]"},
        {"{% for x in list %}{{ loop.cycle('odd', 'even') }} {% endfor %}", "odd even odd "},
        {"{% for x in list %}{{ loop.previtem }}-{{ loop.nextitem }} {% endfor %}", "-1 3-2 1- "},
        {"{% for a in [1, 2] %}{% for b in 'xy' %}{{ a }}{{ b }}{{ loop.index }} {% endfor %}{{ loop.index }}|{% "
         "endfor %}",
         "1x1 1y2 1|2x1 2y2 2|"},
        {"{% set x = 1 %}{% set a, b = [2, 3] %}{{ x }}{{ a }}{{ b }}", "123"},
        {"{% set x = 1 %}{% for i in list %}{% set x = i %}{{ x }}{% endfor %}{{ x }}", "3121"},
        {"{% if true %}{% set x = 5 %}{% endif %}{{ x }}", "5"},
        {"{% set x %}a{{ n }}b{% endset %}[{{ x|upper }}]", "[A7B]"},
        {"a{# comment {{ x }} #}b", "ab"},
        {"{% raw %}{{ x }} {% if %}{% endraw %}{%- raw -%} y {%- endraw %}", "{{ x }} {% if %}y"},
        {"a \n {%- if true -%} \n b \n {%- endif -%} \n c", "abc"},
        {"a {{- n -}} b {#- c -#} d", "a7bd"},
        {"{%+ if true +%} x{% endif %}", " x"},
        {"one\n", "one"},
        {"one\n\n", "one\n"},
        {"{ {a} } %} }} #}", "{ {a} } %} }} #}"},
    });
}

BOOST_AUTO_TEST_CASE(what_is_not_supported_or_wrong_is_named_with_its_line)
{
    check({
        {"\n\n{% macro x() %}{% endmacro %}", "error: line 3: the statement `macro` is not supported"},
        {"{% include 'x' %}", "error: line 1: the statement `include` is not supported"},
        {"{{ x|nofilter }}", "error: line 1: the filter `nofilter` is not supported"},
        {"a\n{{ n is notest }}", "error: line 2: the test `notest` is not supported"},
        {"{{ cycler(1) }}", "error: line 1: the function `cycler` is not supported"},
        {"{{ name.encode() }}", "error: line 1: the method `encode` of texts is not supported"},
        {"{{ user.pop() }}", "error: line 1: the method `pop` of dicts is not supported"},
        {"{% if x %}", "error: line 1: `if` is not closed by `endif`"},
        {"\n{% for x in y %}{% if z %}{% endfor %}", "error: line 2: `endfor` does not belong to anything here"},
        {"{% endif %}", "error: line 1: `endif` does not belong to anything here"},
        {"{{ x", "error: line 1: `{{` is not closed"},
        {"a\n{% if", "error: line 2: `{%` is not closed"},
        {"{# x", "error: line 1: a comment, `{#`, is not closed"},
        {"{% raw %}x", "error: line 1: `raw` is not closed by `endraw`"},
        {"{{ }}", "error: line 1: an expression is missing"},
        {"{{ 1 + }}", "error: line 1: an expression is missing"},
        {"{{ a b }}", "error: line 1: `}}` is missing"},
        {"{{ 'x }}", "error: line 1: a text in quotes is not closed"},
        {"{{ x ? y }}", "error: line 1: `?` is not expected here"},
        {"{{ x[ }}", "error: line 1: `{{` is not closed"},
        {"{{ (1 }}", "error: line 1: `{{` is not closed"},
        {"{{ 99999999999999999999 }}", "error: line 1: the number 99999999999999999999 is too large"},
        {"{{ 9223372036854775807 + 1 }}", "error: line 1: a number becomes too large"},
        {"{{ 2 ** 64 }}", "error: line 1: a number becomes too large"},
        {"{{ 1e308 * 10 }}", "error: line 1: a number becomes too large"},
        {"{{ 1 / 0 }}{{ 1 % 0 }}", "error: line 1: a division by zero"},
        {"{{ 'a' + 1 }}", "error: line 1: `+` cannot join these values"},
        {"{{ missing + 1 }}", "error: line 1: `+` is given what is undefined"},
        {"{{ 'a' < 1 }}", "error: line 1: these values have no order: `<` takes two numbers or two texts"},
        {"{{ [1, 'a']|sort }}", "error: line 1: only numbers, or only texts, can be put in order"},
        {"{% for x in 5 %}{% endfor %}", "error: line 1: what is no list, dict or text cannot be gone through"},
        {"{% for a, b in list %}{% endfor %}", "error: line 1: what is no list, dict or text cannot be gone through"},
        {"{% for x in list recursive %}{% endfor %}", "error: line 1: `recursive` is not supported"},
        {"{% set ns.x = 1 %}", "error: line 1: `set` of an attribute is not supported"},
        {"{% for x in list %}{{ loop }}{% endfor %}",
         "error: line 1: `loop` by itself is not supported, only its members are"},
        {"{{ range(1)(2) }}", "error: line 1: only functions and methods can be called"},
    });
}

BOOST_AUTO_TEST_CASE(variables_are_those_that_a_template_does_not_set_itself)
{
    auto const names = jinja_variables(
        "{{ a }}{{ b.c|default(d) }}{% for x in e if x > f %}{{ x }}{{ loop.index }}{% set y = g %}{{ y }}{% endfor %}"
        "{{ x }}{% set h = h %}{{ h }}{% set i %}{{ j }}{% endset %}{{ i }}{{ a }}{{ 'k'|join(attribute=l) }}{{ "
        "range(m) }}"
        "{{ o.items() }}{{ loop }}{% raw %}{{ z }}{% endraw %}");

    std::vector<std::string> const expected{"a", "b", "d", "e", "f", "g", "x", "h", "j", "l", "m", "o", "loop"};
    BOOST_TEST_REQUIRE(names.has_value());
    BOOST_TEST(*names == expected, boost::test_tools::per_element());
    BOOST_TEST(jinja_variables("{% if %}").has_error());
}

BOOST_AUTO_TEST_CASE(pieces_are_there_for_templates_of_text_and_plain_variables)
{
    auto const pieces = jinja_pieces("Hi {{ name }}{# c #}{% raw %}{{ x }}{% endraw %}!");

    BOOST_TEST_REQUIRE(pieces.has_value());
    BOOST_TEST_REQUIRE(pieces->size() == 4U);
    BOOST_TEST((*pieces)[0].text == "Hi ");
    BOOST_TEST((*pieces)[1].text == "name");
    BOOST_TEST((*pieces)[1].is_variable);
    BOOST_TEST((*pieces)[2].text == "{{ x }}");
    BOOST_TEST(!(*pieces)[2].is_variable);
    for (std::string_view const source : {"{{ a.b }}", "{{ a|upper }}", "{% if a %}{% endif %}", "{{ a"})
        BOOST_TEST(!jinja_pieces(source));
}

BOOST_AUTO_TEST_SUITE_END()
