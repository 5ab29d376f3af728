#pragma once

#include "mock/answer.hpp"
#include "mock/knobs.hpp"
#include "mock/prompt.hpp"
#include "mock/request.hpp"

#include <string_view>

namespace weir::mock::openai
{

/// `/v1/chat/completions`
answer chat(request const& from, knobs const& asked);

/// `/v1/completions`
answer completions(request const& from, knobs const& asked);

/// `/v1/responses`
answer responses(request const& from, knobs const& asked);

/// `/v1/embeddings`
answer embeddings(request const& from);

/// `/v1/audio/transcriptions` and `/translations`: JSON with usage, text for `response_format=text`.
answer transcription(request const& from);

/// `/v1/audio/speech`: 4096 bytes unless `body-bytes` says otherwise.
answer speech(request const& from, knobs const& asked);

/// `/v1/images/generations`
answer images(request const& from);

/// `/v1/moderations`: flagged when the input speaks of violence.
answer moderations(request const& from);

/// `/v1/files`: what came of the upload.
answer upload(request const& from);

/// `/v1/models`
answer models();

/// `/v1/models/NAME`
answer model(std::string_view name);

} // namespace weir::mock::openai
