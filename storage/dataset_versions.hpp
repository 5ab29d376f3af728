#pragma once

#include "storage/change_times.hpp"
#include "storage/dataset_groups.hpp"
#include "storage/errors.hpp"
#include "storage/request_record.hpp"
#include "storage/uuid.hpp"

#include <cstdint>
#include <optional>
#include <span>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

/// The versions of a dataset: tables of cells with named columns. A version's id is what clients call a dataset's.
namespace weir::storage
{

class connection;

/// The number of a version that is not published yet; a group has at most one.
inline constexpr std::int64_t draft_number = -1;

struct dataset_version {
    std::int64_t id = 0, version_number = draft_number;
    std::vector<std::string> columns;
    std::optional<std::string> filter; ///< by which its rows were chosen: JSON
    std::int64_t created_us = 0, updated_us = 0;
    dataset_group group;
};

/// errc::not_found when the organisation never had it; so do all that follow with their groups and versions. Versions
/// of deleted groups are found.
result<dataset_version> find_dataset_version(connection& db, organization_id organization, std::int64_t id);

/// The draft of a group, made when there is none. Inside a transaction, as all that changes here.
result<dataset_version> draft_of(connection& db, organization_id organization, std::int64_t group, std::int64_t now_us);
/// The draft that a group has; errc::not_found when it has none.
result<dataset_version> find_draft(connection& db, organization_id organization, std::int64_t group);

/// A row on its way into a version: JSON by column, and the call that it was taken from.
struct dataset_version_row {
    std::vector<std::pair<std::string, std::string>> cells;
    std::optional<uuid> request;
};

/// Adds rows behind those that there are. Columns that the version lacks come behind its own.
result<void> add_dataset_version_rows(connection& db, organization_id organization, std::int64_t dataset,
                                      std::span<dataset_version_row const> rows, std::int64_t now_us);

/// Takes all rows and columns out of a draft, and says by what the next ones are chosen.
result<void> clear_draft(connection& db, std::int64_t dataset, std::optional<std::string> const& filter);

/// Copies columns, filter and rows of another version.
result<void> copy_dataset_version(connection& db, organization_id organization, std::int64_t from, std::int64_t to,
                                  std::int64_t now_us);

/// Gives a draft the group's next number, which is returned.
result<std::int64_t> publish_draft(connection& db, std::int64_t dataset, std::int64_t now_us);

enum class dataset_order : std::uint8_t { id, name, created_at, updated_at, version_number };

struct dataset_search {
    std::optional<std::int64_t> group, id;
    std::optional<std::int64_t> report; ///< that uses it, itself or in a run
    std::string name_part;              ///< in any case; empty: all
    std::optional<bool> is_deleted;
    std::optional<external_name> external;
    change_times when;
    dataset_order by = dataset_order::id;
    bool ascending = false;
    std::int64_t limit = 10, offset = 0;
};

result<std::vector<dataset_version>> search_dataset_versions(connection& db, organization_id organization,
                                                             dataset_search const& search);
result<std::int64_t> count_dataset_versions(connection& db, organization_id organization, dataset_search const& search);

/// The published version of a group with that number, else the newest; errc::not_found when there is none.
result<dataset_version> find_published_version(connection& db, organization_id organization, std::int64_t group,
                                               std::optional<std::int64_t> number);

/// Rows of a version in their order, of those that have `part` in a cell, in any case; each is a JSON array, in the
/// order of the columns, and may be shorter.
result<std::vector<std::string>> list_dataset_version_rows(connection& db, std::int64_t dataset, std::string_view part,
                                                           std::int64_t limit, std::int64_t offset);
result<std::int64_t> count_dataset_version_rows(connection& db, std::int64_t dataset, std::string_view part);

} // namespace weir::storage
