#include "prompts/blueprint.hpp"
#include "prompts/blueprint/members.hpp"

#include <algorithm>
#include <array>

namespace weir::prompts
{
namespace
{

using problem = std::optional<std::string>;

constexpr std::array<std::string_view, 7> roles{"system", "developer", "user",       "assistant",
                                                "tool",   "function",  "placeholder"};
constexpr std::string_view known_roles = "system, developer, user, assistant, tool, function or placeholder";

std::string indexed(std::string_view path, std::size_t index)
{
    return std::string(path) + "[" + std::to_string(index) + "]";
}

problem wrong(std::string const& path, std::string_view what) { return path + ": " + std::string(what); }

problem check_string(json::object const& of, json::string_view name, std::string const& path)
{
    if (members::string(of, name)) return std::nullopt;
    return wrong(path + "." + std::string(name), of.contains(name) ? "must be a string" : "is required");
}

problem check_format(json::object const& of, std::string const& prefix)
{
    if (!members::has(of, "template_format")) return std::nullopt;
    auto const format = members::text(of, "template_format");
    if (format == "f-string" || format == "jinja2") return std::nullopt;
    return wrong(prefix + "template_format", "must be f-string or jinja2");
}

problem check_block(json::value const& block, std::string const& path)
{
    auto const* const object = block.if_object();
    if (!object) return wrong(path, "must be an object");
    if (auto bad = check_string(*object, "type", path)) return bad;
    auto const type = members::text(*object, "type");
    if (type == "text") return check_string(*object, "text", path);
    if (type == "thinking") return check_string(*object, "thinking", path);
    if (type == "media_variable") return check_string(*object, "name", path);
    if (type != "image_url" && type != "media") return std::nullopt;
    auto const* const inner = members::object(*object, type);
    if (!inner) return wrong(path + "." + std::string(type), "must be an object");
    return type == "image_url" ? check_string(*inner, "url", path + ".image_url") : std::nullopt;
}

problem check_blocks(json::value const& content, std::string const& path)
{
    auto const* const blocks = content.if_array();
    if (!blocks) return wrong(path, "must be an array of blocks");
    for (std::size_t i = 0; i < blocks->size(); ++i)
        if (auto bad = check_block((*blocks)[i], indexed(path, i))) return bad;
    return std::nullopt;
}

problem check_tool_calls(json::object const& message, std::string const& path)
{
    if (!members::has(message, "tool_calls")) return std::nullopt;
    auto const* const calls = members::array(message, "tool_calls");
    if (!calls) return wrong(path + ".tool_calls", "must be an array");
    for (std::size_t i = 0; i < calls->size(); ++i) {
        auto const here = indexed(path + ".tool_calls", i);
        auto const* const call = (*calls)[i].if_object();
        if (!call) return wrong(here, "must be an object");
        auto const* const function = members::object(*call, "function");
        if (!function) return wrong(here + ".function", "must be an object");
        if (auto bad = check_string(*function, "name", here + ".function")) return bad;
    }
    return std::nullopt;
}

problem check_message(json::value const& given, std::string const& path)
{
    auto const* const message = given.if_object();
    if (!message) return wrong(path, "must be an object");
    if (auto bad = check_string(*message, "role", path)) return bad;
    auto const role = members::text(*message, "role");
    if (std::find(roles.begin(), roles.end(), role) == roles.end())
        return wrong(path + ".role", "must be " + std::string(known_roles));
    if (auto bad = check_format(*message, path + ".")) return bad;
    if (role == "tool")
        if (auto bad = check_string(*message, "tool_call_id", path)) return bad;
    if (role == "function" || role == "placeholder")
        if (auto bad = check_string(*message, "name", path)) return bad;
    bool const may_be_null = role == "assistant" || role == "function" || role == "placeholder";
    if (may_be_null && !members::has(*message, "content")) return check_tool_calls(*message, path);
    if (!message->contains("content")) return wrong(path + ".content", "is required");
    if (auto bad = check_blocks(message->at("content"), path + ".content")) return bad;
    return check_tool_calls(*message, path);
}

problem check_tools(json::object const& of)
{
    if (!members::has(of, "tools")) return std::nullopt;
    auto const* const tools = members::array(of, "tools");
    if (!tools) return wrong("tools", "must be an array");
    for (std::size_t i = 0; i < tools->size(); ++i) {
        auto const here = indexed("tools", i);
        auto const* const tool = (*tools)[i].if_object();
        if (!tool) return wrong(here, "must be an object");
        if (auto bad = check_string(*tool, "type", here)) return bad;
        if (members::text(*tool, "type") != "function") continue;
        auto const* const function = members::object(*tool, "function");
        if (!function) return wrong(here + ".function", "must be an object");
        if (auto bad = check_string(*function, "name", here + ".function")) return bad;
    }
    return std::nullopt;
}

} // namespace

std::optional<std::string> problem_with_blueprint(json::value const& blueprint)
{
    auto const* const object = blueprint.if_object();
    if (!object) return "must be an object";
    auto const type = members::text(*object, "type");
    if (type == "completion") {
        if (auto bad = check_format(*object, "")) return bad;
        if (!object->contains("content")) return "content: is required";
        return check_blocks(object->at("content"), "content");
    }
    if (type != "chat") return "type: must be chat or completion";
    auto const* const messages = members::array(*object, "messages");
    if (!messages) return object->contains("messages") ? "messages: must be an array" : "messages: is required";
    for (std::size_t i = 0; i < messages->size(); ++i)
        if (auto bad = check_message((*messages)[i], indexed("messages", i))) return bad;
    return check_tools(*object);
}

} // namespace weir::prompts
