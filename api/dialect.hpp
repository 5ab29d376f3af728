#pragma once

#include <cstdint>

namespace weir::api
{

/// Whose clients a group of endpoints talks to, which decides how they are identified, how strictly bodies are read,
/// and what a failure looks like.
enum class dialect : std::uint8_t {
    helicone,    ///< `Authorization`; unknown members are refused; `{"data":null,"error":"…"}`
    promptlayer, ///< `X-API-KEY`, or the body's `api_key`; unknown members are ignored;
                 ///< api/promptlayer/failure_body.hpp
};

} // namespace weir::api
