#pragma once

#include "mock/answer.hpp"
#include "mock/knobs.hpp"
#include "mock/request.hpp"

#include <string>
#include <string_view>

namespace weir::mock::gemini
{

/// `…/models/MODEL:VERB` for the verbs generateContent, streamGenerateContent, countTokens, embedContent and
/// batchEmbedContents; 404 for any other.
answer call(request const& from, std::string model, std::string_view verb, knobs const& asked);

/// `/v1beta/models`
answer models();

/// `/v1beta/models/NAME`
answer model(std::string_view name);

} // namespace weir::mock::gemini
