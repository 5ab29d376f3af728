#pragma once

#include "storage/errors.hpp"
#include "storage/request_record.hpp"
#include "storage/uuid.hpp"

#include <cstdint>
#include <span>
#include <vector>

/// What of experiments is to be run: see storage/runs.hpp.
namespace weir::storage
{

class connection;
struct hypothesis;

/// A row of a dataset, and the number of its inputs.
struct row_to_run {
    uuid row;
    std::int64_t input_number = 0;
};

/// Rows that one call may have run, and that may wait of one experiment.
inline constexpr std::int64_t most_rows_to_run = 10'000, most_waiting_runs = 100'000;

/// All rows of an experiment's dataset, in their order; one more than `most_rows_to_run` at the most.
result<std::vector<row_to_run>> rows_to_run(connection& db, organization_id organization, uuid const& experiment);

/// The rows with these ids, of the experiment's dataset or one that a table of it adds rows to. errc::not_found when
/// one is no such row.
result<std::vector<row_to_run>> rows_to_run(connection& db, organization_id organization, uuid const& experiment,
                                            std::span<uuid const> ids);

/// Queues a hypothesis on rows; returns how many runs that made. errc::too_large when more would wait than may. Inside
/// a transaction.
result<std::int64_t> run_hypothesis(connection& db, organization_id organization, hypothesis const& what,
                                    std::span<row_to_run const> on, std::int64_t now_us);

} // namespace weir::storage
