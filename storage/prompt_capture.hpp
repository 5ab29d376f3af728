#pragma once

#include "storage/errors.hpp"
#include "storage/prompt_versions.hpp"

#include <string>

/// Prompts as traffic makes them: versions of a template, and the inputs of each call.
namespace weir::storage
{

class connection;
struct request_record;

/// What a call says of the prompt that `request_record::prompt_id` names. The template's keys are those of `inputs`.
struct prompt_capture : prompt_template {
    std::string inputs;      ///< a JSON object of texts
    std::string auto_inputs; ///< a JSON array; not filled without `input_keys`
};

/// Makes the prompt and the version that a call stands for, where they are new, and keeps its inputs, if it has any.
/// A template that differs makes a next major version, which is the production version from then on; not of a prompt
/// that was made by hand, nor by a call older than the newest version. Inside the transaction that writes the call.
result<void> record_prompt(connection& db, request_record const& call);

} // namespace weir::storage
