#include "evaluation/check.hpp"

#include "evaluation/edit_distance.hpp"

#include <boost/json/parse.hpp>
#include <boost/test/unit_test.hpp>

#include <string>

using namespace weir::evaluation;

BOOST_AUTO_TEST_SUITE(checks)

namespace
{

subject answered(std::string const& text)
{
    subject of;
    of.request = json::parse(R"({"model":"gpt-4o","messages":[]})");
    json::object message{{"role", "assistant"}, {"content", text}};
    of.response = json::object{{"choices", json::array{json::object{{"message", message}}}},
                               {"usage", json::object{{"total_tokens", 12}}}};
    of.inputs = json::parse(R"({"expected":"Paris","price":"9.50"})").as_object();
    return of;
}

/// What a check says of a call, or why it says nothing.
std::string told(char const* declaration, subject const& of)
{
    std::string problem;
    auto const read = check::read(json::parse(declaration), problem);
    if (!read) return problem;
    auto const got = read->run(of);
    if (!got.value) return "none: " + got.problem;
    if (auto const* const truth = std::get_if<bool>(&*got.value)) return *truth ? "true" : "false";
    return std::to_string(std::get<std::int64_t>(*got.value));
}

} // namespace

BOOST_AUTO_TEST_CASE(each_kind_looks_at_the_answer)
{
    struct row {
        char const* declaration;
        char const* answer;
        char const* expected;
    };
    for (
        auto const& [declaration, answer, expected] : {
            row{R"({"type":"contains","value":"Par"})", "It is Paris.", "true"},
            row{R"({"type":"contains","value":"par"})", "It is Paris.", "false"},
            row{R"({"type":"contains","value":"par","ignore_case":true})", "It is Paris.", "true"},
            row{R"({"type":"contains","value":"<helicone-prompt-input key=\"expected\" />"})", "It is Paris.", "true"},
            row{R"({"type":"contains","value":"<helicone-prompt-input key=\"missing\" />"})", "It is Paris.",
                "none: the call has no input \"missing\", which the value names"},
            row{R"({"type":"equals","value":"Paris"})", "Paris", "true"},
            row{R"({"type":"equals","value":"Paris"})", "Paris ", "false"},
            row{R"({"type":"equals","of":"output","path":"$.usage.total_tokens","value":12})", "", "true"},
            row{R"({"type":"equals","of":"input","path":"$.model","value":"gpt-4o"})", "", "true"},
            row{R"({"type":"regex","pattern":"^\\d{3}$"})", "123", "true"},
            row{R"({"type":"regex","pattern":"^\\d{3}$"})", "1234", "false"},
            row{R"({"type":"regex","pattern":"paris","ignore_case":true})", "PARIS", "true"},
            row{R"({"type":"json_schema","schema":{"type":"object","required":["a"],"properties":{"a":{"type":"integer"}}}})",
                R"({"a":1})", "true"},
            row{R"({"type":"json_schema","schema":{"type":"object","required":["a"],"properties":{"a":{"type":"integer"}}}})",
                R"({"a":"1"})", "false"},
            row{R"({"type":"json_schema","schema":true})", "no JSON", "false"},
            row{R"({"type":"exists","path":"$.a[0]"})", R"({"a":[null]})", "true"},
            row{R"({"type":"exists","path":"$.a[0]"})", R"({"a":[]})", "false"},
            row{R"({"type":"exists","path":"$.a"})", "no JSON", "false"},
            row{R"({"type":"length"})", "h\u00e9llo", "5"},
            row{R"({"type":"length","max":5})", "h\u00e9llo", "true"},
            row{R"({"type":"length","min":6})", "h\u00e9llo", "false"},
            row{R"({"type":"length","path":"$"})", "[1,2,3]", "3"},
            row{R"({"type":"number","value":9.5,"tolerance":0.1})", "9.41", "true"},
            row{R"({"type":"number","value":"<helicone-prompt-input key=\"price\" />"})", "9.5", "true"},
            row{R"({"type":"number","value":9.5})", "9.51", "false"},
            row{R"({"type":"number","value":9.5})", "nine", "false"},
            row{R"({"type":"similarity","value":"sitting"})", "kitten", "57"},
            row{R"({"type":"similarity","value":"sitting","min":57})", "kitten", "true"},
            row{R"({"type":"similarity","value":"sitting","min":58})", "kitten", "false"},
            row{R"({"type":"all","checks":[{"type":"contains","value":"a"},{"type":"contains","value":"b"}]})", "ab",
                "true"},
            row{R"({"type":"all","checks":[{"type":"contains","value":"a"},{"type":"contains","value":"c"}]})", "ab",
                "false"},
            row{R"({"type":"any","checks":[{"type":"contains","value":"c"},{"type":"contains","value":"b"}]})", "ab",
                "true"},
            row{R"({"type":"not","checks":[{"type":"contains","value":"c"}]})", "ab", "true"},
            row{R"({"type":"all","checks":[{"type":"length"}]})", "ab",
                "none: a check within all, any or not must be true or false, not a number"},
            row{R"({"type":"contains","path":"$.x","value":"a"})", "{}", "none: nothing stands where the check looks"},
            row{R"({"type":"number","value":"nine"})", "9", "none: the value to compare with is no number"},
        })
        BOOST_TEST(told(declaration, answered(answer)) == expected, declaration << " of " << answer);
}

BOOST_AUTO_TEST_CASE(a_wrong_declaration_is_refused_by_the_name_of_what_is_wrong)
{
    struct row {
        char const* declaration;
        char const* expected;
    };
    for (auto const& [declaration, expected] : {
             row{"[]", "check must be an object"},
             row{"{}", "check.type is missing"},
             row{R"({"type":"python"})", "check.type \"python\" is none of contains"},
             row{R"({"type":5})", "check.type must be a text"},
             row{R"({"type":"contains"})", "check.value is missing"},
             row{R"({"type":"contains","value":"a","of":"body"})",
                 "check.of \"body\" is none of answer, output and input"},
             row{R"({"type":"contains","value":"a","path":"x"})", "check.path is no path"},
             row{R"({"type":"contains","value":"a","ignorecase":true})", "check.ignorecase is not known"},
             row{R"({"type":"contains","value":"a","ignore_case":1})", "check.ignore_case must be true or false"},
             row{R"({"type":"regex","pattern":"("})", "check.pattern is no regular expression of RE2: missing )"},
             row{R"({"type":"regex"})", "check.pattern is missing"},
             row{R"({"type":"json_schema","schema":5})", "check.schema must be a JSON Schema"},
             row{R"({"type":"json_schema","schema":{"pattern":"(a+)+$"}})",
                 "check.schema has pattern, which is not served"},
             row{R"({"type":"json_schema","schema":{"$ref":"http://x/"}})",
                 "check.schema has a $ref that is not of the form"},
             row{R"({"type":"json_schema","schema":{"type":"objekt"}})", "check.schema is no JSON Schema of draft 7"},
             row{R"({"type":"length","max":"5"})", "check.max must be a number"},
             row{R"({"type":"number","value":1,"tolerance":-1})", "check.tolerance must not be negative"},
             row{R"({"type":"all","checks":[]})", "check.checks must be an array of 1 to 50 checks"},
             row{R"({"type":"any","checks":[{"type":"length"},{"type":"x"}]})",
                 "check.checks[1].type \"x\" is none of"},
         }) {
        std::string problem;
        BOOST_TEST(!check::read(json::parse(declaration), problem), declaration);
        BOOST_TEST(problem.substr(0, std::string(expected).size()) == expected, problem);
    }
    std::string nested = R"({"type":"length"})", problem;
    for (int i = 0; i < 9; ++i) nested = R"({"type":"not","checks":[)" + nested + "]}";
    BOOST_TEST(!check::read(json::parse(nested), problem));
    BOOST_TEST(problem.find("nests more than 8 deep") != problem.npos);
}

BOOST_AUTO_TEST_CASE(a_declaration_has_a_bound_on_its_checks)
{
    auto const many = [](std::string const& one, int n) {
        auto text = R"({"type":"all","checks":[)" + one;
        for (int i = 1; i < n; ++i) text += "," + one;
        return text + "]}";
    };
    auto const fifty = many(R"({"type":"length","min":0})", 40);
    std::string problem;
    BOOST_TEST(check::read(json::parse(many(fifty, 2)), problem));
    BOOST_TEST(!check::read(json::parse(many(fifty, 3)), problem));
    BOOST_TEST(problem.find("one more than the 100 checks") != problem.npos, problem);
    problem.clear();
    auto const alike = R"({"type":"similarity","value":"x","min":1})";
    BOOST_TEST(check::read(json::parse(many(alike, 4)), problem));
    BOOST_TEST(!check::read(json::parse(many(alike, 5)), problem));
    BOOST_TEST(problem.find("one more than the 4 of its type") != problem.npos, problem);
}

BOOST_AUTO_TEST_CASE(a_part_is_looked_for_in_texts_that_repeat_themselves)
{
    auto of = answered(std::string(3'000'000, 'a'));
    of.inputs["part"] = std::string(1'000'000, 'a') + "b"; // their product would take minutes
    auto const* const declaration = R"({"type":"contains","value":"<helicone-prompt-input key=\"part\" />"})";

    BOOST_TEST(told(declaration, of) == "false");
    of.inputs["part"] = std::string(1'000'000, 'a');
    BOOST_TEST(told(declaration, of) == "true");
}

BOOST_AUTO_TEST_CASE(texts_too_long_to_compare_are_told)
{
    BOOST_TEST(!similarity(std::string(4'000, 'a'), std::string(4'000, 'b')));
    BOOST_TEST(similarity(std::string(2'000, 'a'), std::string(1'000, 'a')).value() == 0.5);
    BOOST_TEST(similarity("", "").value() == 1);
    BOOST_TEST(similarity("", "a").value() == 0);
    BOOST_TEST(similarity("\xc3\xa9", "e").value() == 0);
}

BOOST_AUTO_TEST_SUITE_END()
