#pragma once

#include "storage/background_task.hpp"
#include "storage/connection.hpp"

#include <chrono>
#include <functional>
#include <optional>
#include <string>

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

    /// Starts the thread.
    void start() { task_.start(); }

    /// Ends within a transaction's time.
    void stop() { task_.stop(); }

private:
    void index_what_waits();

    body_indexer_options const options_;
    std::optional<connection> db_; ///< on the thread
    background_task task_;         ///< last: its thread uses the others
};

} // namespace weir::storage
