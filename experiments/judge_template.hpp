#pragma once

#include <boost/json/array.hpp>
#include <boost/json/value.hpp>

#include <optional>
#include <string>
#include <vector>

namespace weir::experiments
{

namespace json = boost::json;

/// What a judge is asked about each answer.
struct judge_question {
    std::string name;     ///< of the evaluator
    std::string type;     ///< boolean, choice or range
    std::string question; ///< for people and models: "Is the answer polite?"
    std::string model;
    std::optional<json::value> least, most; ///< of a range
    std::optional<json::array> choices;     ///< of a choice: `{score, meaning}`
};

/// The evaluator's `llm_template`: a chat request that has one function to call, `scorer`. On failure null, and
/// `problem` says which member of the question is wrong.
json::value judge_template(judge_question const& from, std::string& problem);

/// Likewise for assertions, of which the answer says whether each holds: the first as `assertion_1`, and so on.
json::value assertion_template(std::string const& model, std::vector<std::string> const& assertions);

/// LLM-BOOLEAN for boolean, and so on.
std::string scoring_type_of(std::string const& type);

} // namespace weir::experiments
