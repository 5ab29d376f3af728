#include "prompts/blueprint.hpp"

#include <boost/json/parse.hpp>
#include <boost/json/serialize.hpp>
#include <boost/test/unit_test.hpp>

#include <string>

using namespace weir::prompts;

BOOST_AUTO_TEST_SUITE(blueprints)

namespace
{

json::object of(std::string_view text) { return json::parse({text.data(), text.size()}).as_object(); }

/// Equal whatever the order of members; the texts are shown when they differ.
void check_same(json::value const& got, std::string_view expected)
{
    auto const wanted = json::parse({expected.data(), expected.size()});
    BOOST_TEST((got == wanted), json::serialize(got) << "\nis not\n" << json::serialize(wanted));
}

} // namespace

BOOST_AUTO_TEST_CASE(what_is_wrong_is_named_by_its_place)
{
    struct {
        std::string_view given, expected;
    } const cases[] = {
        {R"({})", "type: must be chat or completion"},
        {R"({"type": "chat"})", "messages: is required"},
        {R"({"type": "chat", "messages": {}})", "messages: must be an array"},
        {R"({"type": "chat", "messages": [1]})", "messages[0]: must be an object"},
        {R"({"type": "chat", "messages": [{}]})", "messages[0].role: is required"},
        {R"({"type": "chat", "messages": [{"role": "bot"}]})",
         "messages[0].role: must be system, developer, user, assistant, tool, function or placeholder"},
        {R"({"type": "chat", "messages": [{"role": "user"}]})", "messages[0].content: is required"},
        {R"({"type": "chat", "messages": [{"role": "user", "content": "text"}]})",
         "messages[0].content: must be an array of blocks"},
        {R"({"type": "chat", "messages": [{"role": "user", "content": ["x"]}]})",
         "messages[0].content[0]: must be an object"},
        {R"({"type": "chat", "messages": [{"role": "user", "content": [{"type": "text"}]}]})",
         "messages[0].content[0].text: is required"},
        {R"({"type": "chat", "messages": [{"role": "user", "content": [{"type": "text", "text": 1}]}]})",
         "messages[0].content[0].text: must be a string"},
        {R"({"type": "chat", "messages": [{"role": "user", "content": [{"type": "image_url", "image_url": "x"}]}]})",
         "messages[0].content[0].image_url: must be an object"},
        {R"({"type": "chat", "messages": [{"role": "user", "content": [], "template_format": "mustache"}]})",
         "messages[0].template_format: must be f-string or jinja2"},
        {R"({"type": "chat", "messages": [{"role": "tool", "content": []}]})", "messages[0].tool_call_id: is required"},
        {R"({"type": "chat", "messages": [{"role": "placeholder"}]})", "messages[0].name: is required"},
        {R"({"type": "chat", "messages": [{"role": "assistant", "tool_calls": [{}]}]})",
         "messages[0].tool_calls[0].function: must be an object"},
        {R"({"type": "chat", "messages": [], "tools": [{"type": "function"}]})",
         "tools[0].function: must be an object"},
        {R"({"type": "completion"})", "content: is required"},
        {R"({"type": "completion", "content": [{"text": "x"}]})", "content[0].type: is required"},
    };
    for (auto const& c : cases) BOOST_TEST_CONTEXT("given " << c.given)
    BOOST_TEST(problem_with_blueprint(of(c.given)).value_or("nothing") == c.expected);
    BOOST_TEST(problem_with_blueprint(json::array()).value() == "must be an object");
    BOOST_TEST(!problem_with_blueprint(of(R"({"type": "chat", "messages": [
        {"role": "assistant", "content": null}, {"role": "user", "content": [{"type": "unheard_of", "x": 1}]}]})")));
}

BOOST_AUTO_TEST_CASE(variables_are_found_in_texts_of_both_formats)
{
    auto const made = completed(of(R"({"type": "chat", "messages": [
        {"role": "system", "content": [{"type": "text", "text": "{a} {b} {a}"}]},
        {"role": "user", "template_format": "jinja2", "content": [
            {"type": "text", "text": "{{ b }} {% for x in c %}{{ x }}{% endfor %} {d}"},
            {"type": "media_variable", "name": "e"}, {"type": "image_url", "image_url": {"url": "{{ f }}"}}]},
        {"role": "placeholder", "name": "history"}], "tools": [{"type": "variable", "name": "tools"}]})"));

    BOOST_TEST_REQUIRE(made.has_value());
    check_same(made->at("input_variables"), R"(["a", "b", "c", "e", "f", "history", "tools"])");
    auto const& messages = made->at("messages").as_array();
    check_same(messages[0].at("input_variables"), R"(["a", "b"])");
    check_same(messages[1].at("input_variables"), R"(["b", "c", "e", "f"])");
    BOOST_TEST((messages[0].at("template_format") == "f-string"));

    auto const broken = completed(of(R"({"type": "chat", "messages": [
        {"role": "user", "template_format": "jinja2", "content": [{"type": "text", "text": "x\n{% macro %}"}]}]})"));
    BOOST_TEST_REQUIRE(broken.has_error());
    BOOST_TEST(broken.error().text() == "messages[0].content[0].text: line 2: the statement `macro` is not supported");
}

BOOST_AUTO_TEST_CASE(rendering_fills_texts_messages_tools_and_media)
{
    auto const blueprint = of(R"({"type": "chat", "messages": [
        {"role": "user", "content": [{"type": "text", "text": "{a} {none}"}, {"type": "media_variable", "name": "pictures"},
                                     {"type": "media_variable", "name": "none"}]},
        {"role": "placeholder", "name": "history"}, {"role": "placeholder", "name": "none"},
        {"role": "user", "template_format": "jinja2", "content": [{"type": "text", "text": "{{ a|upper }}"}, {"type": "other"}]}],
        "tools": [{"type": "variable", "name": "more"}]})");
    auto const variables = of(
        R"({"a": "x", "pictures": ["http://1", "http://2"], "more": [{"type": "function", "function": {"name": "f"}}],
        "history": [{"role": "user", "content": "{a}"}, {"role": "assistant", "content": [{"type": "text", "text": "ok"}]}]})");
    render_budget budget;

    auto const got = render_blueprint(blueprint, variables, budget);

    BOOST_TEST_REQUIRE(got.has_value());
    check_same(*got, R"({"type": "chat", "messages": [
        {"role": "user", "content": [{"type": "text", "text": "x {none}"}, {"type": "image_url", "image_url": {"url": "http://1"}},
                                     {"type": "image_url", "image_url": {"url": "http://2"}}, {"type": "media_variable", "name": "none"}]},
        {"role": "user", "content": [{"type": "text", "text": "{a}"}], "input_variables": [], "template_format": "f-string"},
        {"role": "assistant", "content": [{"type": "text", "text": "ok"}], "input_variables": [], "template_format": "f-string"},
        {"role": "placeholder", "name": "none"},
        {"role": "user", "template_format": "jinja2", "content": [{"type": "text", "text": "X"}, {"type": "other"}]}],
        "tools": [{"type": "function", "function": {"name": "f"}}]})");
}

BOOST_AUTO_TEST_CASE(what_cannot_be_rendered_is_named)
{
    struct {
        std::string_view content, variables, expected;
    } const cases[] = {
        {R"({"role": "user", "template_format": "jinja2", "content": [{"type": "text", "text": "{{ 1 / 0 }}"}]})", "{}",
         "messages[0].content[0].text: line 1: a division by zero"},
        {R"({"role": "placeholder", "name": "h"})", R"({"h": "text"})", "input_variables.h: must be an array"},
        {R"({"role": "placeholder", "name": "h"})", R"({"h": [1]})", "input_variables.h: must be an array of objects"},
        {R"({"role": "placeholder", "name": "h"})", R"({"h": [{"role": "x"}]})",
         "input_variables.h: as messages[0].role: must be system, developer, user, assistant, tool, function or "
         "placeholder"},
        {R"({"role": "user", "content": [{"type": "media_variable", "name": "m"}]})", R"({"m": [1]})",
         "input_variables.m: as content[0]: must be an object"},
        {R"({"role": "user", "content": []})", R"({"t": [{"type": "function"}]})",
         "input_variables.t: as tools[0].function: must be an object"},
    };
    for (auto const& c : cases) {
        render_budget budget;
        auto const got =
            render_blueprint(of(R"({"type": "chat", "tools": [{"type": "variable", "name": "t"}], "messages": [)" +
                                std::string(c.content) + "]}"),
                             of(c.variables), budget);
        BOOST_TEST_REQUIRE(got.has_error());
        BOOST_TEST(got.error().text() == c.expected);
    }
    render_budget budget{.output = 10'000};
    json::array many(100, json::value(json::object{{"type", "media_variable"}, {"name", "m"}}));
    json::object const large{{"type", "completion"}, {"content", many}};
    BOOST_TEST(render_blueprint(large, json::object{{"m", std::string(1000, 'x')}}, budget).has_error());
}

BOOST_AUTO_TEST_CASE(helicones_template_has_the_variables_as_tags)
{
    auto const blueprint = of(R"({"type": "chat", "messages": [
        {"role": "system", "content": [{"type": "text", "text": "Be {{kind}} to {who}."}]},
        {"role": "user", "template_format": "jinja2", "content": [{"type": "text", "text": "{{ who }}!"}, {"type": "text", "text": "{% if a %}b{% endif %}"}]},
        {"role": "placeholder", "name": "history"},
        {"role": "assistant", "content": null, "tool_calls": [{"id": "1", "type": "function", "function": {"name": "f", "arguments": "{}"}}]},
        {"role": "tool", "tool_call_id": "1", "content": [{"type": "text", "text": "{result}"}]}],
        "tools": [{"type": "function", "function": {"name": "f"}}], "tool_choice": "auto"})");

    auto const got = template_of_blueprint(
        blueprint, of(R"({"provider": "openai", "name": "gpt-4o", "parameters": {"temperature": 0.5}})"));

    check_same(got, R"({"model": "gpt-4o", "temperature": 0.5, "tool_choice": "auto",
        "tools": [{"type": "function", "function": {"name": "f"}}], "messages": [
        {"role": "system", "content": "Be {kind} to <helicone-prompt-input key=\"who\" />."},
        {"role": "user", "content": [{"type": "text", "text": "<helicone-prompt-input key=\"who\" />!"}, {"type": "text", "text": "{% if a %}b{% endif %}"}]},
        "<helicone-auto-prompt-input idx=0 />",
        {"role": "assistant", "content": null, "tool_calls": [{"id": "1", "type": "function", "function": {"name": "f", "arguments": "{}"}}]},
        {"role": "tool", "tool_call_id": "1", "content": "<helicone-prompt-input key=\"result\" />"}]})");
}

BOOST_AUTO_TEST_CASE(a_template_of_traffic_is_read_as_a_blueprint)
{
    auto const got = blueprint_of_template(of(R"({"model": "gpt-4o", "temperature": 1, "stream": true, "messages": [
        {"role": "user", "content": "Say {x} to <helicone-prompt-input key=\"who\" />"},
        "<helicone-auto-prompt-input idx=3 />", 5, {"role": "user", "content": [{"type": "image_url", "image_url": {"url": "<helicone-prompt-input key=\"u\" />"}}]}]})"),
                                           "openai");

    check_same(
        got.model,
        R"({"provider": "openai", "name": "gpt-4o", "parameters": {"temperature": 1}, "api_type": "chat-completions"})");
    check_same(got.blueprint, R"({"type": "chat", "input_variables": ["who", "auto_input_3", "u"], "messages": [
        {"role": "user", "content": [{"type": "text", "text": "Say {{x}} to {who}"}], "input_variables": ["who"], "template_format": "f-string"},
        {"role": "placeholder", "name": "auto_input_3", "content": null, "input_variables": [], "template_format": "f-string"},
        {"role": "user", "content": [{"type": "image_url", "image_url": {"url": "{u}"}}], "input_variables": ["u"], "template_format": "f-string"}]})");
}

BOOST_AUTO_TEST_CASE(any_template_is_read_as_some_blueprint)
{
    for (std::string_view const text :
         {"null", "5", "\"text <helicone-prompt-input key=\\\"k\\\" />\"", "[]", "[1,{}]", "{}", R"({"messages": 5})",
          R"({"messages": [{"role": 5}, {"role": "user", "content": [1, {}]}], "tools": 5})", R"({"prompt": "p"})",
          R"("{\"messages\": []}")", "\"{\""}) {
        auto const got = blueprint_of_template(json::parse({text.data(), text.size()}), "openai");
        BOOST_TEST_CONTEXT("template " << text)
        BOOST_TEST(problem_with_blueprint(got.blueprint).value_or("nothing") == "nothing");
    }
    auto const text = blueprint_of_template(json::value("<helicone-prompt-static>text</helicone-prompt-static> "
                                                        "<helicone-prompt-input key=\"k\" />"),
                                            "openai");
    check_same(text.blueprint, R"({"type": "completion", "content": [{"type": "text", "text": "text {k}"}],
        "input_variables": ["k"], "template_format": "f-string"})");
}

BOOST_AUTO_TEST_CASE(a_blueprint_survives_the_way_to_helicones_template_and_back)
{
    auto const blueprint = completed(of(R"({"type": "chat", "messages": [
        {"role": "system", "content": [{"type": "text", "text": "A {{brace}} and {variable}"}]},
        {"role": "user", "content": [{"type": "text", "text": "{a}{b}"}, {"type": "image_url", "image_url": {"url": "{c}"}}]}]})"));
    auto const model =
        of(R"({"provider": "openai", "name": "gpt-4o", "parameters": {"top_p": 1}, "api_type": "chat-completions"})");

    auto const back = blueprint_of_template(template_of_blueprint(*blueprint, model), "openai");

    BOOST_TEST((back.blueprint == *blueprint), json::serialize(back.blueprint));
    BOOST_TEST((back.model == model), json::serialize(back.model));
}

BOOST_AUTO_TEST_SUITE_END()
