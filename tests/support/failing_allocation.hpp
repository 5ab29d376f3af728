#pragma once

#include <cstddef>

namespace weir::test
{

/// Lets the next allocation of `least_bytes` or more fail, whichever thread asks for it; only that one.
void fail_next_allocation(std::size_t least_bytes);

} // namespace weir::test
