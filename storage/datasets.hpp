#pragma once

#include "storage/errors.hpp"
#include "storage/request_record.hpp"
#include "storage/uuid.hpp"

#include <cstdint>
#include <optional>
#include <span>
#include <string>
#include <string_view>
#include <vector>

/// Choices of calls, of two kinds of rows: sets of inputs for experiments (storage/experiment_datasets.hpp), and copies
/// of bodies that can be edited (storage/dataset_rows.hpp). A dataset may have both.
namespace weir::storage
{

class connection;

struct dataset_wish {
    std::string name;
    std::string_view type;               ///< "experiment" or "helicone"
    std::optional<std::string> metadata; ///< JSON
};

struct dataset {
    uuid id;
    std::string organization_public_id;
    std::optional<std::string> name;
    std::string type;
    std::optional<std::string> metadata;
    std::int64_t created_us = 0;
    std::int64_t copies = 0; ///< its rows that are copies of calls
};

/// Makes a dataset without rows.
result<uuid> create_dataset(connection& db, organization_id organization, dataset_wish const& wish,
                            std::int64_t now_us);

/// Whether the dataset was deleted; errc::not_found when the organisation never had it.
enum class dataset_state : std::uint8_t { live, deleted };
result<dataset_state> state_of_dataset(connection& db, organization_id organization, uuid const& id);

/// errc::not_found when the organisation has no such dataset, or deleted it.
result<void> require_dataset(connection& db, organization_id organization, uuid const& id);

/// All datasets of both types, the deleted ones too, newest first; of one prompt version, if one is named: those whose
/// metadata names it.
result<std::vector<dataset>> list_all_datasets(connection& db, organization_id organization,
                                               std::optional<std::string> const& prompt_version, std::int64_t most);

/// Those of type helicone that were not deleted, newest first; without any ids: all.
result<std::vector<dataset>> list_helicone_datasets(connection& db, organization_id organization,
                                                    std::span<uuid const> ids, std::int64_t most);

/// The rows stay. errc::not_found when there is none to delete.
result<void> delete_dataset(connection& db, organization_id organization, uuid const& id, std::int64_t now_us);

} // namespace weir::storage
