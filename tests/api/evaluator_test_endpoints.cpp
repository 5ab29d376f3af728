#include "evaluator_support.hpp"

#include <boost/json/serialize.hpp>

namespace asio = boost::asio;

namespace weir::api::test
{
namespace
{

constexpr std::string_view input =
    R"({"inputs":{"inputs":{"city":"Oslo"},"autoInputs":{"0":"a"}},"promptTemplate":"Say it",)"
    R"("inputBody":"{\"q\":1}","outputBody":"{\"choices\":[{\"message\":{\"content\":\"Oslo, of course\"}}]}"})";

std::string with_input(std::string_view members)
{
    return R"({"testInput":)" + std::string(input) + "," + std::string(members) + "}";
}

} // namespace

BOOST_FIXTURE_TEST_SUITE(evaluator_test_endpoints_, stored_record)

BOOST_AUTO_TEST_CASE(a_check_is_tried)
{
    std::pair<std::string_view, std::string_view> const cases[] = {
        {R"({"type":"contains","value":"<helicone-prompt-input key=\"city\" />"})", "true"},
        {R"({"type":"equals","value":"Oslo"})", "false"},
        {R"({"type":"length"})", "15"},
        {R"({"type":"number","of":"input","path":"$.q","value":1})", "true"},
    };
    for (auto const& [declaration, score] : cases) {
        auto const said =
            ask(with, "POST", "/v1/evaluator/check/test", with_input("\"declaration\":" + std::string(declaration)));
        BOOST_TEST(said.body == R"({"data":{"score":)" + std::string(score) + R"(},"error":null})", declaration);
    }
}

BOOST_AUTO_TEST_CASE(a_check_that_is_none_or_says_nothing_is_told)
{
    auto const check = [this](std::string_view declaration) {
        return ask(with, "POST", "/v1/evaluator/check/test", with_input("\"declaration\":" + std::string(declaration)));
    };
    BOOST_TEST(check("7").status == 400);
    BOOST_TEST(error_of(check("7")) == "declaration: must be an object");
    BOOST_TEST(error_of(check(R"({"type":"regex"})")) == "declaration.pattern: is missing");
    auto const nothing_there = check(R"({"type":"contains","of":"input","path":"$.none","value":"x"})");
    BOOST_TEST(nothing_there.status == 409);
    BOOST_TEST(error_of(nothing_there) == "nothing stands where the check looks");
    BOOST_TEST(ask(with, "POST", "/v1/evaluator/check/test", R"({"declaration":{"type":"exists"}})").status == 400);
}

BOOST_AUTO_TEST_CASE(a_judge_is_asked)
{
    judge_question asked;
    with.ask_judge = [&asked](judge_question question) -> asio::awaitable<result<std::string>> {
        asked = std::move(question);
        co_return std::string(R"({"choices":[{"message":{"tool_calls":[{"function":{"name":"scorer",)"
                              R"("arguments":"{\"Tone\":true}"}}]}}]})");
    };
    std::string const body = with_input(
        R"("evaluatorName":"Tone","evaluatorConfig":{"evaluator_scoring_type":"LLM-BOOLEAN","evaluator_llm_template":)"
        R"("{\"model\":\"m\",\"messages\":[\"<helicone-prompt-input key=\\\"inputs\\\" />\",)"
        R"(\"<helicone-prompt-input key=\\\"promptTemplate\\\" />\"],\"tools\":[{\"function\":{\"parameters\":)"
        R"({\"properties\":{\"Tone\":{}}}}}]}"})");

    auto const said = ask(with, "POST", "/v1/evaluator/llm/test", body);

    BOOST_TEST(said.body == R"({"data":{"score":true},"error":null})");
    BOOST_TEST(asked.evaluator == "Tone");
    BOOST_TEST((asked.organization == storage::default_organization));
    BOOST_TEST(asked.body == json::parse(R"({"model":"m","messages":["{\"city\":\"Oslo\"}[\"a\"]","Say it"],)"
                                         R"("tools":[{"function":{"parameters":{"properties":{"Tone":{}}}}}]})"));
}

BOOST_AUTO_TEST_CASE(a_judge_that_cannot_be_asked_or_says_nothing_is_told)
{
    auto const judge = [this](std::string_view config) {
        return ask(with, "POST", "/v1/evaluator/llm/test",
                   with_input(R"("evaluatorName":"Tone","evaluatorConfig":)" + std::string(config)));
    };
    std::string_view const good =
        R"({"evaluator_scoring_type":"range","evaluator_llm_template":"{\"messages\":[{}],\"tools\":[{\"function\":)"
        R"({\"parameters\":{\"properties\":{\"Tone\":{}}}}}]}"})";
    BOOST_TEST(judge(good).status == 503);
    with.ask_judge = [](judge_question const&) -> asio::awaitable<result<std::string>> { co_return std::string("{}"); };
    BOOST_TEST(judge(good).status == 409);
    BOOST_TEST(error_of(judge(good)) == "No score found");
    with.ask_judge = [](judge_question const&) -> asio::awaitable<result<std::string>> {
        co_return conflict("The judge gave no answer: status 401");
    };
    BOOST_TEST(error_of(judge(good)) == "The judge gave no answer: status 401");
    std::pair<std::string_view, std::string_view> const wrong[] = {
        {R"({"evaluator_llm_template":"{}"})", "evaluatorConfig.evaluator_scoring_type: is required"},
        {R"({"evaluator_scoring_type":"range"})", "evaluatorConfig.evaluator_llm_template: is required"},
        {R"({"evaluator_scoring_type":"range","evaluator_llm_template":"7"})",
         "evaluatorConfig.evaluator_llm_template: must be a chat request of OpenAI's form"},
        {R"({"evaluator_scoring_type":"range","evaluator_llm_template":"{\"messages\":[{}]}"})",
         "evaluatorConfig.evaluator_llm_template.tools: must have the function \"scorer\": a judge gives its score by "
         "calling that"},
        {R"({"evaluator_scoring_type":"range","evaluator_llm_template":"{\"messages\":[]}"})",
         "evaluatorConfig.evaluator_llm_template.messages: must be an array of messages: without one a judge is asked "
         "nothing"},
        {R"({"evaluator_scoring_type":"range","evaluator_llm_template":"{\"messages\":[{}],\"tools\":[7]}"})",
         "evaluatorConfig.evaluator_llm_template.tools: must have a function with a parameter named like the "
         "evaluator, \"Tone\": that is the score"},
    };
    for (auto const& [config, text] : wrong) {
        auto const said = judge(config);
        BOOST_TEST(said.status == 400, config);
        BOOST_TEST(error_of(said) == text);
    }
    BOOST_TEST(judge(R"({"evaluator_scoring_type":"range","evaluator_llm_template":"{"})").status == 400);
}

BOOST_AUTO_TEST_CASE(the_name_of_a_judge_is_bounded)
{
    auto const judge = [this](std::string const& name) {
        return ask(with, "POST", "/v1/evaluator/llm/test",
                   with_input(R"("evaluatorName":")" + name + R"(","evaluatorConfig":{"evaluator_scoring_type":"x",)" +
                              R"("evaluator_llm_template":"{}"})"));
    };
    BOOST_TEST(error_of(judge("")) == "evaluatorName: must not be empty");
    BOOST_TEST(error_of(judge(std::string(257, 'a'))) == "evaluatorName: is longer than 256 bytes");
    BOOST_TEST(error_of(judge("a\\u0000")) == "evaluatorName: contains a NUL character");
}

BOOST_AUTO_TEST_CASE(a_command_is_tried_by_whoever_may_change_things)
{
    auto const body = with_input(R"("declaration":{"type":"command","command":"tone","args":[1]})");
    auto const try_it = [&] { return ask(with, "POST", "/v1/evaluator/check/test", body); };
    BOOST_TEST(try_it().status == 400);
    with.commands = {"tone"};
    BOOST_TEST(try_it().status == 503);
    evaluation::command_wish asked;
    with.run_command = [&asked](evaluation::command_wish what,
                                evaluation::subject const&) -> asio::awaitable<result<evaluation::score>> {
        asked = std::move(what);
        co_return evaluation::score(std::int64_t{7});
    };
    BOOST_TEST(try_it().body == R"({"data":{"score":7},"error":null})");
    BOOST_TEST(asked.name == "tone");
    BOOST_TEST(asked.args == json::parse("[1]"));
    with.run_command = [](evaluation::command_wish const&,
                          evaluation::subject const&) -> asio::awaitable<result<evaluation::score>> {
        co_return conflict("the command exited with 1");
    };
    BOOST_TEST(try_it().status == 409);
    with.permissions = storage::key_permissions::read;
    BOOST_TEST(try_it().status == 403);
}

BOOST_AUTO_TEST_CASE(what_weir_does_not_run_is_refused)
{
    auto const python = ask(with, "POST", "/v1/evaluator/python/test", with_input(R"("code":"return 1")"));
    BOOST_TEST(python.status == 409);
    BOOST_TEST(error_of(python).starts_with("weir does not run code that it is sent"));
    auto const last_mile = ask(with, "POST", "/v1/evaluator/lastmile/test",
                               with_input(R"("config":{"_type":"relevance","name":"a","input":{"_type":)"
                                          R"("system-prompt"},"output":{"_type":"output-body","content":"message"}})"));
    BOOST_TEST(last_mile.status == 409);
    BOOST_TEST(error_of(last_mile).starts_with("LastMile's service is no part of weir"));
    for (auto const* target : {"/v1/evaluator/python/test", "/v1/evaluator/lastmile/test"})
        BOOST_TEST(ask(with, "POST", target, "{}").status == 400);
}

BOOST_AUTO_TEST_SUITE_END()

} // namespace weir::api::test
