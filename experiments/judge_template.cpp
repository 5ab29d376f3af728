#include "experiments/judge_template.hpp"

#include <boost/json/object.hpp>

#include <algorithm>
#include <cctype>

namespace weir::experiments
{
namespace
{

constexpr std::string_view role =
    "You score the answer that a language model gave. Call scorer with the score, and say "
    "nothing else.";

/// Placeholders of what a judge is filled with.
constexpr std::string_view shown =
    "\n\nInputs:\n<helicone-prompt-input key=\"inputs\" />\n\nRequest:\n<helicone-prompt-input key=\"inputBody\" />"
    "\n\nAnswer:\n<helicone-prompt-input key=\"outputBody\" />";

constexpr std::string_view shown_answer = "\n\nAnswer:\n<helicone-prompt-input key=\"outputBody\" />";

json::value range_of(judge_question const& from, std::string& problem)
{
    json::object type{{"type", "number"}};
    auto const least = from.least.value_or(0), most = from.most.value_or(100);
    if (!least.is_number()) problem = "min must be a number";
    if (!most.is_number()) problem = "max must be a number";
    if (problem.empty() && least.to_number<double>() >= most.to_number<double>()) problem = "max must be more than min";
    type["minimum"] = least;
    type["maximum"] = most;
    return type;
}

json::value choices_of(judge_question const& from, std::string& problem)
{
    json::array all;
    for (auto const& choice : from.choices.value_or(json::array())) {
        auto const* object = choice.if_object();
        auto const* score = object ? object->if_contains("score") : nullptr;
        auto const* meaning = object ? object->if_contains("meaning") : nullptr;
        if (!score || !score->is_int64() || !meaning || !meaning->is_string()) {
            problem = "choices must be a list of {score = 1, meaning = \"…\"}";
            return {};
        }
        all.push_back(json::object{{"const", *score}, {"title", *meaning}});
    }
    if (all.size() < 2) problem = "choices must have two at least";
    return json::object{{"type", "integer"}, {"oneOf", std::move(all)}};
}

json::value type_of(judge_question const& from, std::string& problem)
{
    if (from.type != "range" && (from.least || from.most)) problem = "min and max are for type = \"range\"";
    if (from.type != "choice" && from.choices) problem = "choices are for type = \"choice\"";
    if (from.type == "boolean") return json::object{{"type", "boolean"}};
    if (from.type == "range") return range_of(from, problem);
    if (from.type == "choice") return choices_of(from, problem);
    problem = "type must be boolean, choice or range";
    return {};
}

/// A chat request that has one function to call, `scorer`, with a property for each score.
json::value scorer_request(std::string const& model, std::string const& question, std::string_view placeholders,
                           json::object properties)
{
    json::array required;
    for (auto const& one : properties) required.emplace_back(one.key());
    json::object const parameters{
        {"type", "object"}, {"properties", std::move(properties)}, {"required", std::move(required)}};
    return json::object{
        {"model", model},
        {"messages", json::array{json::object{{"role", "system"}, {"content", role}},
                                 json::object{{"role", "user"}, {"content", question + std::string(placeholders)}}}},
        {"tools",
         json::array{json::object{
             {"type", "function"},
             {"function", json::object{{"name", "scorer"}, {"description", question}, {"parameters", parameters}}}}}},
        {"tool_choice", json::object{{"type", "function"}, {"function", json::object{{"name", "scorer"}}}}}};
}

} // namespace

json::value judge_template(judge_question const& from, std::string& problem)
{
    auto score = type_of(from, problem);
    if (!problem.empty()) return nullptr;
    score.as_object()["description"] = from.question;
    return scorer_request(from.model, from.question, shown, json::object{{from.name, std::move(score)}});
}

json::value assertion_template(std::string const& model, std::vector<std::string> const& assertions)
{
    std::string question = "Say of each assertion whether it holds for the answer.";
    json::object properties;
    for (auto const& assertion : assertions) {
        auto const number = std::to_string(properties.size() + 1);
        question += "\n\nAssertion " + number + ":\n" + assertion;
        properties["assertion_" + number] = json::object{{"type", "boolean"}, {"description", assertion}};
    }
    return scorer_request(model, question, shown_answer, std::move(properties));
}

std::string scoring_type_of(std::string const& type)
{
    std::string upper = "LLM-" + type;
    std::transform(upper.begin(), upper.end(), upper.begin(),
                   [](unsigned char c) { return static_cast<char>(std::toupper(c)); });
    return upper;
}

} // namespace weir::experiments
