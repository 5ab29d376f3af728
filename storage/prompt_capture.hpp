#pragma once

#include "storage/errors.hpp"
#include "storage/uuid.hpp"

#include <optional>
#include <string>
#include <string_view>
#include <vector>

/// Prompts as traffic makes them: versions of a template, and the inputs of each call.
namespace weir::storage
{

class connection;
struct request_record;

/// Characters that a prompt's own id, or the key of an input, may have.
inline constexpr std::size_t most_prompt_id_characters = 128;

/// What a call says of the prompt that `request_record::prompt_id` names.
struct prompt_capture {
    std::string content;                    ///< the template: JSON
    std::optional<std::string> fingerprint; ///< of its essence; none: no template that makes a version
    std::string model;                      ///< that it names
    std::vector<std::string> input_keys;    ///< those of `inputs`
    std::string inputs;                     ///< a JSON object of texts
    std::string auto_inputs;                ///< a JSON array
};

/// What is compared of templates: a hash of what prompts::essence gives.
std::string prompt_fingerprint(std::string_view essence);

/// Makes the prompt and the version that a call stands for, where they are new, and keeps its inputs, if it has any.
/// A template that differs makes a next major version, which is the production version from then on; not of a prompt
/// that was made by hand, nor by a call older than the newest version. Inside the transaction that writes the call.
result<void> record_prompt(connection& db, request_record const& call);

} // namespace weir::storage
