#include "evaluation/json_path.hpp"

#include <boost/json/array.hpp>
#include <boost/json/object.hpp>

#include <charconv>

namespace weir::evaluation
{
namespace
{

bool is_name_part(char c)
{
    bool const letter = (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z');
    return letter || (c >= '0' && c <= '9') || c == '_' || c == '-' || (static_cast<unsigned char>(c) & 0x80U) != 0;
}

} // namespace

/// Takes a step out of the text; none when there is none.
std::optional<json_path::step> json_path::next_step(std::string_view& text, wildcards how)
{
    auto const star = text.starts_with(".*") ? 2U : text.starts_with("[*]") ? 3U : 0U;
    if (star > 0) {
        if (how == wildcards::refused) return std::nullopt;
        text.remove_prefix(star);
        return step(each{});
    }
    if (text.front() == '.') {
        std::size_t end = 1;
        while (end < text.size() && is_name_part(text[end])) ++end;
        if (end == 1) return std::nullopt;
        step name(std::string(text.substr(1, end - 1)));
        text.remove_prefix(end);
        return name;
    }
    if (text.size() < 3 || text.front() != '[') return std::nullopt;
    if (char const quote = text[1]; quote == '\'' || quote == '"') {
        auto const end = text.find(quote, 2);
        if (end == text.npos || text.substr(end + 1, 1) != "]") return std::nullopt;
        step name(std::string(text.substr(2, end - 2)));
        text.remove_prefix(end + 2);
        return name;
    }
    std::ptrdiff_t index = 0;
    auto const [end, error] = std::from_chars(text.data() + 1, text.data() + text.size(), index);
    auto const used = static_cast<std::size_t>(end - text.data());
    if (error != std::errc() || text.substr(used, 1) != "]") return std::nullopt;
    text.remove_prefix(used + 1);
    return step(index);
}

std::optional<json_path> json_path::parse(std::string_view text, wildcards how)
{
    if (!text.starts_with('$')) return std::nullopt;
    text.remove_prefix(1);
    json_path path;
    while (!text.empty()) {
        auto next = next_step(text, how);
        if (!next) return std::nullopt;
        path.steps_.push_back(std::move(*next));
    }
    return path;
}

boost::json::value const* json_path::find(boost::json::value const& in) const
{
    auto const found = find_all(in, 1);
    return found.empty() ? nullptr : found.front();
}

std::vector<boost::json::value const*> json_path::find_all(boost::json::value const& in, std::size_t most) const
{
    std::vector<boost::json::value const*> found;
    collect(in, 0, most, found);
    return found;
}

/// Walks the steps from the one that is `from`, which is as deep as the path is long.
void json_path::collect(boost::json::value const& at, std::size_t from, std::size_t most,
                        std::vector<boost::json::value const*>& to) const
{
    if (to.size() >= most) return;
    if (from == steps_.size()) {
        to.push_back(&at);
        return;
    }
    auto const* const object = at.if_object();
    auto const* const array = at.if_array();
    if (auto const* const name = std::get_if<std::string>(&steps_[from])) {
        if (auto const* const next = object ? object->if_contains(*name) : nullptr) collect(*next, from + 1, most, to);
    } else if (auto const* const given = std::get_if<std::ptrdiff_t>(&steps_[from])) {
        auto const size = array ? static_cast<std::ptrdiff_t>(array->size()) : 0;
        auto const place = *given < 0 ? size + *given : *given;
        if (place >= 0 && place < size) collect((*array)[static_cast<std::size_t>(place)], from + 1, most, to);
    } else if (array) {
        for (auto const& element : *array) collect(element, from + 1, most, to);
    } else if (object) {
        for (auto const& member : *object) collect(member.value(), from + 1, most, to);
    }
}

} // namespace weir::evaluation
