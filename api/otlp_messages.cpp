#include "api/otlp_messages.hpp"

#include "api/read_json.hpp"

#include <boost/json/object.hpp>
#include <boost/json/serialize.hpp>

#include <optional>
#include <string>
#include <utility>

namespace json = boost::json;

namespace weir::api
{
namespace
{

/// The items of an attribute, which may be the JSON of them.
json::array items_of(json::value const& attribute)
{
    if (auto const* array = attribute.if_array()) return *array;
    auto const* text = attribute.if_string();
    json::value parsed;
    if (!text || parse_json(*text, parsed, "attribute") || !parsed.is_array()) return {};
    return std::move(parsed.get_array());
}

std::string text_in(json::object const& of, std::string_view name)
{
    auto const* found = of.if_contains(name);
    return found && found->is_string() ? std::string(found->get_string()) : std::string();
}

/// A member as text: itself, or its JSON; empty where there is none.
std::string any_text_in(json::object const& of, std::string_view name)
{
    auto const* found = of.if_contains(name);
    if (!found || found->is_null()) return {};
    return found->is_string() ? std::string(found->get_string()) : json::serialize(*found);
}

/// What the parts of one message say.
struct said_in_parts {
    std::string text;
    json::array tool_calls;
    std::optional<std::string> answers; ///< the id of the tool call that the text is the result of
};

said_in_parts read_parts(json::array const& parts)
{
    said_in_parts said;
    for (auto const& part : parts) {
        auto const* object = part.if_object();
        if (!object) continue;
        auto const type = text_in(*object, "type");
        if (type == "text") {
            said.text += any_text_in(*object, "content");
        } else if (type == "tool_call") {
            json::object function, call;
            function["name"] = text_in(*object, "name");
            function["arguments"] = any_text_in(*object, "arguments");
            call["id"] = text_in(*object, "id");
            call["type"] = "function";
            call["function"] = std::move(function);
            said.tool_calls.push_back(std::move(call));
        } else if (type == "tool_call_response") {
            said.answers = text_in(*object, "id");
            auto const* result = object->if_contains("response");
            said.text += any_text_in(*object, result ? "response" : "result");
        }
    }
    return said;
}

std::optional<json::object> message_of(json::value const& from)
{
    auto const* object = from.if_object();
    auto const* parts = object ? object->if_contains("parts") : nullptr;
    if (!parts || !parts->is_array()) return std::nullopt;
    auto said = read_parts(parts->get_array());
    json::object message;
    message["role"] = said.answers ? "tool" : text_in(*object, "role");
    message["content"] = std::move(said.text);
    if (!said.tool_calls.empty()) message["tool_calls"] = std::move(said.tool_calls);
    if (said.answers) message["tool_call_id"] = *said.answers;
    return message;
}

} // namespace

json::array chat_messages_of(json::value const& attribute)
{
    json::array all;
    for (auto const& one : items_of(attribute))
        if (auto message = message_of(one)) all.push_back(std::move(*message));
    return all;
}

json::array system_message_of(json::value const& attribute)
{
    auto said = read_parts(items_of(attribute));
    if (said.text.empty()) return {};
    json::object message;
    message["role"] = "system";
    message["content"] = std::move(said.text);
    return json::array{std::move(message)};
}

json::array choices_of(json::value const& attribute)
{
    json::array all;
    for (auto const& one : items_of(attribute)) {
        auto message = message_of(one);
        if (!message) continue;
        json::object choice;
        choice["index"] = all.size();
        choice["message"] = std::move(*message);
        choice["finish_reason"] = text_in(one.get_object(), "finish_reason");
        all.push_back(std::move(choice));
    }
    return all;
}

} // namespace weir::api
