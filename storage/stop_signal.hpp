#pragma once

#include <chrono>
#include <condition_variable>
#include <mutex>

namespace weir::storage
{

/// Lets a thread sleep until its time is over or it shall end. Any thread may give it.
class stop_signal
{
public:
    void give()
    {
        {
            std::scoped_lock const lock(mutex_);
            given_ = true;
        }
        changed_.notify_all();
    }

    /// False when it was given, now or before.
    bool sleep(std::chrono::milliseconds time)
    {
        std::unique_lock lock(mutex_);
        return !changed_.wait_for(lock, time, [this] { return given_; });
    }

private:
    std::mutex mutex_;
    std::condition_variable changed_;
    bool given_ = false;
};

} // namespace weir::storage
