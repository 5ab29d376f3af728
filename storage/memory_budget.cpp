#include "storage/memory_budget.hpp"

#include <sqlite3.h>

namespace weir::storage
{
namespace
{

/// SQLite's allocator has no parameter in which a budget could be handed to it.
thread_local memory_budget* budget_of_thread = nullptr;

sqlite3_mem_methods& below()
{
    static sqlite3_mem_methods methods{};
    return methods;
}

} // namespace

/// Asks the thread's budget, if it has one, and then the allocator below.
struct budgeted_allocator {
    static void* allocate(int bytes)
    {
        if (budget_of_thread && !budget_of_thread->may_take(below().xRoundup(bytes))) return nullptr;
        return below().xMalloc(bytes);
    }

    static void* reallocate(void* from, int bytes)
    {
        if (budget_of_thread && !budget_of_thread->may_take(below().xRoundup(bytes) - below().xSize(from)))
            return nullptr;
        return below().xRealloc(from, bytes);
    }

    static void free(void* from)
    {
        if (budget_of_thread && from) budget_of_thread->left_ += below().xSize(from);
        below().xFree(from);
    }

    static bool install()
    {
        if (sqlite3_config(SQLITE_CONFIG_GETMALLOC, &below()) != SQLITE_OK) return false;
        auto methods = below();
        methods.xMalloc = allocate;
        methods.xRealloc = reallocate;
        methods.xFree = free;
        return sqlite3_config(SQLITE_CONFIG_MALLOC, &methods) == SQLITE_OK;
    }
};

memory_budget::memory_budget(std::size_t bytes, interruption const& early)
    : left_(static_cast<std::ptrdiff_t>(bytes))
    , early_(early)
{
    budget_of_thread = this;
}

memory_budget::~memory_budget() { budget_of_thread = nullptr; }

bool memory_budget::may_take(std::ptrdiff_t bytes)
{
    constexpr unsigned asked_every = 4096;
    if (++allocations_ % asked_every == 0 && early_.wanted()) is_interrupted_ = true;
    if (bytes > left_) is_spent_ = true;
    if (is_spent_ || is_interrupted_) return false;
    left_ -= bytes;
    return true;
}

void memory_budget::install()
{
    static bool const installed = budgeted_allocator::install();
    static_cast<void>(installed);
}

} // namespace weir::storage
