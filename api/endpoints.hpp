#pragma once

#include "api/endpoint.hpp"

#include <span>

namespace weir::api
{

/// Everything that the admin side serves.
std::span<group const> all_endpoints();

extern group const process_endpoints; ///< health, metrics, the API's own description
extern group const request_endpoints; ///< recorded calls

} // namespace weir::api
