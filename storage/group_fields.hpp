#pragma once

#include "storage/filter.hpp"

#include <optional>
#include <span>
#include <string>
#include <string_view>

/// What row groups keep of their calls (storage/row_groups.hpp).
namespace weir::storage
{

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

struct grouped {
    field_name field;
    bool is_text = false;
    bool follows_time = false; ///< its values are near each other in a group, and far from those of others
};

/// All but properties.
std::span<grouped const> grouped_fields();

/// "SELECT r.id, …" of all fields in their order, and the properties; of the rows of the JSON array ?1, by their keys.
std::string const& grouped_rows_query();

/// The name of the property that a field has the values of; none where it is no property's.
std::optional<std::string_view> property_of_field(field_name field);

} // namespace weir::storage
