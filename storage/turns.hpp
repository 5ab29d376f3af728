#pragma once

#include "storage/request_record.hpp"

#include <cstdint>
#include <vector>

namespace weir::storage
{

/// An organisation for which work waits, and how much of it is under way.
struct waiting_organization {
    organization_id id{};
    std::int64_t running = 0;
};

/// Whose turn it is: of whom the least is under way, and of those that are equal in that the next one behind `after`,
/// whose turn it was last. There is one at least.
std::vector<waiting_organization>::iterator next_in_turn(std::vector<waiting_organization>& waiting,
                                                         organization_id after);

} // namespace weir::storage
