#include "experiments/scorer.hpp"

#include "evaluation/judge.hpp"
#include "prompts/stored_json.hpp"

#include <boost/json/parse.hpp>

namespace weir::experiments
{

namespace json = boost::json;

namespace
{

/// A template as it was given: it may be JSON in a text.
json::value read_template(std::string const& stored)
{
    auto value = json_or_text(stored);
    return value.is_string() ? json_or_text(std::string(value.get_string())) : value;
}

} // namespace

json::value json_or_text(std::string const& text)
{
    boost::system::error_code error;
    auto value = prompts::parse_stored(text, error);
    return error ? json::value(text) : value;
}

std::shared_ptr<scorer const> read_scorer(storage::due_evaluator const& by)
{
    auto read = std::make_shared<scorer>(scorer{.by = by});
    auto const& who = by.who;
    if (who.last_mile_config) {
        read->problem = "LastMile's service is no part of weir";
    } else if (who.llm_template) {
        read->judge = read_template(*who.llm_template);
        auto const why = evaluation::problem_with_judge(read->judge, who.name);
        if (!why.empty()) read->problem = "llm_template" + why;
    } else if (who.code_template) {
        auto const code = json_or_text(*who.code_template);
        if (evaluation::is_command(code))
            read->command = evaluation::read_command(code, read->problem);
        else if (code.is_object())
            read->check = evaluation::check::read(code, read->problem);
        else
            read->problem = "weir runs no code: its code_template must be the declaration of a check";
    } else {
        read->problem = "Evaluator type not supported";
    }
    return read;
}

evaluation::subject subject_of(storage::evaluated_call const& call)
{
    evaluation::subject about;
    about.request = json_or_text(call.content.request);
    about.response = json_or_text(call.content.response);
    if (auto inputs = json_or_text(call.inputs); inputs.is_object()) about.inputs = std::move(inputs.get_object());
    if (auto automatic = json_or_text(call.auto_inputs); automatic.is_array())
        about.auto_inputs = std::move(automatic.get_array());
    if (call.prompt_template) about.prompt_template = json_or_text(*call.prompt_template);
    return about;
}

} // namespace weir::experiments
