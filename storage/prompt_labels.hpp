#pragma once

#include "storage/errors.hpp"
#include "storage/request_record.hpp"
#include "storage/uuid.hpp"

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

/// Names that stand for versions of a prompt, as "prod" does. A prompt has each once; it can be moved to another
/// version.
namespace weir::storage
{

class connection;

struct prompt_label {
    std::int64_t id = 0;
    std::string name;
    uuid prompt, version;
    std::int64_t version_number = 0; ///< counts from 1 within the prompt
    std::int64_t created_us = 0;
};

/// The labels of a prompt, oldest first; of one version, if one is named. Not those of deleted versions.
result<std::vector<prompt_label>> list_labels(connection& db, organization_id organization, uuid const& prompt,
                                              std::optional<uuid> const& version = {});

/// Makes a label, or moves the one of that name.
result<prompt_label> put_label(connection& db, organization_id organization, uuid const& prompt, uuid const& version,
                               std::string_view name, std::int64_t now_us);

/// errc::not_found when the organisation has no such label; so do the next two.
result<prompt_label> find_label(connection& db, organization_id organization, std::int64_t id);
result<prompt_label> move_label(connection& db, organization_id organization, std::int64_t id, uuid const& version);
result<void> delete_label(connection& db, organization_id organization, std::int64_t id);

} // namespace weir::storage
