#include "evaluation/judge.hpp"

#include "prompts/template.hpp"

#include <boost/json/parse.hpp>
#include <boost/json/serialize.hpp>
#include <boost/json/string.hpp>

#include <charconv>
#include <cmath>

namespace weir::evaluation
{
namespace
{

/// Bytes of the texts of a request.
constexpr std::size_t most_request_bytes = 16 * 1024 * 1024;

json::string_view as_json_text(std::string_view text) { return {text.data(), text.size()}; }

/// A body as the text that a judge reads.
json::string template_text(json::value const& body)
{
    if (auto const* const text = body.if_string()) return *text;
    return json::string(json::serialize(body));
}

json::value const* at_path(json::value const& in, std::initializer_list<std::string_view> keys)
{
    auto const* at = &in;
    for (auto const key : keys) {
        if (auto const* const object = at->if_object())
            at = object->if_contains(as_json_text(key));
        else if (auto const* const array = at->if_array(); array && !array->empty())
            at = &array->front();
        else
            at = nullptr;
        if (!at) return nullptr;
    }
    return at;
}

std::optional<bool> boolean_in(json::value const& said)
{
    if (said.is_bool()) return said.as_bool();
    if (auto const* const text = said.if_string()) {
        if (*text == "true") return true;
        if (*text == "false") return false;
    }
    return std::nullopt;
}

/// A whole number, of which a fraction is cut off, as the reference reads it.
std::optional<std::int64_t> integer_in(json::value const& said)
{
    constexpr double most = 9007199254740992.0; // 2^53
    std::optional<double> number;
    if (said.is_number()) {
        number = said.to_number<double>();
    } else if (auto const* const text = said.if_string()) {
        double value = 0;
        auto const [end, error] = std::from_chars(text->data(), text->data() + text->size(), value);
        if (error == std::errc() && end == text->data() + text->size()) number = value;
    }
    if (!number || !(std::abs(*number) <= most)) return std::nullopt;
    return static_cast<std::int64_t>(std::trunc(*number));
}

bool is_boolean(std::string_view scoring_type)
{
    if (scoring_type.starts_with("LLM-")) scoring_type.remove_prefix(4);
    return scoring_type == "BOOLEAN" || scoring_type == "boolean";
}

/// What a judge's template is filled with.
json::object filling(subject const& of)
{
    json::object inputs;
    inputs["inputs"] = json::serialize(of.inputs) + json::serialize(of.auto_inputs);
    inputs["outputBody"] = template_text(of.response);
    inputs["inputBody"] = template_text(of.request);
    inputs["promptTemplate"] = of.prompt_template.is_null() ? json::string() : template_text(of.prompt_template);
    return inputs;
}

} // namespace

std::string problem_with_judge(json::value const& llm_template, std::string_view evaluator_name)
{
    auto const* const request = llm_template.if_object();
    if (!request) return ": must be a chat request of OpenAI's form";
    auto const* const messages = request->if_contains("messages");
    if (!messages || !messages->is_array() || messages->get_array().empty())
        return ".messages: must be an array of messages: without one a judge is asked nothing";
    auto const* const tools = request->if_contains("tools");
    auto const* const list = tools ? tools->if_array() : nullptr;
    if (!list || list->empty())
        return ".tools: must have the function \"scorer\": a judge gives its score by calling that";
    for (auto const& tool : *list) {
        boost::system::error_code none;
        auto const* const properties = tool.find_pointer("/function/parameters/properties", none);
        if (properties && properties->is_object() && properties->get_object().contains(as_json_text(evaluator_name)))
            return {};
    }
    return ".tools: must have a function with a parameter named like the evaluator, \"" + std::string(evaluator_name) +
           "\": that is the score";
}

bool may_ask(json::value const& llm_template, subject const& of)
{
    return prompts::filled_size(llm_template, filling(of), {}) <= most_request_bytes;
}

json::value judge_request(json::value const& llm_template, subject const& of)
{
    return prompts::fill(llm_template, filling(of), {});
}

judgement read_judgement(json::value const& answer, std::string_view evaluator_name, std::string_view scoring_type)
{
    auto const* const arguments =
        at_path(answer, {"choices", "0", "message", "tool_calls", "0", "function", "arguments"});
    if (!arguments) return {{}, "No score found"};
    json::value said = *arguments;
    if (auto const* const text = arguments->if_string()) {
        boost::system::error_code error;
        said = json::parse(*text, error);
        if (error) return {{}, "No score found in " + std::string(text->data(), text->size())};
    }
    auto const* const object = said.if_object();
    auto const* const found = object ? object->if_contains(as_json_text(evaluator_name)) : nullptr;
    if (found && is_boolean(scoring_type)) {
        if (auto const value = boolean_in(*found)) return {score(*value), {}};
    } else if (found) {
        if (auto const value = integer_in(*found)) return {score(*value), {}};
    }
    return {{}, "No score found in " + json::serialize(said)};
}

} // namespace weir::evaluation
