#include "prompts/blueprint.hpp"

#include <boost/json/parse.hpp>
#include <boost/json/serialize.hpp>
#include <boost/test/unit_test.hpp>

#include <string>

using namespace weir::prompts;

BOOST_AUTO_TEST_SUITE(requests_of_blueprints)

namespace
{

json::object of(std::string_view text) { return json::parse({text.data(), text.size()}).as_object(); }

json::object model(std::string_view provider, std::string_view name, std::string_view parameters = "{}")
{
    return with_overrides({}, provider, name, of(parameters));
}

void check(std::string_view blueprint, json::object const& of_model, std::string_view expected)
{
    auto const got = llm_kwargs(of(blueprint), of_model);
    BOOST_TEST_REQUIRE(got.has_value());
    auto const wanted = of(expected);
    BOOST_TEST((*got == wanted), json::serialize(*got) << "\nis not\n" << json::serialize(wanted));
}

constexpr std::string_view conversation = R"({"type": "chat", "messages": [
    {"role": "system", "content": [{"type": "text", "text": "Be brief."}], "template_format": "f-string", "input_variables": []},
    {"role": "developer", "content": [{"type": "text", "text": "Be kind."}]},
    {"role": "user", "name": "Ada", "content": [{"type": "text", "text": "Look"}, {"type": "image_url", "image_url": {"url": "data:image/png;base64,AAAA", "detail": "low"}},
        {"type": "media", "media": {"title": "a.pdf", "type": "application/pdf", "url": "data:application/pdf;base64,BBBB", "format": "base64"}}]},
    {"role": "assistant", "content": [{"type": "thinking", "thinking": "hm", "signature": "s"}, {"type": "text", "text": ""}],
     "tool_calls": [{"id": "c1", "tool_id": "x", "type": "function", "function": {"name": "weather", "arguments": "{\"city\": \"Rome\"}"}},
                    {"id": "c2", "type": "function", "function": {"name": "time", "arguments": ""}}]},
    {"role": "tool", "tool_call_id": "c1", "content": [{"type": "text", "text": "sunny"}]},
    {"role": "tool", "tool_call_id": "c2", "content": [{"type": "text", "text": "noon"}]},
    {"role": "placeholder", "name": "history"},
    {"role": "user", "content": [{"type": "text", "text": "Thanks"}]}],
    "tools": [{"type": "function", "function": {"name": "weather", "description": "d", "parameters": {"type": "object", "properties": {}}}}, {"type": "variable", "name": "t"}],
    "tool_choice": "required"})";

} // namespace

BOOST_AUTO_TEST_CASE(openais_chat)
{
    check(conversation,
          model("openai", "gpt-4o", R"({"temperature": 0, "response_format": {"type": "json_object"}, "seed": null})"),
          R"({
        "model": "gpt-4o", "temperature": 0, "response_format": {"type": "json_object"}, "messages": [
        {"role": "system", "content": "Be brief."}, {"role": "developer", "content": "Be kind."},
        {"role": "user", "name": "Ada", "content": [{"type": "text", "text": "Look"}, {"type": "image_url", "image_url": {"url": "data:image/png;base64,AAAA", "detail": "low"}},
            {"type": "file", "file": {"filename": "a.pdf", "file_data": "data:application/pdf;base64,BBBB"}}]},
        {"role": "assistant", "content": "",
         "tool_calls": [{"id": "c1", "type": "function", "function": {"name": "weather", "arguments": "{\"city\": \"Rome\"}"}},
                        {"id": "c2", "type": "function", "function": {"name": "time", "arguments": ""}}]},
        {"role": "tool", "tool_call_id": "c1", "content": "sunny"}, {"role": "tool", "tool_call_id": "c2", "content": "noon"},
        {"role": "user", "content": "Thanks"}],
        "tools": [{"type": "function", "function": {"name": "weather", "description": "d", "parameters": {"type": "object", "properties": {}}}}],
        "tool_choice": "required"})");
}

BOOST_AUTO_TEST_CASE(anthropics_messages)
{
    check(conversation, model("anthropic", "claude-3-5-sonnet-latest", R"({"temperature": 0.5, "stop": "END"})"), R"({
        "model": "claude-3-5-sonnet-latest", "max_tokens": 4096, "temperature": 0.5, "stop_sequences": ["END"],
        "system": [{"type": "text", "text": "Be brief."}, {"type": "text", "text": "Be kind."}], "messages": [
        {"role": "user", "content": [{"type": "text", "text": "Look"}, {"type": "image", "source": {"type": "base64", "media_type": "image/png", "data": "AAAA"}},
            {"type": "document", "source": {"type": "base64", "media_type": "application/pdf", "data": "BBBB"}}]},
        {"role": "assistant", "content": [{"type": "thinking", "thinking": "hm", "signature": "s"},
            {"type": "tool_use", "id": "c1", "name": "weather", "input": {"city": "Rome"}}, {"type": "tool_use", "id": "c2", "name": "time", "input": {}}]},
        {"role": "user", "content": [{"type": "tool_result", "tool_use_id": "c1", "content": [{"type": "text", "text": "sunny"}]},
            {"type": "tool_result", "tool_use_id": "c2", "content": [{"type": "text", "text": "noon"}]}, {"type": "text", "text": "Thanks"}]}],
        "tools": [{"name": "weather", "description": "d", "input_schema": {"type": "object", "properties": {}}}], "tool_choice": {"type": "any"}})");
}

BOOST_AUTO_TEST_CASE(small_conversations_are_short)
{
    constexpr std::string_view small =
        R"({"type": "chat", "messages": [{"role": "system", "content": [{"type": "text", "text": "S"}]},
        {"role": "user", "content": [{"type": "text", "text": "U"}]}], "tools": [], "tool_choice": "auto"})";

    check(small, model("openai", "gpt-4o"),
          R"({"model": "gpt-4o", "messages": [{"role": "system", "content": "S"}, {"role": "user", "content": "U"}]})");
    check(small, model("anthropic", "claude", R"({"max_tokens": 10})"),
          R"({"model": "claude", "max_tokens": 10, "system": "S", "messages": [{"role": "user", "content": "U"}]})");
}

BOOST_AUTO_TEST_CASE(completions)
{
    constexpr std::string_view text =
        R"({"type": "completion", "content": [{"type": "text", "text": "Once"}, {"type": "text", "text": " upon"}]})";

    check(text, model("openai", "gpt-3.5-turbo-instruct", R"({"max_tokens": 5})"),
          R"({"model": "gpt-3.5-turbo-instruct", "prompt": "Once upon", "max_tokens": 5})");
    check(text, model("anthropic", "claude"), R"({"model": "claude", "max_tokens": 4096, "messages": [
        {"role": "user", "content": [{"type": "text", "text": "Once"}, {"type": "text", "text": " upon"}]}]})");
}

BOOST_AUTO_TEST_CASE(choices_of_tools)
{
    struct {
        std::string_view given, openai, anthropic;
    } const cases[] = {
        {R"("auto")", R"("auto")", R"({"type": "auto"})"},
        {R"("none")", R"("none")", R"({"type": "none"})"},
        {R"({"type": "function", "function": {"name": "f"}})", R"({"type": "function", "function": {"name": "f"}})",
         R"({"type": "tool", "name": "f"})"},
    };
    for (auto const& c : cases) {
        auto const blueprint = of(
            R"({"type": "chat", "messages": [], "tools": [{"type": "function", "function": {"name": "f"}}], "tool_choice": )" +
            std::string(c.given) + "}");
        BOOST_TEST((llm_kwargs(blueprint, model("openai", "m"))->at("tool_choice") ==
                    json::parse({c.openai.data(), c.openai.size()})));
        BOOST_TEST((llm_kwargs(blueprint, model("anthropic", "m"))->at("tool_choice") ==
                    json::parse({c.anthropic.data(), c.anthropic.size()})));
    }
}

BOOST_AUTO_TEST_CASE(requests_of_other_apis_are_not_known)
{
    auto const blueprint = of(R"({"type": "chat", "messages": []})");
    auto responses = model("openai", "gpt-4o");
    responses["api_type"] = "responses";

    BOOST_TEST(!llm_kwargs(blueprint, responses));
    BOOST_TEST(!llm_kwargs(blueprint, model("google", "gemini-2.0-flash")));
    BOOST_TEST(!llm_kwargs(blueprint, model("openai", "")));
    BOOST_TEST(!llm_kwargs(blueprint, model("amazon.bedrock", "anthropic.claude-3-haiku-20240307-v1:0")));
    BOOST_TEST(llm_kwargs(blueprint, model("mistral", "mistral-large")).has_value());
    BOOST_TEST(llm_kwargs(blueprint, model("anthropic.bedrock", "claude")).has_value());
}

BOOST_AUTO_TEST_CASE(overrides_change_the_model)
{
    auto const was = of(
        R"({"provider": "openai", "name": "gpt-4o", "parameters": {"temperature": 1, "seed": 2}, "api_type": "responses"})");

    BOOST_TEST((
        with_overrides(was, {}, {}, of(R"({"temperature": 0})")) ==
        of(R"({"provider": "openai", "name": "gpt-4o", "parameters": {"temperature": 0, "seed": 2}, "api_type": "responses"})")));
    BOOST_TEST((with_overrides(was, "anthropic", "claude", {}) ==
                of(R"({"provider": "anthropic", "name": "claude", "parameters": {"temperature": 1, "seed": 2}})")));
    BOOST_TEST((with_overrides({}, "openai", "gpt-4o", {}) ==
                of(R"({"provider": "openai", "name": "gpt-4o", "parameters": {}, "api_type": "chat-completions"})")));
}

BOOST_AUTO_TEST_SUITE_END()
