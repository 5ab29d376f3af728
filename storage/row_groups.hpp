#pragma once

#include "storage/errors.hpp"
#include "storage/filter.hpp"
#include "storage/ids.hpp"

#include <cstddef>
#include <functional>
#include <span>
#include <string>
#include <string_view>

/// Groups of calls whose columns are kept beside the rows (schema/12_row_groups.sql), so that what has no index is
/// found all the same. They are made behind the recorder. Which calls no group has is known: an answer is the same with
/// the groups and without.
namespace weir::storage
{

class connection;

/// What a field of a group is called: how it is computed of `request AS r`.
using field_name = std::string_view;

namespace fields
{

inline constexpr field_name organization = "r.organization_id", created = "r.created_us",
                            ended = "CASE WHEN r.status<>-2 THEN r.ended_us END",
                            latency = "CASE WHEN r.status<>-2 THEN r.ended_us-r.created_us END",
                            first_token = "r.time_to_first_token_us", status = "r.status", cost = "r.cost_nanos",
                            prompt_tokens = "r.prompt_tokens", completion_tokens = "r.completion_tokens",
                            total_tokens = "coalesce(r.total_tokens,r.prompt_tokens+r.completion_tokens)",
                            cache_read_tokens = "coalesce(r.prompt_cache_read_tokens,0)",
                            cache_write_tokens = "coalesce(r.prompt_cache_write_tokens,0)",
                            assets = "nullif(r.asset_count,0)";
/// These are texts.
inline constexpr field_name provider = "coalesce(r.provider,'')", model = "coalesce(r.model,'')", user = "r.user_id",
                            session = "r.session_id";

} // namespace fields

/// The field whose values a condition compares; empty when groups do not have it. Not of properties.
field_name grouped_field(filter_condition const& what);

/// The field of a property.
std::string property_field(std::string_view name);

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
