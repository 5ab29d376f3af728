#pragma once

#include "storage/errors.hpp"
#include "storage/filter.hpp"
#include "storage/request_record.hpp"
#include "storage/uuid.hpp"

#include <cstdint>
#include <optional>
#include <string>
#include <vector>

/// The rows of datasets that are sets of inputs of prompts.
namespace weir::storage
{

class connection;

/// A set of inputs as a row of a dataset.
struct dataset_input {
    uuid dataset_row_id, id;
    std::string inputs;      ///< a JSON object of texts
    std::string auto_inputs; ///< a JSON array
    std::optional<uuid> source_request;
    std::optional<row_id> source_row;
    uuid prompt_version;
    std::int64_t created_us = 0;
};

/// Adds the set of inputs with this id, or those of the call with it. How many rows that made.
result<std::int64_t> add_inputs(connection& db, organization_id organization, uuid const& dataset, uuid const& id,
                                std::int64_t now_us);

/// Adds the set of inputs with this id; returns the row's. errc::not_found when the organisation has no such inputs.
result<uuid> add_input(connection& db, organization_id organization, uuid const& dataset, uuid const& id,
                       std::int64_t now_us);

/// Removes the row with this id, or those of that set of inputs, or of that call's. How many rows that were.
result<std::int64_t> remove_inputs(connection& db, organization_id organization, uuid const& dataset, uuid const& id);

/// Which sets of inputs are wanted: those that are left behind `offset` when all that pass the filter have been
/// shuffled.
struct random_choice {
    filter what; ///< of the version of the prompt, and of the call that a set came from
    std::int64_t offset = 0, limit = 0;
};

/// Adds sets of inputs in random order; there may be none.
result<void> add_random_inputs(connection& db, organization_id organization, uuid const& dataset,
                               random_choice const& choice, std::int64_t now_us);

/// New inputs for a version of a prompt.
struct new_inputs {
    uuid prompt_version;
    std::string inputs; ///< a JSON object of texts
    std::optional<uuid> source_request;
};

/// errc::not_found when the organisation has no such version, or deleted it.
result<void> require_prompt_version(connection& db, organization_id organization, uuid const& id);

/// Keeps them, in no dataset. errc::not_found when there is no call `source_request`.
result<uuid> create_inputs(connection& db, organization_id organization, new_inputs const& made, std::int64_t now_us);

/// The rows of a dataset that are sets of inputs, in the order of adding.
result<std::vector<dataset_input>> list_inputs(connection& db, uuid const& dataset, std::int64_t most);

} // namespace weir::storage
