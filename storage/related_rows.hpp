#pragma once

#include "storage/errors.hpp"
#include "storage/filter.hpp"
#include "storage/request_record.hpp"

#include <cstdint>
#include <optional>
#include <vector>

namespace weir::storage
{

class connection;

/// The keys of the calls that a condition on another table than theirs may be true of: scores, feedback, tags and
/// stars. In order; some may not be there. None when the condition is no such one, or too many calls may be meant.
result<std::optional<std::vector<std::int64_t>>> find_related_rows(connection& db, organization_id organization,
                                                                   filter_condition const& what);

} // namespace weir::storage
