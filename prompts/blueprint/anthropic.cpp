#include "prompts/blueprint/kwargs.hpp"
#include "prompts/blueprint/members.hpp"
#include "prompts/stored_json.hpp"

#include <boost/json/parse.hpp>

#include <optional>
#include <string>

namespace weir::prompts
{
namespace
{

/// What is asked for when the blueprint does not say how long an answer may be.
constexpr int default_max_tokens = 4096;

/// The type and the content of `data:image/png;base64,…`.
struct data_url {
    std::string_view media_type, data;
};

std::optional<data_url> data_of(std::string_view url)
{
    constexpr std::string_view scheme = "data:", coding = ";base64,";
    auto const at = url.find(coding);
    if (!url.starts_with(scheme) || at == url.npos) return std::nullopt;
    return data_url{url.substr(scheme.size(), at - scheme.size()), url.substr(at + coding.size())};
}

json::object source_of(std::string_view url)
{
    if (auto const data = data_of(url))
        return {
            {"type", "base64"}, {"media_type", members::view(data->media_type)}, {"data", members::view(data->data)}};
    return {{"type", "url"}, {"url", members::view(url)}};
}

json::object media_block(json::object const& media)
{
    auto const type = members::text(media, "type");
    bool const is_image = type.empty() || type.starts_with("image");
    return {{"type", is_image ? "image" : "document"}, {"source", source_of(members::text(media, "url"))}};
}

/// Blocks of content; Anthropic refuses empty texts.
json::array anthropic_blocks(json::object const& message)
{
    json::array all;
    auto const* const blocks = members::array(message, "content");
    for (std::size_t i = 0; blocks && i < blocks->size(); ++i) {
        auto const& block = (*blocks)[i].as_object();
        auto const type = members::text(block, "type");
        if (type == "text") {
            if (members::text(block, "text").empty()) continue;
            json::object text{{"type", "text"}, {"text", block.at("text")}};
            members::copy(block, "cache_control", text);
            all.push_back(std::move(text));
        } else if (type == "thinking") {
            json::object thinking{{"type", "thinking"}, {"thinking", block.at("thinking")}};
            members::copy(block, "signature", thinking);
            all.push_back(std::move(thinking));
        } else if (type == "image_url") {
            auto const url = members::text(block.at("image_url").as_object(), "url");
            all.push_back(json::object{{"type", "image"}, {"source", source_of(url)}});
        } else if (type == "media") {
            all.push_back(media_block(block.at("media").as_object()));
        } else if (type != "media_variable") {
            all.push_back(block);
        }
    }
    return all;
}

/// Arguments that are no JSON object are given under a name, so that nothing of them is lost.
json::value arguments_of(json::object const& function)
{
    auto const* const given = function.if_contains("arguments");
    if (!given) return json::object();
    if (given->is_object()) return *given;
    auto const* const text = given->if_string();
    boost::system::error_code bad;
    auto parsed = text ? parse_stored(*text, bad) : *given;
    if (!bad && parsed.is_object()) return parsed;
    return text && text->empty() ? json::value(json::object()) : json::object{{"arguments", *given}};
}

json::object tool_use(json::string_view id, json::object const& function)
{
    return {{"type", "tool_use"},
            {"id", id},
            {"name", members::view(members::text(function, "name"))},
            {"input", arguments_of(function)}};
}

json::array assistant_blocks(json::object const& message)
{
    auto blocks = anthropic_blocks(message);
    if (auto const* const calls = members::array(message, "tool_calls"))
        for (auto const& one : *calls) {
            auto const& call = one.as_object();
            blocks.push_back(tool_use(members::view(members::text(call, "id")), call.at("function").as_object()));
        }
    if (auto const* const function = members::object(message, "function_call"))
        blocks.push_back(tool_use(members::view(members::text(*function, "name")), *function));
    return blocks;
}

json::array tool_result(json::object const& message)
{
    bool const is_tool = members::text(message, "role") == "tool";
    auto const id = members::text(message, is_tool ? "tool_call_id" : "name");
    return {json::object{
        {"type", "tool_result"}, {"tool_use_id", members::view(id)}, {"content", anthropic_blocks(message)}}};
}

/// Messages with instructions taken out. Those of one role become one, as Anthropic wants results of tools together.
struct conversation {
    json::array system, messages;

    void add(std::string_view role, json::array blocks)
    {
        if (blocks.empty()) return;
        if (messages.empty() || members::text(messages.back().as_object(), "role") != role)
            messages.push_back(json::object{{"role", members::view(role)}, {"content", json::array()}});
        auto& content = messages.back().as_object()["content"].as_array();
        content.insert(content.end(), blocks.begin(), blocks.end());
    }
};

conversation conversation_of(json::array const& messages)
{
    conversation made;
    for (auto const& one : messages) {
        auto const& message = one.as_object();
        auto const role = members::text(message, "role");
        if (role == "system" || role == "developer") {
            auto const blocks = anthropic_blocks(message);
            made.system.insert(made.system.end(), blocks.begin(), blocks.end());
        } else if (role == "assistant") {
            made.add("assistant", assistant_blocks(message));
        } else if (role == "tool" || role == "function") {
            made.add("user", tool_result(message));
        } else if (role == "user") {
            made.add("user", anthropic_blocks(message));
        }
    }
    return made;
}

/// One text as it is, all else as blocks.
json::value shortened(json::array blocks)
{
    bool const is_text = blocks.size() == 1 && blocks[0].as_object().size() == 2 &&
                         members::text(blocks[0].as_object(), "type") == "text";
    return is_text ? blocks[0].as_object()["text"] : json::value(std::move(blocks));
}

json::object anthropic_function(json::object const& function)
{
    json::object made{{"name", function.at("name")}};
    members::copy(function, "description", made);
    auto const* const parameters = members::object(function, "parameters");
    made["input_schema"] = parameters ? *parameters : json::object{{"type", "object"}};
    return made;
}

/// Tools of other kinds are Anthropic's own, or were wrapped by PromptLayer with what Anthropic wants as `config`.
json::array anthropic_tools(json::object const& blueprint)
{
    json::array made;
    auto const* const tools = members::array(blueprint, "tools");
    for (std::size_t i = 0; tools && i < tools->size(); ++i) {
        auto const& tool = (*tools)[i].as_object();
        auto const type = members::text(tool, "type");
        if (type == "function")
            made.push_back(anthropic_function(tool.at("function").as_object()));
        else if (auto const* const config = members::object(tool, "config"))
            made.push_back(*config);
        else if (type != "variable")
            made.push_back(tool);
    }
    auto const* const functions = members::array(blueprint, "functions");
    for (std::size_t i = 0; functions && i < functions->size(); ++i)
        if (auto const* const function = (*functions)[i].if_object(); function && function->contains("name"))
            made.push_back(anthropic_function(*function));
    return made;
}

std::optional<json::object> anthropic_choice(json::value const& choice)
{
    if (auto const* const word = choice.if_string()) {
        if (*word == "required") return json::object{{"type", "any"}};
        if (*word == "auto" || *word == "none" || *word == "any") return json::object{{"type", *word}};
        return std::nullopt;
    }
    auto const* const object = choice.if_object();
    auto const* const function = object ? members::object(*object, "function") : nullptr;
    if (function) return json::object{{"type", "tool"}, {"name", members::view(members::text(*function, "name"))}};
    return object ? std::optional(*object) : std::nullopt;
}

/// The model's parameters, by Anthropic's names.
void add_parameters(json::object const& model, json::object& to)
{
    auto const* const parameters = members::object(model, "parameters");
    if (!parameters) return;
    for (auto const& [name, value] : *parameters) {
        if (value.is_null() || name == "response_format" || name == "n") continue;
        if (name == "stop")
            to.emplace("stop_sequences", value.is_array() ? value : json::value(json::array{value}));
        else if (name == "max_completion_tokens")
            to["max_tokens"] = value;
        else if (name == "max_tokens")
            to[name] = value;
        else
            to.emplace(name, value);
    }
}

} // namespace

json::object anthropic_request(json::object const& blueprint, json::object const& model)
{
    bool const is_chat = members::text(blueprint, "type") == "chat";
    auto all = is_chat ? conversation_of(blueprint.at("messages").as_array()) : conversation();
    if (!is_chat) all.add("user", anthropic_blocks(blueprint));
    json::object made{{"model", members::view(members::text(model, "name"))}, {"max_tokens", default_max_tokens}};
    if (!all.system.empty()) made["system"] = shortened(std::move(all.system));
    for (auto& message : all.messages)
        message.as_object()["content"] = shortened(std::move(message.as_object()["content"].as_array()));
    made["messages"] = std::move(all.messages);
    if (auto tools = anthropic_tools(blueprint); !tools.empty()) {
        made["tools"] = std::move(tools);
        auto const* const choice = blueprint.if_contains("tool_choice");
        if (auto converted = choice ? anthropic_choice(*choice) : std::nullopt)
            made["tool_choice"] = std::move(*converted);
    }
    add_parameters(model, made);
    return made;
}

} // namespace weir::prompts
