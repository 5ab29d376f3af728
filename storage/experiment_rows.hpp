#pragma once

#include "storage/errors.hpp"
#include "storage/request_record.hpp"
#include "storage/uuid.hpp"

#include <cstddef>
#include <cstdint>
#include <optional>
#include <span>
#include <string>
#include <vector>

/// The rows of experiments of the second kind: sets of inputs, with what each version made of them.
namespace weir::storage
{

class connection;
struct experiment_v2;

/// A call that filled a version with the inputs of a row.
struct experiment_output {
    std::int64_t id = 0;
    uuid request_id, prompt_version;
    bool is_original = false; ///< the call that the inputs came from
    std::int64_t created_us = 0;
};

struct experiment_row {
    uuid id;
    std::string inputs;      ///< a JSON object of texts
    std::string auto_inputs; ///< a JSON array
    uuid prompt_version;
    std::vector<experiment_output> outputs; ///< newest first
};

/// All rows, oldest first; errc::too_large when they are more than `most_bytes`.
result<std::vector<experiment_row>> list_experiment_rows(connection& db, organization_id organization,
                                                         uuid const& experiment, std::size_t most_bytes);

/// A row to be.
struct new_experiment_row {
    std::string inputs = "{}", auto_inputs = "[]";
    std::optional<uuid> original_request{}; ///< whose answer is the row's first output
};

inline constexpr std::int64_t most_experiment_rows = 10'000;

/// Adds rows of inputs for the experiment's first column; returns their ids. errc::too_large when the experiment would
/// have more than `most_experiment_rows`. Inside a transaction.
result<std::vector<uuid>> add_experiment_rows(connection& db, organization_id organization, experiment_v2 const& to,
                                              std::span<new_experiment_row const> added, std::int64_t now_us);

/// The call that a set of inputs came from, if one is known; errc::not_found when the organisation has no such inputs.
result<std::optional<uuid>> source_of_inputs(connection& db, organization_id organization, uuid const& inputs);

/// The inputs that the organisation took from a call, as a row; none when it took none.
struct inputs_of_call {
    uuid prompt_version;
    new_experiment_row row;
};
result<std::optional<inputs_of_call>> find_inputs_of_call(connection& db, organization_id organization,
                                                          uuid const& request);

/// The inputs of a version that a dataset has: as rows, or by the calls that they came from. In the order in which they
/// came; one more than `most_experiment_rows` at the most.
result<std::vector<new_experiment_row>> inputs_in_dataset(connection& db, organization_id organization,
                                                          uuid const& version, uuid const& dataset);

/// Takes a row away; its inputs stay. errc::not_found when the experiment has no such row; so do both that follow.
result<void> remove_experiment_row(connection& db, organization_id organization, uuid const& experiment,
                                   uuid const& row);

result<void> set_row_inputs(connection& db, organization_id organization, uuid const& experiment, uuid const& row,
                            std::string const& inputs);

/// The number under which its inputs are stored.
result<std::int64_t> number_of_row(connection& db, organization_id organization, uuid const& experiment,
                                   uuid const& row);

} // namespace weir::storage
