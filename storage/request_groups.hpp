#pragma once

#include "storage/errors.hpp"
#include "storage/request_record.hpp"
#include "storage/uuid.hpp"

#include <cstdint>

/// Calls that belong together because somebody says so.
namespace weir::storage
{

class connection;

/// Makes a group without calls, and returns its id.
result<std::int64_t> create_request_group(connection& db, organization_id organization, std::int64_t now_us);

/// errc::not_found when the organisation has no such group.
result<void> find_request_group(connection& db, organization_id organization, std::int64_t group);

/// Puts a call into a group, which it may be in already. errc::not_found when the organisation has no such group;
/// whether there is such a call is not checked.
result<void> add_to_request_group(connection& db, organization_id organization, std::int64_t group,
                                  uuid const& request);

} // namespace weir::storage
