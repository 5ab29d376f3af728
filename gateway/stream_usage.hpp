#pragma once

#include <cstddef>
#include <optional>
#include <string>
#include <string_view>

namespace weir::gateway
{

/// A change to a body: at `at`, `removed` bytes give way to `inserted`.
struct body_edit {
    std::size_t at = 0, removed = 0;
    std::string inserted;
};

/// What turns an OpenAI-shaped request for a stream into one that reports usage (`stream_options.include_usage`). None
/// when the body asks for no stream, asks for usage already, or is not plainly a JSON object. One pass, no copy.
std::optional<body_edit> ask_for_usage(std::string_view body);

/// Takes the one event out of a stream of server-sent events that reports usage and nothing else (`choices` empty,
/// `usage` an object), which OpenAI-shaped providers send when asked. All other bytes pass unchanged.
class event_sieve
{
public:
    /// Reads bytes as they come; appends to `out` what may go on.
    void put(std::string_view bytes, std::string& out);

    /// The stream ended or was cut: what is held goes out.
    void finish(std::string& out);

private:
    void end_event(std::string& out);

    /// A usage event is some hundred bytes; what is longer passes at once.
    static constexpr std::size_t most_held = 8 * 1024;

    std::string held_;
    bool passing_ = false;      ///< the current event is too long to be held
    bool line_empty_ = true;    ///< nothing on the current line yet
    bool after_cr_ = false;     ///< the last byte was CR: an LF behind it belongs to it
    bool ended_ = false;        ///< the last line end closed an event
    bool dropped_last_ = false; ///< and that event was taken out
};

} // namespace weir::gateway
