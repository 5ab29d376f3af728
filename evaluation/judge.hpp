#pragma once

#include "evaluation/subject.hpp"

#include <optional>
#include <string>
#include <string_view>

/// Judges: language models that score calls, by calling a function named `scorer`. The form is Helicone's.
namespace weir::evaluation
{

/// What a judge's answer comes to, or why there is no score in it.
struct judgement {
    std::optional<score> value;
    std::string problem;
};

/// The chat request that asks for a score: the evaluator's `llm_template`, in which `inputs` (those of the prompt, and
/// the automatic ones, as JSON texts one behind the other), `outputBody`, `inputBody` and `promptTemplate` are filled.
json::value judge_request(json::value const& llm_template, subject const& of);

/// Why a judge that is asked so could never give the score of an evaluator of that name, to be read behind the name
/// that the template has where it stands: `.tools: must have …`. Empty: it may.
std::string problem_with_judge(json::value const& llm_template, std::string_view evaluator_name);

/// Whether that request is of a size that may be made: placeholders may repeat what they stand for. To be asked before.
bool may_ask(json::value const& llm_template, subject const& of);

/// Reads the score out of the judge's answer: the member `evaluator_name` of the arguments of its first tool call.
/// `scoring_type`: LLM-BOOLEAN, LLM-CHOICE or LLM-RANGE, also without "LLM-" and in lower case.
judgement read_judgement(json::value const& answer, std::string_view evaluator_name, std::string_view scoring_type);

} // namespace weir::evaluation
