#pragma once

#include <cstddef>
#include <cstdint>

/// What a test can do to the allocations of its whole program, and learn of them.
namespace weir::test
{

/// Lets the next allocation of `least_bytes` or more fail, whichever thread asks for it; only that one.
void fail_next_allocation(std::size_t least_bytes);

/// From now on this thread's allocations are not counted: they are the test's.
void leave_out_this_thread();

/// Bytes that the other threads have from operator new and through OpenSSL, and have not given back, beyond some number
/// that stays the same.
std::int64_t held_bytes();

} // namespace weir::test
