#include "gateway/formats/stream_format.hpp"

#include <initializer_list>

namespace weir::gateway::formats
{
namespace
{

bool is_one_of(std::string_view word, std::initializer_list<std::string_view> words)
{
    for (auto w : words)
        if (w == word) return true;
    return false;
}

bool starts_with_one_of(std::string_view word, std::initializer_list<std::string_view> beginnings)
{
    for (auto b : beginnings)
        if (word.starts_with(b)) return true;
    return false;
}

shape shape_of_type(std::string_view type)
{
    if (type.starts_with("response.")) return shape::responses;
    if (starts_with_one_of(type, {"transcript.", "image_generation.", "image_edit.", "speech."})) return shape::media;
    if (starts_with_one_of(type, {"message_", "content_block_"}) || is_one_of(type, {"message", "completion"}))
        return shape::anthropic;
    if (starts_with_one_of(type, {"message-", "content-", "tool-plan-", "tool-call-", "citation-"}))
        return shape::cohere;
    return shape::unknown;
}

shape shape_of_object(std::string_view object)
{
    if (object.starts_with("chat.completion") || object == "text_completion") return shape::chat;
    if (object == "response") return shape::responses;
    if (object.starts_with("thread.")) return shape::threads;
    return shape::unknown;
}

bool has_one_of(json::object const& body, std::initializer_list<std::string_view> members)
{
    for (auto m : members)
        if (body.contains(m)) return true;
    return false;
}

} // namespace

shape shape_of(json::object const& body, std::string_view name)
{
    if (auto const by_type = shape_of_type(text_at(&body, "type")); by_type != shape::unknown) return by_type;
    if (name.starts_with("thread.")) return shape::threads;
    if (auto const by_object = shape_of_object(text_at(&body, "object")); by_object != shape::unknown) return by_object;

    if (array_at(&body, "choices")) return shape::chat;
    if (has_one_of(body, {"candidates", "usageMetadata", "promptFeedback", "predictions"})) return shape::gemini;
    if (has_one_of(body, {"prompt_eval_count", "eval_count", "done"})) return shape::ollama;
    for (std::string_view place : {"usage", "meta"})
        if (object_at(object_at(&body, place), "billed_units")) return shape::cohere;
    if (array_at(&body, "content") && body.contains("stop_reason")) return shape::anthropic;
    return shape::unknown;
}

std::unique_ptr<stream_format> stream_of(shape which, call_view const& call)
{
    switch (which) {
    case shape::chat: return chat_stream(call);
    case shape::responses: return responses_stream(call);
    case shape::media: return media_stream(call);
    case shape::threads: return threads_stream(call);
    case shape::anthropic: return anthropic_stream();
    case shape::gemini: return gemini_stream();
    case shape::cohere: return cohere_stream();
    case shape::ollama: return ollama_stream();
    case shape::unknown: break;
    }
    return nullptr;
}

} // namespace weir::gateway::formats
