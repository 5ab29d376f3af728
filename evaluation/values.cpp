#include "evaluation/values.hpp"

#include <boost/json/parse.hpp>
#include <boost/json/serialize.hpp>
#include <boost/json/string.hpp>
#include <re2/re2.h>

#include <algorithm>
#include <charconv>
#include <cmath>
#include <cstring>

namespace weir::evaluation
{

namespace json = boost::json;

namespace
{

/// Of JSON in a text.
constexpr std::size_t deepest_value = 72;

} // namespace

std::string as_text(json::value const& value)
{
    if (auto const* const text = value.if_string()) return {text->data(), text->size()};
    return json::serialize(value);
}

std::string folded(std::string_view text)
{
    std::string out(text);
    for (auto& c : out)
        if (c >= 'A' && c <= 'Z') c = static_cast<char>(c - 'A' + 'a');
    return out;
}

bool has_part(std::string_view text, std::string_view part)
{
    return memmem(text.data(), text.size(), part.data(), part.size()) != nullptr;
}

std::size_t characters(std::string_view text)
{
    auto const begins = [](char c) { return (static_cast<unsigned char>(c) & 0xc0U) != 0x80U; };
    return static_cast<std::size_t>(std::count_if(text.begin(), text.end(), begins));
}

std::optional<double> number_in(json::value const& value)
{
    double number = 0;
    if (value.is_number()) {
        number = value.to_number<double>();
        return std::isfinite(number) ? std::optional(number) : std::nullopt;
    }
    auto const* const text = value.if_string();
    if (!text) return std::nullopt;
    auto const [end, error] = std::from_chars(text->data(), text->data() + text->size(), number);
    if (error != std::errc() || end != text->data() + text->size() || !std::isfinite(number)) return std::nullopt;
    return number;
}

std::optional<json::value> as_json(json::value const& value)
{
    auto const* const text = value.if_string();
    if (!text) return value;
    json::parse_options options;
    options.max_depth = deepest_value;
    boost::system::error_code bad;
    auto parsed = json::parse(*text, bad, {}, options);
    return bad ? std::nullopt : std::optional(std::move(parsed));
}

std::shared_ptr<RE2 const> read_pattern(std::string_view pattern, bool ignores_case, std::string& problem)
{
    constexpr std::int64_t most_memory = std::int64_t{1} << 20;
    RE2::Options options;
    options.set_log_errors(false);
    options.set_max_mem(most_memory);
    options.set_case_sensitive(!ignores_case);
    auto compiled = std::make_shared<RE2 const>(re2::StringPiece(pattern.data(), pattern.size()), options);
    if (compiled->ok()) return compiled;
    problem = "is no regular expression of RE2: " + compiled->error();
    return nullptr;
}

} // namespace weir::evaluation
