#pragma once

#include "storage/background_priority.hpp"

#include <atomic>
#include <semaphore>
#include <string>
#include <thread>

namespace weir::storage
{

/// Moves what is in the write-ahead log into the database, on a thread and a connection of its own, so that no commit
/// waits for it.
class checkpointer
{
public:
    /// `path`: the database, which must be migrated.
    explicit checkpointer(std::string path);
    ~checkpointer();

    void start();
    void stop();

    /// Starts a pass if none is under way. `urgent`: the log has become long. Any thread, never blocks.
    void begin(bool urgent);

    /// Whether a pass has ended since this was last asked: all but what was written meanwhile has been moved then.
    bool has_ended() { return ended_.exchange(false); }

private:
    void run();

    std::string const path_;
    std::thread thread_;
    background_priority priority_;
    std::binary_semaphore wanted_{0};
    std::atomic<bool> running_{false}, ended_{false}, urgent_{false}, stopping_{false};
};

} // namespace weir::storage
