#pragma once

#include <span>
#include <string>
#include <string_view>

/// The record as users' SQL sees it: views of one organisation's calls and of what was said of them (docs/sql.md).
namespace weir::storage
{

/// A column as users' SQL sees it; `type` is ClickHouse's name for what it holds.
struct view_column {
    std::string_view name, type;
    std::string_view sql; ///< what it is made of, in the notation of `view_places`
    std::string_view comment{};
};

struct record_view {
    std::string_view name;
    std::span<view_column const> columns;
    std::string_view from; ///< what follows the columns, likewise
};

/// All views that users' SQL may read.
std::span<record_view const> record_views();

/// What the views' SQL leaves open: `{schema}`, `{organization}`, `{public_id}` and `{row}` stand there.
struct view_places {
    std::string schema;       ///< of weir's own tables
    std::string organization; ///< its number
    std::string public_id;    ///< and how the API names it
    std::string row;          ///< the functions of storage/sql_functions.hpp that are for rows
};

/// `CREATE TEMP VIEW …`.
std::string statement_of(record_view const& view, view_places const& places);

} // namespace weir::storage
