#pragma once

#include "api/failure.hpp"
#include "api/services.hpp"
#include "api/types.hpp"
#include "storage/connection.hpp"
#include "storage/experiment_tables.hpp"

#include <boost/asio/awaitable.hpp>

#include <optional>
#include <string>
#include <utility>
#include <vector>

/// How rows of experiments' tables come to be. All inside a transaction.
namespace weir::api
{

/// Who asks, of which table, and when.
struct table_in_hand {
    storage::connection& db;
    storage::organization_id whose;
    storage::experiment_table table;
    std::int64_t now_us;
};

inline constexpr std::string_view no_table = "Experiment table not found";

/// errc::not_found with a text of its own when the organisation has no such table.
result<table_in_hand> find_table(storage::connection& db, storage::organization_id whose, storage::uuid const& id,
                                 std::int64_t now_us);

/// A column without metadata but for what the ids say.
storage::experiment_column column_of(std::string name, std::string type,
                                     std::vector<std::pair<std::string, std::string>> const& ids);

result<storage::uuid> add_column(table_in_hand const& to, storage::experiment_column const& made);

/// What a new row is about.
struct row_of_inputs {
    storage::uuid inputs;
    std::optional<storage::uuid> dataset_row;
    std::vector<std::pair<std::string, std::string>> values;
};

/// A row with a cell in each column. In those of type input stands `inputs`, with the values in the metadata; in
/// others the value that the column's name has.
result<null> add_row(table_in_hand const& to, row_of_inputs const& what);

/// A cell that is given for a row, by its column.
struct given_cell {
    storage::uuid column;
    std::optional<std::string> value, metadata; ///< metadata: a JSON object
};

/// A row of cells that are given; in the columns of type output that have none stands `source`.
result<null> add_given_row(table_in_hand const& to, row_of_inputs const& what, std::vector<given_cell> const& cells,
                           std::optional<std::string> const& source);

/// The dataset that a table adds its rows to: its own, else `otherwise`.
std::optional<storage::uuid> dataset_of(storage::experiment_table const& table,
                                        std::optional<storage::uuid> const& otherwise);

/// What is wrong with the parts of a cell, if anything is; `path` stands before their names.
std::optional<failure> problem_with_cell(std::string const& path, std::optional<std::string> const& value,
                                         std::optional<std::string> const& metadata);

/// Changes a table, in a transaction of its own.
template <class Change>
boost::asio::awaitable<result<null>> change(std::string table, Change what, services& with)
{
    auto const id = storage::uuid::parse(table);
    if (!id) co_return not_found(no_table);
    auto const query = [whose = with.organization, id = *id, what = std::move(what),
                        now = with.now_us()](storage::connection& db) -> result<null> {
        auto const found = find_table(db, whose, id, now);
        if (!found) return found.error();
        return what(*found);
    };
    auto done = co_await with.store.write(query);
    co_return done;
}

} // namespace weir::api
