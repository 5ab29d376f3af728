#pragma once

#include "storage/change_times.hpp"
#include "storage/errors.hpp"
#include "storage/prompt_versions.hpp"
#include "storage/request_record.hpp"
#include "storage/uuid.hpp"

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

/// Versions of prompts as PromptLayer's clients publish and know them.
namespace weir::storage
{

class connection;

/// A version with what was published of it. A version that came from traffic or from Helicone's API has no blueprint:
/// its template says what there is to know.
struct blueprint_version {
    uuid prompt, id;
    std::optional<std::int64_t> prompt_number, id_number; ///< storage/numbers.hpp; none: not given yet
    std::string prompt_name;
    bool is_prompt_deleted = false;
    std::int64_t number = 0; ///< counts from 1 within the prompt
    std::string content;     ///< the template, JSON
    std::string provider;    ///< whose API it is for, "OPENAI"; empty where nothing says so
    std::optional<std::string> blueprint, metadata, commit_message; ///< the first two are JSON objects
    std::int64_t created_us = 0;
};

/// The prompt of that name, else of that number, in decimal. errc::not_found when there is none, or it was deleted.
result<uuid> find_prompt_named(connection& db, organization_id organization, std::string_view identifier);

/// Which version of a prompt is meant: without both the newest.
struct version_choice {
    std::optional<std::int64_t> number{};
    std::optional<std::string> label{};
};

/// errc::not_found when the prompt has no such version, or it was deleted.
result<blueprint_version> find_blueprint(connection& db, organization_id organization, uuid const& prompt,
                                         version_choice const& which);

/// Gives the numbers that are missing. Inside a transaction.
result<void> give_numbers(connection& db, organization_id organization, blueprint_version& to);

/// A version that is to be published, and the prompt, which is made if there is none of that name.
struct new_blueprint {
    std::string prompt_name;
    prompt_template what;
    std::string provider;  ///< as Helicone writes it: "OPENAI"
    std::string blueprint; ///< a JSON object
    std::optional<std::string> metadata{}, commit_message{};
};

/// Makes the next major version, which is in production from then on in place of what was. Inside a transaction.
result<blueprint_version> publish_blueprint(connection& db, organization_id organization, new_blueprint const& wish,
                                            std::int64_t now_us);

/// Which prompts are listed, and how.
struct prompt_listing_query {
    enum class status : std::uint8_t { active, deleted, all };
    enum class order : std::uint8_t { created, updated, name, number };

    status wanted = status::active;
    std::optional<std::string> label{};     ///< of the version that is shown, instead of the newest
    std::optional<std::string> name_part{}; ///< whatever its case
    std::vector<std::string> tags{};        ///< all of them
    std::optional<bool> is_snippet{};       ///< whether the version shown is a completion
    change_times when{};
    std::optional<std::pair<std::string, std::string>> external_id{}; ///< source and id
    order by = order::created;
    bool is_descending = true;
    std::int64_t offset = 0, most = 30;
};

struct prompt_listing {
    blueprint_version version;
    std::int64_t created_us = 0, updated_us = 0; ///< of the prompt, and of its newest version
};

struct prompt_listing_page {
    std::vector<prompt_listing> items;
    std::int64_t total = 0;
};

/// The prompts that have a version and pass all that is asked for; not those that experiments made for themselves.
/// errc::too_large when the templates and blueprints are more than `most_bytes`.
result<prompt_listing_page> list_blueprints(connection& db, organization_id organization,
                                            prompt_listing_query const& query, std::size_t most_bytes);

/// The tags of a prompt, in order.
result<std::vector<std::string>> prompt_tags(connection& db, uuid const& prompt);
/// Replaces them.
result<void> set_prompt_tags(connection& db, uuid const& prompt, std::vector<std::string> const& tags);

} // namespace weir::storage
