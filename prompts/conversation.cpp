#include "prompts/conversation.hpp"

#include <boost/json/parse.hpp>
#include <boost/json/serialize.hpp>

#include <initializer_list>

namespace weir::prompts
{
namespace
{

json::value const* member(json::value const& of, std::string_view name)
{
    auto const* object = of.if_object();
    auto const* found = object ? object->if_contains(name) : nullptr;
    return found && !found->is_null() ? found : nullptr;
}

json::value const* first_of(json::value const& of, std::initializer_list<std::string_view> names)
{
    for (auto const name : names)
        if (auto const* found = member(of, name)) return found;
    return nullptr;
}

std::string_view text_in(json::value const& of, std::string_view name)
{
    auto const* found = member(of, name);
    if (!found || !found->is_string()) return {};
    return found->get_string();
}

json::object text_block(std::string_view text) { return {{"type", "text"}, {"text", text}}; }

/// Its text where it is one, else its JSON.
std::string as_text(json::value const& value)
{
    if (auto const* text = value.if_string()) return std::string(*text);
    return json::serialize(value);
}

json::value parsed(std::string_view text)
{
    json::error_code error;
    json::parse_options options;
    options.max_depth = 64;
    auto value = json::parse(json::string_view(text), error, {}, options);
    return error ? json::value() : value;
}

json::object image_block(std::string_view url)
{
    return {{"type", "image_url"}, {"image_url", json::object{{"url", url}}}};
}

std::string data_url(std::string_view type, std::string_view data)
{
    return "data:" + std::string(type) + ";base64," + std::string(data);
}

json::object tool_call(json::value id, std::string_view name, json::value const* arguments)
{
    json::object function{{"name", name}, {"arguments", arguments ? as_text(*arguments) : std::string("{}")}};
    return {{"id", std::move(id)}, {"type", "function"}, {"function", std::move(function)}};
}

/// A message in the making, and those that have to stand before it.
struct message_parts {
    json::array content, tool_calls;
    json::array results; ///< messages of role tool
};

json::array blocks_of(json::value const& content);

void add_block(json::value const& block, message_parts& to)
{
    if (auto const* text = block.if_string()) {
        to.content.push_back(text_block(*text));
        return;
    }
    if (!block.is_object()) return;
    auto const type = text_in(block, "type");
    if (type == "text" || type == "input_text" || type == "output_text") {
        to.content.push_back(text_block(text_in(block, "text")));
    } else if (type == "refusal") {
        to.content.push_back(text_block(text_in(block, "refusal")));
    } else if (type == "input_image") {
        to.content.push_back(image_block(text_in(block, "image_url")));
    } else if (type == "image" && member(block, "source")) {
        auto const& source = *member(block, "source");
        auto const url = text_in(source, "url");
        to.content.push_back(image_block(url.empty() ? data_url(text_in(source, "media_type"), text_in(source, "data"))
                                                     : std::string(url)));
    } else if (type == "tool_use") {
        auto const* id = member(block, "id");
        to.tool_calls.push_back(tool_call(id ? *id : json::value(), text_in(block, "name"), member(block, "input")));
    } else if (type == "tool_result") {
        auto const* content = member(block, "content");
        json::object result{{"role", "tool"}, {"content", content ? blocks_of(*content) : json::array()}};
        result["tool_call_id"] = text_in(block, "tool_use_id");
        to.results.push_back(std::move(result));
    } else {
        to.content.push_back(block);
    }
}

json::array blocks_of(json::value const& content)
{
    message_parts parts;
    if (auto const* many = content.if_array())
        for (auto const& block : *many) add_block(block, parts);
    else
        add_block(content, parts);
    return std::move(parts.content);
}

void put_message(std::string_view role, message_parts parts, json::array& to)
{
    bool const is_all_results = !parts.results.empty() && parts.content.empty() && parts.tool_calls.empty();
    for (auto& result : parts.results) to.push_back(std::move(result));
    if (is_all_results) return;
    json::object made;
    made["role"] = role;
    made["content"] = std::move(parts.content);
    if (!parts.tool_calls.empty()) made["tool_calls"] = std::move(parts.tool_calls);
    to.push_back(std::move(made));
}

/// A message as OpenAI's chat, Anthropic's messages, Cohere and Ollama have it.
void add_chat_message(json::value const& message, json::array& to)
{
    if (message.is_string()) {
        message_parts said;
        add_block(message, said);
        return put_message("user", std::move(said), to);
    }
    if (!message.is_object()) return;
    auto const role = text_in(message, "role");
    message_parts parts;
    if (auto const* content = member(message, "content")) {
        if (auto const* many = content->if_array())
            for (auto const& block : *many) add_block(block, parts);
        else
            add_block(*content, parts);
    }
    auto const* calls = member(message, "tool_calls");
    if (calls && calls->is_array())
        for (auto const& call : calls->get_array()) parts.tool_calls.push_back(call);
    auto const before = to.size();
    put_message(role.empty() ? std::string_view("user") : role, std::move(parts), to);
    if (to.size() == before) return;
    auto& made = to.back().as_object();
    for (auto const* name : {"name", "tool_call_id", "function_call"})
        if (auto const* found = member(message, name)) made.insert_or_assign(name, *found);
}

/// An item of OpenAI's responses.
void add_item(json::value const& item, json::array& to)
{
    auto const type = text_in(item, "type");
    if (type == "function_call") {
        auto const* id = first_of(item, {"call_id", "id"});
        message_parts parts;
        parts.tool_calls.push_back(
            tool_call(id ? *id : json::value(), text_in(item, "name"), member(item, "arguments")));
        put_message("assistant", std::move(parts), to);
    } else if (type == "function_call_output") {
        auto const* output = member(item, "output");
        json::object result{{"role", "tool"}, {"content", output ? blocks_of(*output) : json::array()}};
        result["tool_call_id"] = text_in(item, "call_id");
        to.push_back(std::move(result));
    } else if (type.empty() || type == "message") {
        add_chat_message(item, to);
    }
}

void add_gemini_part(json::value const& part, message_parts& to)
{
    if (auto const* text = member(part, "text"); text && text->is_string()) {
        auto const* thought = member(part, "thought");
        if (thought && thought->is_bool() && thought->get_bool())
            to.content.push_back(json::object{{"type", "thinking"}, {"thinking", *text}});
        else
            to.content.push_back(text_block(text->get_string()));
    } else if (auto const* call = member(part, "functionCall")) {
        auto const* id = member(*call, "id");
        to.tool_calls.push_back(tool_call(id ? *id : json::value(), text_in(*call, "name"), member(*call, "args")));
    } else if (auto const* answer = member(part, "functionResponse")) {
        auto const* said = member(*answer, "response");
        json::object result{{"role", "tool"}, {"content", json::array{text_block(said ? as_text(*said) : "")}}};
        result["name"] = text_in(*answer, "name");
        to.results.push_back(std::move(result));
    } else if (auto const* data = first_of(part, {"inlineData", "inline_data"})) {
        auto const type = first_of(*data, {"mimeType", "mime_type"});
        to.content.push_back(image_block(data_url(type ? as_text(*type) : "", text_in(*data, "data"))));
    } else if (part.is_string()) {
        add_block(part, to);
    } else if (part.is_object()) {
        to.content.push_back(json::object{{"type", "part"}, {"part", part}});
    }
}

/// What Gemini calls a content: an object with parts, or a text.
void add_gemini_content(json::value const& content, std::string_view role, json::array& to)
{
    auto const own = text_in(content, "role");
    if (!own.empty() && role.empty()) role = own == "model" ? "assistant" : own;
    if (role.empty()) role = "user";
    message_parts parts;
    auto const* several = member(content, "parts");
    if (several && several->is_array())
        for (auto const& part : several->get_array()) add_gemini_part(part, parts);
    else
        add_gemini_part(several ? *several : content, parts);
    put_message(role, std::move(parts), to);
}

json::array gemini_messages(json::value const& request, json::value const& contents)
{
    json::array messages;
    auto const* config = member(request, "config");
    auto const* system = first_of(request, {"systemInstruction", "system_instruction"});
    if (!system && config) system = first_of(*config, {"systemInstruction", "system_instruction"});
    if (system) add_gemini_content(*system, "system", messages);
    if (auto const* many = contents.if_array())
        for (auto const& content : *many) add_gemini_content(content, {}, messages);
    else
        add_gemini_content(contents, {}, messages);
    return messages;
}

void add_system(json::value const* system, json::array& to)
{
    if (system) to.push_back(json::object{{"role", "system"}, {"content", blocks_of(*system)}});
}

void flatten(json::value const& value, std::string const& path, flat_values& to)
{
    if (to.size() >= most_flat_values) return;
    if (auto const* object = value.if_object()) {
        for (auto const& each : *object)
            flatten(each.value(), path.empty() ? std::string(each.key()) : path + "." + std::string(each.key()), to);
    } else if (auto const* array = value.if_array()) {
        for (auto const& each : *array) flatten(each, path, to);
    } else {
        to.emplace_back(path, as_text(value));
    }
}

} // namespace

json::array request_messages(json::value const& request)
{
    json::array messages;
    if (auto const* contents = member(request, "contents")) return gemini_messages(request, *contents);
    if (auto const* given = member(request, "messages"); given && given->is_array()) {
        add_system(member(request, "system"), messages);
        for (auto const& message : given->get_array()) add_chat_message(message, messages);
    } else if (auto const* prompt = member(request, "prompt")) {
        json::object said{{"role", "user"}, {"content", blocks_of(*prompt)}};
        messages.push_back(std::move(said));
    } else if (auto const* input = member(request, "input")) {
        add_system(member(request, "instructions"), messages);
        if (auto const* items = input->if_array())
            for (auto const& item : *items) add_item(item, messages);
        else
            add_chat_message(*input, messages);
    }
    return messages;
}

json::array answer_messages(json::value const& answer)
{
    json::array messages;
    auto const say = [&messages](json::value const& content) {
        json::object said{{"role", "assistant"}, {"content", blocks_of(content)}};
        messages.push_back(std::move(said));
    };
    if (auto const* choices = member(answer, "choices"); choices && choices->is_array()) {
        if (choices->get_array().empty()) return messages;
        auto const& first = choices->get_array().front();
        if (auto const* message = member(first, "message"))
            add_chat_message(*message, messages);
        else if (auto const* text = member(first, "text"))
            say(*text);
    } else if (auto const* candidates = member(answer, "candidates"); candidates && candidates->is_array()) {
        if (candidates->get_array().empty()) return messages;
        if (auto const* content = member(candidates->get_array().front(), "content"))
            add_gemini_content(*content, "assistant", messages);
    } else if (auto const* output = member(answer, "output"); output && output->is_array()) {
        for (auto const& item : output->get_array()) add_item(item, messages);
    } else if (auto const* message = member(answer, "message"); message && message->is_object()) {
        add_chat_message(*message, messages);
    } else if (auto const* content = member(answer, "content"); content && text_in(answer, "type") == "message") {
        add_chat_message(answer, messages);
    } else if (auto const* text = first_of(answer, {"completion", "response"}); text && text->is_string()) {
        say(*text);
    }
    return messages;
}

json::array request_tools(json::value const& request)
{
    json::array tools;
    auto const* config = member(request, "config");
    auto const* given = member(request, "tools");
    if (!given && config) given = member(*config, "tools");
    if (!given || !given->is_array()) return tools;
    auto const add = [&tools](json::value const& of, std::string_view parameters) {
        json::object function{{"name", text_in(of, "name")}, {"description", text_in(of, "description")}};
        if (auto const* schema = member(of, parameters)) function["parameters"] = *schema;
        tools.push_back(json::object{{"type", "function"}, {"function", std::move(function)}});
    };
    for (auto const& tool : given->get_array()) {
        auto const* declared = first_of(tool, {"functionDeclarations", "function_declarations"});
        if (declared && declared->is_array())
            for (auto const& one : declared->get_array()) add(one, "parameters");
        else if (member(tool, "input_schema"))
            add(tool, "input_schema");
        else if (text_in(tool, "type") == "function" && !member(tool, "function"))
            add(tool, "parameters");
        else if (tool.is_object())
            tools.push_back(tool);
    }
    return tools;
}

bool is_completion(json::value const& request)
{
    return member(request, "prompt") && !member(request, "messages") && !member(request, "contents");
}

std::string text_of_message(json::value const& message)
{
    std::string text;
    auto const* content = member(message, "content");
    if (!content || !content->is_array()) return text;
    for (auto const& block : content->get_array()) {
        if (text_in(block, "type") != "text") continue;
        if (!text.empty()) text += '\n';
        text += text_in(block, "text");
    }
    return text;
}

std::string input_text(json::array const& messages)
{
    std::string text;
    for (auto const& message : messages) {
        if (!text.empty()) text += "\n\n";
        text.append("[").append(text_in(message, "role")).append("]: ").append(text_of_message(message));
    }
    return text;
}

std::string output_text(json::array const& messages)
{
    std::string text;
    json::array calls;
    for (auto const& message : messages) {
        auto const said = text_of_message(message);
        if (!text.empty() && !said.empty()) text += "\n\n";
        text += said;
        if (auto const* made = member(message, "tool_calls"); made && made->is_array())
            calls.insert(calls.end(), made->get_array().begin(), made->get_array().end());
    }
    return text.empty() && !calls.empty() ? json::serialize(calls) : text;
}

flat_values flattened(json::value const& object)
{
    flat_values values;
    if (object.is_object()) flatten(object, {}, values);
    return values;
}

output_facts facts_of_output(json::array const& messages)
{
    output_facts facts;
    for (auto const& message : messages) {
        auto const* calls = member(message, "tool_calls");
        if (!calls || !calls->is_array()) continue;
        for (auto const& call : calls->get_array()) {
            auto const* function = member(call, "function");
            auto const name = function ? text_in(*function, "name") : std::string_view();
            facts.kind = output_kind::tool_call;
            facts.tools.emplace_back(name);
            auto const arguments = function ? parsed(text_in(*function, "arguments")) : json::value();
            if (arguments.is_object()) flatten(arguments, std::string(name), facts.values);
        }
    }
    if (facts.kind == output_kind::tool_call) return facts;
    auto const text = output_text(messages);
    auto const first = text.find_first_not_of(" \t\r\n");
    if (first == text.npos) return facts;
    facts.kind = output_kind::plain_text;
    if (text[first] != '{' && text[first] != '[') return facts;
    auto const value = parsed(text);
    if (value.is_null()) return facts;
    facts.kind = output_kind::json;
    facts.values = flattened(value);
    return facts;
}

} // namespace weir::prompts
