#include "evaluation/judge.hpp"

#include <boost/json/parse.hpp>
#include <boost/json/serialize.hpp>
#include <boost/test/unit_test.hpp>

using namespace weir::evaluation;

BOOST_AUTO_TEST_SUITE(judges)

namespace
{

json::value answer(std::string const& arguments)
{
    json::object function{{"name", "scorer"}, {"arguments", arguments}};
    json::object message{{"tool_calls", json::array{json::object{{"function", function}}}}};
    return json::object{{"choices", json::array{json::object{{"message", message}}}}};
}

std::string told(judgement const& got)
{
    if (!got.value) return got.problem;
    if (auto const* const truth = std::get_if<bool>(&*got.value)) return *truth ? "true" : "false";
    return std::to_string(std::get<std::int64_t>(*got.value));
}

} // namespace

BOOST_AUTO_TEST_CASE(the_request_has_the_call_in_the_places_of_the_template)
{
    subject of;
    of.request = json::parse(R"({"model":"m"})");
    of.response = json::value("plain \"text\"");
    of.inputs = json::parse(R"({"k":"v"})").as_object();
    of.auto_inputs = json::parse(R"([{"role":"user"}])").as_array();
    auto const given = json::parse(R"({"model": "gpt-4o", "messages": [{"role": "user", "content":
        "<helicone-prompt-input key=\"inputs\" />|<helicone-prompt-input key=\"outputBody\" />|<helicone-prompt-input key=\"inputBody\" />|<helicone-prompt-input key=\"promptTemplate\" />"}]})");

    auto const request = judge_request(given, of);

    BOOST_TEST(request.at("messages").at(0).at("content").as_string() ==
               R"({"k":"v"}[{"role":"user"}]|plain "text"|{"model":"m"}|)");
    BOOST_TEST(request.at("model").as_string() == "gpt-4o");
}

BOOST_AUTO_TEST_CASE(scores_are_read_as_their_type_says)
{
    struct row {
        char const* arguments;
        char const* type;
        char const* expected;
    };
    for (auto const& [arguments, type, expected] : {
             row{R"({"Tone": true})", "LLM-BOOLEAN", "true"},
             row{R"({"Tone": false})", "boolean", "false"},
             row{R"({"Tone": "true"})", "LLM-BOOLEAN", "true"},
             row{R"({"Tone": 4})", "LLM-CHOICE", "4"},
             row{R"({"Tone": 87.9})", "LLM-RANGE", "87"},
             row{R"({"Tone": "87"})", "range", "87"},
             row{R"({"Tone": -3})", "LLM-RANGE", "-3"},
             row{R"({"Tone": 1})", "LLM-BOOLEAN", R"(No score found in {"Tone":1})"},
             row{R"({"Tone": true})", "LLM-RANGE", R"(No score found in {"Tone":true})"},
             row{R"({"tone": 4})", "LLM-CHOICE", R"(No score found in {"tone":4})"},
             row{R"({"Tone": 1e300})", "LLM-RANGE", R"(No score found in {"Tone":1E300})"},
             row{R"({"Tone": null})", "LLM-RANGE", R"(No score found in {"Tone":null})"},
             row{R"([4])", "LLM-RANGE", "No score found in [4]"},
             row{R"({"Tone": 4)", "LLM-RANGE", R"(No score found in {"Tone": 4)"},
             row{"", "LLM-RANGE", "No score found in "},
         })
        BOOST_TEST(told(read_judgement(answer(arguments), "Tone", type)) == expected);
}

BOOST_AUTO_TEST_CASE(an_answer_of_another_shape_has_no_score)
{
    for (auto const* text :
         {"{}", "[]", "null", R"({"choices":[]})", R"({"choices":[{"message":{"content":"4"}}]})",
          R"({"choices":[{"message":{"tool_calls":[]}}]})",
          R"({"choices":[{"message":{"tool_calls":[{"function":{}}]}}]})", R"({"error":{"message":"no"}})"})
        BOOST_TEST(told(read_judgement(json::parse(text), "Tone", "LLM-RANGE")) == "No score found", text);
}

BOOST_AUTO_TEST_SUITE_END()
