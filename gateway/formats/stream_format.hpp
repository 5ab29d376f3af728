#pragma once

#include "gateway/formats/format.hpp"
#include "gateway/formats/json_values.hpp"

#include <memory>
#include <string_view>

namespace weir::gateway::formats
{

/// Reads the events of one streamed response, in order, and puts together the message that they make.
class stream_format
{
public:
    virtual ~stream_format() = default;

    /// Takes one event; true if it carries text, reasoning or a tool call. `event` is valid during the call only.
    virtual bool take(json::object const& event, std::string_view name, reading& into) = 0;

    /// Says what only the whole stream says: usage, and the assembled message. Once, behind the last event.
    virtual void finish(reading& into) = 0;
};

/// The shapes of bodies and events that are told apart by their members, whatever the provider is called: gateways,
/// custom targets and cloud resellers answer in each other's shapes.
enum class shape : unsigned char {
    unknown,
    chat,      ///< OpenAI chat completions and legacy completions
    responses, ///< OpenAI Responses
    media,     ///< OpenAI images, transcriptions, speech
    threads,   ///< OpenAI Assistants
    anthropic,
    gemini,
    cohere,
    ollama,
};

/// The shape of a body or of an event; `name` is the event's.
shape shape_of(json::object const& body, std::string_view name = {});

/// What reads streams of a shape; none for the unknown one. `call` must outlive it.
std::unique_ptr<stream_format> stream_of(shape which, call_view const& call);

// One per shape.
std::unique_ptr<stream_format> chat_stream(call_view const& call);
std::unique_ptr<stream_format> responses_stream(call_view const& call);
std::unique_ptr<stream_format> media_stream(call_view const& call);
std::unique_ptr<stream_format> threads_stream(call_view const& call);
std::unique_ptr<stream_format> anthropic_stream();
std::unique_ptr<stream_format> gemini_stream();
std::unique_ptr<stream_format> cohere_stream();
std::unique_ptr<stream_format> ollama_stream();

// The same shapes where the response is one document.
void read_chat(json::object const& body, call_view const& call, reading& into);
void read_responses(json::object const& body, call_view const& call, reading& into);
void read_anthropic(json::object const& body, reading& into);
void read_gemini(json::object const& body, call_view const& call, reading& into);
void read_cohere(json::object const& body, reading& into);
void read_ollama(json::object const& body, reading& into);

/// OpenAI's other endpoints (embeddings, images, audio) and bodies of no known shape: by where usage usually stands.
void read_other(json::object const& body, call_view const& call, reading& into);

/// What is known of a call from its request alone: the characters that a text-to-speech call has spoken.
void read_speech(call_view const& call, reading& into);

} // namespace weir::gateway::formats
