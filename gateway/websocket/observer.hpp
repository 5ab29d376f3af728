#pragma once

#include "gateway/capture.hpp"
#include "gateway/formats/realtime.hpp"
#include "gateway/websocket/frame_reader.hpp"
#include "gateway/websocket/transcript.hpp"

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>

namespace weir::gateway::websocket
{

/// How a side closes a session.
struct close_message {
    static constexpr int no_code = 1005; ///< stands for a close frame without one

    int code = no_code;
    std::string reason; ///< as it came

    /// Done, going away, or nothing said.
    bool is_usual() const { return code == 1000 || code == 1001 || code == no_code; }
};

/// What one side of a session sends, observed as it passes: counted, its text copied, its close frame noted. Nothing is
/// changed or held up. A side that breaks the protocol is observed no longer; its bytes are counted still.
class observer
{
public:
    explicit observer(side from)
        : frames_(from)
    {
    }
    observer(observer const&) = delete;
    observer& operator=(observer const&) = delete;
    ~observer();

    /// From now on `transcript` takes the text messages. Binary ones that are JSON, as Google sends them, count as
    /// text.
    void keep_texts(capture& transcript) { kept_.emplace(transcript); }
    /// From now on `events` gets each of them. What must be held of one that comes in pieces is counted in `budget`.
    void read_events(formats::realtime_tally& events, capture_budget& budget);

    /// `at_us`: since the call began.
    void see(std::string_view bytes, std::int64_t at_us);
    /// The side will send nothing more.
    void end(std::int64_t at_us);

    std::uint64_t bytes() const { return bytes_; }       ///< all that was sent, frames included
    std::uint64_t messages() const { return messages_; } ///< of text or binary, as far as they came to their end
    std::optional<close_message> const& closed() const { return closed_; }
    std::string_view problem() const { return frames_.problem(); }

private:
    /// Where the texts go, as long as the capture takes any.
    struct keeping {
        explicit keeping(capture& transcript)
            : into(transcript)
            , writer(transcript)
        {
        }
        capture& into;
        transcript_writer writer;
    };

    bool is_text(piece const& p);
    void take_text(piece const& p, std::int64_t at_us);
    void take_event(piece const& p);
    void take_close(piece const& p);
    void count_memory();

    frame_reader frames_;
    std::optional<keeping> kept_;
    formats::realtime_tally* events_ = nullptr;
    capture_budget* budget_ = nullptr;
    std::uint64_t bytes_ = 0, messages_ = 0;
    bool binary_is_text_ = false; ///< of the message under way
    std::string event_, tail_;    ///< of an event that comes in several pieces
    std::size_t counted_ = 0;     ///< of their memory
    std::string close_;
    std::optional<close_message> closed_;
};

} // namespace weir::gateway::websocket
