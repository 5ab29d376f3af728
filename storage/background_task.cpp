#include "storage/background_task.hpp"

#include "log/log.hpp"

#include <exception>
#include <pthread.h>
#include <sched.h>

namespace weir::storage
{

background_task::background_task(std::chrono::milliseconds pause, std::function<void()> work)
    : pause_(pause)
    , work_(std::move(work))
{
}

background_task::~background_task() { stop(); }

void background_task::start()
{
    thread_ = std::thread([this] { run(); });
}

void background_task::stop()
{
    {
        std::scoped_lock const lock(mutex_);
        stopping_ = true;
    }
    stopped_.notify_all();
    if (thread_.joinable()) thread_.join();
}

bool background_task::is_stopping()
{
    std::scoped_lock const lock(mutex_);
    return stopping_;
}

bool background_task::sleep(std::chrono::milliseconds time)
{
    std::unique_lock lock(mutex_);
    return !stopped_.wait_for(lock, time, [this] { return stopping_; });
}

void background_task::run()
{
    // A lower priority would be no favour to the traffic: the database's lock would be held longer.
    sched_param const unused{};
    ::pthread_setschedparam(::pthread_self(), SCHED_BATCH, &unused);
    do {
        try {
            work_();
        } catch (std::exception const& fault) { // of weir's own, or of memory; the next time it may go well
            log::error("work in the background ended by a fault of weir's own", {{"reason", fault.what()}});
        }
    } while (sleep(pause_));
}

} // namespace weir::storage
