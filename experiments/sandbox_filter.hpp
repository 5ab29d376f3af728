#pragma once

namespace weir::experiments
{

/// Forbids this process, what it becomes and what it starts, for good: sockets, what reaches other processes, and
/// changes of files by their names. Without namespaces of its own (`is_apart`) also signals, and leaving the process
/// group. No new privileges may be had before. False when the system has no such filters, or weir knows none for it.
bool forbid_system_calls(bool is_apart);

} // namespace weir::experiments
