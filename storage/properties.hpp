#pragma once

#include "storage/errors.hpp"
#include "storage/request_record.hpp"
#include "storage/time_range.hpp"

#include <string>
#include <string_view>
#include <vector>

/// Custom properties of calls.
namespace weir::storage
{

class connection;

inline constexpr std::int64_t most_property_keys = 10'000;

/// All names that were ever used, in their order; of more than `most_property_keys` the first.
result<std::vector<std::string>> property_keys(connection& db, organization_id organization);

/// At most 25 values of a property that contain `part` in any case, those used last first; `%` and `_` in it are
/// wildcards.
result<std::vector<std::string>> search_property(connection& db, organization_id organization, std::string_view key,
                                                 std::string_view part);

/// What the calls with a value of a property cost, in US dollars.
struct property_cost {
    std::string value;
    double cost = 0;
};

/// The ten values that cost most, dearest first, then what all others cost together under "Other", if that is anything.
/// Calls without the property are left out.
result<std::vector<property_cost>> property_costs(connection& db, organization_id organization, std::string_view key,
                                                  time_range const& when);

/// Sets one property of a call, in place of its value if it has one. The names of session and prompt are those columns,
/// too. errc::not_found when the organisation has no such call.
result<void> set_property(connection& db, organization_id organization, uuid const& request_id, std::string_view key,
                          std::string_view value);

} // namespace weir::storage
