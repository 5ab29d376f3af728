#pragma once

#include "gateway/formats/format.hpp"

#include <string>
#include <string_view>

namespace weir::gateway::formats
{

/// What a realtime session's events say of the session: its model, and the usage of its responses, summed. Takes
/// OpenAI's realtime events, those of Responses over a websocket, and Gemini Live's. Constant memory.
///
/// It looks at the events as they pass, on a network thread. Nearly all of them (deltas of text and audio) are told by
/// a search for four words; of the rest, one or two for each response, at most `most_event_bytes` are parsed.
///
/// Service tiers that differ between the responses make the price approximate; the first one's stands.
class realtime_tally
{
public:
    static constexpr std::size_t most_event_bytes = 64 * 1024;

    /// `provider`: weir's id of it.
    explicit realtime_tally(std::string provider)
        : provider_(std::move(provider))
    {
    }

    /// Takes an event of the provider. Of a longer one than `most_event_bytes`, `event` is so much of its beginning and
    /// `tail` its last bytes.
    void take(std::string_view event, std::string_view tail = {});

    reading& result() { return result_; }

private:
    void take_cut(std::string_view event, std::string_view tail);
    void add_response(std::string id, reading one);

    std::string const provider_;
    reading result_;
    std::string last_response_; ///< its id: the same response is not counted twice
};

/// The model that a session's query names (`model`, or Azure's `deployment`), decoded; else empty.
std::string model_in_query(std::string_view query);

} // namespace weir::gateway::formats
