#pragma once

#include "gateway/call_headers.hpp"
#include "gateway/formats/format.hpp"
#include "storage/prompt_capture.hpp"
#include "storage/request_record.hpp"

#include <memory>

namespace weir::gateway
{

/// What a call with a prompt's id says of the prompt: the template of its request, and the inputs in it and in its
/// headers. None when the id is not good for a prompt, which `row.warning` then says. `call.request` is there. On the
/// recorder's thread.
std::shared_ptr<storage::prompt_capture const> take_prompt(formats::call_view const& call, call_headers const& headers,
                                                           storage::request_record& row);

} // namespace weir::gateway
