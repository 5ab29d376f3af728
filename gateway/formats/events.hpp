#pragma once

#include <cstddef>
#include <string>
#include <string_view>

namespace weir::gateway::formats
{

/// How a streamed body is divided into events.
enum class framing : unsigned char {
    none,       ///< it is not: one document
    sse,        ///< server-sent events
    json_array, ///< one JSON array whose elements arrive one by one (Gemini without alt=sse)
    lines,      ///< one JSON text a line
};

/// One event of a stream.
struct event {
    std::string_view name; ///< of SSE's `event:`; empty if there was none
    std::string_view data; ///< until the next one is read
    std::size_t end = 0;   ///< offset behind the event, its separator included
};

/// Divides a streamed body, whole or cut anywhere, into its events. Linear in the body's size.
class event_reader
{
public:
    event_reader(framing how, std::string_view bytes)
        : how_{how}
        , bytes_{bytes}
    {
    }

    /// Reads the rest of a stream whose beginning is not there: skips to the first place where an event must begin.
    static event_reader from_middle(framing how, std::string_view bytes);

    /// The next event with data; false at the end. An unfinished last event is given as it stands.
    bool next(event& into);

    /// Whether the array's closing bracket was read.
    bool array_closed() const { return array_closed_; }

private:
    bool next_sse(event& into);
    bool next_element(event& into);
    bool next_line(event& into);
    std::string_view take_line();
    void skip_to_boundary();

    framing how_;
    std::string_view bytes_;
    std::size_t at_ = 0;
    bool array_closed_ = false;
    std::string joined_; // the data of an event with several data lines
};

} // namespace weir::gateway::formats
