#pragma once

#include "storage/errors.hpp"
#include "storage/filter.hpp"
#include "storage/request_record.hpp"
#include "storage/uuid.hpp"

#include <boost/json/fwd.hpp>

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

/// The versions of prompts: numbered templates, of which some are in production.
namespace weir::storage
{

class connection;

/// Characters that a prompt's own id, or the key of an input, may have.
inline constexpr std::size_t most_prompt_id_characters = 128;

/// A template as it is stored.
struct prompt_template {
    std::string content = "null";           ///< JSON
    std::optional<std::string> fingerprint; ///< of its essence; none: no template that traffic could have made
    std::string model;                      ///< that it names
    std::vector<std::string> input_keys;    ///< to remember of the version
};

/// The template that a value is, without keys.
prompt_template template_of(boost::json::value const& content);

/// What is compared of templates: a hash of what prompts::essence gives.
std::string prompt_fingerprint(std::string_view essence);

/// What is said of a version in production whose template is for a provider's API, "OPENAI": a JSON object. Providers
/// stand in it as Helicone writes them, in capitals; any case may be given.
std::string production_metadata(std::string_view provider);

struct prompt_version {
    uuid id, prompt;
    std::int64_t major = 0, minor = 0;
    std::string content;  ///< JSON
    std::string model;    ///< empty where none is known
    std::string metadata; ///< a JSON object
    std::optional<uuid> experiment, parent;
    std::int64_t created_us = 0, updated_us = 0;
    bool is_deleted = false;
};

/// A version that is to be there. What refers to a version or a prompt is not checked.
struct new_prompt_version {
    uuid prompt;
    std::int64_t major = 0, minor = 0;
    std::string metadata; ///< a JSON object
    std::optional<uuid> experiment{}, parent{};
    std::int64_t created_us = 0, updated_us = 0;
};

/// Adds a version and the keys of its template; errc::conflict when the prompt has one of that number, deleted or not.
result<uuid> add_version(connection& db, organization_id organization, new_prompt_version const& version,
                         prompt_template const& what);

/// Has a version know keys of inputs; those that it knows already are passed over.
result<void> add_input_keys(connection& db, uuid const& version, std::vector<std::string> const& keys,
                            std::int64_t now_us);

/// errc::not_found when the organisation has no such version and had none that was deleted.
result<void> require_any_version(connection& db, organization_id organization, uuid const& id);

// Of all that follows: errc::not_found when the organisation has no such version, or it was deleted.

result<prompt_version> find_version(connection& db, organization_id organization, uuid const& id);

/// What is stored of its template, for a copy of it.
result<prompt_template> find_template(connection& db, organization_id organization, uuid const& id);

/// Which versions of a prompt are asked for.
struct version_query {
    filter what{};
    bool with_assigned = false; ///< also those whose metadata says experimentAssigned
    std::int64_t most = 0;
    std::size_t most_bytes = 0; ///< of their templates together
};

/// The newest versions, oldest first; errc::too_large when their templates are more than is asked for.
result<std::vector<prompt_version>> query_versions(connection& db, organization_id organization, uuid const& prompt,
                                                   version_query const& query);

/// The versions that are columns of an experiment, the deleted ones too, by minor number; errc::too_large when their
/// templates are more than `most_bytes`.
result<std::vector<prompt_version>> list_experiment_versions(connection& db, organization_id organization,
                                                             uuid const& experiment, std::int64_t most,
                                                             std::size_t most_bytes);

/// Of the versions in production that pass a filter, the one with the highest number; the prompt by its own id.
result<prompt_version> find_production_version(connection& db, organization_id organization,
                                               std::string_view user_defined_id, filter const& what);

/// How a version that is derived from another is numbered, and what is kept of it.
struct subversion {
    bool is_major = false;             ///< the parent's major number + 1, and 0
    std::optional<uuid> numbered_as{}; ///< else: the next minor number of that version's major one, not of the parent's
    std::string metadata{};            ///< a JSON object
    std::optional<uuid> experiment{};
};

/// Derives a version. errc::conflict when the number that it must have is taken; errc::not_found also when what it is
/// to be numbered as is no version of the same prompt. Inside a transaction, as no other function here need be.
result<prompt_version> add_subversion(connection& db, organization_id organization, uuid const& parent,
                                      subversion const& how, prompt_template const& what, std::int64_t now_us);

/// Puts a version into production, and takes another one of its prompt out. Inside a transaction.
result<prompt_version> promote_version(connection& db, organization_id organization, uuid const& id,
                                       uuid const& previous);

/// Replaces the template, but not what is said of its model and keys.
result<void> edit_template(connection& db, organization_id organization, uuid const& id, prompt_template const& what,
                           std::int64_t now_us);

/// Returns the metadata with the label in it.
result<std::string> edit_label(connection& db, organization_id organization, uuid const& id, std::string_view label);

/// errc::conflict when it is in production. The row stays, and its number with it.
result<void> delete_version(connection& db, organization_id organization, uuid const& id, std::int64_t now_us);

} // namespace weir::storage
