#include "prompts/template.hpp"

#include <boost/json/parse.hpp>
#include <boost/json/serialize.hpp>
#include <boost/test/unit_test.hpp>

#include <string>
#include <vector>

using namespace weir::prompts;

BOOST_AUTO_TEST_SUITE(templates)

namespace
{

json::value of(char const* text) { return json::parse(text); }
std::string written(json::value const& v) { return json::serialize(v); }

} // namespace

BOOST_AUTO_TEST_CASE(inputs_and_messages_without_tags_are_taken_out)
{
    auto const request = of(R"({
        "model": "gpt-4o",
        "temperature": 0.5,
        "response_format": {"type": "text"},
        "messages": [
            {"role": "system", "content": "Be brief."},
            {"role": "user", "content": "Tell <helicone-prompt-input key=\"who\" > Ada </helicone-prompt-input> of <helicone-prompt-input key=\"what\">it</helicone-prompt-input>"},
            {"role": "user", "content": [{"type": "text", "text": "<helicone-prompt-input key=\"who\">Bob</helicone-prompt-input>"},
                                         {"type": "image_url", "image_url": {"url": "http://x/"}}]}
        ]})");
    auto const got = capture(request);

    BOOST_TEST(written(got.content) == written(of(R"({
        "model": "gpt-4o",
        "temperature": 0.5,
        "response_format": {"type": "text"},
        "messages": [
            "<helicone-auto-prompt-input idx=0 />",
            {"role": "user", "content": "Tell <helicone-prompt-input key=\"who\" /> of <helicone-prompt-input key=\"what\" />"},
            {"role": "user", "content": [{"type": "text", "text": "<helicone-prompt-input key=\"who\" />"},
                                         "<helicone-auto-prompt-input idx=1 />"]}
        ]})")));
    BOOST_TEST(written(got.inputs) == R"({"who":"Bob","what":"it"})"); // the last of a key's values
    BOOST_TEST(text_of(got.auto_inputs) ==
               R"([{"role":"system","content":"Be brief."},{"type":"image_url","image_url":{"url":"http://x/"}}])");
}

BOOST_AUTO_TEST_CASE(static_text_stays_as_it_is_and_its_message_is_no_automatic_input)
{
    auto const request = of(R"({"messages": [{"role": "system", "content":
        "<helicone-prompt-static>Be <helicone-prompt-input key=\"k\">brief</helicone-prompt-input></helicone-prompt-static>"}]})");
    auto const got = capture(request);

    BOOST_TEST(written(got.content) == written(of(R"({"messages": [{"role": "system", "content":
        "<helicone-prompt-static>Be <helicone-prompt-input key=\"k\">brief</helicone-prompt-input></helicone-prompt-static>"}]})")));
    BOOST_TEST(got.inputs.empty());
    BOOST_TEST(got.auto_inputs.empty());
}

BOOST_AUTO_TEST_CASE(filling_leaves_what_the_provider_saw_of_static_text)
{
    auto const content = of(R"({"messages": [{"content":
        "<helicone-prompt-static>Be <helicone-prompt-input key=\"k\">brief</helicone-prompt-input>.</helicone-prompt-static> <helicone-prompt-input key=\"who\" />"}]})");
    auto const inputs =
        of(R"({"who": "<helicone-prompt-static>Ada</helicone-prompt-static>", "k": "never"})").as_object();
    BOOST_TEST(written(fill(content, inputs, {})) ==
               R"({"messages":[{"content":"Be brief. <helicone-prompt-static>Ada</helicone-prompt-static>"}]})");
}

BOOST_AUTO_TEST_CASE(filling_puts_inputs_and_automatic_inputs_in)
{
    auto const content = of(R"({
        "a": "x <helicone-prompt-input key=\"k\" /><helicone-prompt-input key=\"none\"/>!",
        "b": ["<helicone-auto-prompt-input idx=0 />", "<helicone-auto-prompt-input idx=9 />", 1, null],
        "c": "<helicone-auto-prompt-input idx=9 />",
        "d": "text <helicone-auto-prompt-input idx=9 /><helicone-auto-prompt-input idx=0 /> goes"})");

    auto const filled = fill(content, of(R"({"k": "<helicone-prompt-input key=\"k\" />"})").as_object(),
                             of(R"([{"role": "user"}])").as_array());

    BOOST_TEST(written(filled) == written(of(R"({
        "a": "x <helicone-prompt-input key=\"k\" />!",
        "b": [{"role": "user"}, 1, null],
        "d": {"role": "user"}})")));
}

BOOST_AUTO_TEST_CASE(the_size_of_what_filling_would_make_is_known_before)
{
    auto const inputs = of(R"({"k": "12345"})").as_object();
    auto const auto_inputs = of(R"([{"role": "user"}])").as_array();
    auto const size = [&](std::string const& content) { return filled_size(of(content.c_str()), inputs, auto_inputs); };
    std::string const tag = R"(<helicone-prompt-input key=\"k\" />)";

    BOOST_TEST(size(R"({"a": 1, "b": ["xyz"]})") == 3U);
    BOOST_TEST(size("\"" + tag + tag + "\"") - size("\"" + tag + "\"") == size("\"" + tag + "\""));
    BOOST_TEST(size("\"" + tag + "\"") >= 5U);
    BOOST_TEST(size(R"(["<helicone-auto-prompt-input idx=0 />", "<helicone-auto-prompt-input idx=1 />"])") == 15U);
}

BOOST_AUTO_TEST_CASE(the_essence_ignores_automatic_inputs_and_the_order_of_members)
{
    auto const a = of(
        R"({"x": 1, "messages": ["<helicone-auto-prompt-input idx=0 />", {"b": 1, "a": "t"}], "s": "<helicone-auto-prompt-input idx=5 />"})");
    auto const b = of(
        R"({"messages": [{"a": "t", "b": 1}, "<helicone-auto-prompt-input idx=0 />", "<helicone-auto-prompt-input idx=1 />"], "x": 1})");

    BOOST_TEST(essence(a).value() == essence(b).value());
    BOOST_TEST(essence(a).value() != essence(of(R"({"x": 2, "messages": [{"a": "t", "b": 1}]})")).value());
    BOOST_TEST(essence(of(R"({"s": ""})")).value() == R"({"s":""})");
    auto const escaped = of(R"({"a": [1, 1.5, -0.0, null, true, {}, []], "b": "\"\\\n\u0001\u007f/é"})");
    BOOST_TEST(essence(escaped).value() == written(escaped)); // what earlier versions kept a hash of
    BOOST_TEST(!essence(of(R"("text")")));
    BOOST_TEST(!essence(of("[{}]")));
}

BOOST_AUTO_TEST_CASE(keys_are_collected_once_and_in_order)
{
    using keys = std::vector<std::string>;
    auto const content = of(R"({"m": ["<helicone-prompt-input key=\"b c\"/><helicone-prompt-input key=\"a\" />",
                                      {"t": "<helicone-prompt-input key=\"a\"  /> <helicone-prompt-input key=\"d\"  />"}]})");

    BOOST_TEST(input_keys(content) == (keys{"b c", "a", "d"}));
    BOOST_TEST(plain_input_keys(content) == keys{"a"});
    BOOST_TEST(input_keys(json::value(written(content).c_str())) == (keys{"b c", "a", "d"}));
    BOOST_TEST(input_keys(json::value("no JSON <helicone-prompt-input key=\"a\" />")) == keys{"a"});
}

BOOST_AUTO_TEST_CASE(the_model_is_found_where_templates_have_it)
{
    BOOST_TEST(model_of(of(R"({"model": "m", "messages": [{"model": "n"}]})")) == "m");
    BOOST_TEST(model_of(of(R"({"model": 5, "messages": [{"model": "n"}]})")) == "n");
    BOOST_TEST(model_of(of(R"([{"model": "o"}])")) == "o");
    BOOST_TEST(model_of(json::value(R"({"model": "m"})")) == "m");
    for (auto const* none : {"{}", "[]", "null", R"("{")", R"({"messages": []})", R"({"messages": ["x"]})"})
        BOOST_TEST(model_of(of(none)).empty(), none);
}

BOOST_AUTO_TEST_SUITE_END()
