#include "mock/prompt.hpp"

#include "mock/answer.hpp"

#include <boost/json/array.hpp>
#include <boost/json/parse.hpp>
#include <boost/json/serialize.hpp>

#include <algorithm>

namespace json = boost::json;

namespace weir::mock
{
namespace
{

std::string text_after(std::string_view body, std::string_view name)
{
    auto at = body.find("\"" + std::string(name) + "\"");
    if (at == std::string_view::npos) return {};
    at = body.find_first_not_of(" :\n\r\t", at + name.size() + 2);
    if (at == std::string_view::npos) return {};
    if (body[at] == '"') return std::string(body.substr(at + 1, body.find('"', at + 1) - at - 1));
    return std::string(body.substr(at, body.find_first_of(",} \r\n", at) - at));
}

/// What can be known of a body that is too long to be kept.
json::object sketch(request const& from)
{
    json::object seen;
    auto model = text_after(from.body, "model");
    if (model.empty()) model = text_after(from.tail, "model");
    seen["model"] = model;
    seen["stream"] = text_after(from.body, "stream") == "true" || text_after(from.tail, "stream") == "true";
    seen["messages"] = json::array{};
    seen["input"] = "a long body";
    seen["contents"] = json::array{};
    return seen;
}

/// Adds up the texts of a content that is a string, a part, or an array of either.
std::string texts_of(json::value const& content)
{
    if (auto const* text = content.if_string()) return std::string(*text);
    std::string all;
    auto const add = [&all](std::string const& text) {
        if (!all.empty() && !text.empty()) all += ' ';
        all += text;
    };
    if (auto const* list = content.if_array())
        for (auto const& part : *list) add(texts_of(part));
    if (auto const* part = content.if_object()) {
        for (auto const* name : {"text", "content", "parts", "output"})
            if (auto const* inner = part->if_contains(name)) add(texts_of(*inner));
    }
    return all;
}

void take_message(json::object const& message, prompt& into)
{
    auto const text = texts_of(message);
    into.words += count_words(text);
    auto const role = string_member(message, "role");
    if (role == "user" || role.empty()) into.last_user = text;
}

void take_messages(json::object const& body, std::string_view name, prompt& into)
{
    auto const* list = body.if_contains(name);
    if (!list || !list->is_array()) {
        if (into.problem.empty()) into.problem = "Missing required parameter: '" + std::string(name) + "'.";
        return;
    }
    for (auto const& message : list->get_array())
        if (auto const* object = message.if_object()) take_message(*object, into);
}

std::string name_of_tool(json::object const& tool)
{
    if (auto const* function = tool.if_contains("function"); function && function->is_object())
        return std::string(string_member(function->get_object(), "name"));
    if (auto const* list = tool.if_contains("functionDeclarations"); list && list->is_array())
        for (auto const& declared : list->get_array())
            if (declared.is_object()) return std::string(string_member(declared.get_object(), "name"));
    return std::string(string_member(tool, "name"));
}

json::object const* object_member(json::object const& of, std::string_view name)
{
    auto const* found = of.if_contains(name);
    return found ? found->if_object() : nullptr;
}

/// The function that OpenAI's `tool_choice` names is called whatever was said.
bool take_forced_function(json::array const& tools, prompt& into)
{
    auto const* choice = object_member(into.body, "tool_choice");
    auto const* wanted = choice ? object_member(*choice, "function") : nullptr;
    if (!wanted) return false;
    for (auto const& tool : tools) {
        auto const* function = tool.is_object() ? object_member(tool.get_object(), "function") : nullptr;
        if (!function || string_member(*function, "name") != string_member(*wanted, "name")) continue;
        into.tool = string_member(*function, "name");
        auto const* parameters = object_member(*function, "parameters");
        auto const* properties = parameters ? object_member(*parameters, "properties") : nullptr;
        if (properties) into.tool_properties = *properties;
        return !into.tool.empty();
    }
    return false;
}

/// A value that a schema allows: the first choice, the greatest number, true, or a text.
json::value value_for(json::value const& schema)
{
    auto const* object = schema.if_object();
    if (!object) return nullptr;
    if (auto const* choices = object->if_contains("oneOf"); choices && choices->is_array())
        for (auto const& choice : choices->get_array())
            if (auto const* one = choice.if_object())
                if (auto const* value = one->if_contains("const")) return *value;
    auto const type = string_member(*object, "type");
    if (type == "boolean") return true;
    if (auto const* most = object->if_contains("maximum")) return *most;
    if (type == "integer" || type == "number") return 1;
    return "mock";
}

/// A tool is called when one was offered and the last word was the user's, and about the weather.
void take_tool(std::string_view messages, prompt& into)
{
    auto const* tools = into.body.if_contains("tools");
    if (!tools || !tools->is_array() || tools->get_array().empty()) return;
    if (take_forced_function(tools->get_array(), into)) return;
    if (to_lower(into.last_user).find("weather") == std::string::npos) return;
    if (auto const* list = into.body.if_contains(messages); list && list->is_array() && !list->get_array().empty()) {
        auto const* last = list->get_array().back().if_object();
        if (!last) return;
        auto const role = string_member(*last, "role");
        auto const type = string_member(*last, "type");
        if ((!role.empty() && role != "user") || type == "function_call_output") return;
        if (auto const* parts = last->if_contains("content"); parts && parts->is_array())
            for (auto const& part : parts->get_array())
                if (part.is_object() && string_member(part.get_object(), "type") == "tool_result") return;
        if (auto const* parts = last->if_contains("parts"); parts && parts->is_array())
            for (auto const& part : parts->get_array())
                if (part.is_object() && part.get_object().contains("functionResponse")) return;
    }
    if (auto const* first = tools->get_array().front().if_object()) into.tool = name_of_tool(*first);
}

/// Moves the words of parts that carry a `cache_control` from the fresh ones to the cached ones.
void take_cache_marks(json::value const& content, bool read, prompt& into)
{
    if (auto const* list = content.if_array())
        for (auto const& part : *list) take_cache_marks(part, read, into);
    auto const* part = content.if_object();
    if (!part) return;
    if (auto const* inner = part->if_contains("content")) take_cache_marks(*inner, read, into);
    auto const* mark = part->if_contains("cache_control");
    if (!mark || !mark->is_object()) return;
    auto const words = count_words(texts_of(content));
    auto const is_long = string_member(mark->get_object(), "ttl") == "1h";
    (read ? into.cache_read_words : is_long ? into.cache_write_long_words : into.cache_write_words) += words;
    into.words -= std::min(into.words, words);
}

} // namespace

std::string_view string_member(json::object const& of, std::string_view name)
{
    auto const* found = of.if_contains(name);
    if (!found || !found->is_string()) return {};
    return found->get_string();
}

bool true_member(json::object const& of, std::string_view name)
{
    auto const* found = of.if_contains(name);
    return found && found->is_bool() && found->get_bool();
}

json::object parse_body(request const& from, std::string& problem)
{
    if (!from.body_is_whole()) return sketch(from);
    boost::system::error_code error;
    auto value = json::parse(from.body, error);
    if (error || !value.is_object()) {
        problem = "We could not parse the JSON body of your request.";
        return {};
    }
    return std::move(value.get_object());
}

prompt read_openai(request const& from)
{
    prompt result;
    result.body = parse_body(from, result.problem);
    if (!result.problem.empty()) return result;
    result.model = string_member(result.body, "model");
    if (result.model.empty()) result.problem = "You must provide a model parameter.";
    result.stream = true_member(result.body, "stream");

    auto const path = from.path();
    if (path.ends_with("/responses")) {
        auto const* input = result.body.if_contains("input");
        if (input && input->is_string()) {
            result.last_user = texts_of(*input);
            result.words = count_words(result.last_user);
        } else {
            take_messages(result.body, "input", result);
        }
        result.words += count_words(string_member(result.body, "instructions"));
        take_tool("input", result);
    } else if (path.ends_with("/chat/completions")) {
        take_messages(result.body, "messages", result);
        take_tool("messages", result);
    } else if (auto const* text = result.body.if_contains("prompt")) {
        result.last_user = texts_of(*text);
        result.words = count_words(result.last_user);
    }
    if (!from.body_is_whole()) result.words = from.body_bytes / 4;
    return result;
}

prompt read_anthropic(request const& from)
{
    prompt result;
    result.body = parse_body(from, result.problem);
    if (!result.problem.empty()) return result;
    result.model = string_member(result.body, "model");
    if (result.model.empty()) result.problem = "model: Field required";
    result.stream = true_member(result.body, "stream");
    take_messages(result.body, "messages", result);
    take_tool("messages", result);
    if (auto const* system = result.body.if_contains("system")) {
        result.words += count_words(texts_of(*system));
        take_cache_marks(*system, true, result);
    }
    if (auto const* messages = result.body.if_contains("messages")) take_cache_marks(*messages, false, result);
    if (!from.body_is_whole()) result.words = from.body_bytes / 4;
    return result;
}

prompt read_gemini(request const& from, std::string model)
{
    prompt result;
    result.body = parse_body(from, result.problem);
    result.model = std::move(model);
    if (!result.problem.empty()) return result;
    take_messages(result.body, "contents", result);
    take_tool("contents", result);
    if (auto const* system = result.body.if_contains("systemInstruction"))
        result.words += count_words(texts_of(*system));
    if (!from.body_is_whole()) result.words = from.body_bytes / 4;
    return result;
}

answer_text text_for(prompt const& said, knobs const& asked)
{
    return {"Hello from the mock provider. You said: " + std::string(utf8_prefix(said.last_user, 4096)), asked};
}

std::string tool_arguments(prompt const& said)
{
    if (!said.tool_properties.empty()) {
        json::object arguments;
        for (auto const& [name, schema] : said.tool_properties) arguments[name] = value_for(schema);
        return json::serialize(arguments);
    }
    std::string place = "Paris";
    constexpr std::string_view before = "weather in ";
    if (auto const at = to_lower(said.last_user).find(before); at != std::string::npos) {
        auto const rest = std::string_view(said.last_user).substr(at + before.size());
        place = rest.substr(0, rest.find_first_of("?!.\n"));
    }
    return "{\"location\":" + quoted(place) + ",\"unit\":\"celsius\"}";
}

} // namespace weir::mock
