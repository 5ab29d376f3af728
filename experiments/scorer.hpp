#pragma once

#include "evaluation/check.hpp"
#include "evaluation/command.hpp"
#include "evaluation/subject.hpp"
#include "storage/evaluations.hpp"

#include <memory>
#include <optional>
#include <string>

/// Evaluators and calls as the store has them, read for scoring.
namespace weir::experiments
{

/// An evaluator that was read.
struct scorer {
    storage::due_evaluator by;
    std::shared_ptr<evaluation::check const> check{}; ///< one of the three is there, where there is no problem
    std::optional<evaluation::command_wish> command{};
    evaluation::json::value judge{}; ///< its template, an object
    std::string problem{};           ///< why it can score nothing; empty: it can
};

/// Which kind an evaluator is, in the reference's order.
std::shared_ptr<scorer const> read_scorer(storage::due_evaluator const& by);

evaluation::subject subject_of(storage::evaluated_call const& call);

/// JSON, or the text itself where it is none.
evaluation::json::value json_or_text(std::string const& text);

} // namespace weir::experiments
