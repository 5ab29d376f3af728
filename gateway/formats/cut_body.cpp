#include "gateway/formats/cut_body.hpp"

#include "gateway/formats/json_values.hpp"
#include "gateway/formats/usage_fields.hpp"

#include <optional>

namespace weir::gateway::formats
{
namespace
{

// Together these bound the work on a text made of nothing but promising beginnings.
constexpr std::size_t most_value_bytes = 16 * 1024;
constexpr int most_attempts = 64;

/// What follows `"key":` at `at`, if it is a member's name there and not a text that looks like one.
std::string_view value_behind(std::string_view text, std::size_t at, std::size_t quoted_key_bytes)
{
    if (at > 0 && text[at - 1] == '\\') return {}; // within a string
    auto rest = text.substr(at + quoted_key_bytes, most_value_bytes);
    while (!rest.empty() &&
           (rest.front() == ' ' || rest.front() == '\n' || rest.front() == '\r' || rest.front() == '\t'))
        rest.remove_prefix(1);
    if (!rest.starts_with(':')) return {};
    rest.remove_prefix(1);
    return trimmed(rest);
}

/// The object or the string with which `text` begins; empty if it begins with neither or does not end.
std::string_view leading_value(std::string_view text)
{
    std::size_t depth = 0;
    bool in_string = false;
    for (std::size_t i = 0; i < text.size(); ++i) {
        auto const c = text[i];
        if (in_string && c == '\\') {
            ++i;
            continue;
        }
        if (c == '"')
            in_string = !in_string;
        else if (!in_string && c == '{')
            ++depth;
        else if (!in_string && c == '}')
            depth = depth > 0 ? depth - 1 : 0;
        if (depth == 0 && !in_string) return c == '"' || c == '}' ? text.substr(0, i + 1) : std::string_view{};
    }
    return {};
}

/// Tries the members `key` of `text`, the last first or the first first, until `accept` takes a value.
template <typename Accept>
bool each_member(std::string_view text, std::string_view key, bool from_the_end, Accept accept)
{
    auto const quoted = '"' + std::string{key} + '"';
    auto at = from_the_end ? text.rfind(quoted) : text.find(quoted);
    for (int attempts = 0; at != text.npos && attempts < most_attempts; ++attempts) {
        auto const value = leading_value(value_behind(text, at, quoted.size()));
        if (!value.empty()) {
            auto const parsed = parse_json(value);
            if (parsed && accept(*parsed)) return true;
        }
        if (from_the_end && at == 0) return false;
        at = from_the_end ? text.rfind(quoted, at - 1) : text.find(quoted, at + 1);
    }
    return false;
}

std::string string_member(std::string_view text, std::string_view key, bool from_the_end)
{
    std::string found;
    each_member(text, key, from_the_end, [&](json::value const& value) {
        auto const* string = value.if_string();
        if (string && !string->empty()) found = clean_text(*string, most_name_bytes);
        return !found.empty();
    });
    return found;
}

bool read_last_usage(std::string_view text, call_view const& call, reading& into)
{
    for (std::string_view key : {"usage", "usageMetadata"}) {
        bool const found = each_member(text, key, true, [&](json::value const& value) {
            if (auto const* usage = value.if_object()) read_usage_by_names(*usage, call, into);
            return into.used.known();
        });
        if (found) return true;
    }
    return false;
}

} // namespace

std::string first_string_member(std::string_view text, std::string_view key) { return string_member(text, key, false); }

std::string last_string_member(std::string_view text, std::string_view key) { return string_member(text, key, true); }

bool has_true_member(std::string_view text, std::string_view key)
{
    auto const quoted = '"' + std::string{key} + '"';
    auto at = text.find(quoted);
    for (int attempts = 0; at != text.npos && attempts < most_attempts; ++attempts) {
        if (value_behind(text, at, quoted.size()).starts_with("true")) return true;
        at = text.find(quoted, at + 1);
    }
    return false;
}

bool read_cut_body(call_view const& call, reading& into)
{
    if (into.model.empty()) into.model = first_string_member(call.body, "model");
    for (auto piece : {call.tail, call.body}) // Gemini's stands at the end
        if (into.model.empty()) into.model = last_string_member(piece, "modelVersion");
    for (std::string_view key : {"finish_reason", "stop_reason", "finishReason"})
        for (auto piece : {call.tail, call.body})
            if (into.finish_reason.empty()) into.finish_reason = last_string_member(piece, key);

    return read_last_usage(call.tail, call, into) || read_last_usage(call.body, call, into);
}

} // namespace weir::gateway::formats
