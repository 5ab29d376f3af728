#pragma once

#include <cstddef>
#include <string>
#include <string_view>

/// The text messages of one side of a session, in a capture. They are told apart there by a byte that is never part of
/// UTF-8, so that nothing has to be parsed while they pass.
namespace weir::gateway::websocket
{

/// Stands behind each message that is there as a whole.
inline constexpr char message_end = '\xFF';

/// A transcript as a JSON array, at most `most_bytes` long: messages that are JSON as they are, others as strings. What
/// is there of an unfinished message is left out. `cut` says whether anything was left out.
struct messages {
    std::string json;
    bool cut = false;
};
messages as_json(std::string_view transcript, std::size_t most_bytes);

} // namespace weir::gateway::websocket
