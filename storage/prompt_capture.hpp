#pragma once

#include "storage/errors.hpp"
#include "storage/prompt_versions.hpp"

#include <map>
#include <optional>
#include <string>
#include <utility>

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

/// Keeps what the calls of one transaction say of prompts. Remembers what it has read of them: nobody else writes
/// meanwhile.
class prompt_writer
{
public:
    explicit prompt_writer(connection& db);
    ~prompt_writer();

    /// Makes the prompt and the version that a call stands for, where they are new, and keeps its inputs, if it has
    /// any. A template that differs makes a next major version, which is the production version from then on; not of a
    /// prompt that was made by hand, nor by a call older than the newest version. After the call was written.
    result<void> add(request_record const& call);

private:
    struct known_prompt;
    result<known_prompt*> find(request_record const& call);
    result<std::optional<uuid>> version_of(request_record const& call);

    connection& db_;
    std::map<std::pair<organization_id, std::string>, known_prompt> known_;
};

} // namespace weir::storage
