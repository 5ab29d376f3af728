#include "evaluation/report_column.hpp"

#include <boost/json/parse.hpp>
#include <boost/json/serialize.hpp>
#include <boost/test/unit_test.hpp>

namespace json = boost::json;

namespace weir::evaluation
{
BOOST_AUTO_TEST_SUITE(report_columns)

namespace
{

row_cells cells_of(std::string_view text)
{
    auto const parsed = json::parse({text.data(), text.size()});
    row_cells cells;
    for (auto const& one : parsed.as_object()) cells[std::string(one.key())] = one.value();
    return cells;
}

/// What a column comes to: its value as JSON, or "! " and why it has none.
std::string filled(std::string_view type, std::string_view configuration, std::string_view cells)
{
    std::string problem;
    auto const column = read_report_column(type, json::parse({configuration.data(), configuration.size()}), problem);
    if (!column) return "!! " + problem;
    auto const result = std::get<column_function>(column->fill)(cells_of(cells));
    return result.value ? json::serialize(*result.value) : "! " + result.problem;
}

std::string problem_of(std::string_view type, std::string_view configuration)
{
    std::string problem;
    auto const column = read_report_column(type, json::parse({configuration.data(), configuration.size()}), problem);
    BOOST_TEST(column.has_value() == problem.empty());
    return problem;
}

struct filling {
    char const *type, *configuration, *cells, *expected;
};

void check(std::initializer_list<filling> rows)
{
    for (auto const& row : rows)
        BOOST_TEST(filled(row.type, row.configuration, row.cells) == row.expected,
                   row.type << " " << row.configuration << " " << row.cells << " is "
                            << filled(row.type, row.configuration, row.cells) << ", not " << row.expected);
}

} // namespace

BOOST_AUTO_TEST_CASE(values_are_compared)
{
    auto const* const text = R"({"sources":["a","b"],"comparison_type":{"type":"STRING"}})";
    auto const* const whole = R"({"sources":["a","b"],"comparison_type":{"type":"JSON"}})";
    auto const* const part = R"({"sources":["a","b"],"comparison_type":{"type":"JSON","json_path":"$.x"}})";
    check({{"COMPARE", text, R"({"a":"x","b":"x"})", "true"},
           {"COMPARE", text, R"({"a":"x","b":"X"})", "false"},
           {"COMPARE", text, R"({"a":1,"b":"1"})", "true"},
           {"COMPARE", whole, R"({"a":"{\"x\":1,\"y\":[2]}","b":{"y":[2.0],"x":1}})", "true"},
           {"COMPARE", whole, R"({"a":"[1,2]","b":"[2,1]"})", "false"},
           {"COMPARE", whole, R"({"a":"no","b":"1"})", R"(! "a" is no JSON)"},
           {"COMPARE", part, R"({"a":{"x":1,"y":2},"b":"{\"x\":1}"})", "true"},
           {"COMPARE", part, R"({"a":{"x":1},"b":{}})", R"(! nothing stands at the json_path in "b")"},
           {"ABSOLUTE_NUMERIC_DISTANCE", R"({"sources":["a","b"]})", R"({"a":"2.5","b":4})", "1.5E0"},
           {"ABSOLUTE_NUMERIC_DISTANCE", R"({"sources":["a","b"]})", R"({"a":7,"b":"4"})", "3"},
           {"ABSOLUTE_NUMERIC_DISTANCE", R"({"sources":["a","b"]})", R"({"a":7,"b":"x"})", R"(! "b" is no number)"},
           {"MATH_OPERATOR", R"({"sources":["a"],"operator":"ge","value":0.8})", R"({"a":0.8})", "true"},
           {"MATH_OPERATOR", R"({"sources":["a"],"operator":"lt","value":0.8})", R"({"a":"0.8"})", "false"},
           {"MATH_OPERATOR", R"({"sources":["a","b"],"operator":"gt"})", R"({"a":2,"b":1})", "true"},
           {"MATH_OPERATOR", R"({"sources":["a","b"],"operator":"le"})", R"({"a":2,"b":true})",
            R"(! "b" is no number)"}});
}

BOOST_AUTO_TEST_CASE(texts_are_searched)
{
    check(
        {{"CONTAINS", R"({"source":"a","value":"THANK"})", R"({"a":"thank you"})", "true"},
         {"CONTAINS", R"({"source":"a","value":"x"})", R"({"a":"thank you"})", "false"},
         {"CONTAINS", R"({"source":"a","value_source":"b"})", R"({"a":"Oslo!","b":"oslo"})", "true"},
         {"CONTAINS", R"({"source":"a","value":"1"})", R"({"a":[1,2]})", "true"},
         {"REGEX", R"({"source":"a","regex_pattern":"^\\d+$"})", R"({"a":"12"})", "true"},
         {"REGEX", R"({"source":"a","regex_pattern":"^\\d+$"})", R"({"a":"12x"})", "false"},
         {"REGEX_EXTRACTION", R"({"source":"a","regex_pattern":"\\d+"})", R"({"a":"1 22 x"})", R"(["1","22"])"},
         {"REGEX_EXTRACTION", R"({"source":"a","regex_pattern":"(\\w)="})", R"({"a":"a= b="})", R"(["a","b"])"},
         {"REGEX_EXTRACTION", R"x({"source":"a","regex_pattern":"(\\w)=(\\d)"})x", R"({"a":"a=1"})", R"([["a","1"]])"},
         {"REGEX_EXTRACTION", R"({"source":"a","regex_pattern":"x*"})", R"({"a":"ü"})", R"(["",""])"},
         {"REGEX_EXTRACTION", R"({"source":"a","regex_pattern":"z"})", R"({"a":""})", "[]"},
         {"COUNT", R"({"source":"a","type":"chars"})", R"({"a":"ü!"})", "2"},
         {"COUNT", R"({"source":"a","type":"words"})", R"({"a":"  one two\nthree "})", "3"},
         {"COUNT", R"({"source":"a","type":"words"})", R"({"a":" "})", "0"},
         {"COUNT", R"({"source":"a","type":"sentences"})", R"({"a":"One. Two?! And 3.5 more"})", "3"},
         {"COUNT", R"({"source":"a","type":"sentences"})", R"({"a":""})", "0"},
         {"COUNT", R"({"source":"a","type":"paragraphs"})", R"({"a":"a\nb\n\n \nc\n"})", "2"}});
}

BOOST_AUTO_TEST_CASE(parts_are_taken_out)
{
    auto const* const items = R"({"a":"{\"items\":[{\"v\":2},{\"v\":\"5\"},{}]}"})";
    check(
        {{"JSON_PATH", R"({"source":"a","json_path":"$.items[0].v"})", items, "2"},
         {"JSON_PATH", R"({"source":"a","json_path":"$.items[*].v"})", items, "2"},
         {"JSON_PATH", R"({"source":"a","json_path":"$.items[*].v","return_first_match":false})", items, R"([2,"5"])"},
         {"JSON_PATH", R"({"source":"a","json_path":"$.x","return_first_match":false})", items, "[]"},
         {"JSON_PATH", R"({"source":"a","json_path":"$.x"})", items, R"(! nothing stands at the json_path in "a")"},
         {"MIN_MAX", R"({"source":"a","type":"max","json_path":"$.items[*].v"})", items, "5"},
         {"MIN_MAX", R"({"source":"a","type":"min"})", R"({"a":[3,"-1",null]})", "-1"},
         {"MIN_MAX", R"({"source":"a","type":"min"})", R"({"a":{"x":1}})", R"(! there is no number in "a")"},
         {"PARSE_VALUE", R"({"source":"a","type":"number"})", R"({"a":"7"})", "7"},
         {"PARSE_VALUE", R"({"source":"a","type":"number"})", R"({"a":"7x"})", R"(! "a" is no number)"},
         {"PARSE_VALUE", R"({"source":"a","type":"boolean"})", R"({"a":"TRUE"})", "true"},
         {"PARSE_VALUE", R"({"source":"a","type":"boolean"})", R"({"a":"maybe"})",
          R"(! "a" is neither true nor false)"},
         {"PARSE_VALUE", R"({"source":"a","type":"string"})", R"({"a":[1]})", R"("[1]")"},
         {"PARSE_VALUE", R"({"source":"a","type":"object"})", R"({"a":"{\"x\":1}"})", R"({"x":1})"},
         {"ASSERT_VALID", R"({"source":"a","type":"object"})", R"({"a":"{\"x\":1}"})", "true"},
         {"ASSERT_VALID", R"({"source":"a","type":"object"})", R"({"a":"{x"})", "false"},
         {"ASSERT_VALID", R"({"source":"a","type":"number"})", R"({"a":"1e3"})", "true"}});
}

BOOST_AUTO_TEST_CASE(columns_are_put_together)
{
    check({{"VARIABLE", R"({"value":{"type":"string","value":"x"}})", "{}", R"("x")"},
           {"VARIABLE", R"({"value":{"type":"json","value":null}})", "{}", "null"},
           {"COALESCE", R"({"sources":["a","b","c"]})", R"({"a":null,"c":3})", "3"}, // b failed
           {"COALESCE", R"({"sources":["a","b"]})", R"({"a":null,"b":null})", "null"},
           {"COMBINE_COLUMNS", R"({"sources":["b","a"]})", R"({"a":1,"b":"x"})", R"({"b":"x","a":1})"}});
}

BOOST_AUTO_TEST_CASE(a_wrong_configuration_is_refused_with_what_is_wrong)
{
    struct {
        char const *type, *configuration, *expected;
    } const cases[] = {
        {"COMPARE", "[]", "must be an object"},
        {"COMPARE", R"({"sources":["a"]})", "sources: must name 2 columns"},
        {"COMPARE", R"({"sources":"ab"})", "sources: must be an array"},
        {"COMPARE", R"({"sources":["a",1]})", "sources[1]: must be the name of a column"},
        {"COMPARE", R"({"sources":["a","b"]})", "comparison_type: is required"},
        {"COMPARE", R"({"sources":["a","b"],"comparison_type":{"type":"X"}})",
         "comparison_type.type: must be one of STRING, JSON"},
        {"COMPARE", R"({"sources":["a","b"],"comparison_type":{"type":"STRING","json_path":"$"}})",
         "comparison_type.json_path: is for the type JSON"},
        {"COMPARE", R"({"sources":["a","b"],"comparison_type":{"type":"JSON","json_path":"x"}})",
         "comparison_type.json_path: must be a path such as $.items[0].name or $.items[*].name"},
        {"CONTAINS", R"({"source":"a"})", "value: either this or value_source is needed"},
        {"CONTAINS", R"({"source":7,"value":"x"})", "source: must be a string"},
        {"CONTAINS", R"({"value":"x"})", "source: is required"},
        {"REGEX", R"x({"source":"a","regex_pattern":"("})x",
         "regex_pattern: is no regular expression of RE2: missing ): ("},
        {"JSON_PATH", R"({"source":"a"})", "json_path: is required"},
        {"JSON_PATH", R"({"source":"a","json_path":"$","return_first_match":1})",
         "return_first_match: must be true or false"},
        {"MATH_OPERATOR", R"({"sources":["a"],"operator":"ge"})", "value: either this or a second source is needed"},
        {"MATH_OPERATOR", R"({"sources":["a"],"operator":"eq","value":1})", "operator: must be one of lt, le, gt, ge"},
        {"ASSERT_VALID", R"({"source":"a","type":"sql"})", "type: must be one of object, number"},
        {"VARIABLE", R"({"value":"x"})", "value: must be an object"},
        {"VARIABLE", R"({"value":{"type":"string","value":1}})", "value.value: must be a string"},
        {"COALESCE", R"({"sources":["a"]})", "sources: must name 2 to 50 columns"},
        {"PROMPT_TEMPLATE", "{}", "template: either this or inline_template is needed"},
        {"PROMPT_TEMPLATE", R"({"template":{}})", "template.name: is required"},
        {"PROMPT_TEMPLATE", R"({"template":{"name":"x","version_number":0}})",
         "template.version_number: must be a whole number from 1 on"},
        {"PROMPT_TEMPLATE", R"({"template":{"name":"x","version_number":1,"label":"y"}})",
         "template.label: goes with no version_number"},
        {"PROMPT_TEMPLATE", R"({"template":{"name":"x"},"prompt_template_variable_mappings":{"v":1}})",
         "prompt_template_variable_mappings.v: must be the name of a column"},
        {"PROMPT_TEMPLATE", R"({"template":{"name":"x"},"engine":{"model":1}})", "engine.model: must be a string"},
        {"PROMPT_TEMPLATE", R"({"inline_template":{"prompt_template":{"type":"x"}}})",
         "inline_template.prompt_template.type: must be chat or completion"},
        {"PROMPT_TEMPLATE", R"({"inline_template":{"inline":true}})", "inline_template.prompt_template: is required"},
        {"LLM_ASSERTION", R"({"source":"a"})", "prompt: either this or prompt_source is needed"},
        {"LLM_ASSERTION", R"({"source":"a","prompt":"[\"x\",1]"})",
         "prompt: an array of assertions must be one of texts"},
    };
    for (auto const& one : cases) BOOST_TEST(problem_of(one.type, one.configuration) == one.expected);
}

BOOST_AUTO_TEST_CASE(a_column_says_what_it_reads)
{
    std::string problem;
    auto const column = read_report_column(
        "LLM_ASSERTION",
        json::parse(R"({"source":"a","prompt_source":"b","variable_mappings":{"x":"c","y":"a","z":null}})"), problem);

    BOOST_REQUIRE_MESSAGE(column, problem);
    BOOST_TEST(column->sources == (std::vector<std::string>{"a", "b", "c"}), boost::test_tools::per_element());
    BOOST_TEST(std::get<assertion_column>(column->fill).model == "gpt-4o-mini");
}

BOOST_AUTO_TEST_CASE(what_runs_is_told_from_what_does_not)
{
    BOOST_TEST(is_run_column_type("COUNT"));
    BOOST_TEST(!is_run_column_type("CODE_EXECUTION"));
    BOOST_TEST(is_column_type("CODE_EXECUTION"));
    BOOST_TEST(!is_column_type("X"));
    BOOST_TEST(run_column_types().starts_with("PROMPT_TEMPLATE, "));
    BOOST_TEST(run_column_types().ends_with(" and COUNT"));
}

BOOST_AUTO_TEST_SUITE_END()

} // namespace weir::evaluation
