#pragma once

#include "gateway/capture.hpp"

#include <cstddef>
#include <cstdint>
#include <string>
#include <string_view>

/// The text messages of one side of a session, in a capture. They are told apart there by a byte that is never part of
/// UTF-8, so that nothing has to be parsed while they pass.
namespace weir::gateway::websocket
{

/// Stands behind each message that is there as a whole.
inline constexpr char message_end = '\xFF';

/// Writes a side's text messages into a capture as they come, each but for the audio that it carries: in place of the
/// text in base64 stands `{"size":N}`, in bytes of audio. What a message is has to stand in its first `look_bytes`, as
/// OpenAI's and Google's SDKs write it; else all of it is kept.
class transcript_writer
{
public:
    static constexpr std::size_t look_bytes = 512;

    explicit transcript_writer(capture& into)
        : into_(into)
    {
    }

    /// Takes the next piece of a message.
    void add(std::string_view text, bool first, bool last, std::int64_t at_us);
    /// Nothing more comes: writes what there is of a message without its end.
    void end(std::int64_t at_us);

private:
    enum class state : unsigned char { beginning, audio, kept };

    capture& into_;
    state state_ = state::beginning;
    std::string beginning_; ///< of a message: too little yet to say what it is
    std::uint64_t audio_chars_ = 0;
};

/// A transcript as a JSON array, at most `most_bytes` long: messages that are JSON as they are, others as strings. What
/// is there of an unfinished message is left out. `cut` says whether anything was left out.
struct messages {
    std::string json;
    bool cut = false;
};
messages as_json(std::string_view transcript, std::size_t most_bytes);

/// The first message of a transcript; empty if it is not there as a whole.
std::string_view first_message(std::string_view transcript);

} // namespace weir::gateway::websocket
