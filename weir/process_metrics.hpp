#pragma once

#include "metrics/registry.hpp"

#include <string>

namespace weir
{

/// Registers what is known of the program and of its files: the version, and the sizes of the database and of its
/// write-ahead log, 0 when there is none.
void add_process_metrics(metrics::registry& metrics, std::string const& database);

} // namespace weir
