#pragma once

#include "storage/stop_signal.hpp"

#include <functional>
#include <string>
#include <thread>

namespace weir::storage
{

struct body_indexer_options {
    std::string path;                        ///< the database, which has the index (storage/body_index.hpp)
    std::chrono::milliseconds interval{500}; ///< between two looks for blocks that wait, once there are none

    /// Whether the recorder can do with a competitor now. Any thread. Default: always.
    std::function<bool()> may_write;
};

/// Indexes bodies behind the recorder, on a thread and a connection of its own.
class body_indexer
{
public:
    explicit body_indexer(body_indexer_options options);

    /// Stops, as stop() does.
    ~body_indexer();

    /// Starts the thread.
    void start();

    /// Ends within a transaction's time.
    void stop();

private:
    void run();

    body_indexer_options const options_;
    stop_signal stop_;
    std::thread thread_;
};

} // namespace weir::storage
