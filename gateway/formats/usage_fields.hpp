#pragma once

#include "gateway/formats/format.hpp"
#include "gateway/formats/json_values.hpp"

/// From providers' usage objects to weir's one meaning. Who includes what in what: docs/usage-and-cost.md.
namespace weir::gateway::formats
{

/// OpenAI's names, of chat completions, Responses, images and audio alike, with what the vendors of that shape do
/// differently. Adds to `into`; members that are not there leave it as it is.
void read_openai_usage(json::object const& usage, call_view const& call, pricing::usage& into);

/// Anthropic's names: the input excludes what was read from or written to a cache.
void read_anthropic_usage(json::object const& usage, reading& into);

/// Gemini's `usageMetadata`.
void read_gemini_usage(json::object const& usage, pricing::usage& into);

/// Cohere's `billed_units` and `tokens`, which stand side by side in `usage` or `meta`.
void read_cohere_usage(json::object const& usage, pricing::usage& into);

/// A usage object of an unknown kind: by OpenAI's names, then Anthropic's, then camelCase.
void read_usage_by_names(json::object const& usage, call_view const& call, reading& into);

/// OpenAI's `service_tier` in the root of a response.
void read_openai_tier(json::object const& root, reading& into);

} // namespace weir::gateway::formats
