#pragma once

#include <atomic>
#include <sys/types.h>

namespace weir::storage
{

/// Keeps a thread that has much to do behind the traffic: lowered, it runs where a processor would be idle
/// (SCHED_IDLE), and a thread of the traffic that wakes up takes the processor from it at once. On a saturated machine
/// it would thus starve, so it lowers itself only for a long piece of work, and whoever finds that work piling up
/// raises it to an equal share (SCHED_BATCH, which does not preempt others either).
///
/// A process without CAP_SYS_NICE and without a limit on nice values (RLIMIT_NICE) that allows 0 may not leave
/// SCHED_IDLE again. There the thread has an equal share all the time.
class background_priority
{
public:
    background_priority();

    /// Takes charge of the calling thread, with an equal share.
    void begin();

    /// Gives the thread an equal share. Any thread; cheap when it has one.
    void raise()
    {
        if (may_return_ && !raised_.load(std::memory_order_relaxed)) set_raised();
    }

    /// Puts the thread behind. On that thread; cheap when it is there.
    void lower()
    {
        if (may_return_ && raised_.load(std::memory_order_relaxed)) set_lowered();
    }

private:
    void set_raised();
    void set_lowered();

    bool const may_leave_idle_;
    pid_t thread_ = 0;
    std::atomic<bool> may_return_{false};
    std::atomic<bool> raised_{true};
};

} // namespace weir::storage
