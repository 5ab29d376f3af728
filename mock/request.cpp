#include "mock/request.hpp"

#include <algorithm>

namespace weir::mock
{
namespace
{

char lower(char c) { return c >= 'A' && c <= 'Z' ? static_cast<char>(c + 32) : c; }

int hex_digit(char c)
{
    if (c >= '0' && c <= '9') return c - '0';
    auto const l = lower(c);
    return l >= 'a' && l <= 'f' ? l - 'a' + 10 : -1;
}

} // namespace

std::string_view request::path() const
{
    auto const text = std::string_view(target);
    return text.substr(0, text.find('?'));
}

std::string_view request::query() const
{
    auto const text = std::string_view(target);
    auto const mark = text.find('?');
    return mark == std::string_view::npos ? std::string_view{} : text.substr(mark + 1);
}

std::string_view request::header(std::string_view lower_name) const
{
    for (auto const& [name, value] : headers)
        if (equals_lower(name, lower_name)) return value;
    return {};
}

std::optional<std::string> request::parameter(std::string_view name) const
{
    std::optional<std::string> found;
    each_parameter(query(), [&found, name](std::string_view n, std::string_view value) {
        if (!found && n == name) found = percent_decoded(value);
    });
    return found;
}

void request::append(std::string_view bytes)
{
    body_bytes += bytes.size();
    auto const room = kept_body_bytes - body.size();
    body.append(bytes.substr(0, room));
    if (bytes.size() <= room && tail.empty()) return;
    tail.append(bytes.substr(std::min(room, bytes.size())));
    if (tail.size() > 2 * kept_tail_bytes) tail.erase(0, tail.size() - kept_tail_bytes);
}

bool equals_lower(std::string_view any, std::string_view lower_text)
{
    if (any.size() != lower_text.size()) return false;
    for (std::size_t i = 0; i < any.size(); ++i)
        if (lower(any[i]) != lower_text[i]) return false;
    return true;
}

std::string to_lower(std::string_view text)
{
    std::string result(text);
    for (auto& c : result) c = lower(c);
    return result;
}

std::string percent_decoded(std::string_view text)
{
    std::string result;
    for (std::size_t i = 0; i < text.size(); ++i) {
        auto const is_escape =
            text[i] == '%' && i + 2 < text.size() && hex_digit(text[i + 1]) >= 0 && hex_digit(text[i + 2]) >= 0;
        if (is_escape) {
            result += static_cast<char>(hex_digit(text[i + 1]) * 16 + hex_digit(text[i + 2]));
            i += 2;
        } else {
            result += text[i] == '+' ? ' ' : text[i];
        }
    }
    return result;
}

vendor vendor_of(request const& of)
{
    auto const path = of.path();
    auto const has = [path](std::string_view part) { return path.find(part) != std::string_view::npos; };
    if (has("/v1beta/openai/")) return vendor::openai;
    auto const verb = path.rfind(':');
    if (has("/v1beta") || (verb != std::string_view::npos && path.find('/', verb) == std::string_view::npos))
        return vendor::gemini;
    if (has("/v1/messages") || !of.header("anthropic-version").empty()) return vendor::anthropic;
    if (!of.header("x-goog-api-key").empty()) return vendor::gemini;
    return vendor::openai;
}

bool has_invalid_credential(request const& of)
{
    for (auto const& [name, value] : of.headers) {
        if (value == "invalid" &&
            (equals_lower(name, "x-api-key") || equals_lower(name, "api-key") || equals_lower(name, "x-goog-api-key")))
            return true;
        if (value == "Bearer invalid" && equals_lower(name, "authorization")) return true;
    }
    return of.query().find("key=") != std::string_view::npos && of.parameter("key") == "invalid";
}

} // namespace weir::mock
