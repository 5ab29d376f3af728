#include "api/promptlayer/values.hpp"

#include "net/text.hpp"
#include "net/time_text.hpp"

#include <boost/json/serialize.hpp>
#include <boost/json/string_view.hpp>

#include <algorithm>
#include <charconv>
#include <cmath>
#include <cstdio>

namespace weir::api::promptlayer
{
namespace
{

/// Numbers of seconds; what is greater than any of these is milliseconds.
constexpr double most_seconds = 1e11, us_of_unix_second = 1e6, us_of_unix_ms = 1e3;

std::optional<std::int64_t> us_of_number(double number)
{
    if (!std::isfinite(number)) return std::nullopt;
    auto const us = std::abs(number) > most_seconds ? number * us_of_unix_ms : number * us_of_unix_second;
    constexpr double most_us = 4e15; // the year 2096
    if (us < 0 || us > most_us) return std::nullopt;
    return std::llround(us);
}

std::optional<std::int64_t> us_of_text(std::string_view text)
{
    text = net::trimmed(text);
    if (auto const us = net::parse_time(text)) return us;
    double number = 0;
    auto const [end, bad] = std::from_chars(text.data(), text.data() + text.size(), number);
    if (text.empty() || bad != std::errc{} || end != text.data() + text.size()) return std::nullopt;
    return us_of_number(number);
}

} // namespace

std::optional<failure> problem_with_workspace(std::optional<std::int64_t> const& given)
{
    if (!given || *given == own_workspace) return std::nullopt;
    return failure(errc::forbidden, "workspace_id: the only workspace of this key is 1");
}

result<std::int64_t> time_us(time_value const& given, std::string_view field)
{
    auto const us = std::holds_alternative<double>(given) ? us_of_number(std::get<double>(given))
                                                          : us_of_text(std::get<std::string>(given));
    if (!us)
        return unprocessable(std::string(field) +
                             ": must be seconds since 1970 or a time such as 2026-01-31T12:00:00.5Z");
    return *us;
}

std::string time_text(std::int64_t time_us)
{
    constexpr std::int64_t us_of_millisecond = 1000;
    auto text = net::time_text(time_us); // ends in milliseconds and Z
    auto const rest = ((time_us % us_of_millisecond) + us_of_millisecond) % us_of_millisecond;
    char digits[8];
    std::snprintf(digits, sizeof digits, "%03dZ", static_cast<int>(rest));
    text.pop_back();
    return text + digits;
}

std::optional<failure> problem_with_value(std::string_view field, std::string_view text, std::size_t longest)
{
    if (text.size() > longest && net::character_count(text) > longest)
        return unprocessable(std::string(field) + ": is longer than " + std::to_string(longest) + " characters");
    if (text.find('\0') != text.npos) return unprocessable(std::string(field) + ": contains a NUL character");
    return std::nullopt;
}

std::optional<failure> problem_with_tags(std::vector<std::string> const& tags, std::string_view field)
{
    auto const name = std::string(field);
    if (tags.size() > most_tags) return unprocessable(name + ": at most " + std::to_string(most_tags));
    for (std::size_t i = 0; i < tags.size(); ++i) {
        auto const here = name + "[" + std::to_string(i) + "]";
        if (tags[i].empty()) return unprocessable(here + ": is empty");
        if (auto bad = problem_with_value(here, tags[i], longest_tag)) return bad;
    }
    return std::nullopt;
}

std::optional<failure> problem_with_metadata(metadata_map const& metadata, std::string_view field)
{
    auto const name = std::string(field);
    if (metadata.size() > most_metadata)
        return unprocessable(name + ": at most " + std::to_string(most_metadata) + " members");
    for (auto const& [key, value] : metadata) {
        if (key.empty()) return unprocessable(name + ": a member needs a name");
        if (auto bad = problem_with_value(name, key, longest_metadata_key)) return bad;
        if (auto bad = problem_with_value(path_of(field, key), value, longest_metadata_value)) return bad;
    }
    return std::nullopt;
}

std::string path_of(std::string_view object, std::string_view key)
{
    bool const is_plain = !key.empty() && key.size() <= 64 && std::ranges::all_of(key, [](char c) {
        return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || (c >= '0' && c <= '9') || c == '_' || c == '-';
    });
    if (is_plain) return std::string(object) + "." + std::string(key);
    constexpr std::size_t longest = 64;
    auto cut = std::min(longest, key.size());
    while (cut < key.size() && cut > 0 && (static_cast<unsigned char>(key[cut]) & 0xc0) == 0x80) --cut;
    auto const shown = boost::json::serialize(boost::json::string_view(key.substr(0, cut)));
    return std::string(object) + "[" + shown + "]";
}

} // namespace weir::api::promptlayer
