#pragma once

#include "storage/background_priority.hpp"
#include "storage/background_task.hpp"
#include "storage/connection.hpp"

#include <chrono>
#include <functional>
#include <optional>
#include <string>

namespace weir::storage
{

struct indexer_options {
    std::string path;                        ///< the database
    bool indexes_bodies = false;             ///< whether it has that index
    std::chrono::milliseconds interval{100}; ///< between two looks for what waits, once there is nothing

    /// Whether the recorder can do with a competitor now. Any thread. Default: always.
    std::function<bool()> may_write;
};

/// Makes behind the recorder what finds calls: row groups (storage/row_groups.hpp) and the index of bodies
/// (storage/body_index.hpp). On a thread and a connection of its own.
class indexer
{
public:
    explicit indexer(indexer_options options);

    /// Starts the thread.
    void start() { task_.start(); }

    /// Ends within a transaction's time.
    void stop() { task_.stop(); }

private:
    void index_what_waits();

    indexer_options const options_;
    std::optional<connection> db_; ///< on the thread, as the next one
    bool is_in_trouble_ = false;   ///< which was told
    background_priority priority_; ///< behind the traffic, but for what keeps the recorder from writing
    background_task task_;         ///< last: its thread uses the others
};

} // namespace weir::storage
