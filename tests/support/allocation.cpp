// Takes the place of the standard library's own operators, and of OpenSSL's allocation, in the whole program.
#include "tests/support/allocation.hpp"

#include <openssl/crypto.h>

#include <atomic>
#include <cstdlib>
#include <malloc.h>
#include <new>

namespace
{

std::atomic<std::size_t> fails_from{SIZE_MAX};
std::atomic<std::int64_t> held{0};
constinit thread_local bool is_left_out = false;

bool is_to_fail(std::size_t bytes)
{
    auto least = fails_from.load(std::memory_order_relaxed);
    return bytes >= least && fails_from.compare_exchange_strong(least, SIZE_MAX);
}

void count(void* memory, std::int64_t sign)
{
    if (memory && !is_left_out) held += sign * static_cast<std::int64_t>(::malloc_usable_size(memory));
}

void* take(std::size_t bytes)
{
    auto* const memory = std::malloc(bytes > 0 ? bytes : 1);
    count(memory, 1);
    return memory;
}

void give(void* memory)
{
    count(memory, -1);
    std::free(memory);
}

void* take_for_openssl(std::size_t bytes, char const*, int) { return bytes > 0 ? take(bytes) : nullptr; }

void give_for_openssl(void* memory, char const*, int) { give(memory); }

void* take_again_for_openssl(void* memory, std::size_t bytes, char const*, int)
{
    count(memory, -1);
    auto* const grown = std::realloc(memory, bytes);
    count(grown, 1);
    return grown;
}

/// Before its first allocation, else it refuses.
[[maybe_unused]] int const openssl_agrees =
    CRYPTO_set_mem_functions(take_for_openssl, take_again_for_openssl, give_for_openssl);

} // namespace

void* operator new(std::size_t bytes, std::nothrow_t const&) noexcept
{
    return is_to_fail(bytes) ? nullptr : take(bytes);
}

void* operator new(std::size_t bytes)
{
    if (auto* const memory = operator new(bytes, std::nothrow)) return memory;
    throw std::bad_alloc();
}

void operator delete(void* memory) noexcept { give(memory); }
void operator delete(void* memory, std::size_t) noexcept { give(memory); }

namespace weir::test
{

void fail_next_allocation(std::size_t least_bytes) { fails_from = least_bytes; }

void leave_out_this_thread() { is_left_out = true; }

std::int64_t held_bytes() { return held; }

} // namespace weir::test
