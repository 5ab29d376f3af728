#include "gateway/content_type.hpp"

#include "net/text.hpp"

#include <algorithm>
#include <array>

namespace weir::gateway
{

namespace
{

/// What nearly every body is: told without a copy.
constexpr std::string_view usual_type = "application/json";

} // namespace

std::string media_type(std::string_view content_type)
{
    return net::to_lower(net::trimmed(content_type.substr(0, content_type.find(';'))));
}

bool is_json(std::string_view content_type)
{
    return content_type == usual_type || media_type(content_type) == usual_type;
}

body_kind kind_of_body(std::string_view content_type)
{
    if (content_type == usual_type) return body_kind::text;
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
    if (content_type == usual_type) return false;
    auto const type = media_type(content_type);
    return type == "text/event-stream" || type == "application/x-ndjson" || type == "application/jsonl";
}

std::string type_parameter(std::string_view content_type, std::string_view name)
{
    // RFC 9110 §5.6.6: token "=" ( token / quoted-string ), after each semicolon that is not within quotes.
    auto rest = content_type.substr(std::min(content_type.find(';'), content_type.size()));
    while (!rest.empty()) {
        rest.remove_prefix(1);
        auto const equals = rest.find_first_of("=;");
        if (equals == rest.npos) return {};
        auto const found = net::trimmed(rest.substr(0, equals));
        rest.remove_prefix(equals);
        if (rest.front() == ';') continue;
        rest.remove_prefix(1);

        std::string value;
        bool const quoted = rest.starts_with('"');
        if (quoted) rest.remove_prefix(1);
        while (!rest.empty() && rest.front() != (quoted ? '"' : ';')) {
            if (quoted && rest.front() == '\\' && rest.size() > 1) rest.remove_prefix(1);
            value += rest.front();
            rest.remove_prefix(1);
        }
        if (net::iequals(found, name)) return quoted ? value : std::string(net::trimmed(value));
        rest.remove_prefix(std::min(rest.find(';'), rest.size()));
    }
    return {};
}

} // namespace weir::gateway
