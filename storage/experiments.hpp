#pragma once

#include "storage/errors.hpp"
#include "storage/filter.hpp"
#include "storage/request_record.hpp"
#include "storage/uuid.hpp"

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

/// Experiments of the first kind: hypotheses, each a version with a model, on the rows of a dataset.
namespace weir::storage
{

class connection;

/// How the API names the organisation.
result<std::string> public_id_of_organization(connection& db, organization_id organization);

/// errc::not_found when the organisation has no experiment of that id, of either kind, that was not deleted.
result<void> require_any_experiment(connection& db, organization_id organization, uuid const& id);

struct experiment {
    uuid id;
    std::optional<uuid> dataset;
    std::string dataset_name; ///< empty without a dataset
    std::string metadata;     ///< JSON
    std::int64_t created_us = 0;
    std::optional<uuid> table; ///< the first of its tables
};

/// What it refers to is not checked.
result<uuid> create_experiment(connection& db, organization_id organization, uuid const& dataset,
                               std::string const& metadata, std::int64_t now_us);

/// errc::not_found when the organisation has none of that id.
result<experiment> find_experiment(connection& db, organization_id organization, uuid const& id);

/// Those that pass a filter, newest first.
result<std::vector<experiment>> query_experiments(connection& db, organization_id organization, filter const& what,
                                                  std::int64_t most);

/// errc::not_found when the organisation has none of that id.
result<void> set_experiment_metadata(connection& db, organization_id organization, uuid const& id,
                                     std::string const& metadata);

/// A hypothesis that is to be there. What it refers to is not checked.
struct new_hypothesis {
    uuid experiment, prompt_version;
    std::string model, status;
    std::optional<uuid> provider_key;
};

inline constexpr std::int64_t most_hypotheses = 100;

/// errc::too_large when the experiment has `most_hypotheses`. Inside a transaction.
result<uuid> create_hypothesis(connection& db, organization_id organization, new_hypothesis const& made,
                               std::int64_t now_us);

/// errc::not_found when the organisation has no such provider's key, or it was deleted.
result<void> require_provider_key(connection& db, organization_id organization, uuid const& id);

struct hypothesis {
    uuid id, experiment, prompt_version;
    std::string model, status;
    std::optional<uuid> provider_key;
    std::int64_t created_us = 0;
    std::string content, parent_content; ///< JSON: the template, and that of the version's major one; null: none
};

/// errc::not_found when the organisation has none of that id.
result<hypothesis> find_hypothesis(connection& db, organization_id organization, uuid const& id);

/// Of one experiment, oldest first.
result<std::vector<hypothesis>> list_hypotheses(connection& db, uuid const& experiment);

/// A call that a hypothesis made.
struct hypothesis_run {
    uuid dataset_row;
    std::optional<uuid> request;
};

/// Its runs, oldest first; of the last one of each row only, where `latest` asks for it.
enum class which_runs : std::uint8_t { all, latest };
result<std::vector<hypothesis_run>> list_hypothesis_runs(connection& db, uuid const& hypothesis, which_runs which,
                                                         std::int64_t most);

} // namespace weir::storage
