#pragma once

#include "storage/errors.hpp"
#include "storage/filter.hpp"
#include "storage/prompt_versions.hpp"
#include "storage/request_record.hpp"
#include "storage/uuid.hpp"

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

/// Prompts, which have names of their own; their versions are in storage/prompt_versions.hpp.
namespace weir::storage
{

class connection;

struct prompt {
    uuid id;
    std::string user_defined_id;
    std::optional<std::string> description, pretty_name;
    std::string metadata; ///< a JSON object
    std::int64_t created_us = 0;
    std::int64_t major_version = 0; ///< the greatest, also if it was deleted
};

/// The prompts that were not deleted and pass a filter, newest first, `most` at the most; not those that experiments
/// made for themselves.
result<std::vector<prompt>> query_prompts(connection& db, organization_id organization, filter const& what,
                                          std::int64_t most);

/// A prompt with what became of it. The latest version is that of the highest number, also if it was deleted.
struct prompt_overview : prompt {
    uuid latest_version;
    std::string latest_model;
    std::optional<std::int64_t> last_used_us; ///< when the newest inputs of the latest version came
    std::vector<uuid> versions;               ///< the newest that were not deleted, newest first
};

/// errc::not_found when the organisation has no such prompt, or it was deleted; so do all that follow.
result<prompt_overview> find_prompt(connection& db, organization_id organization, uuid const& id,
                                    std::int64_t most_versions);

result<void> check_prompt(connection& db, organization_id organization, uuid const& id);

/// A prompt that is to be there, and the template of its version 1.0, which is in production.
struct new_prompt {
    std::string user_defined_id;
    std::string metadata; ///< a JSON object
    prompt_template what;
    std::optional<std::int64_t> version_created_us{}; ///< none: now
    std::string provider = "OPENAI";                  ///< that the template is for, as metadata has it
};

struct created_prompt {
    uuid id, version;
};

/// errc::conflict when there is a prompt of that name. Inside a transaction.
result<created_prompt> create_prompt(connection& db, organization_id organization, new_prompt const& wish,
                                     std::int64_t now_us);

/// errc::conflict when the name is another prompt's.
result<void> rename_prompt(connection& db, organization_id organization, uuid const& id, std::string_view name);

/// The row stays, but for its name, which is free again.
result<void> delete_prompt(connection& db, organization_id organization, uuid const& id, std::int64_t now_us);

/// An experiment whose metadata names a prompt.
struct prompt_experiment {
    uuid id;
    std::optional<uuid> dataset;
    std::string metadata; ///< a JSON object
    std::int64_t created_us = 0, hypotheses = 0;
};

/// Newest first, `most` at the most.
result<std::vector<prompt_experiment>> list_prompt_experiments(connection& db, organization_id organization,
                                                               uuid const& prompt, std::int64_t most);

} // namespace weir::storage
