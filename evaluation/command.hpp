#pragma once

#include "evaluation/subject.hpp"

#include <optional>
#include <string>
#include <string_view>

/// Evaluators that are programs of the operator's: what a declaration may say, and what passes between weir and the
/// program. Nothing is run here.
namespace weir::evaluation
{

/// A command that an evaluator names: `{"type": "command", "command": NAME, "args": …}`.
struct command_wish {
    std::string name;
    json::value args; ///< for the program; null when none are given
};

/// Whether a declaration is meant for a command: its `type` says so.
bool is_command(json::value const& declaration);

/// Reads such a declaration. On failure none, and `problem` names the member, as check::read() does.
std::optional<command_wish> read_command(json::value const& declaration, std::string& problem);

/// What comes of a call for a program to read, or of a program for weir: a text, or why there is none.
struct command_input {
    std::optional<std::string> text;
    std::string problem;
};

/// The call as JSON on one line: `request`, `response`, `answer`, `inputs`, `autoInputs`, `promptTemplate`, `args`. The
/// placeholders in `args` are filled with the inputs; one that the call lacks is a problem, as is a call too long.
command_input input_of(command_wish const& what, subject const& of);

struct command_score {
    std::optional<score> value;
    std::string problem;
};

/// What a program wrote: a whole number, true or false, or an object with one as its `score`.
command_score read_command_output(std::string_view output);

} // namespace weir::evaluation
