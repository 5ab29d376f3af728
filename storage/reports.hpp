#pragma once

#include "storage/change_times.hpp"
#include "storage/errors.hpp"
#include "storage/external_ids.hpp"
#include "storage/request_record.hpp"

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

/// Evaluations of datasets, as PromptLayer's clients know them: blueprints, and runs of these. What is archived is
/// still found, but nothing is done with it.
namespace weir::storage
{

class connection;

/// The cells of a run.
struct report_counts {
    std::int64_t all = 0, running = 0, completed = 0, failed = 0;

    std::int64_t queued() const { return all - running - completed - failed; }
    bool have_ended() const { return completed + failed == all; }
};

struct report {
    std::int64_t id = 0;
    std::optional<std::int64_t> blueprint; ///< that this is a run of; none: it is one itself
    std::int64_t dataset = 0;              ///< a dataset_version's
    std::string name;
    std::vector<std::string> tags;
    report_counts cells;
    std::int64_t created_us = 0, updated_us = 0;
    bool is_deleted = false;
    std::vector<external_name> external_ids{};
};

struct new_report {
    std::string name; ///< empty: it gets one
    std::int64_t dataset = 0;
    std::vector<external_name> external_ids{};
};

/// Makes a blueprint without columns. errc::conflict when an external id is another report's. What it refers to is not
/// checked. Inside a transaction, as all that changes here.
result<report> create_report(connection& db, organization_id organization, new_report const& wish, std::int64_t now_us);

/// errc::not_found when the organisation never had it.
result<report> find_report(connection& db, organization_id organization, std::int64_t id);

/// Replaces what is given.
result<void> rename_report(connection& db, std::int64_t id, std::optional<std::string> const& name,
                           std::optional<std::vector<std::string>> const& tags, std::int64_t now_us);

/// Archives a report, a blueprint with its runs; what these have not done yet is not done any more.
result<void> delete_report(connection& db, std::int64_t id, std::int64_t now_us);

/// Archives all reports of that name; returns how many there were.
result<std::int64_t> delete_reports(connection& db, organization_id organization, std::string_view name,
                                    std::int64_t now_us);

enum class report_order : std::uint8_t { id, name, created_at, updated_at };

struct report_search {
    std::string name_part{}; ///< in any case; empty: all
    std::optional<bool> is_deleted{};
    std::optional<external_name> external{};
    change_times when{};
    report_order by = report_order::id;
    bool ascending = false;
    std::int64_t limit = 10, offset = 0;
};

/// Blueprints.
result<std::vector<report>> search_reports(connection& db, organization_id organization, report_search const& search);
result<std::int64_t> count_reports(connection& db, organization_id organization, report_search const& search);

/// The runs of a blueprint, newest first; all of them, or only those that are archived, or not.
result<std::vector<report>> find_report_runs(connection& db, organization_id organization, std::int64_t blueprint,
                                             std::optional<bool> is_deleted, std::int64_t most);

} // namespace weir::storage
