#pragma once

#include "api/failure.hpp"
#include "api/types.hpp"

#include <string>

namespace weir::api
{

/// The bytes of a body of traces without their content coding; the error says why they cannot be had, or that they are
/// more than 16 MiB.
result<std::string> decoded(raw_body body);

} // namespace weir::api
