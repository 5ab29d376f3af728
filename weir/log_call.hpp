#pragma once

#include "api/services.hpp"
#include "gateway/gateway.hpp"

namespace weir
{

/// Lets the gateway record what somebody logs on the admin side: for api::services::log_call.
boost::asio::awaitable<api::result<std::string>> log_call(gateway::gateway& with, api::call_to_log call);

} // namespace weir
