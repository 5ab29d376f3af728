#include "gateway/formats/assembly.hpp"

namespace weir::gateway::formats
{
namespace
{

constexpr std::string_view text_keys[] = {"text", "thinking", "summary", "data"};

/// The key under which both parts have a text, if the second continues the first.
std::string_view continued_key(json::object const& last, json::object const& next)
{
    if (text_at(&last, "type") != text_at(&next, "type") || count_at(&last, "index") != count_at(&next, "index"))
        return {};
    for (auto key : text_keys) {
        auto const *a = value_at(&last, key), *b = value_at(&next, key);
        if (a && b && a->is_string() && b->is_string()) return key;
        if (a && b && a->is_array() && b->is_array()) return key; // Mistral: thinking is a list of text parts
    }
    return {};
}

} // namespace

void append_text(json::object& to, std::string_view key, std::string_view text)
{
    auto& member = to[key];
    if (auto* present = member.if_string())
        present->append(text);
    else if (auto* parts = member.if_array())
        append_part(*parts, {{"type", "text"}, {"text", text}});
    else
        member = text;
}

void append_part(json::array& to, json::value const& part)
{
    auto* last = to.empty() ? nullptr : to.back().if_object();
    auto const* next = part.if_object();
    auto const key = last && next ? continued_key(*last, *next) : std::string_view{};
    if (key.empty()) {
        to.push_back(part);
        return;
    }
    for (auto const& member : *next) {
        auto& present = (*last)[member.key()];
        if (member.key() != key)
            present = member.value();
        else if (auto* list = present.if_array())
            for (auto const& inner : member.value().get_array()) append_part(*list, inner);
        else
            present.get_string().append(member.value().get_string());
    }
}

void append_all(json::object& to, std::string_view key, json::array const& from)
{
    auto& member = to[key];
    if (!member.is_array()) member.emplace_array();
    for (auto const& part : from) member.get_array().push_back(part);
}

void put_members(json::object& to, json::object const& from)
{
    for (auto const& member : from)
        if (!member.value().is_null()) to[member.key()] = member.value();
}

json::object* element(json::array& of, std::int64_t index)
{
    auto const size = static_cast<std::int64_t>(of.size());
    if (index < 0 || index > size) return nullptr;
    if (index == size) of.emplace_back(json::object{});
    auto& found = of[static_cast<std::size_t>(index)];
    if (!found.is_object()) found.emplace_object();
    return &found.get_object();
}

} // namespace weir::gateway::formats
