#pragma once

#include "storage/errors.hpp"
#include "storage/request_record.hpp"
#include "storage/uuid.hpp"

#include <cstdint>
#include <span>
#include <vector>

/// Integers by which PromptLayer's clients know what has a UUID: they have no other ids. A number, once given, stays
/// its thing's, and is never given to another one.
namespace weir::storage
{

class connection;

enum class numbered : std::uint8_t { request, prompt, prompt_version };

/// The number of each of these things, in their order, given to those that have none yet. Whether they exist is not
/// checked. Inside a transaction.
result<std::vector<std::int64_t>> numbers_of(connection& db, organization_id organization, numbered kind,
                                             std::span<uuid const> things);

/// Likewise for one.
result<std::int64_t> number_of(connection& db, organization_id organization, numbered kind, uuid const& thing);

/// What has the number; errc::not_found when the organisation has nothing of that kind under it.
result<uuid> numbered_thing(connection& db, organization_id organization, numbered kind, std::int64_t number);

} // namespace weir::storage
