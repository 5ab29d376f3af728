#pragma once

#include "mock/answer.hpp"
#include "mock/knobs.hpp"
#include "mock/request.hpp"

#include <string>

namespace weir::mock
{

/// `defaults` with what the request's `x-mock-…` headers and `mock-…` parameters change. `problem` says which of them
/// made no sense.
knobs knobs_for(request const& from, knobs const& defaults, std::string& problem);

/// The answer to a request, as the vendor that its path and headers name would give it.
///
/// Paths may have any prefix before `/v1/` or `/v1beta/`. Tokens are words: `prompt` counts the runs of characters that
/// are not white space in all texts of the request (a quarter of the bytes for a body over 256 KiB), `completion` those
/// of the answer's text, or of a tool call's arguments, plus the knob `reasoning-tokens`.
answer answer_for(request const& from, knobs const& asked);

} // namespace weir::mock
