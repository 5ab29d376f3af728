#pragma once

#include "storage/errors.hpp"

#include <cstddef>

namespace weir::storage
{

class connection;

/// Ends the calls that still go on by the record, which a process that was killed has left behind: they keep the status
/// of their answer and say that they were broken off. Returns how many. Before anything else is recorded.
result<std::size_t> end_pending_calls(connection& db);

} // namespace weir::storage
