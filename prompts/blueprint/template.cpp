#include "prompts/blueprint.hpp"
#include "prompts/blueprint/members.hpp"
#include "prompts/f_string.hpp"
#include "prompts/jinja.hpp"
#include "prompts/stored_json.hpp"
#include "prompts/tags.hpp"

#include <boost/json/parse.hpp>

#include <algorithm>

namespace weir::prompts
{
namespace
{

std::string placeholder_of(std::string_view name)
{
    return "<helicone-prompt-input key=\"" + std::string(name) + "\" />";
}

/// A text with its variables in Helicone's form.
std::string helicone_text(std::string_view text, bool jinja)
{
    auto const pieces = jinja ? jinja_pieces(text) : std::optional(f_string_pieces(text));
    if (!pieces) return std::string(text);
    std::string out;
    for (auto const& piece : *pieces) out += piece.is_variable ? placeholder_of(piece.text) : piece.text;
    return out;
}

/// A text with its variables between braces, and the braces that are none doubled; without the marks of what is static.
std::string f_string_text(std::string_view given)
{
    auto const text = has_static(given) ? without_elements(given) : std::string(given);
    std::vector<template_piece> pieces;
    std::size_t copied = 0;
    for (auto tag = next_placeholder(text); tag; tag = next_placeholder(text, copied)) {
        auto const begin = static_cast<std::size_t>(tag->whole.data() - text.data());
        pieces.push_back({text.substr(copied, begin - copied), false});
        pieces.push_back({std::string(tag->key), true});
        copied = begin + tag->whole.size();
    }
    pieces.push_back({text.substr(copied), false});
    return f_string_of(pieces);
}

json::value helicone_block(json::object block, bool jinja)
{
    auto const type = members::text(block, "type");
    if (type == "text")
        return json::object{{"type", "text"},
                            {"text", members::view(helicone_text(members::text(block, "text"), jinja))}};
    if (type == "image_url") {
        auto& url = block["image_url"].as_object()["url"];
        url = members::view(helicone_text(members::view(url.as_string()), jinja));
    } else if (type == "media_variable") {
        auto const name = placeholder_of(members::text(block, "name"));
        return json::object{{"type", "image_url"}, {"image_url", json::object{{"url", members::view(name)}}}};
    }
    return block;
}

/// One text as it is, all else as blocks.
json::value helicone_content(json::array const& blocks, bool jinja)
{
    json::array all;
    for (auto const& block : blocks) all.push_back(helicone_block(block.as_object(), jinja));
    bool const is_text = all.size() == 1 && members::text(all[0].as_object(), "type") == "text";
    return is_text ? all[0].as_object()["text"] : json::value(std::move(all));
}

json::value helicone_message(json::object const& from, std::size_t& placeholders)
{
    auto const role = members::text(from, "role");
    if (role == "placeholder") return json::value(members::view(automatic_placeholder(placeholders++)));
    json::object to{{"role", members::view(role)}};
    auto const* const blocks = members::array(from, "content");
    bool const jinja = members::text(from, "template_format") == "jinja2";
    to["content"] = blocks ? helicone_content(*blocks, jinja) : json::value();
    for (auto const name : {"name", "tool_calls", "function_call", "tool_call_id"}) members::copy(from, name, to);
    return to;
}

/// Blocks of content of OpenAI's form, with f-strings for their texts.
json::array blocks_of(json::value const* content)
{
    json::array all;
    auto const add_text = [&all](std::string_view text) {
        all.push_back(json::object{{"type", "text"}, {"text", members::view(f_string_text(text))}});
    };
    if (!content) return all;
    if (auto const* const text = content->if_string()) add_text(members::view(*text));
    auto const* const blocks = content->if_array();
    for (std::size_t i = 0; blocks && i < blocks->size(); ++i) {
        auto const* const block = (*blocks)[i].if_object();
        if (!block) continue;
        auto const type = members::text(*block, "type");
        if (type == "text" && members::string(*block, "text")) {
            add_text(members::text(*block, "text"));
            continue;
        }
        auto copy = *block;
        auto* const image =
            type == "image_url" && copy["image_url"].is_object() ? &copy["image_url"].get_object() : nullptr;
        if (image && members::string(*image, "url"))
            (*image)["url"] = members::view(f_string_text(members::text(*image, "url")));
        if (!problem_with_blueprint(json::object{{"type", "completion"}, {"content", json::array{copy}}}))
            all.push_back(std::move(copy));
    }
    return all;
}

/// A message as blueprints have it; none for what is no message.
std::optional<json::object> blueprint_message(json::value const& from)
{
    if (auto const* const text = from.if_string()) {
        auto const number = automatic_input(members::view(*text));
        if (!number) return std::nullopt;
        auto const name = "auto_input_" + std::to_string(*number);
        return json::object{{"role", "placeholder"}, {"name", members::view(name)}, {"content", nullptr}};
    }
    auto const* const object = from.if_object();
    if (!object) return std::nullopt;
    json::object to;
    for (auto const name : {"role", "name", "tool_calls", "function_call", "tool_call_id"})
        members::copy(*object, name, to);
    to["content"] = blocks_of(object->if_contains("content"));
    if (problem_with_blueprint(json::object{{"type", "chat"}, {"messages", json::array{to}}})) return std::nullopt;
    return to;
}

/// Members of a chat request that are no parameters of its model.
bool is_structure(std::string_view name)
{
    constexpr std::string_view names[] = {"model",         "messages", "tools",          "tool_choice", "functions",
                                          "function_call", "stream",   "stream_options", "prompt"};
    return std::find(std::begin(names), std::end(names), name) != std::end(names);
}

} // namespace

json::object template_of_blueprint(json::object const& blueprint, json::object const& model)
{
    json::object made;
    if (auto const name = members::text(model, "name"); !name.empty()) made["model"] = members::view(name);
    if (members::text(blueprint, "type") == "completion") {
        bool const jinja = members::text(blueprint, "template_format") == "jinja2";
        made["messages"] = json::array{
            json::object{{"role", "user"}, {"content", helicone_content(blueprint.at("content").as_array(), jinja)}}};
    } else {
        json::array messages;
        std::size_t placeholders = 0;
        for (auto const& message : blueprint.at("messages").as_array())
            messages.push_back(helicone_message(message.as_object(), placeholders));
        made["messages"] = std::move(messages);
        for (auto const name : {"tools", "tool_choice", "functions", "function_call"})
            members::copy(blueprint, name, made);
    }
    if (auto const* const parameters = members::object(model, "parameters"))
        for (auto const& one : *parameters) made.emplace(one.key(), one.value());
    return made;
}

modelled_blueprint blueprint_of_template(json::value const& content, std::string_view provider)
{
    modelled_blueprint made;
    json::value parsed;
    boost::system::error_code no_json;
    auto const* whole = &content;
    if (auto const* const text = content.if_string()) {
        parsed = parse_stored(*text, no_json);
        if (!no_json && !parsed.is_string()) whole = &parsed;
    }
    json::object parameters;
    auto const* const object = whole->if_object();
    auto const* const messages = object ? members::array(*object, "messages") : whole->if_array();
    auto const* const prompt = object ? object->if_contains("prompt") : whole;
    if (!messages && prompt && prompt->is_string()) {
        made.blueprint = {{"type", "completion"}, {"content", blocks_of(prompt)}};
    } else {
        json::array all;
        for (std::size_t i = 0; messages && i < messages->size(); ++i)
            if (auto message = blueprint_message((*messages)[i])) all.push_back(std::move(*message));
        made.blueprint = {{"type", "chat"}, {"messages", std::move(all)}};
        for (auto const name : {"tools", "tool_choice", "functions", "function_call"})
            if (object) members::copy(*object, name, made.blueprint);
        if (problem_with_blueprint(made.blueprint)) made.blueprint.erase("tools");
    }
    if (object)
        for (auto const& one : *object)
            if (!is_structure({one.key().data(), one.key().size()})) parameters.emplace(one.key(), one.value());
    made.model = {{"provider", members::view(provider)}, {"parameters", std::move(parameters)}};
    made.model["name"] = object && members::string(*object, "model") ? object->at("model") : json::value("");
    made.model = with_overrides(std::move(made.model), {}, {}, {});
    if (auto complete = completed(made.blueprint)) made.blueprint = std::move(*complete);
    return made;
}

} // namespace weir::prompts
