#include "api/promptlayer/blueprints.hpp"

#include "prompts/conversation.hpp"

#include <boost/json/array.hpp>

#include <algorithm>
#include <array>

namespace json = boost::json;

namespace weir::api::promptlayer
{
namespace
{

/// Members of requests that are no parameters of the model.
constexpr std::array said_elsewhere{"messages", "model",  "tools",    "functions",         "prompt",
                                    "input",    "system", "contents", "systemInstruction", "instructions"};

json::value const* member(json::value const& of, std::string_view name)
{
    auto const* object = of.if_object();
    auto const* found = object ? object->if_contains(name) : nullptr;
    return found && !found->is_null() ? found : nullptr;
}

json::object parameters_of(json::value const& request)
{
    json::object parameters;
    if (auto const* object = request.if_object())
        for (auto const& each : *object)
            if (std::ranges::find(said_elsewhere, std::string_view(each.key())) == said_elsewhere.end())
                parameters[each.key()] = each.value();
    return parameters;
}

void finish(json::object& of)
{
    of["input_variables"] = json::array();
    of["template_format"] = "f-string";
}

/// Where a part of a blueprint stands, for what is wrong with it.
failure wrong_blueprint(std::string const& path, std::string_view what)
{
    return unprocessable(path + ": " + std::string(what));
}

/// Blocks as OpenAI's content: a text where there is nothing else.
result<json::value> content_of(json::value const* blocks, std::string const& path)
{
    if (!blocks) return json::value();
    if (!blocks->is_array()) return wrong_blueprint(path, "expected an array of blocks");
    json::array parts;
    for (std::size_t i = 0; i < blocks->get_array().size(); ++i) {
        auto const& block = blocks->get_array()[i];
        auto const here = path + "[" + std::to_string(i) + "]";
        auto const* type = member(block, "type");
        if (!type || !type->is_string()) return wrong_blueprint(here + ".type", "expected a string");
        auto const* text = member(block, "text");
        if (type->get_string() == "text" && (!text || !text->is_string()))
            return wrong_blueprint(here + ".text", "expected a string");
        parts.push_back(block);
    }
    bool const is_text = parts.size() == 1 && *member(parts.front(), "type") == "text";
    if (is_text) return json::value(*member(parts.front(), "text"));
    if (parts.empty()) return json::value("");
    return json::value(std::move(parts));
}

result<json::object> message_of(json::value const& given, std::string const& path)
{
    if (!given.is_object()) return wrong_blueprint(path, "expected an object");
    auto const* role = member(given, "role");
    if (!role || !role->is_string()) return wrong_blueprint(path + ".role", "expected a string");
    json::object message{{"role", *role}};
    auto content = content_of(member(given, "content"), path + ".content");
    if (!content) return content.error();
    message["content"] = std::move(*content);
    for (auto const* name : {"tool_calls", "function_call", "tool_call_id", "name"})
        if (auto const* found = member(given, name)) message[name] = *found;
    return message;
}

result<json::array> messages_of(json::value const& blueprint, std::string const& path)
{
    auto const* given = member(blueprint, "messages");
    if (!given || !given->is_array()) return wrong_blueprint(path + ".messages", "expected an array");
    json::array messages;
    for (std::size_t i = 0; i < given->get_array().size(); ++i) {
        auto message = message_of(given->get_array()[i], path + ".messages[" + std::to_string(i) + "]");
        if (!message) return message.error();
        messages.push_back(std::move(*message));
    }
    return messages;
}

/// Whether a blueprint is for completions; the other kind is a chat.
result<bool> is_completion(json::value const& blueprint, std::string const& path)
{
    using boost::system::in_place_error;
    auto const* type = member(blueprint, "type");
    bool const is_text = type && type->is_string();
    if (is_text && type->get_string() == "completion") return true;
    if (is_text && type->get_string() == "chat") return false;
    return {in_place_error, blueprint.is_object()
                                ? wrong_blueprint(path + ".type", "expected \"chat\" or \"completion\"")
                                : wrong_blueprint(path, "expected an object")};
}

/// The text of a completion.
result<json::value> text_of(json::value const& blueprint, std::string const& path)
{
    auto const* content = member(blueprint, "content");
    if (!content) return wrong_blueprint(path + ".content", "is required");
    return content_of(content, path + ".content");
}

result<json::object> request_of(blueprints_to_log const& what)
{
    json::object request;
    if (auto const* parameters = what.parameters.if_object())
        request = *parameters;
    else if (!what.parameters.is_null())
        return wrong_blueprint("parameters", "expected an object");
    request["model"] = what.model;
    auto const completes = is_completion(what.input, "input");
    if (!completes) return completes.error();
    if (*completes) {
        auto text = text_of(what.input, "input");
        if (!text) return text.error();
        request["prompt"] = std::move(*text);
        return request;
    }
    auto messages = messages_of(what.input, "input");
    if (!messages) return messages.error();
    request["messages"] = std::move(*messages);
    for (auto const* name : {"tools", "tool_choice", "functions", "function_call"})
        if (auto const* found = member(what.input, name)) request[name] = *found;
    return request;
}

/// The first choice of an answer, and whether it is of a completion; null where nothing was answered.
result<json::value> choice_of(json::value const& output, bool completes)
{
    if (completes) {
        auto text = text_of(output, "output");
        if (!text) return text.error();
        if (text->is_string() && text->get_string().empty()) return json::value();
        return json::value{{"index", 0}, {"text", std::move(*text)}, {"finish_reason", "stop"}};
    }
    auto messages = messages_of(output, "output");
    if (!messages) return messages.error();
    if (messages->empty()) return json::value();
    auto& message = messages->back();
    auto const* reason = member(message, "tool_calls") ? "tool_calls" : "stop";
    return json::value{{"index", 0}, {"message", std::move(message)}, {"finish_reason", reason}};
}

} // namespace

json::object blueprint_of_call(json::value const& request, json::value const& response, std::string_view provider,
                               std::string_view model)
{
    auto messages = prompts::request_messages(request);
    auto const answers = prompts::answer_messages(response);
    messages.insert(messages.end(), answers.begin(), answers.end());
    json::object prompt, about, metadata, blueprint;
    if (prompts::is_completion(request)) {
        json::array content;
        for (auto const& message : messages)
            for (auto const& block : message.at("content").as_array()) content.push_back(block);
        prompt["type"] = "completion";
        prompt["content"] = std::move(content);
        finish(prompt);
    } else {
        for (auto& message : messages) finish(message.as_object());
        prompt["type"] = "chat";
        prompt["messages"] = std::move(messages);
        if (auto tools = prompts::request_tools(request); !tools.empty()) prompt["tools"] = std::move(tools);
        if (auto const* choice = member(request, "tool_choice")) prompt["tool_choice"] = *choice;
        prompt["input_variables"] = json::array();
    }
    about["provider"] = provider;
    about["name"] = model;
    about["parameters"] = parameters_of(request);
    metadata["model"] = std::move(about);
    blueprint["prompt_template"] = std::move(prompt);
    blueprint["metadata"] = std::move(metadata);
    return blueprint;
}

result<logged_bodies> bodies_of_blueprints(blueprints_to_log const& what)
{
    auto request = request_of(what);
    if (!request) return request.error();
    logged_bodies bodies;
    bodies.request = std::move(*request);
    auto const completes = is_completion(what.output, "output");
    if (!completes) return completes.error();
    auto choice = choice_of(what.output, *completes);
    if (!choice) return choice.error();
    bool const has_usage = what.input_tokens || what.output_tokens;
    if (choice->is_null() && !has_usage) return bodies;
    json::object response;
    response["object"] = *completes ? "text_completion" : "chat.completion";
    response["model"] = what.model;
    response["choices"] = choice->is_null() ? json::array() : json::array{std::move(*choice)};
    if (has_usage) {
        auto const in = what.input_tokens.value_or(0), out = what.output_tokens.value_or(0);
        response["usage"] = json::object{{"prompt_tokens", in}, {"completion_tokens", out}, {"total_tokens", in + out}};
    }
    bodies.response = std::move(response);
    return bodies;
}

} // namespace weir::api::promptlayer
