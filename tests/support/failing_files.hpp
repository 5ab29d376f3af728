#pragma once

#include <atomic>
#include <thread>

namespace weir::test
{

/// While it is there, the files of databases that are opened can be made to fail or to take long, and what is synced is
/// counted. One at a time; what was opened meanwhile must not be used behind its end.
class failing_files
{
public:
    failing_files();
    failing_files(failing_files const&) = delete;
    failing_files& operator=(failing_files const&) = delete;
    ~failing_files();

    std::atomic<bool> writes_fail{false}, syncs_fail{false};
    std::atomic<int> syncs{0};

    /// Who writes to a database's own file, and not to its log, waits while this is set.
    std::atomic<bool> checkpoints_wait{false};
    std::atomic<std::thread::id> waiting_checkpoint; ///< the thread that does; none: the default
};

} // namespace weir::test
