#pragma once

#include "api/services.hpp"

#include <boost/asio/awaitable.hpp>

#include <string>

namespace weir::api
{

/// Records a call for the caller's organisation, by whatever `services::log_call` is, and returns its public id.
boost::asio::awaitable<result<std::string>> log_call(call_to_log call, services& with);

} // namespace weir::api
