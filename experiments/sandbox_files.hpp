#pragma once

#include <string>
#include <vector>

namespace weir::experiments
{

/// Leaves this process, what it becomes and what it starts no files but the system's programs and libraries and what is
/// at or below the paths in `readable`, to read and to run; nothing to write but /dev/null. Where Linux can, also no
/// signals to, and no sockets of, what is outside. No new privileges may be had before. False when the system cannot
/// do it (Landlock, Linux 5.13).
bool hide_files(std::vector<std::string> const& readable);

} // namespace weir::experiments
