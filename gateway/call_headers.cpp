#include "gateway/call_headers.hpp"

#include "net/text.hpp"

#include <algorithm>
#include <array>

namespace weir::gateway
{
namespace
{

using http_field = boost::beast::http::field;
using net::iequals;
using namespace std::string_view_literals;

/// Reserved headers that stand in the row as properties, under this spelling. Those of the features that weir does not
/// have (cache, rate limit, retry, fallback, moderation, token limits) are among them, so that a later analysis can
/// tell who asked for what. Headers that carry secrets are not: Helicone-Fallbacks holds provider keys.
constexpr std::array property_headers{
    std::string_view("Helicone-Session-Id"),
    std::string_view("Helicone-Session-Name"),
    std::string_view("Helicone-Session-Path"),
    std::string_view("Helicone-Prompt-Id"),
    std::string_view("Helicone-Prompt-Mode"),
    std::string_view("Helicone-Prompt-Name"),
    std::string_view("Helicone-Prompt-Format"),
    std::string_view("Helicone-Experiment-Id"),
    std::string_view("Helicone-Experiment-Column-Id"),
    std::string_view("Helicone-Experiment-Row-Index"),
    std::string_view("Helicone-Eval-Id"),
    std::string_view("Helicone-Node-Id"),
    std::string_view("Helicone-Job-Id"),
    std::string_view("Helicone-Webhook-Enabled"),
    std::string_view("Helicone-Cache-Enabled"),
    std::string_view("Helicone-Cache-Read"),
    std::string_view("Helicone-Cache-Save"),
    std::string_view("Helicone-Cache-Bucket-Max-Size"),
    std::string_view("Helicone-Cache-Seed"),
    std::string_view("Helicone-Cache-Ignore-Keys"),
    std::string_view("Helicone-Cache-Control"),
    std::string_view("Helicone-RateLimit-Policy"),
    std::string_view("Helicone-Retry-Enabled"),
    std::string_view("Helicone-Retry-Num"),
    std::string_view("Helicone-Retry-Factor"),
    std::string_view("Helicone-Retry-Min-Timeout"),
    std::string_view("Helicone-Retry-Max-Timeout"),
    std::string_view("Helicone-Moderations-Enabled"),
    std::string_view("Helicone-LLM-Security-Enabled"),
    std::string_view("Helicone-LLM-Security-Advanced"),
    std::string_view("Helicone-Prompt-Security-Enabled"),
    std::string_view("Helicone-Token-Limit-Exception-Handler"),
    std::string_view("Helicone-Stream-Force-Format"),
    std::string_view("Helicone-AI-Gateway-Body-Mapping"),
};

constexpr std::string_view property_prefix = "Helicone-Property-";

void put_property(call_headers& to, std::string name, std::string value)
{
    auto const same =
        std::find_if(to.properties.begin(), to.properties.end(), [&](auto const& p) { return p.first == name; });
    if (same != to.properties.end())
        same->second = std::move(value);
    else
        to.properties.emplace_back(std::move(name), std::move(value));
}

bool is_true(std::string_view value) { return value == "true"; }

prompt_mode prompt_mode_of(std::string_view value)
{
    if (value == "production") return prompt_mode::production;
    if (value == "testing") return prompt_mode::testing;
    if (value == "deactivated") return prompt_mode::deactivated;
    return prompt_mode::unknown;
}

void read_helicone_header(call_headers& to, net::field const& f)
{
    auto const text = [&] { return mentions_gateway_key(f.value) ? "REDACTED" : net::clean_text(f.value); };
    if (net::istarts_with(f.name, property_prefix)) {
        auto const name = f.name.substr(property_prefix.size());
        if (!name.empty() && !mentions_gateway_key(name)) put_property(to, net::clean_text(name), text());
        return;
    }
    constexpr std::string_view input_prefix = "Helicone-Prompt-Input-";
    if (net::istarts_with(f.name, input_prefix) && f.name.size() > input_prefix.size()) {
        auto const name = f.name.substr(input_prefix.size());
        if (!mentions_gateway_key(name)) to.prompt_inputs.emplace_back(net::clean_text(name), text());
        return;
    }
    struct text_header {
        std::string_view name;
        std::string call_headers::*member;
    };
    static constexpr text_header texts[] = {
        {"Helicone-User-Id", &call_headers::user_id},
        {"Helicone-Session-Id", &call_headers::session_id},
        {"Helicone-Session-Name", &call_headers::session_name},
        {"Helicone-Session-Path", &call_headers::session_path},
        {"Helicone-Prompt-Id", &call_headers::prompt_id},
        {"Helicone-Prompt-Version", &call_headers::prompt_version},
        {"Helicone-Prompt-Mode", &call_headers::prompt_mode},
        {"Helicone-Model-Override", &call_headers::model_override},
    };
    for (auto const& h : texts)
        if (iequals(f.name, h.name)) to.*h.member = text();
    for (auto const name : property_headers)
        if (iequals(f.name, name)) put_property(to, std::string(name), text());

    if (iequals(f.name, "Helicone-Omit-Request")) to.omit_request = is_true(f.value);
    if (iequals(f.name, "Helicone-Omit-Response")) to.omit_response = is_true(f.value);
}

bool is_helicone(net::field const& f) { return f.id == http_field::unknown && net::istarts_with(f.name, "Helicone-"); }

bool is_hop_by_hop(net::field const& f, std::string_view connection)
{
    switch (f.id) {
    case http_field::connection:
    case http_field::keep_alive:
    case http_field::proxy_connection:
    case http_field::proxy_authorization:
    case http_field::proxy_authenticate:
    case http_field::te:
    case http_field::trailer:
    case http_field::transfer_encoding:
    case http_field::upgrade: return true;
    default: break;
    }
    if (connection.empty()) return false;
    // Connection may name further fields, but not those that frame, address or authorise the message.
    static constexpr std::array kept{std::string_view("Content-Length"), std::string_view("Host"),
                                     std::string_view("Authorization"),  std::string_view("Content-Type"),
                                     std::string_view("x-api-key"),      std::string_view("api-key"),
                                     std::string_view("x-goog-api-key")};
    bool named = false;
    net::for_each_element(connection, [&](std::string_view option) { named |= iequals(option, f.name); });
    return named && std::none_of(kept.begin(), kept.end(), [&](std::string_view k) { return iequals(k, f.name); });
}

constexpr std::array credential_fields{std::string_view("Authorization"), std::string_view("x-api-key"),
                                       std::string_view("api-key"), std::string_view("x-goog-api-key")};

bool is_alphanumeric(char c) { return (net::lower(c) >= 'a' && net::lower(c) <= 'z') || (c >= '0' && c <= '9'); }

} // namespace

relay_headers read_relay_headers(net::message_head const& head)
{
    relay_headers to;
    bool names_prompt = false;
    std::optional<prompt_mode> asked;
    for (auto const& f : head.fields) {
        if (!is_helicone(f)) continue;
        if (iequals(f.name, "Helicone-Prompt-Id")) names_prompt = !f.value.empty();
        if (iequals(f.name, "Helicone-Prompt-Mode")) asked = prompt_mode_of(f.value);
        if (iequals(f.name, "Helicone-Request-Id")) to.request_id = storage::uuid::parse(f.value);
        if (iequals(f.name, "Helicone-Stream-Usage")) to.wants_stream_usage = is_true(f.value);
        if (iequals(f.name, "Helicone-Increase-Timeout")) to.increase_timeout = is_true(f.value);
    }
    if (names_prompt || asked == prompt_mode::unknown) to.prompts = asked.value_or(prompt_mode::production);
    return to;
}

bool mentions_gateway_key(std::string_view text)
{
    // Looked for in every request's head: find() is much faster than one that ignores case, and keys have none to
    // ignore.
    constexpr std::string_view mark = "k-helicone-";
    for (auto at = text.find(mark); at != text.npos; at = text.find(mark, at + mark.size())) {
        bool const begins_well = at > 0 && (text[at - 1] == 's' || text[at - 1] == 'p');
        if (begins_well && (at == 1 || !is_alphanumeric(text[at - 2]))) return true; // "task-helicone-1" is no key
    }
    return false;
}

bool is_credential(std::string_view name)
{
    return std::any_of(credential_fields.begin(), credential_fields.end(),
                       [&](std::string_view c) { return iequals(c, name); });
}

std::string_view key_in_protocol(std::string_view protocol)
{
    constexpr std::string_view mark = "openai-insecure-api-key.";
    return protocol.starts_with(mark) ? protocol.substr(mark.size()) : std::string_view();
}

call_headers read_call_headers(net::message_head const& head)
{
    call_headers to;
    auto best = credential_fields.size();
    for (auto const& f : head.fields) {
        if (is_helicone(f)) read_helicone_header(to, f);
        if (iequals(f.name, "x-stainless-retry-count"))
            if (auto const count = net::parse_number(f.value); count && *count < 1000)
                to.retry_count = static_cast<int>(*count);
        for (std::size_t i = 0; i < best; ++i) {
            if (!iequals(f.name, credential_fields[i])) continue;
            to.credential = provider_value(f.value);
            if (!to.credential.empty()) best = i;
        }
    }
    if (auto const protocols = head.find(http_field::sec_websocket_protocol); protocols && to.credential.empty())
        net::for_each_element(provider_value(*protocols), [&to](std::string_view one) {
            if (to.credential.empty()) to.credential = key_in_protocol(one);
        });
    return to;
}

std::string connection_options(net::message_head const& head)
{
    std::string all;
    for (auto const& f : head.fields) {
        if (f.id != http_field::connection) continue;
        net::for_each_element(f.value, [&all](std::string_view option) {
            if (!iequals(option, "keep-alive") && !iequals(option, "close")) all.append(option).append(",");
        });
    }
    return all;
}

bool is_forwarded(net::field const& f, std::string_view connection)
{
    switch (f.id) {
    case http_field::host:
    case http_field::content_length:
    case http_field::expect:
    case http_field::forwarded:
    case http_field::sec_websocket_extensions: return false; // frames must stay readable
    case http_field::unknown:
        for (auto const own : {"Helicone-"sv, "X-Weir-"sv, "X-Forwarded-"sv, "CF-"sv})
            if (net::istarts_with(f.name, own)) return false;
        if (iequals(f.name, "X-Real-IP") || iequals(f.name, "True-Client-IP")) return false;
        break;
    default: break;
    }
    return !is_hop_by_hop(f, connection);
}

bool is_returned(net::field const& f, std::string_view connection)
{
    switch (f.id) {
    case http_field::content_length:
    case http_field::set_cookie:
        return false; // a provider's cookies are for its own site, not for whoever shares the gateway
    case http_field::unknown:
        for (auto const own : {"helicone-id"sv, "helicone-status"sv, "x-weir-error"sv})
            if (iequals(f.name, own)) return false;
        break;
    default: break;
    }
    return !is_hop_by_hop(f, connection);
}

std::string provider_value(std::string_view value)
{
    if (!mentions_gateway_key(value)) return std::string(value);
    std::string left;
    net::for_each_element(value, [&](std::string_view part) {
        if (mentions_gateway_key(part)) return;
        left.append(left.empty() ? "" : ", ").append(part);
    });
    return left;
}

bool may_have_gateway_key(std::string_view target)
{
    return target.find('%') != target.npos || mentions_gateway_key(target);
}

std::string without_gateway_key(std::string_view target, std::string& key)
{
    if (!may_have_gateway_key(target)) return std::string(target);
    std::string out;
    // Segments of the path, then parameters of the query, each behind its separator.
    auto const mark = std::min(target.find('?'), target.size());
    bool has_query = false;
    for (std::size_t at = 0; at < target.size();) {
        bool const in_path = at < mark;
        auto const end = in_path ? std::min(target.find('/', at + 1), mark)
                                 : std::min(target.find_first_of("&;", at + 1), target.size());
        auto const raw = target.substr(at + 1, end - at - 1);
        auto const part = net::percent_decoded(raw);
        if (!mentions_gateway_key(part)) {
            out += in_path || has_query ? target[at] : '?';
            out += raw;
            has_query = !in_path;
        } else if (key.empty()) {
            key = in_path ? part : part.substr(part.find('=') + 1);
        }
        at = end;
    }
    if (!out.starts_with('/')) out.insert(0, 1, '/');
    return out;
}

namespace
{

/// Names that parameters with secrets go by ("key", "X-Amz-Signature", "subscription-key", "access_token").
bool names_secret(std::string_view name)
{
    static constexpr std::array marks{std::string_view("key"),      std::string_view("token"),
                                      std::string_view("secret"),   std::string_view("signature"),
                                      std::string_view("password"), std::string_view("credential"),
                                      std::string_view("auth")};
    return iequals(name, "sig") ||
           std::any_of(marks.begin(), marks.end(), [&](std::string_view mark) { return net::icontains(name, mark); });
}

/// What looks like a key itself: OpenAI's and Anthropic's, Helicone's, Google's, Groq's.
bool looks_secret(std::string_view value)
{
    static constexpr std::array prefixes{std::string_view("sk-"), std::string_view("pk-"), std::string_view("AIza"),
                                         std::string_view("gsk_")};
    return net::icontains(value, "sk-helicone") || net::icontains(value, "pk-helicone") ||
           std::any_of(prefixes.begin(), prefixes.end(),
                       [&](std::string_view p) { return net::istarts_with(value, p); });
}

} // namespace

std::string redacted(std::string_view part)
{
    return looks_secret(net::percent_decoded(part)) ? "REDACTED" : net::clean_text(part);
}

std::string redacted_target(std::string_view target)
{
    // Without parameters, escapes and the beginning of a key there is nothing to look for: most paths end here.
    if (target.find_first_of("?%-_") == target.npos && !net::icontains(target, "/AIza")) return net::clean_text(target);
    auto const mark = std::min(target.find('?'), target.size());
    std::string out;
    // Segments of the path, then parameters of the query, each behind its separator.
    for (std::size_t at = 0; at < target.size();) {
        bool const in_path = at < mark;
        auto const end = in_path ? std::min(target.find('/', at + 1), mark) : target.find_first_of("&;", at + 1);
        auto const part = target.substr(at + 1, std::min(end, target.size()) - at - 1);
        out += target[at];
        auto const equals = in_path ? part.npos : part.find('=');
        if (equals == part.npos) {
            out += redacted(part);
        } else {
            auto const value = part.substr(equals + 1);
            bool const hidden = !value.empty() && names_secret(net::percent_decoded(part.substr(0, equals)));
            out.append(net::clean_text(part.substr(0, equals + 1))).append(hidden ? "REDACTED" : redacted(value));
        }
        at = std::min(end, target.size());
    }
    return out;
}

} // namespace weir::gateway
