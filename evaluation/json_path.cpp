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

std::optional<json_path> json_path::parse(std::string_view text)
{
    if (!text.starts_with('$')) return std::nullopt;
    text.remove_prefix(1);
    json_path path;
    while (!text.empty()) {
        if (text.front() == '.') {
            std::size_t end = 1;
            while (end < text.size() && is_name_part(text[end])) ++end;
            if (end == 1) return std::nullopt;
            path.steps_.emplace_back(std::string(text.substr(1, end - 1)));
            text.remove_prefix(end);
            continue;
        }
        if (text.size() < 3 || text.front() != '[') return std::nullopt;
        if (char const quote = text[1]; quote == '\'' || quote == '"') {
            auto const end = text.find(quote, 2);
            if (end == text.npos || text.substr(end + 1, 1) != "]") return std::nullopt;
            path.steps_.emplace_back(std::string(text.substr(2, end - 2)));
            text.remove_prefix(end + 2);
            continue;
        }
        std::ptrdiff_t index = 0;
        auto const [end, error] = std::from_chars(text.data() + 1, text.data() + text.size(), index);
        auto const used = static_cast<std::size_t>(end - text.data());
        if (error != std::errc() || text.substr(used, 1) != "]") return std::nullopt;
        path.steps_.emplace_back(index);
        text.remove_prefix(used + 1);
    }
    return path;
}

boost::json::value const* json_path::find(boost::json::value const& in) const
{
    auto const* at = &in;
    for (auto const& step : steps_) {
        if (auto const* const name = std::get_if<std::string>(&step)) {
            auto const* const object = at->if_object();
            at = object ? object->if_contains(*name) : nullptr;
        } else {
            auto const* const array = at->if_array();
            if (!array) return nullptr;
            auto const size = static_cast<std::ptrdiff_t>(array->size());
            auto const index = std::get<std::ptrdiff_t>(step);
            auto const place = index < 0 ? size + index : index;
            at = place >= 0 && place < size ? &(*array)[static_cast<std::size_t>(place)] : nullptr;
        }
        if (!at) return nullptr;
    }
    return at;
}

} // namespace weir::evaluation
