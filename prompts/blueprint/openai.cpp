#include "prompts/blueprint.hpp"
#include "prompts/blueprint/kwargs.hpp"
#include "prompts/blueprint/members.hpp"

#include <algorithm>

namespace weir::prompts
{
namespace
{

/// Media are images or, as data, files: OpenAI knows no others by a URL.
json::value openai_media(json::object const& block)
{
    auto const& media = block.at("media").as_object();
    auto const type = members::text(media, "type"), url = members::text(media, "url");
    if (type.starts_with("image") || type.empty())
        return json::object{{"type", "image_url"}, {"image_url", json::object{{"url", members::view(url)}}}};
    auto const title = members::text(media, "title");
    return json::object{{"type", "file"},
                        {"file", json::object{{"filename", members::view(title)}, {"file_data", members::view(url)}}}};
}

json::array openai_blocks(json::array const& blocks)
{
    json::array all;
    for (auto const& one : blocks) {
        auto const& block = one.as_object();
        auto const type = members::text(block, "type");
        if (type == "text")
            all.push_back(json::object{{"type", "text"}, {"text", block.at("text")}});
        else if (type == "image_url")
            all.push_back(json::object{{"type", "image_url"}, {"image_url", block.at("image_url")}});
        else if (type == "media")
            all.push_back(openai_media(block));
        else if (type != "thinking" && type != "media_variable")
            all.push_back(block);
    }
    return all;
}

/// One text as it is, all else as blocks.
json::value openai_content(json::object const& message)
{
    auto const* const blocks = members::array(message, "content");
    if (!blocks) return nullptr;
    auto all = openai_blocks(*blocks);
    bool const is_text = all.size() == 1 && members::text(all[0].as_object(), "type") == "text";
    if (is_text) return all[0].as_object()["text"];
    if (!all.empty()) return all;
    return members::has(message, "tool_calls") || members::has(message, "function_call") ? json::value()
                                                                                         : json::value("");
}

/// Calls of tools without what only PromptLayer knows of them.
json::array openai_tool_calls(json::array const& calls)
{
    json::array all;
    for (auto const& one : calls) {
        json::object call;
        for (auto const name : {"id", "type", "function"}) members::copy(one.as_object(), name, call);
        call.emplace("type", "function");
        all.push_back(std::move(call));
    }
    return all;
}

json::object openai_message(json::object const& from)
{
    json::object to{{"role", from.at("role")}, {"content", openai_content(from)}};
    for (auto const name : {"name", "function_call", "tool_call_id"}) members::copy(from, name, to);
    auto const* const calls = members::array(from, "tool_calls");
    if (calls && !calls->empty()) to["tool_calls"] = openai_tool_calls(*calls);
    return to;
}

std::string all_text(json::array const& blocks)
{
    std::string text;
    for (auto const& block : blocks) text += members::text(block.as_object(), "text");
    return text;
}

/// A provider whose API is OpenAI's chat completions, or has them beside its own.
bool speaks_openai(std::string_view provider)
{
    constexpr std::string_view names[] = {"openai",   "openai.azure", "mistral",    "groq",      "deepseek",   "xai",
                                          "cohere",   "together",     "perplexity", "fireworks", "openrouter", "ollama",
                                          "cerebras", "huggingface",  "togetherai", "databricks"};
    return std::find(std::begin(names), std::end(names), provider) != std::end(names);
}

bool speaks_anthropic(std::string_view provider, std::string_view name)
{
    return provider.starts_with("anthropic") || (provider == "vertexai" && name.find("claude") != name.npos);
}

} // namespace

json::object openai_request(json::object const& blueprint, json::object const& model)
{
    json::object made{{"model", members::view(members::text(model, "name"))}};
    if (members::text(blueprint, "type") == "completion") {
        made["prompt"] = members::view(all_text(blueprint.at("content").as_array()));
    } else {
        json::array messages;
        for (auto const& message : blueprint.at("messages").as_array())
            if (members::text(message.as_object(), "role") != "placeholder")
                messages.push_back(openai_message(message.as_object()));
        made["messages"] = std::move(messages);
        json::array tools;
        if (auto const* const given = members::array(blueprint, "tools"))
            for (auto const& tool : *given)
                if (members::text(tool.as_object(), "type") != "variable") tools.push_back(tool);
        if (!tools.empty()) {
            made["tools"] = std::move(tools);
            members::copy(blueprint, "tool_choice", made);
        }
        auto const* const functions = members::array(blueprint, "functions");
        if (functions && !functions->empty()) {
            made["functions"] = *functions;
            members::copy(blueprint, "function_call", made);
        }
    }
    if (auto const* const parameters = members::object(model, "parameters"))
        for (auto const& one : *parameters)
            if (!one.value().is_null()) made.emplace(one.key(), one.value());
    return made;
}

std::optional<json::object> llm_kwargs(json::object const& blueprint, json::object const& model)
{
    auto const provider = members::text(model, "provider"), name = members::text(model, "name");
    if (name.empty()) return std::nullopt;
    if (speaks_anthropic(provider, name)) return anthropic_request(blueprint, model);
    auto const api = members::text(model, "api_type");
    if (speaks_openai(provider) && (api.empty() || api == "chat-completions")) return openai_request(blueprint, model);
    return std::nullopt;
}

json::object with_overrides(json::object model, std::string_view provider, std::string_view name,
                            json::object const& parameters)
{
    if (!provider.empty() && provider != members::text(model, "provider")) {
        model["provider"] = members::view(provider);
        model.erase("api_type");
    }
    if (!name.empty()) model["name"] = members::view(name);
    if (!members::object(model, "parameters")) model["parameters"] = json::object();
    for (auto const& one : parameters) model["parameters"].as_object()[one.key()] = one.value();
    auto const now = members::text(model, "provider");
    if ((now == "openai" || now == "openai.azure") && !members::has(model, "api_type"))
        model["api_type"] = "chat-completions";
    return model;
}

} // namespace weir::prompts
