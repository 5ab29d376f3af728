#pragma once

#include "storage/errors.hpp"
#include "storage/ids.hpp"

#include <cstddef>
#include <cstdint>
#include <functional>
#include <span>

/// Groups of calls whose columns are kept beside the rows (schema/12_row_groups.sql), so that what has no index is
/// found all the same. They are made behind the recorder. Which calls no group has is known: an answer is the same with
/// the groups and without.
namespace weir::storage
{

class connection;

struct row_group {
    std::int64_t id = 0;
    std::size_t rows = 0;
    std::int64_t first_row = 0, last_row = 0; ///< the least and the greatest key
    bool has_all_properties = true;
    std::int64_t deleted_to = 0; ///< up to which key its rows were deleted
};

/// Notes that no group has these rows, or none as they are now; within the transaction that writes them.
result<void> note_ungrouped(connection& db, std::span<row_id const> rows);

/// Makes a group of rows that wait for it, or one large group of many small ones, in one transaction of some
/// milliseconds. `before_writing` is called before that: what comes then keeps others from writing. Returns how many
/// rows were grouped; 0 when too few wait.
result<std::size_t> group_some_rows(
    connection& db, std::function<void()> const& before_writing = [] {});

/// Forgets the rows up to an id: within the transaction that deletes them. A group goes with its last row.
result<void> ungroup_rows(connection& db, row_id last);

} // namespace weir::storage
