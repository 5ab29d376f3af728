#pragma once

#include "storage/errors.hpp"
#include "storage/request_record.hpp"
#include "storage/uuid.hpp"

#include <cstdint>
#include <optional>
#include <set>
#include <string>
#include <vector>

/// Who scores calls: of experiments that name them, and of live traffic. docs/evaluators.md has the kinds.
namespace weir::storage
{

class connection;

/// The templates and the config are JSON; which one is there says what kind it is.
struct evaluator {
    uuid id;
    std::string organization; ///< its public id
    std::string name, score_name, scoring_type;
    std::optional<std::string> llm_template, code_template, last_mile_config;
    std::int64_t created_us = 0, updated_us = 0;
};

/// One organisation has at most so many, and at most so many that look at its live traffic.
inline constexpr std::int64_t most_evaluators = 1000, most_online_evaluators = 100;

/// Adds one, whose id and times are made here; errc::conflict when the organisation has as many as may be.
result<evaluator> add_evaluator(connection& db, organization_id organization, evaluator const& what,
                                std::int64_t now_us);

/// One; errc::not_found when the organisation has none of that id.
result<evaluator> find_evaluator(connection& db, organization_id organization, uuid const& id);

/// Those of one organisation, newest first.
result<std::vector<evaluator>> list_evaluators(connection& db, organization_id organization);

/// What of an evaluator is to be another; what is empty stays.
struct evaluator_change {
    std::optional<std::string> name{}, score_name{}, scoring_type{}, llm_template{}, code_template{},
        last_mile_config{};
};
result<evaluator> change_evaluator(connection& db, organization_id organization, uuid const& id,
                                   evaluator_change const& what, std::int64_t now_us);

/// Deletes one with all that names it; its scores stay. Inside a transaction.
result<void> delete_evaluator(connection& db, organization_id organization, uuid const& id);

/// The evaluators of an experiment, those added first first.
result<std::vector<evaluator>> experiment_evaluators(connection& db, organization_id organization,
                                                     uuid const& experiment);

/// Has an evaluator score an experiment's outputs, if it does not already; errc::not_found when the organisation has
/// none of that id. Whose the experiment is, is not checked.
result<void> link_evaluator(connection& db, organization_id organization, uuid const& experiment, uuid const& evaluator,
                            std::int64_t now_us);

/// Ends that, and forgets what it was still to score there. Whose the experiment is, is not checked. Inside a
/// transaction.
result<void> unlink_evaluator(connection& db, uuid const& experiment, uuid const& evaluator);

/// An experiment of the second kind, as one of its evaluators sees it.
struct evaluated_experiment {
    uuid id;
    std::string name;
    std::int64_t created_us = 0;
};
inline constexpr std::int64_t most_evaluated_experiments = 1000;

/// Those that an evaluator scores, newest first.
result<std::vector<evaluated_experiment>> evaluated_experiments(connection& db, organization_id organization,
                                                                uuid const& evaluator);

/// Has an evaluator look at live traffic.
struct online_evaluator {
    std::int64_t id = 0;
    std::string config; ///< JSON: `{"sampleRate", "propertyFilters": [{"key", "value"}]}`
};

/// errc::not_found when the organisation has no evaluator of that id, errc::conflict when it has as many that look at
/// live traffic as may be.
result<void> add_online_evaluator(connection& db, organization_id organization, uuid const& evaluator,
                                  std::string const& config, std::int64_t now_us);

/// Those of one evaluator, oldest first.
result<std::vector<online_evaluator>> list_online_evaluators(connection& db, organization_id organization,
                                                             uuid const& evaluator);

/// errc::not_found when the evaluator has none of that id.
result<void> delete_online_evaluator(connection& db, organization_id organization, uuid const& evaluator,
                                     std::int64_t id);

/// Organisations with evaluators that look at live traffic.
result<std::set<organization_id>> organizations_with_online_evaluators(connection& db);

} // namespace weir::storage
