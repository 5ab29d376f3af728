#include "storage/turns.hpp"

#include <algorithm>
#include <tuple>

namespace weir::storage
{

std::vector<waiting_organization>::iterator next_in_turn(std::vector<waiting_organization>& waiting,
                                                         organization_id after)
{
    return std::min_element(waiting.begin(), waiting.end(), [after](auto const& a, auto const& b) {
        return std::tuple(a.running, a.id <= after, a.id) < std::tuple(b.running, b.id <= after, b.id);
    });
}

} // namespace weir::storage
