#pragma once

#include "api/failure.hpp"

#include <string>

namespace weir::api::promptlayer
{

/// `{"success":false,"message":"…","error":"…"}`: the message is what clients show, the error a general sentence. A
/// body that was read and is not valid has `detail` as well: `[{"loc":["body","tags",0],"msg":"…","type":"…"}]`.
std::string failure_body(failure const& why);

} // namespace weir::api::promptlayer
