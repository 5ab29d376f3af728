#pragma once

#include "storage/like.hpp"

#include <cstddef>

namespace weir::storage
{

/// Bounds what SQLite allocates on this thread while this lives: beyond it SQLite is told that there is no memory, and
/// the statement fails. Memory is also where a statement that takes for ever to prepare can be stopped, since no
/// progress handler is asked then: `early` is asked at every so many allocations.
///
/// One at a time on a thread.
class memory_budget
{
public:
    memory_budget(std::size_t bytes, interruption const& early);
    memory_budget(memory_budget const&) = delete;
    memory_budget& operator=(memory_budget const&) = delete;
    ~memory_budget();

    /// Whether an allocation was refused, and why. Once one was, all are.
    bool is_spent() const { return is_spent_; }
    bool is_interrupted() const { return is_interrupted_; }

    /// Puts budgets between SQLite and its allocator. Before SQLite is used first; does nothing when called again.
    static void install();

private:
    friend struct budgeted_allocator;
    bool may_take(std::ptrdiff_t bytes);

    std::ptrdiff_t left_;
    interruption const& early_;
    unsigned allocations_ = 0;
    bool is_spent_ = false, is_interrupted_ = false;
};

} // namespace weir::storage
