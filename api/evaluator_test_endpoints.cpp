#include "api/endpoints.hpp"
#include "api/evaluator_types.hpp"
#include "api/read_json.hpp"
#include "evaluation/check.hpp"
#include "evaluation/command.hpp"
#include "evaluation/judge.hpp"

#include <boost/json/value.hpp>

#include <optional>
#include <string>
#include <utility>
#include <variant>
#include <vector>

namespace asio = boost::asio;
namespace json = boost::json;

/// What an evaluator would say of a call that is given.
namespace weir::api
{

using texts_by_key = std::vector<std::pair<std::string, std::string>>;

struct test_inputs {
    std::optional<texts_by_key> autoInputs;
    texts_by_key inputs;
};
BOOST_DESCRIBE_STRUCT(test_inputs, (), (autoInputs, inputs))

struct test_input {
    std::optional<std::string> promptTemplate;
    test_inputs inputs;
    std::string outputBody, inputBody;
};
BOOST_DESCRIBE_STRUCT(test_input, (), (promptTemplate, inputs, outputBody, inputBody))

struct python_test_params {
    test_input testInput;
    std::string code;
};
BOOST_DESCRIBE_STRUCT(python_test_params, (), (testInput, code))

struct python_test_request {
    python_test_params body;
};
BOOST_DESCRIBE_STRUCT(python_test_request, (), (body))

struct python_test_answer {
    std::optional<double> statusCode;
    std::vector<std::string> traces;
    std::string output;
};
BOOST_DESCRIBE_STRUCT(python_test_answer, (), (statusCode, traces, output))

struct last_mile_test_params {
    test_input testInput;
    std::vector<std::pair<std::string, json::value>> config;
};
BOOST_DESCRIBE_STRUCT(last_mile_test_params, (), (testInput, config))

struct last_mile_test_request {
    last_mile_test_params body;
};
BOOST_DESCRIBE_STRUCT(last_mile_test_request, (), (body))

struct last_mile_test_answer {
    std::optional<std::string> ground_truth;
    std::string output, input;
    double score = 0;
};
BOOST_DESCRIBE_STRUCT(last_mile_test_answer, (), (ground_truth, output, input, score))

struct evaluator_config {
    std::optional<std::string> evaluator_code_template, evaluator_llm_template;
    std::string evaluator_scoring_type;
};
BOOST_DESCRIBE_STRUCT(evaluator_config, (), (evaluator_code_template, evaluator_llm_template, evaluator_scoring_type))

struct llm_test_params {
    std::string evaluatorName;
    test_input testInput;
    evaluator_config evaluatorConfig;
};
BOOST_DESCRIBE_STRUCT(llm_test_params, (), (evaluatorName, testInput, evaluatorConfig))

struct llm_test_request {
    llm_test_params body;
};
BOOST_DESCRIBE_STRUCT(llm_test_request, (), (body))

struct check_test_params {
    json::value declaration;
    test_input testInput;
};
BOOST_DESCRIBE_STRUCT(check_test_params, (), (declaration, testInput))

struct check_test_request {
    check_test_params body;
};
BOOST_DESCRIBE_STRUCT(check_test_request, (), (body))

struct evaluator_score {
    std::variant<std::int64_t, bool> score;
};
BOOST_DESCRIBE_STRUCT(evaluator_score, (), (score))

namespace
{

/// JSON, or the text itself where it is none.
json::value body_in(std::string const& text)
{
    json::value parsed;
    if (text.empty() || parse_json(text, parsed, "body")) return json::value(text);
    return parsed;
}

evaluation::subject subject_in(test_input const& from)
{
    evaluation::subject out;
    out.request = body_in(from.inputBody);
    out.response = body_in(from.outputBody);
    for (auto const& [key, value] : from.inputs.inputs) out.inputs[key] = value;
    if (from.inputs.autoInputs)
        for (auto const& [key, value] : *from.inputs.autoInputs) out.auto_inputs.emplace_back(value);
    if (from.promptTemplate) out.prompt_template = body_in(*from.promptTemplate);
    return out;
}

evaluator_score shown_score(evaluation::score const& given)
{
    if (auto const* const truth = std::get_if<bool>(&given)) return {*truth};
    return {std::get<std::int64_t>(given)};
}

asio::awaitable<result<python_test_answer>> test_python(python_test_request, services&)
{
    co_return conflict(
        "weir does not run code that it is sent: declare a check (POST /v1/evaluator/check/test tries one), "
        "or have a command run that the configuration names in experiments.commands");
}

asio::awaitable<result<last_mile_test_answer>> test_last_mile(last_mile_test_request, services&)
{
    co_return conflict(
        "LastMile's service is no part of weir, and no setting adds it: use a judge (llm_template), a check, "
        "or a command of experiments.commands instead");
}

asio::awaitable<result<evaluator_score>> test_command(check_test_params asked, services& with)
{
    if (!storage::may_write(with.permissions))
        co_return failure(errc::forbidden, "this API key may only read: to run a command needs one that is rw");
    if (!with.run_command) co_return failure(errc::not_ready, "no command can be run here");
    std::string problem;
    auto wish = evaluation::read_command(asked.declaration, problem);
    auto about = subject_in(asked.testInput);
    auto const said = co_await with.run_command(std::move(*wish), std::move(about));
    if (!said) co_return said.error();
    co_return shown_score(*said);
}

asio::awaitable<result<evaluator_score>> test_check(check_test_request asked, services& with)
{
    if (auto const why = problem_with_check("declaration", asked.body.declaration, with)) co_return *why;
    if (evaluation::is_command(asked.body.declaration)) co_return co_await test_command(std::move(asked.body), with);
    std::string problem;
    auto const check = evaluation::check::read(asked.body.declaration, problem);
    auto const said = check->run(subject_in(asked.body.testInput));
    if (!said.value) co_return conflict(said.problem);
    co_return shown_score(*said.value);
}

asio::awaitable<result<evaluator_score>> test_llm(llm_test_request asked, services& with)
{
    auto const& config = asked.body.evaluatorConfig;
    if (auto const why = problem_with_evaluator_name("evaluatorName", asked.body.evaluatorName)) co_return *why;
    if (!config.evaluator_llm_template) co_return invalid("evaluatorConfig.evaluator_llm_template: is required");
    json::value chat;
    if (auto const why = parse_json(*config.evaluator_llm_template, chat, "evaluatorConfig.evaluator_llm_template"))
        co_return invalid(*why);
    if (auto const why = evaluation::problem_with_judge(chat, asked.body.evaluatorName); !why.empty())
        co_return invalid("evaluatorConfig.evaluator_llm_template" + why);
    if (!with.ask_judge) co_return failure(errc::not_ready, "no judge can be asked here");
    auto const about = subject_in(asked.body.testInput);
    if (!evaluation::may_ask(chat, about)) co_return invalid("testInput: is too long to be put before a judge");
    judge_question question;
    question.organization = with.organization;
    question.evaluator = asked.body.evaluatorName;
    question.body = evaluation::judge_request(chat, about);
    auto const answer = co_await with.ask_judge(std::move(question));
    if (!answer) co_return answer.error();
    auto const said =
        evaluation::read_judgement(body_in(*answer), asked.body.evaluatorName, config.evaluator_scoring_type);
    if (!said.value) co_return conflict(said.problem);
    co_return shown_score(*said.value);
}

constexpr endpoint evaluator_test_entries[] = {
    changes(post<test_python>("/v1/evaluator/python/test", "TestPythonEvaluator", "Refused: weir runs no Python")),
    changes(post<test_llm>("/v1/evaluator/llm/test", "TestLLMEvaluator", "Asks a judge about a call that is given")),
    changes(post<test_last_mile>("/v1/evaluator/lastmile/test", "TestLastMileEvaluator",
                                 "Refused: LastMile's service is no part of weir")),
    post<test_check>("/v1/evaluator/check/test", "TestCheckEvaluator",
                     "Runs a declared check or a command on a call that is given"),
};
static_assert(each_is_unique(evaluator_test_entries));

} // namespace

constinit group const evaluator_test_endpoints{"Evaluator", evaluator_test_entries};

} // namespace weir::api
