#pragma once

#include "storage/errors.hpp"
#include "storage/request_record.hpp"
#include "storage/uuid.hpp"

#include <cstdint>
#include <optional>
#include <string>
#include <vector>

/// Experiments of the second kind: their columns are versions of one prompt, their rows sets of inputs
/// (storage/experiment_rows.hpp).
namespace weir::storage
{

class connection;

struct experiment_v2 {
    uuid id;
    std::string name;
    uuid original_version;              ///< that it was made of
    std::optional<uuid> copied_version; ///< its first column, a copy of that one
    std::vector<std::string> input_keys;
    std::int64_t created_us = 0;
    bool is_deleted = false;
};

/// Makes an experiment of a version, with a copy of that as its first column. errc::not_found when the organisation has
/// no such version, or deleted it; errc::conflict when its minor number is not 0. Inside a transaction.
result<experiment_v2> create_experiment_v2(connection& db, organization_id organization, std::string const& name,
                                           uuid const& original, std::int64_t now_us);

/// Those that were not deleted, newest first.
result<std::vector<experiment_v2>> list_experiments_v2(connection& db, organization_id organization, std::int64_t most);

/// Also one that was deleted. errc::not_found when the organisation never had it.
result<experiment_v2> find_experiment_v2(connection& db, organization_id organization, uuid const& id);

/// errc::not_found when the organisation has no such experiment, or deleted it; so do all that follow.
result<experiment_v2> require_experiment_v2(connection& db, organization_id organization, uuid const& id);

/// The row stays, with all that it has.
result<void> delete_experiment_v2(connection& db, organization_id organization, uuid const& id, std::int64_t now_us);

/// Has the experiment know keys of inputs beside its own. Inside a transaction.
result<void> add_experiment_keys(connection& db, organization_id organization, uuid const& id,
                                 std::vector<std::string> const& keys);

/// How many columns it has.
result<std::int64_t> count_experiment_versions(connection& db, uuid const& id);

/// Takes a column away; the version stays. errc::not_found also when it is no column of the experiment.
result<void> remove_experiment_version(connection& db, organization_id organization, uuid const& id,
                                       uuid const& version);

/// What the scores of one name come to, over the outputs of a column that have it.
struct output_scores {
    std::string key; ///< as it is stored
    bool is_boolean = false;
    double mean = 0, least = 0, greatest = 0;
};

/// By key, at most `most`.
result<std::vector<output_scores>> scores_of_version(connection& db, organization_id organization,
                                                     uuid const& experiment, uuid const& version, std::int64_t most);

} // namespace weir::storage
