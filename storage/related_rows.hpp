#pragma once

#include "storage/errors.hpp"
#include "storage/filter.hpp"
#include "storage/request_record.hpp"

#include <cstdint>
#include <limits>
#include <optional>
#include <string>
#include <vector>

namespace weir::storage
{

class connection;

/// Keys of calls, in order; some may not be there.
struct related_rows {
    std::vector<std::int64_t> rows{};
    std::int64_t complete_from = std::numeric_limits<std::int64_t>::min(); ///< there may be others with lesser keys
};

/// The calls that a condition on another table than theirs may be true of: scores, feedback, tags, stars and inputs.
/// For a page, of many the newest. None when the condition is no such one, or too many calls may be meant.
result<std::optional<related_rows>> find_related_rows(connection& db, organization_id organization,
                                                      filter_condition const& what, bool is_for_page);

/// The sessions that a condition on their tags is true of; none when they are too many.
result<std::optional<std::vector<std::string>>> find_tagged_sessions(connection& db, organization_id organization,
                                                                     filter_condition const& what);

} // namespace weir::storage
