#include "prompts/template.hpp"

#include "prompts/stored_json.hpp"
#include "prompts/tags.hpp"

#include <boost/json/parse.hpp>
#include <boost/json/serialize.hpp>
#include <boost/json/string.hpp>

#include <algorithm>
#include <cmath>
#include <set>
#include <unordered_set>

namespace weir::prompts
{
namespace
{

std::string_view view(json::string const& text) { return {text.data(), text.size()}; }
json::string_view view(std::string_view text) { return {text.data(), text.size()}; }

std::string_view trimmed(std::string_view text)
{
    constexpr std::string_view space = " \t\r\n\f\v";
    auto const begin = std::min(text.find_first_not_of(space), text.size());
    return text.substr(begin, text.find_last_not_of(space) + 1 - begin);
}

/// Calls `use` with every string in a value, in order.
template <class Use>
void for_each_string(json::value const& in, Use const& use)
{
    if (auto const* const text = in.if_string()) use(view(*text));
    if (auto const* const array = in.if_array())
        for (auto const& element : *array) for_each_string(element, use);
    if (auto const* const object = in.if_object())
        for (auto const& member : *object) for_each_string(member.value(), use);
}

/// The objects with a tag somewhere in them, found in one pass.
bool collect_tagged(json::value const& in, std::unordered_set<json::object const*>& tagged)
{
    if (auto const* const text = in.if_string()) return next_input(view(*text)) || has_static(view(*text));
    bool any = false;
    if (auto const* const array = in.if_array())
        for (auto const& element : *array) any = collect_tagged(element, tagged) || any;
    auto const* const object = in.if_object();
    if (!object) return any;
    for (auto const& member : *object) any = collect_tagged(member.value(), tagged) || any;
    if (any) tagged.insert(object);
    return any;
}

/// Puts placeholders where inputs were.
class capturing
{
public:
    capturing(captured& to, json::value const& whole)
        : to_(to)
    {
        collect_tagged(whole, tagged_);
    }

    /// Within the messages an object without tags is an automatic input.
    json::value walk(json::value const& in, bool is_message)
    {
        if (auto const* const text = in.if_string()) return json::value(walk_text(view(*text)));
        if (auto const* const array = in.if_array()) {
            json::array out;
            out.reserve(array->size());
            for (auto const& element : *array) out.push_back(walk(element, is_message));
            return out;
        }
        auto const* const object = in.if_object();
        if (!object) return in;
        if (is_message && !tagged_.contains(object)) {
            to_.auto_inputs.push_back(&in);
            return json::value(view(automatic_placeholder(to_.auto_inputs.size() - 1)));
        }
        json::object out;
        out.reserve(object->size());
        for (auto const& member : *object) out.emplace(member.key(), walk(member.value(), is_message));
        return out;
    }

private:
    json::string walk_text(std::string_view text)
    {
        if (has_static(text)) return json::string(view(text));
        json::string out;
        std::size_t copied = 0;
        for (auto tag = next_input(text); tag; tag = next_input(text, copied)) {
            auto const begin = static_cast<std::size_t>(tag->whole.data() - text.data());
            out += view(text.substr(copied, begin - copied));
            out += view("<helicone-prompt-input key=\"" + std::string(tag->key) + "\" />");
            copied = begin + tag->whole.size();
            to_.inputs[view(tag->key)] = view(trimmed(tag->value));
        }
        out += view(text.substr(copied));
        return out;
    }

    captured& to_;
    std::unordered_set<json::object const*> tagged_;
};

/// An input as a string has it.
json::string text_of(json::value const& input)
{
    if (auto const* const text = input.if_string()) return *text;
    return json::string(view(json::serialize(input)));
}

json::string filled(std::string_view text, json::object const& inputs)
{
    json::string out;
    std::size_t copied = 0;
    for (auto tag = next_placeholder(text); tag; tag = next_placeholder(text, copied)) {
        auto const begin = static_cast<std::size_t>(tag->whole.data() - text.data());
        out += view(text.substr(copied, begin - copied));
        copied = begin + tag->whole.size();
        if (auto const* const input = inputs.if_contains(view(tag->key))) out += text_of(*input);
    }
    out += view(text.substr(copied));
    return out;
}

/// A filled value; none where an automatic input is missing.
std::optional<json::value> try_fill(json::value const& content, json::object const& inputs,
                                    json::array const& auto_inputs)
{
    if (auto const* const text = content.if_string()) {
        auto const number = automatic_input(view(*text));
        if (!number && has_static(view(*text))) return json::value(filled(without_elements(view(*text)), inputs));
        if (!number) return json::value(filled(view(*text), inputs));
        if (*number >= auto_inputs.size()) return std::nullopt;
        return auto_inputs[*number];
    }
    if (auto const* const array = content.if_array()) {
        json::array out;
        for (auto const& element : *array)
            if (auto value = try_fill(element, inputs, auto_inputs)) out.push_back(std::move(*value));
        return out;
    }
    if (auto const* const object = content.if_object()) {
        json::object out;
        for (auto const& member : *object)
            if (auto value = try_fill(member.value(), inputs, auto_inputs))
                out.emplace(member.key(), std::move(*value));
        return out;
    }
    return content;
}

/// As json::serialize writes it.
void append_string(std::string_view text, std::string& to)
{
    auto const is_plain = [](char c) { return static_cast<unsigned char>(c) >= ' ' && c != '"' && c != '\\'; };
    if (std::ranges::all_of(text, is_plain))
        to.append(1, '"').append(text).append(1, '"');
    else
        to += json::serialize(view(text));
}

bool append_essence(json::value const& content, std::string& to);

void append_essence(json::array const& content, std::string& to)
{
    to += '[';
    for (char const* separator = ""; auto const& element : content) {
        auto const before = to.size();
        if (append_essence(element, to += separator))
            separator = ",";
        else
            to.resize(before);
    }
    to += ']';
}

void append_essence(json::object const& content, std::string& to)
{
    std::vector<json::object::const_iterator> members;
    members.reserve(content.size());
    for (auto at = content.begin(); at != content.end(); ++at) members.push_back(at);
    std::ranges::sort(members, {}, [](auto at) { return at->key(); });
    to += '{';
    for (char const* separator = ""; auto const member : members) {
        auto const before = to.size();
        append_string(member->key(), to += separator);
        if (append_essence(member->value(), to += ':'))
            separator = ",";
        else
            to.resize(before);
    }
    to += '}';
}

/// Without automatic inputs, members in the order of their names. False, with nothing appended, for a string of which
/// nothing is left.
bool append_essence(json::value const& content, std::string& to)
{
    if (auto const* const text = content.if_string()) {
        if (!automatic_input(view(*text))) {
            append_string(view(*text), to);
            return true;
        }
        auto const rest = without_automatic_inputs(view(*text));
        if (!rest.empty()) append_string(rest, to);
        return !rest.empty();
    }
    if (auto const* const array = content.if_array())
        append_essence(*array, to);
    else if (auto const* const object = content.if_object())
        append_essence(*object, to);
    else
        to += json::serialize(content);
    return true;
}

template <class Accepts>
std::vector<std::string> keys_of(json::value const& content, Accepts const& accepts)
{
    std::vector<std::string> keys;
    std::set<std::string_view> seen;
    for_each_string(content, [&](std::string_view text) {
        for (auto tag = next_placeholder(text); tag;
             tag = next_placeholder(text, static_cast<std::size_t>(tag->whole.data() - text.data()) + 1)) {
            if (accepts(*tag) && seen.insert(tag->key).second) keys.emplace_back(tag->key);
        }
    });
    return keys;
}

/// The value that a template stands for: text may be JSON, which is then in `parsed`.
json::value const& unwrapped(json::value const& content, json::value& parsed)
{
    auto const* const text = content.if_string();
    if (!text) return content;
    boost::system::error_code error;
    parsed = parse_stored(*text, error);
    return error ? content : parsed;
}

std::optional<std::string> model_member(json::value const* from)
{
    auto const* const object = from ? from->if_object() : nullptr;
    auto const* const model = object ? object->if_contains("model") : nullptr;
    auto const* const text = model ? model->if_string() : nullptr;
    return text && !text->empty() ? std::optional(std::string(view(*text))) : std::nullopt;
}

json::value const* first_of(json::value const* array)
{
    auto const* const elements = array ? array->if_array() : nullptr;
    return elements && !elements->empty() ? &elements->front() : nullptr;
}

} // namespace

bool can_be_written(json::value const& value)
{
    if (auto const* const number = value.if_double()) return std::isfinite(*number);
    if (auto const* const array = value.if_array()) return std::ranges::all_of(*array, can_be_written);
    auto const* const object = value.if_object();
    auto const is_good = [](json::key_value_pair const& member) { return can_be_written(member.value()); };
    return !object || std::ranges::all_of(*object, is_good);
}

captured capture(json::value const& request)
{
    captured out;
    capturing walker(out, request);
    auto const* const object = request.if_object();
    if (!object) {
        out.content = walker.walk(request, true);
        return out;
    }
    json::object content;
    content.reserve(object->size());
    for (auto const& member : *object)
        content.emplace(member.key(), walker.walk(member.value(), member.key() == "messages"));
    out.content = std::move(content);
    return out;
}

json::value fill(json::value const& content, json::object const& inputs, json::array const& auto_inputs)
{
    return try_fill(content, inputs, auto_inputs).value_or(json::value());
}

std::size_t filled_size(json::value const& content, json::object const& inputs, json::array const& auto_inputs)
{
    std::vector<std::size_t> sizes;
    for (auto const& input : auto_inputs) sizes.push_back(json::serialize(input).size());
    std::size_t size = 0;
    for_each_string(content, [&](std::string_view text) {
        if (auto const number = automatic_input(text)) {
            size += *number < sizes.size() ? sizes[*number] : 0;
            return;
        }
        size += text.size();
        for (auto tag = next_placeholder(text); tag;
             tag = next_placeholder(text, static_cast<std::size_t>(tag->whole.data() - text.data()) + 1))
            if (auto const* const input = inputs.if_contains(view(tag->key))) size += text_of(*input).size();
    });
    return size;
}

std::string text_of(std::vector<json::value const*> const& auto_inputs)
{
    std::string text = "[";
    for (auto const* input : auto_inputs) {
        if (text.size() > 1) text += ',';
        text += json::serialize(*input);
    }
    return text + "]";
}

std::optional<std::string> essence(json::value const& content)
{
    auto const* const object = content.if_object();
    if (!object) return std::nullopt;
    std::string text;
    append_essence(*object, text);
    return text;
}

std::vector<std::string> input_keys(json::value const& content)
{
    json::value parsed;
    return keys_of(unwrapped(content, parsed), [](input_tag const&) { return true; });
}

std::vector<std::string> plain_input_keys(json::value const& content)
{
    json::value parsed;
    return keys_of(unwrapped(content, parsed), [](input_tag const& tag) {
        bool const is_word = !tag.key.empty() && std::all_of(tag.key.begin(), tag.key.end(), [](char c) {
            return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || (c >= '0' && c <= '9') || c == '_';
        });
        return is_word && tag.whole == "<helicone-prompt-input key=\"" + std::string(tag.key) + "\" />";
    });
}

std::string model_of(json::value const& content)
{
    json::value parsed;
    auto const& plain = unwrapped(content, parsed);
    auto const* const object = plain.if_object();
    if (auto model = model_member(&plain)) return *model;
    if (auto model = model_member(first_of(object ? object->if_contains("messages") : nullptr))) return *model;
    return model_member(first_of(&plain)).value_or(std::string());
}

} // namespace weir::prompts
