#pragma once

#include "gateway/capture.hpp"

#include <cstddef>
#include <string>

namespace weir::gateway
{

/// A body as text, content-decoded.
struct decoded_body {
    std::string text;         ///< its beginning, or all of it
    std::string tail;         ///< the last bytes, when there is a gap between them and `text`
    bool is_text = true;      ///< else `text` is JSON that describes the body
    bool is_cut = false;      ///< more than `max_body`, or not to be decoded
    capture::mark_list marks; ///< when which part of `text` came
};

/// Undoes the content coding of a body, whose text is taken out of the capture. `max_body`: bytes of text kept of a
/// body that was coded, beside its last ones.
decoded_body decode(capture& from, std::size_t max_body);

/// The text messages of a websocket, whose transcript the capture has, as a JSON array of at most `max_body` bytes.
decoded_body decode_transcript(capture const& from, std::size_t max_body);

} // namespace weir::gateway
