#pragma once

#include "storage/errors.hpp"
#include "storage/external_ids.hpp"
#include "storage/request_record.hpp"

#include <cstdint>
#include <string>
#include <string_view>
#include <vector>

/// Groups of the versions of a dataset, which are tables of cells (storage/dataset_versions.hpp).
namespace weir::storage
{

class connection;

struct dataset_group {
    std::int64_t id = 0;
    std::string name;
    bool is_deleted = false;
    std::vector<external_name> external_ids{};
};

/// Whether the organisation has a group of that name which was not deleted.
result<bool> has_dataset_group(connection& db, organization_id organization, std::string_view name);

/// Makes a group without versions; others may have its name. errc::conflict when an external id is another group's.
/// Inside a transaction.
result<dataset_group> create_dataset_group(connection& db, organization_id organization, std::string_view name,
                                           std::vector<external_name> const& external_ids, std::int64_t now_us);

/// Deleted ones too; errc::not_found when the organisation never had it.
result<dataset_group> find_dataset_group(connection& db, organization_id organization, std::int64_t id);

/// Deletes all groups of that name; their rows stay for the reports over them. Returns how many there were.
result<std::int64_t> delete_dataset_groups(connection& db, organization_id organization, std::string_view name,
                                           std::int64_t now_us);

} // namespace weir::storage
