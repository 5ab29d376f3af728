#include "experiments/report_call.hpp"

#include "config/built_in_providers.hpp"
#include "evaluation/judge.hpp"
#include "evaluation/values.hpp"
#include "experiments/call_plan.hpp"
#include "experiments/judge_call.hpp"
#include "experiments/judge_template.hpp"
#include "experiments/scorer.hpp"
#include "prompts/blueprint.hpp"
#include "prompts/conversation.hpp"
#include "prompts/f_string.hpp"
#include "storage/blueprint_views.hpp"
#include "storage/connection.hpp"

#include <boost/json/serialize.hpp>

namespace weir::experiments
{

using evaluation::assertion_column;
using evaluation::cell_result;
using evaluation::row_cells;
using evaluation::template_column;

namespace
{

report_call no_call(std::string why)
{
    report_call none;
    none.problem = std::move(why);
    return none;
}

json::object variables_of(evaluation::variable_mappings const& mappings, row_cells const& cells)
{
    json::object variables;
    for (auto const& [name, column] : mappings) variables[name] = cells.at(column);
    return variables;
}

std::string text_member(json::object const& of, std::string_view name)
{
    auto const* const found = of.if_contains({name.data(), name.size()});
    return found && found->is_string() ? std::string(found->get_string()) : std::string();
}

/// The version of the prompt that a column names, or why there is none.
storage::result<storage::viewed_version> version_of(storage::connection& db, storage::organization_id organization,
                                                    template_column const& column, std::string& problem)
{
    if (column.name.empty()) return storage::viewed_version{column.blueprint, column.metadata};
    auto const prompt = storage::find_prompt_named(db, organization, column.name);
    if (!prompt && prompt.error() == storage::errc::not_found) {
        problem = "there is no prompt template \"" + column.name + "\"";
        return storage::viewed_version();
    }
    if (!prompt) return prompt.error();
    auto const found = storage::find_blueprint(db, organization, *prompt, {column.version, column.label});
    if (!found && found.error() == storage::errc::not_found) {
        problem = "the prompt template \"" + column.name + "\" has no such version";
        return storage::viewed_version();
    }
    if (!found) return found.error();
    return storage::view_of(*found);
}

/// The request of a filled blueprint. A provider whose own form is not known is asked in OpenAI's.
report_call call_of(json::object const& blueprint, json::object model)
{
    if (text_member(model, "name").empty()) return no_call("neither the template nor engine.model names a model");
    auto request = prompts::llm_kwargs(blueprint, model);
    auto const name = text_member(model, "provider");
    if (!request) {
        model["provider"] = "openai";
        model["api_type"] = "chat-completions";
        request = prompts::llm_kwargs(blueprint, model);
    }
    if (!request) return no_call("the template is in a form that no provider takes");
    request->erase("stream");
    request->erase("stream_options");
    report_call made;
    made.provider = name == "openai.azure" ? "azure" : config::provider_id(name.empty() ? "openai" : name);
    if (!can_stand_in_path(made.provider)) return no_call("the provider \"" + name + "\" cannot be one");
    made.body = json::serialize(*request);
    if (made.provider == "anthropic")
        made.target = "/anthropic/v1/messages";
    else if (request->contains("prompt"))
        made.target = "/" + made.provider + "/v1/completions";
    else
        made.target = chat_target(made.provider);
    return made;
}

/// The assertions with their variables filled in.
std::vector<std::string> filled_assertions(assertion_column const& column, row_cells const& cells, std::string& problem)
{
    auto const prompt = column.prompt.empty() ? evaluation::as_text(cells.at(column.prompt_source)) : column.prompt;
    if (prompt.empty()) problem = "the assertion is empty";
    auto all = evaluation::assertions_of(prompt, problem);
    if (column.mappings.empty()) return all;
    auto const variables = variables_of(column.mappings, cells);
    prompts::render_budget budget;
    for (auto& one : all) {
        auto filled = prompts::render_f_string(one, variables, budget);
        if (!filled) {
            problem = filled.error().text();
            return {};
        }
        one = std::move(*filled);
    }
    return all;
}

} // namespace

storage::result<report_call> plan_report_call(storage::connection& db, storage::organization_id organization,
                                              template_column const& column, row_cells const& cells)
{
    std::string problem;
    auto version = version_of(db, organization, column, problem);
    if (!version) return version.error();
    if (!problem.empty()) return no_call(std::move(problem));
    auto const* const stored = version->model();
    auto model =
        prompts::with_overrides(stored ? *stored : json::object(), column.provider, column.model, column.parameters);
    prompts::render_budget budget;
    auto resolved = storage::with_snippets(db, organization, std::move(version->blueprint), budget);
    if (!resolved && resolved.error().store) return resolved.error().store;
    if (!resolved) return no_call("the template cannot be filled: " + resolved.error().why.text());
    auto const filled =
        prompts::render_blueprint(std::move(resolved->blueprint), variables_of(column.mappings, cells), budget);
    if (!filled) return no_call("the template cannot be filled: " + filled.error().text());
    return call_of(*filled, std::move(model));
}

report_call plan_report_call(assertion_column const& column, row_cells const& cells)
{
    std::string problem;
    auto const assertions = filled_assertions(column, cells, problem);
    if (!problem.empty()) return no_call(std::move(problem));
    auto const question = assertion_template(column.model, assertions);
    evaluation::subject about;
    about.response = cells.at(column.source);
    if (!evaluation::may_ask(question, about)) return no_call("the cell is too long to be put before a judge");
    judge_call asked{.organization = {}, .evaluator = {}, .body = evaluation::judge_request(question, about)};
    report_call made;
    made.provider = asked.provider();
    made.target = chat_target(made.provider);
    made.body = json::serialize(asked.body);
    return made;
}

cell_result read_report_answer(template_column const&, row_cells const&, std::string const& body)
{
    auto const said = prompts::answer_messages(json_or_text(body));
    if (!said.empty()) return {json::value(prompts::output_text(said)), {}};
    if (body.size() >= most_cell_answer) return {std::nullopt, "the answer is longer than 4 MiB"};
    return {std::nullopt, "the answer is in no form that is known"};
}

cell_result read_report_answer(assertion_column const& column, row_cells const& cells, std::string const& body)
{
    std::string problem;
    auto const assertions = filled_assertions(column, cells, problem);
    if (!problem.empty()) return {std::nullopt, problem};
    auto const answer = json_or_text(body);
    json::object all;
    for (std::size_t i = 0; i < assertions.size(); ++i) {
        auto const said = evaluation::read_judgement(answer, "assertion_" + std::to_string(i + 1), "LLM-BOOLEAN");
        if (!said.value) return {std::nullopt, said.problem};
        all[assertions[i]] = std::get<bool>(*said.value);
    }
    if (all.size() == 1) return {all.begin()->value(), {}};
    return {json::value(std::move(all)), {}};
}

} // namespace weir::experiments
