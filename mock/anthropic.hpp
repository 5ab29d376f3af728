#pragma once

#include "mock/answer.hpp"
#include "mock/knobs.hpp"
#include "mock/request.hpp"

#include <string_view>

namespace weir::mock::anthropic
{

/// `/v1/messages`
answer messages(request const& from, knobs const& asked);

/// `/v1/messages/count_tokens`
answer count_tokens(request const& from);

/// `/v1/models`
answer models();

/// `/v1/models/NAME`
answer model(std::string_view name);

} // namespace weir::mock::anthropic
