#pragma once

#include "experiments/gateway_call.hpp"

#include <chrono>
#include <cstddef>
#include <cstdint>
#include <string>

namespace weir::storage
{
class vault;
}

namespace weir::experiments
{

/// What those who make calls for experiments and for reports are told.
struct worker_options {
    std::string path; ///< the database, which must be migrated
    std::size_t concurrency = 8;
    std::int64_t most_attempts = 5; ///< calls for one run, or one cell
    std::chrono::milliseconds first_retry{1'000};
    std::chrono::milliseconds timeout{600'000}; ///< of one call
    gateway_connector connect;
    storage::vault const* vault = nullptr; ///< for providers' keys; may be null
};

} // namespace weir::experiments
