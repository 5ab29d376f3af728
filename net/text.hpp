#pragma once

#include <cstddef>
#include <cstdint>
#include <optional>
#include <string>
#include <string_view>

/// Text as HTTP and configuration have it: ASCII, whatever the locale.
namespace weir::net
{

constexpr char lower(char c) { return c >= 'A' && c <= 'Z' ? static_cast<char>(c - 'A' + 'a') : c; }

/// Equal but for the case of ASCII letters.
bool iequals(std::string_view a, std::string_view b);
bool istarts_with(std::string_view text, std::string_view prefix);
bool icontains(std::string_view text, std::string_view part);
std::string to_lower(std::string_view text);

/// Without spaces and tabs at both ends.
std::string_view trimmed(std::string_view text);

/// Calls `use` with each non-empty element of a comma-separated list, trimmed.
template <class Use>
void for_each_element(std::string_view list, Use use)
{
    while (!list.empty()) {
        auto const comma = list.find(',');
        auto const element = trimmed(list.substr(0, comma));
        if (!element.empty()) use(element);
        list.remove_prefix(comma == list.npos ? list.size() : comma + 1);
    }
}

/// In decimal, with as few digits as tell it from its neighbours.
std::string number_text(double number);

/// A decimal number of digits only; none when it does not fit.
std::optional<std::uint64_t> parse_number(std::string_view text);

/// What a header's or a URL's bytes say, as clean UTF-8: taken as UTF-8 where they are that, else as Latin-1. NUL is
/// left out.
std::string clean_text(std::string_view bytes);

/// Percent-decoding of one path segment or query value; what is no escape stays as it is.
std::string percent_decoded(std::string_view text);

/// Characters of UTF-8 text.
std::size_t character_count(std::string_view text);

/// Lower-case hexadecimal digits.
std::string to_hex(std::string_view bytes);

} // namespace weir::net
