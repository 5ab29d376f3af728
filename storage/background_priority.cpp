#include "storage/background_priority.hpp"

#include <sched.h>
#include <thread>
#include <unistd.h>

namespace weir::storage
{
namespace
{

bool set_policy(pid_t thread, int policy)
{
    sched_param const unused{};
    return ::sched_setscheduler(thread, policy, &unused) == 0;
}

/// Whether a thread of this process may leave SCHED_IDLE: tried on one that ends right after.
bool may_leave_idle()
{
    bool good = false;
    std::thread([&good] { good = set_policy(0, SCHED_IDLE) && set_policy(0, SCHED_BATCH); }).join();
    return good;
}

} // namespace

background_priority::background_priority()
    : may_leave_idle_(may_leave_idle())
{
}

void background_priority::begin()
{
    thread_ = ::gettid();
    set_policy(0, SCHED_BATCH);
    may_return_ = may_leave_idle_;
}

void background_priority::set_raised()
{
    if (!raised_.exchange(true)) set_policy(thread_, SCHED_BATCH);
}

void background_priority::set_lowered()
{
    raised_ = false;
    set_policy(thread_, SCHED_IDLE);
    if (raised_) set_policy(thread_, SCHED_BATCH); // raised meanwhile: whichever came last, it must not stay behind
}

} // namespace weir::storage
