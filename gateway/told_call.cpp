#include "gateway/told_call.hpp"

#include "net/text.hpp"
#include "net/time_text.hpp"
#include "pricing/cost.hpp"
#include "storage/request_record.hpp"

#include <boost/json/object.hpp>
#include <boost/json/parse.hpp>
#include <boost/json/serialize.hpp>
#include <boost/json/value.hpp>

#include <algorithm>
#include <array>
#include <cmath>

namespace weir::gateway
{

namespace json = boost::json;

namespace
{

constexpr std::size_t most_told_depth = 64;
/// As many as the gateway takes of a request.
constexpr std::size_t most_headers = 500;
constexpr double us_of_ms = 1e3, us_of_second = 1e6;

/// What is wrong, or nothing.
using problem = std::string;

problem wrong(std::string_view path, std::string_view what) { return std::string(path) + ": " + std::string(what); }

/// A member, where null is as good as none.
json::value const* member(json::object const& of, std::string_view name)
{
    auto const* found = of.if_contains(name);
    return found && !found->is_null() ? found : nullptr;
}

problem read_text(json::object const& from, std::string_view name, std::string_view path, std::string& to)
{
    auto const* found = member(from, name);
    if (!found) return {};
    auto const* text = found->if_string();
    if (!text) return wrong(path, "must be a string");
    to = net::clean_text({text->data(), text->size()});
    return {};
}

/// Whether text is one JSON object a line, as the streams of SDKs are written down.
bool is_lines_of_json(std::string_view text)
{
    auto const end = text.find('\n');
    if (end == text.npos || !text.starts_with('{')) return false;
    auto const first = net::trimmed(text.substr(0, end - (end > 0 && text[end - 1] == '\r')));
    return first.ends_with('}') && text.find('{', end) != text.npos;
}

std::optional<double> number(json::value const& from)
{
    if (!from.is_number()) return std::nullopt;
    return from.to_number<double>();
}

std::optional<std::int64_t> whole(double us)
{
    constexpr double most = 4e15; // the year 2096
    if (!(std::abs(us) < most)) return std::nullopt;
    return std::llround(us);
}

/// `{seconds, milliseconds}`, a text of digits (milliseconds since 1970) or a date. In µs since 1970.
std::optional<std::int64_t> read_time(json::value const& from)
{
    if (auto const* parts = from.if_object()) {
        auto const *seconds = member(*parts, "seconds"), *milliseconds = member(*parts, "milliseconds");
        auto const s = seconds ? number(*seconds) : std::nullopt;
        auto const ms = milliseconds ? number(*milliseconds) : std::optional(0.0);
        return s && ms ? whole(*s * us_of_second + *ms * us_of_ms) : std::nullopt;
    }
    auto const* text = from.if_string();
    if (!text) return std::nullopt;
    std::string_view const view(text->data(), text->size());
    if (auto const ms = net::parse_number(view)) return whole(static_cast<double>(*ms) * us_of_ms);
    return net::parse_time(view);
}

std::string text_of(json::object const& from, std::string_view name)
{
    auto const* found = from.if_contains(name);
    auto const* text = found ? found->if_string() : nullptr;
    return text ? net::clean_text({text->data(), text->size()}) : std::string();
}

/// What Helicone's loggers write of calls of a tool, a vector database or other data has a name in place of a model.
std::string model_of_kind(json::value const& body)
{
    auto const* log = body.if_object();
    if (!log || member(*log, "model")) return {};
    auto const kind = text_of(*log, "_type");
    if (kind == "tool") return "tool:" + text_of(*log, "toolName");
    if (kind == "data") return "data:" + text_of(*log, "name");
    return kind == "vector_db" ? kind : std::string();
}

problem read_request(json::object const& from, told_call& to)
{
    if (auto bad = read_text(from, "url", "providerRequest.url", to.url); !bad.empty()) return bad;
    if (auto const* body = member(from, "json")) {
        to.request = json::serialize(*body);
        to.model_of_kind = model_of_kind(*body);
    }
    auto const* meta = member(from, "meta");
    if (!meta) return {};
    auto const* headers = meta->if_object();
    if (!headers) return wrong("providerRequest.meta", "must be an object");
    if (headers->size() > most_headers)
        return wrong("providerRequest.meta", "has more than " + std::to_string(most_headers) + " members");
    for (auto const& [name, value] : *headers) {
        auto const* text = value.if_string();
        if (!text) return wrong("providerRequest.meta." + std::string(name), "must be a string");
        to.headers.emplace_back(name, std::string(text->data(), text->size()));
    }
    return {};
}

bool is_status(std::int64_t status)
{
    namespace own = storage::status;
    static constexpr std::array beside_http{own::timeout, own::cancelled, own::threat, own::unknown};
    return (status >= 100 && status <= 599) ||
           std::find(beside_http.begin(), beside_http.end(), status) != beside_http.end();
}

/// What whoever made the call knows of it beyond the response: weir's own addition to Helicone's form.
problem read_knowledge(json::object const& from, told_call& to)
{
    if (auto const* cost = member(from, "cost")) {
        constexpr double most = 1e6;
        auto const dollars = number(*cost);
        if (!dollars || !(*dollars >= 0 && *dollars <= most))
            return wrong("providerResponse.cost", "must be a number of US dollars");
        to.cost_nanos = std::llround(*dollars * pricing::nanos_of_dollar);
    }
    auto const* error = member(from, "error");
    if (!error) return {};
    auto const* said = error->if_object();
    if (!said) return wrong("providerResponse.error", "must be an object");
    if (auto bad = read_text(*said, "type", "providerResponse.error.type", to.error_type); !bad.empty()) return bad;
    return read_text(*said, "message", "providerResponse.error.message", to.error_message);
}

problem read_response(json::object const& from, told_call& to)
{
    auto const* status = member(from, "status");
    if (!status || !status->is_int64() || !is_status(status->get_int64()))
        return wrong("providerResponse.status", "must be an HTTP status, -1, -3, -4 or -100");
    to.status = static_cast<int>(status->get_int64());

    if (auto const* headers = member(from, "headers")) {
        auto const* named = headers->if_object();
        if (!named) return wrong("providerResponse.headers", "must be an object");
        for (auto const& [name, value] : *named)
            if (net::iequals(name, "Content-Type") && value.is_string())
                to.response_type = std::string(value.get_string());
    }
    if (auto bad = read_text(from, "textBody", "providerResponse.textBody", to.response); !bad.empty()) return bad;
    if (!to.response.empty()) {
        if (is_lines_of_json(to.response))
            to.response_type = "application/x-ndjson";
        else if (!net::icontains(to.response_type, "event-stream"))
            to.response_type = "text/plain";
    } else if (auto const* body = member(from, "json")) {
        to.response = json::serialize(*body);
        to.response_type = "application/json";
    }
    return read_knowledge(from, to);
}

problem read_timing(json::object const& from, std::int64_t now_us, told_call& to)
{
    for (auto const& [name, member_of_call] :
         {std::pair{"startTime", &told_call::started_us}, std::pair{"endTime", &told_call::ended_us}}) {
        auto const* told = member(from, name);
        auto const time = told ? read_time(*told) : std::nullopt;
        if (!time)
            return wrong("timing." + std::string(name),
                         "must be {seconds, milliseconds} or a text: milliseconds since 1970, or a date");
        to.*member_of_call = *time;
    }
    to.started_us = std::max<std::int64_t>(to.started_us, 0);
    to.ended_us = std::max(to.ended_us, to.started_us);
    // A clock that is ahead must not change how long the call took.
    auto const ahead = std::clamp<std::int64_t>(to.ended_us - now_us, 0, to.ended_us);
    to.started_us = std::max<std::int64_t>(to.started_us - ahead, 0);
    to.ended_us -= ahead;

    auto const* first = member(from, "timeToFirstToken");
    if (!first) return {};
    auto const ms = number(*first);
    auto const us = ms && *ms >= 0 ? whole(*ms * us_of_ms) : std::nullopt;
    if (!us) return wrong("timing.timeToFirstToken", "must be a number of milliseconds");
    to.first_token_us = us;
    return {};
}

/// The member of that name, which must be an object.
json::object const* object_in(json::object const& from, std::string_view name)
{
    auto const* found = from.if_contains(name);
    return found ? found->if_object() : nullptr;
}

problem read(json::object const& from, std::int64_t now_us, told_call& to)
{
    auto const *request = object_in(from, "providerRequest"), *response = object_in(from, "providerResponse");
    if (!request) return wrong("providerRequest", "must be an object");
    if (!response) return wrong("providerResponse", "must be an object");
    if (auto bad = read_request(*request, to); !bad.empty()) return bad;
    if (auto bad = read_response(*response, to); !bad.empty()) return bad;
    if (auto bad = read_text(from, "provider", "provider", to.provider); !bad.empty()) return bad;
    auto const* timing = member(from, "timing");
    if (!timing) return {};
    if (!timing->is_object()) return wrong("timing", "must be an object");
    return read_timing(timing->get_object(), now_us, to);
}

} // namespace

boost::system::result<told_call, refusal> read_told_call(std::string_view text, std::int64_t now_us)
{
    json::error_code error;
    json::parse_options options;
    options.max_depth = most_told_depth;
    auto const parsed = json::parse(json::string_view(text.data(), text.size()), error, {}, options);
    if (error) return refusal{errc::malformed_request, "the body is not valid JSON: " + error.message()};
    auto const* whole_log = parsed.if_object();
    if (!whole_log) return refusal{errc::malformed_request, "the body must be an object"};

    told_call call;
    call.started_us = call.ended_us = now_us;
    if (auto bad = read(*whole_log, now_us, call); !bad.empty())
        return refusal{errc::malformed_request, std::move(bad)};
    return call;
}

} // namespace weir::gateway
