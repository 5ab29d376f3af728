#include "gateway/formats/chat_request.hpp"

#include "gateway/formats/json_values.hpp"

namespace weir::gateway::formats
{
namespace
{

json::value message(std::string_view role, json::value content)
{
    return json::object{{"role", json::string_view(role.data(), role.size())}, {"content", std::move(content)}};
}

/// Members that become messages are taken out of `from`.
json::value taken(json::object& from, std::string_view key)
{
    auto const at = from.find({key.data(), key.size()});
    if (at == from.end()) return {};
    auto value = std::move(at->value());
    from.erase(at);
    return value;
}

void append(json::array& messages, json::value more)
{
    if (auto* const array = more.if_array())
        for (auto& element : *array) messages.push_back(std::move(element));
    else if (more.is_string())
        messages.push_back(message("user", std::move(more)));
}

/// What Gemini calls parts, as the content of a message: one text as it is, of more than one an array.
json::value content_of(json::object const* turn)
{
    auto const* const parts = array_at(turn, "parts");
    if (!parts) return {};
    auto const text_of = [](json::value const& part) -> json::value const* {
        auto const* const object = part.if_object();
        auto const* const text = object && object->size() == 1 ? object->if_contains("text") : nullptr;
        return text && text->is_string() ? text : nullptr;
    };
    if (parts->size() == 1)
        if (auto const* const text = text_of(parts->front())) return *text;
    json::array content;
    for (auto const& part : *parts) {
        auto const* const text = text_of(part);
        content.push_back(text ? json::value(json::object{{"type", "text"}, {"text", *text}}) : part);
    }
    return content;
}

json::array gemini_messages(json::object& request)
{
    json::array messages;
    for (std::string_view const key : {"systemInstruction", "system_instruction"})
        if (auto const said = taken(request, key); said.is_object())
            messages.push_back(message("system", content_of(said.if_object())));
    auto const contents = taken(request, "contents");
    if (contents.is_string()) messages.push_back(message("user", contents));
    if (auto const* const turns = contents.if_array()) {
        for (auto const& turn : *turns) {
            auto const role = text_at(turn.if_object(), "role") == "model" ? "assistant" : "user";
            messages.push_back(message(role, content_of(turn.if_object())));
        }
    }
    return messages;
}

} // namespace

json::value const& chat_request(call_view const& call, json::value& made)
{
    auto const* const asked = call.request->if_object();
    if (!asked) return *call.request;
    bool const is_chat = asked->contains("model") && asked->contains("messages") && !asked->contains("contents") &&
                         !asked->contains("system");
    if (is_chat && asked->at("messages").is_array()) return *call.request;
    json::object request(*asked, {}); // on the heap, as what it is moved to
    json::array messages;
    if (request.contains("contents")) {
        messages = gemini_messages(request);
    } else {
        std::string_view const first = request.contains("messages") ? "system" : "instructions";
        std::string_view const turns = request.contains("messages") ? "messages" : "input";
        if (!request.contains({turns.data(), turns.size()})) return *call.request;
        if (auto said = taken(request, first); !said.is_null()) messages.push_back(message("system", std::move(said)));
        append(messages, taken(request, turns));
    }
    request["messages"] = std::move(messages);
    if (!request.contains("model"))
        if (auto const model = read_request(call).model; !model.empty()) request["model"] = model;
    made = std::move(request);
    return made;
}

} // namespace weir::gateway::formats
