#pragma once

#include "storage/sql.hpp"

#include <cstdint>
#include <optional>
#include <string_view>

namespace weir::storage
{

/// When things of a list were made and changed last: µs since 1970 UTC, the bounds included.
struct change_times {
    std::optional<std::int64_t> created_from_us{}, created_to_us{}, updated_from_us{}, updated_to_us{};
};

/// " AND …" of the columns that have these times.
inline void append_change_times(change_times const& when, std::string_view created, std::string_view updated, sql& to)
{
    if (when.created_from_us) (to << " AND " << created << ">=").bind(*when.created_from_us);
    if (when.created_to_us) (to << " AND " << created << "<=").bind(*when.created_to_us);
    if (when.updated_from_us) (to << " AND " << updated << ">=").bind(*when.updated_from_us);
    if (when.updated_to_us) (to << " AND " << updated << "<=").bind(*when.updated_to_us);
}

} // namespace weir::storage
