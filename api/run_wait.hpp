#pragma once

#include "api/failure.hpp"
#include "api/services.hpp"
#include "storage/uuid.hpp"

#include <boost/asio/awaitable.hpp>

#include <chrono>

/// Waiting for what experiments' runs come to. The runner tells the record alone, so it is looked at again and again.
namespace weir::api
{

/// False when the caller is to end.
boost::asio::awaitable<bool> pause(std::chrono::milliseconds time);

/// How long a call waits for a run.
inline constexpr std::chrono::minutes run_patience{10};

/// Waits until a run has ended, and returns the id of the request that it made last. A run that could make none is
/// errc::conflict with the reason; one that has not ended after `patience` is errc::not_ready, and goes on.
boost::asio::awaitable<result<storage::uuid>> wait_for_run(std::int64_t run, services& with,
                                                           std::chrono::milliseconds patience = run_patience);

} // namespace weir::api
