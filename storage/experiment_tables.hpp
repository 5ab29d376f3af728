#pragma once

#include "storage/errors.hpp"
#include "storage/request_record.hpp"
#include "storage/uuid.hpp"

#include <cstddef>
#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

/// Experiments of the first kind as tables: each column is a set of inputs, the outputs of a version, or those of a
/// hypothesis.
namespace weir::storage
{

class connection;

struct experiment_table {
    uuid id, experiment;
    std::string name;
    std::optional<std::string> metadata; ///< JSON
    std::int64_t created_us = 0;
};

struct experiment_column {
    uuid id;
    std::string name, type;              ///< type: input, output or experiment, as far as weir gives it a meaning
    std::optional<std::string> metadata; ///< JSON
};

struct experiment_cell {
    uuid id;
    std::int64_t row_index = 0;
    std::optional<std::string> value, status, metadata; ///< metadata: JSON
};

/// What is to be there; the id and the time are made here.
result<uuid> create_experiment_table(connection& db, organization_id organization, experiment_table const& made);

/// errc::not_found when the organisation has none of that id.
result<experiment_table> find_experiment_table(connection& db, organization_id organization, uuid const& id);

/// Newest first.
result<std::vector<experiment_table>> list_experiment_tables(connection& db, organization_id organization,
                                                             std::int64_t most);

/// In the order inputs, outputs, experiments, others; of one type in the order of adding.
result<std::vector<experiment_column>> list_experiment_columns(connection& db, uuid const& table);

/// By row; errc::too_large when they are more than `most_bytes`.
result<std::vector<experiment_cell>> list_experiment_cells(connection& db, uuid const& column, std::size_t most_bytes);

/// Where a row of a dataset is in a table.
struct table_row {
    std::string dataset_row; ///< its id, a text
    uuid column;             ///< of the row's inputs
    std::int64_t row_index = 0;
};

/// The rows that came from a dataset, deleted ones too.
result<std::vector<table_row>> list_table_rows(connection& db, uuid const& table);

inline constexpr std::int64_t most_table_columns = 100, most_table_rows = 10'000;

/// Adds a column with a cell in each row; errc::too_large when the table has as many as may be. Inside a transaction.
result<uuid> add_experiment_column(connection& db, uuid const& table, experiment_column const& made,
                                   std::int64_t now_us);

/// errc::not_found when the table has no such column; errc::conflict when there is a cell in that place; its status is
/// `initialized`.
result<void> add_experiment_cell(connection& db, uuid const& table, uuid const& column, experiment_cell const& made,
                                 std::int64_t now_us);

/// The index of the row that comes next; errc::too_large when the table has as many as may be.
result<std::int64_t> next_row_index(connection& db, uuid const& table);

/// errc::not_found when the table has no such cell.
result<experiment_cell> find_experiment_cell(connection& db, uuid const& table, uuid const& cell);

/// Gives a cell the value, the status and the metadata of this one.
result<void> set_experiment_cell(connection& db, experiment_cell const& cell);

/// Marks the cells of a row as deleted.
result<void> delete_experiment_row(connection& db, uuid const& table, std::int64_t row_index);

/// Gives inputs of the organisation other values by key; errc::not_found when there are none of that id.
result<void> merge_inputs(connection& db, organization_id organization, uuid const& inputs,
                          std::vector<std::pair<std::string, std::string>> const& with);

} // namespace weir::storage
