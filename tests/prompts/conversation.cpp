#include "prompts/conversation.hpp"

#include <boost/json/parse.hpp>
#include <boost/json/serialize.hpp>
#include <boost/test/unit_test.hpp>

namespace weir::prompts
{

BOOST_AUTO_TEST_SUITE(conversation)

BOOST_AUTO_TEST_CASE(each_form_of_request_is_read_as_messages)
{
    struct {
        std::string_view request, text;
    } const cases[] = {
        {R"({"messages":[{"role":"system","content":"Be kind"},{"role":"user","content":[{"type":"text","text":"Hi"},)"
         R"({"type":"image_url","image_url":{"url":"x"}}]}]})",
         "[system]: Be kind\n\n[user]: Hi"},
        {R"({"system":[{"type":"text","text":"Be kind"}],"messages":[{"role":"user","content":"Hi"}]})",
         "[system]: Be kind\n\n[user]: Hi"},
        {R"({"messages":[{"role":"user","content":[{"type":"tool_result","tool_use_id":"t","content":"42"}]}]})",
         "[tool]: 42"},
        {R"({"instructions":"Be kind","input":"Hi"})", "[system]: Be kind\n\n[user]: Hi"},
        {R"({"input":[{"role":"user","content":[{"type":"input_text","text":"Hi"}]},{"type":"function_call",)"
         R"("call_id":"c","name":"f","arguments":"{}"},{"type":"function_call_output","call_id":"c","output":"1"}]})",
         "[user]: Hi\n\n[assistant]: \n\n[tool]: 1"},
        {R"({"contents":[{"role":"user","parts":[{"text":"Hi"}]},{"role":"model","parts":[{"text":"Ho"}]}],)"
         R"("config":{"systemInstruction":"Be kind"}})",
         "[system]: Be kind\n\n[user]: Hi\n\n[assistant]: Ho"},
        {R"({"contents":"Hi","systemInstruction":{"parts":[{"text":"Be kind"}]}})", "[system]: Be kind\n\n[user]: Hi"},
        {R"({"prompt":"Once"})", "[user]: Once"},
        {R"({"prompt":["a","b"]})", "[user]: a\nb"},
        {R"({"messages":"no"})", ""},
        {R"({"messages":[7,null,{"role":3,"content":{"a":1}}]})", "[user]: "},
        {R"([])", ""},
        {R"("text")", ""},
    };
    for (auto const& c : cases)
        BOOST_TEST_CONTEXT(c.request) BOOST_TEST(input_text(request_messages(json::parse(c.request))) == c.text);
}

BOOST_AUTO_TEST_CASE(each_form_of_answer_has_its_text)
{
    struct {
        std::string_view answer, text;
    } const cases[] = {
        {R"({"choices":[{"message":{"role":"assistant","content":"Hi"}},{"message":{"content":"other"}}]})", "Hi"},
        {R"({"choices":[{"text":"Hi"}]})", "Hi"},
        {R"({"choices":[]})", ""},
        {R"({"output":[{"type":"reasoning"},{"type":"message","content":[{"type":"output_text","text":"Hi"}]}]})",
         "Hi"},
        {R"({"type":"message","role":"assistant","content":[{"type":"thinking","thinking":"hm"},)"
         R"({"type":"text","text":"Hi"}]})",
         "Hi"},
        {R"({"candidates":[{"content":{"parts":[{"text":"hm","thought":true},{"text":"Hi"}]}}]})", "Hi"},
        {R"({"message":{"role":"assistant","content":"Hi"},"done":true})", "Hi"},
        {R"({"response":"Hi","done":true})", "Hi"},
        {R"({"error":{"message":"no"}})", ""},
    };
    for (auto const& c : cases)
        BOOST_TEST_CONTEXT(c.answer) BOOST_TEST(output_text(answer_messages(json::parse(c.answer))) == c.text);
}

BOOST_AUTO_TEST_CASE(tool_calls_have_one_form)
{
    std::string_view const answers[] = {
        R"({"choices":[{"message":{"content":null,"tool_calls":[{"id":"c","type":"function",)"
        R"("function":{"name":"f","arguments":"{\"a\":{\"b\":[1,\"x\"]}}"}}]}}]})",
        R"({"type":"message","content":[{"type":"tool_use","id":"c","name":"f","input":{"a":{"b":[1,"x"]}}}]})",
        R"({"output":[{"type":"function_call","call_id":"c","name":"f","arguments":"{\"a\":{\"b\":[1,\"x\"]}}"}]})",
        R"({"candidates":[{"content":{"parts":[{"functionCall":{"name":"f","args":{"a":{"b":[1,"x"]}}}}]}}]})",
    };
    for (auto const answer : answers) BOOST_TEST_CONTEXT(answer)
        {
            auto const facts = facts_of_output(answer_messages(json::parse(answer)));
            BOOST_TEST((facts.kind == output_kind::tool_call));
            BOOST_TEST(facts.tools == std::vector<std::string>{"f"}, boost::test_tools::per_element());
            flat_values const expected{{"f.a.b", "1"}, {"f.a.b", "x"}};
            BOOST_TEST((facts.values == expected));
        }
}

BOOST_AUTO_TEST_CASE(an_output_is_json_only_when_it_parses)
{
    struct {
        std::string_view text;
        output_kind kind;
    } const cases[] = {
        {R"({"a":1})", output_kind::json}, {"  [1,2]", output_kind::json}, {"{a}", output_kind::plain_text},
        {"12", output_kind::plain_text},   {"", output_kind::none},        {" \n", output_kind::none},
    };
    for (auto const& c : cases) BOOST_TEST_CONTEXT(c.text)
        {
            json::object message, choice, answer;
            message["content"] = c.text;
            choice["message"] = std::move(message);
            answer["choices"] = json::array{std::move(choice)};
            BOOST_TEST((facts_of_output(answer_messages(answer)).kind == c.kind));
        }
    BOOST_TEST(flattened(json::parse(R"([{"a":1}])")).empty());
}

BOOST_AUTO_TEST_CASE(tools_have_one_form)
{
    std::string_view const requests[] = {
        R"({"tools":[{"type":"function","function":{"name":"f","description":"d","parameters":{"x":1}}}]})",
        R"({"tools":[{"type":"function","name":"f","description":"d","parameters":{"x":1}}]})",
        R"({"tools":[{"name":"f","description":"d","input_schema":{"x":1}}]})",
        R"({"tools":[{"functionDeclarations":[{"name":"f","description":"d","parameters":{"x":1}}]}]})",
        R"({"config":{"tools":[{"functionDeclarations":[{"name":"f","description":"d","parameters":{"x":1}}]}]}})",
    };
    auto const expected =
        json::parse(R"([{"type":"function","function":{"name":"f","description":"d","parameters":{"x":1}}}])");
    for (auto const request : requests)
        BOOST_TEST_CONTEXT(request) BOOST_TEST((json::value(request_tools(json::parse(request))) == expected));
}

BOOST_AUTO_TEST_SUITE_END()

} // namespace weir::prompts
