#pragma once

#include <chrono>
#include <condition_variable>
#include <functional>
#include <mutex>
#include <thread>

namespace weir::storage
{

/// Does something at once, and again after each pause, on a thread of its own that does not preempt the traffic.
class background_task
{
public:
    /// What `work` throws is logged, and it is done again after the pause.
    background_task(std::chrono::milliseconds pause, std::function<void()> work);

    /// Stops, as stop() does.
    ~background_task();

    void start();

    /// Returns when the work under way has ended, which should look at `is_stopping` now and then.
    void stop();

    bool is_stopping();

    /// For the work: sleeps; false when it shall end.
    bool sleep(std::chrono::milliseconds time);

private:
    void run();

    std::chrono::milliseconds const pause_;
    std::function<void()> const work_;
    std::mutex mutex_;
    std::condition_variable stopped_;
    bool stopping_ = false; ///< guarded by mutex_
    std::thread thread_;
};

} // namespace weir::storage
