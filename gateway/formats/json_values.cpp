#include "gateway/formats/json_values.hpp"

#include "net/utf8.hpp"

#include <boost/json/parse.hpp>

#include <algorithm>
#include <cmath>

namespace weir::gateway::formats
{
namespace
{

constexpr std::int64_t most_count = std::int64_t{1} << 53; // what a double holds exactly, and JavaScript too

bool is_space(char c) { return c == ' ' || c == '\t' || c == '\n' || c == '\r'; }

} // namespace

std::string_view without_preamble(std::string_view text)
{
    constexpr std::string_view byte_order_mark = "\xEF\xBB\xBF";
    if (text.starts_with(byte_order_mark)) text.remove_prefix(byte_order_mark.size());
    while (!text.empty()) {
        if (is_space(text.front()))
            text.remove_prefix(1);
        else if (text.front() == ':')
            text.remove_prefix(std::min(text.find('\n'), text.size()));
        else
            break;
    }
    return text;
}

std::string_view trimmed(std::string_view text)
{
    while (!text.empty() && is_space(text.front())) text.remove_prefix(1);
    while (!text.empty() && is_space(text.back())) text.remove_suffix(1);
    return text;
}

std::optional<json::value> parse_json(std::string_view text, json::storage_ptr storage)
{
    json::parse_options options;
    options.max_depth = 64;
    options.allow_invalid_utf8 = true; // one bad byte in a message is no reason to lose its usage
    boost::system::error_code error;
    auto parsed = json::parse(without_preamble(text), error, std::move(storage), options);
    if (error) return std::nullopt;
    return parsed;
}

json::value const* value_at(json::object const* from, std::string_view key)
{
    return from ? from->if_contains(key) : nullptr;
}

json::object const* object_at(json::object const* from, std::string_view key)
{
    auto const* found = value_at(from, key);
    return found ? found->if_object() : nullptr;
}

json::array const* array_at(json::object const* from, std::string_view key)
{
    auto const* found = value_at(from, key);
    return found ? found->if_array() : nullptr;
}

std::string_view text_at(json::object const* from, std::string_view key)
{
    auto const* found = value_at(from, key);
    auto const* text = found ? found->if_string() : nullptr;
    return text ? std::string_view{*text} : std::string_view{};
}

std::optional<double> number_at(json::object const* from, std::string_view key)
{
    auto const* found = value_at(from, key);
    if (!found) return std::nullopt;
    boost::system::error_code error;
    auto const number = found->to_number<double>(error);
    if (error || !std::isfinite(number)) return std::nullopt;
    return number;
}

bool true_at(json::object const* from, std::string_view key)
{
    auto const* found = value_at(from, key);
    return found && found->is_bool() && found->get_bool();
}

std::optional<std::int64_t> count_of(json::value const* from)
{
    if (!from) return std::nullopt;
    if (auto const* n = from->if_int64()) return *n >= 0 && *n <= most_count ? std::optional{*n} : std::nullopt;
    if (auto const* n = from->if_double())
        if (*n >= 0 && *n <= static_cast<double>(most_count) && *n == std::floor(*n))
            return static_cast<std::int64_t>(*n);
    return std::nullopt; // an unsigned value in Boost.JSON is one above the signed range
}

std::optional<std::int64_t> count_at(json::object const* from, std::string_view key)
{
    return count_of(value_at(from, key));
}

std::optional<std::int64_t> plus(std::optional<std::int64_t> a, std::optional<std::int64_t> b)
{
    if (!a || !b) return a ? a : b;
    return std::min(*a + *b, most_count);
}

std::string clean_text(std::string_view text, std::size_t most)
{
    std::string result;
    result.reserve(std::min(text.size(), most));
    while (!text.empty() && result.size() < most) {
        auto const size = net::utf8_length(text);
        if (size == 0)
            result += "\xEF\xBF\xBD";
        else if (result.size() + size > most)
            break;
        else
            result += text.substr(0, size);
        text.remove_prefix(std::max<std::size_t>(size, 1));
    }
    return result;
}

} // namespace weir::gateway::formats
