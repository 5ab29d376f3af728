// Takes the place of the standard library's own operators in the whole program.
#include "tests/support/failing_allocation.hpp"

#include <atomic>
#include <cstdint>
#include <cstdlib>
#include <new>

namespace
{

std::atomic<std::size_t> fails_from{SIZE_MAX};

bool is_to_fail(std::size_t bytes)
{
    auto least = fails_from.load(std::memory_order_relaxed);
    return bytes >= least && fails_from.compare_exchange_strong(least, SIZE_MAX);
}

} // namespace

void* operator new(std::size_t bytes, std::nothrow_t const&) noexcept
{
    return is_to_fail(bytes) ? nullptr : std::malloc(bytes > 0 ? bytes : 1);
}

void* operator new(std::size_t bytes)
{
    if (auto* const memory = operator new(bytes, std::nothrow)) return memory;
    throw std::bad_alloc();
}

void operator delete(void* memory) noexcept { std::free(memory); }
void operator delete(void* memory, std::size_t) noexcept { std::free(memory); }

namespace weir::test
{

void fail_next_allocation(std::size_t least_bytes) { fails_from = least_bytes; }

} // namespace weir::test
