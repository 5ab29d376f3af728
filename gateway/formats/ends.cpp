#include "gateway/formats/format.hpp"

#include <span>
#include <string>

namespace weir::gateway::formats
{
namespace
{

// Values of "type".
constexpr std::string_view openai_ends[] = {
    "response.completed",   "response.incomplete",        "response.failed",
    "response.cancelled",   "image_generation.completed", "image_edit.completed",
    "transcript.text.done", "speech.audio.done",          "message-end"};
constexpr std::string_view anthropic_ends[] = {"message_stop"};
// Names of members, quotes included: within a text of JSON those would be escaped.
constexpr std::string_view openai_reasons[] = {"\"finish_reason\"", "\"done_reason\""};
constexpr std::string_view google_reasons[] = {"\"finishReason\"", "\"blockReason\""};
constexpr std::string_view errors[] = {"\"error\""};
// Only in the terminal event of Responses, whose beginning may be too far back to be among the last bytes.
constexpr std::string_view terminal_usage[] = {"\"output_tokens_details\""};

/// Whether the last `"type"` with one of these values is a member and not a part of a text.
bool has_type(std::string_view bytes, std::span<std::string_view const> types)
{
    for (auto type : types)
        for (std::string_view key : {"\"type\":\"", "\"type\": \""}) {
            auto const at = bytes.rfind(std::string{key}.append(type).append("\""));
            if (at != bytes.npos && (at == 0 || bytes[at - 1] != '\\')) return true;
        }
    return false;
}

/// Whether the last member of one of these names has a value that begins with `first`.
bool has_value(std::string_view bytes, std::span<std::string_view const> keys, char first)
{
    for (auto key : keys) {
        // Backwards past the nulls of a chunk with usage behind the one with the reason; a few, not all there are.
        auto at = bytes.rfind(key);
        for (int attempts = 0; at != bytes.npos && attempts < 16; ++attempts) {
            auto const value = bytes.find_first_not_of(" \t\r\n:", at + key.size());
            bool const is_key = at == 0 || bytes[at - 1] != '\\';
            if (is_key && value != bytes.npos && bytes[value] == first) return true;
            if (at == 0) break;
            at = bytes.rfind(key, at - 1);
        }
    }
    return false;
}

bool has_done_line(std::string_view bytes)
{
    for (std::string_view line : {"data: [DONE]", "data:[DONE]", "event: done", "event:done"}) {
        auto const at = bytes.rfind(line);
        if (at != bytes.npos && (at == 0 || bytes[at - 1] == '\n' || bytes[at - 1] == '\r')) return true;
    }
    return false;
}

bool ends_anthropic(std::string_view bytes) { return has_type(bytes, anthropic_ends); }

bool ends_openai(std::string_view bytes)
{
    return has_done_line(bytes) || has_type(bytes, openai_ends) || has_value(bytes, terminal_usage, '{') ||
           has_value(bytes, openai_reasons, '"');
}

} // namespace

bool ends_properly(kind speaks, std::string_view last_bytes)
{
    if (has_value(last_bytes, errors, '{')) return true; // the provider itself says why there is no more
    switch (speaks) {
    case kind::anthropic: return ends_anthropic(last_bytes);
    case kind::openai: return ends_openai(last_bytes) || ends_anthropic(last_bytes);
    case kind::google: // which serves OpenAI's and Anthropic's shapes too
        return has_value(last_bytes, google_reasons, '"') || ends_openai(last_bytes) || ends_anthropic(last_bytes);
    }
    return false;
}

} // namespace weir::gateway::formats
