#include "gateway/content_type.hpp"

#include "net/text.hpp"

#include <algorithm>
#include <array>

namespace weir::gateway
{

std::string media_type(std::string_view content_type)
{
    return net::to_lower(net::trimmed(content_type.substr(0, content_type.find(';'))));
}

body_kind kind_of_body(std::string_view content_type)
{
    auto const type = media_type(content_type);
    if (type.starts_with("multipart/")) return body_kind::multipart;
    if (type.empty() || type.starts_with("text/") || type.ends_with("+json") || type.ends_with("+xml"))
        return body_kind::text;
    static constexpr std::array texts{
        std::string_view("application/json"),       std::string_view("application/x-ndjson"),
        std::string_view("application/jsonl"),      std::string_view("application/xml"),
        std::string_view("application/javascript"), std::string_view("application/x-www-form-urlencoded"),
        std::string_view("application/graphql"),    std::string_view("application/problem+json"),
    };
    return std::find(texts.begin(), texts.end(), type) != texts.end() ? body_kind::text : body_kind::binary;
}

bool is_event_stream(std::string_view content_type)
{
    auto const type = media_type(content_type);
    return type == "text/event-stream" || type == "application/x-ndjson" || type == "application/jsonl";
}

std::string type_parameter(std::string_view content_type, std::string_view name)
{
    auto rest = content_type;
    for (;;) {
        auto const semicolon = rest.find(';');
        if (semicolon == rest.npos) return {};
        rest.remove_prefix(semicolon + 1);
        auto const parameter = net::trimmed(rest.substr(0, rest.find(';')));
        auto const equals = parameter.find('=');
        if (equals == parameter.npos || !net::iequals(parameter.substr(0, equals), name)) continue;
        auto value = parameter.substr(equals + 1);
        if (value.size() >= 2 && value.front() == '"' && value.back() == '"') value = value.substr(1, value.size() - 2);
        return std::string(value);
    }
}

} // namespace weir::gateway
