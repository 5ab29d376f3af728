#include "gateway/routing.hpp"

#include "config/built_in_providers.hpp"
#include "gateway/call_headers.hpp"
#include "net/nearest.hpp"
#include "net/text.hpp"

#include <algorithm>
#include <array>
#include <optional>

namespace weir::gateway
{
namespace
{

using config::wire_format;

using namespace std::string_view_literals;

constexpr std::string_view gateway_prefix = "/v1/gateway/";

/// "openai" of "/openai/v1/models?x".
std::string_view first_segment(std::string_view target)
{
    target.remove_prefix(1);
    return target.substr(0, target.find_first_of("/?"));
}

/// What follows the first segment: empty, "/…" or "?…".
std::string_view after_first_segment(std::string_view target)
{
    return target.substr(1 + first_segment(target).size());
}

std::string_view path_of(std::string_view target) { return target.substr(0, target.find('?')); }

bool is_below(std::string_view path, std::string_view prefix)
{
    return path.starts_with(prefix) &&
           (path.size() == prefix.size() || path[prefix.size()] == '/' || prefix.back() == '/');
}

/// `base`'s path and the rest of the request's, which may repeat it.
std::string joined(std::string_view base_path, std::string_view rest)
{
    if (rest.starts_with("//")) rest.remove_prefix(1);
    if (base_path.empty() || (rest.starts_with(base_path) && is_below(path_of(rest), base_path)))
        return rest.empty() || rest.front() != '/' ? "/" + std::string(rest) : std::string(rest);
    return std::string(base_path) + std::string(rest);
}

constexpr std::array google_marks{":generateContent", ":streamGenerateContent", ":embedContent", ":batchEmbedContents",
                                  ":countTokens"};

bool has_google_method(std::string_view path)
{
    return path.find(':') != path.npos &&
           std::any_of(google_marks.begin(), google_marks.end(),
                       [path](std::string_view mark) { return path.find(mark) != path.npos; });
}

/// What a path alone says of the provider, or nothing.
std::string_view provider_by_path(std::string_view path)
{
    if (is_below(path, "/v1/messages") || path == "/v1/complete") return "anthropic";
    if (has_google_method(path)) return "google";
    if (path.starts_with("/v1/")) return {};
    if (is_below(path, "/v1beta/") || is_below(path, "/v1alpha/") || is_below(path, "/upload/v1beta/") ||
        path.starts_with("/ws/google.ai."))
        return "google";
    if (is_below(path, "/openai/deployments/")) return "azure";
    if (is_below(path, "/model/") && (path.find("/invoke") != path.npos || path.find("/converse") != path.npos))
        return "bedrock";
    for (auto const known :
         {"/api/chat"sv, "/api/generate"sv, "/api/embed"sv, "/api/embeddings"sv, "/api/tags"sv, "/api/show"sv})
        if (path == known) return "ollama";
    return {};
}

/// The version that a path of OpenAI's realtime API has: "/v1", or nothing in Helicone's own paths, which leave it out
/// or say it behind. None if the path is another.
std::optional<std::string_view> realtime_version(std::string_view path)
{
    if (path == "/v1/realtime") return "/v1"sv;
    if (path == "/realtime" || path == "/realtime/v1/realtime") return ""sv;
    return std::nullopt;
}

/// The version that a path begins with twice, as when a base URL has the one that the SDK adds itself; else empty.
std::string_view doubled_version(std::string_view path)
{
    for (auto const version : {"/v1"sv, "/v1beta"sv, "/v1alpha"sv})
        if (is_below(path, version) && is_below(path.substr(version.size()), version)) return version;
    return {};
}

bool has_parameter(std::string_view target, std::string_view name)
{
    for (auto at = target.find_first_of("?&"); at != target.npos; at = target.find_first_of("?&", at + 1)) {
        auto const rest = target.substr(at + 1);
        if (rest.starts_with(name) && rest.substr(name.size()).starts_with('=')) return true;
    }
    return false;
}

/// Whether a call to OpenAI's realtime API is meant for Azure's, whose keys are not for OpenAI.
bool is_azures_realtime(net::request_head const& head, std::string_view target)
{
    if (!realtime_version(path_of(target))) return false;
    return head.find("api-key") || has_parameter(target, "api-key") || has_parameter(target, "deployment") ||
           has_parameter(target, "resource");
}

/// The format of a call whose provider serves several: Google's and Anthropic's OpenAI-shaped endpoints, Claude on
/// Vertex; and of a provider that weir does not know.
wire_format format_of(std::string_view provider, wire_format usual, std::string_view path)
{
    if (usual == wire_format::google && path.find("/openai/") != path.npos) return wire_format::openai;
    if (usual == wire_format::anthropic && path.ends_with("/chat/completions")) return wire_format::openai;
    if (path.ends_with(":rawPredict") || path.ends_with(":streamRawPredict")) return wire_format::anthropic;
    if (!provider.empty()) return usual;
    if (path.ends_with("/messages") || path.find("/messages/") != path.npos) return wire_format::anthropic;
    return has_google_method(path) ? wire_format::google : wire_format::openai;
}

} // namespace

std::optional<std::string_view> provider_of_log_path(std::string_view path)
{
    static constexpr std::array<std::pair<std::string_view, std::string_view>, 4> paths{
        {{"/custom/v1/log", ""},
         {"/oai/v1/log", "openai"},
         {"/anthropic/v1/log", "anthropic"},
         {"/googleapis/v1/log", "google"}}};
    while (path.ends_with('/')) path.remove_suffix(1); // the admin side takes these, too
    for (auto const& [logging, provider] : paths)
        if (path == logging) return provider;
    return std::nullopt;
}

router::router(config::settings const& settings)
    : default_provider_(settings.gateway.default_provider)
{
    for (auto const& [name, p] : settings.providers) {
        auto base = net::parse_url(p.base_url);
        providers_[name] = {p, base ? std::move(*base) : net::url{}};
        names_[name] = &providers_[name];
    }
    for (auto const& known : config::built_in_providers())
        net::for_each_element(known.aliases, [&](std::string_view alias) {
            names_[std::string(alias)] = &providers_[std::string(known.name)];
        });
    for (auto const& target : settings.gateway.allowed_targets) {
        if (target.find("://") == target.npos)
            allowed_hosts_.push_back(net::to_lower(target));
        else if (auto const parsed = net::parse_url(target))
            allowed_origins_.push_back(parsed->at);
    }
}

router::provider const* router::find_provider(std::string_view name) const
{
    auto const found = names_.find(net::to_lower(name));
    return found == names_.end() ? nullptr : found->second;
}

bool router::is_provider(std::string_view name) const { return find_provider(name) != nullptr; }

refusal router::find(net::request_head const& head, route& to) const
{
    std::string own, key;
    auto target = head.target;
    if (may_have_gateway_key(target)) target = own = without_gateway_key(target, key);
    auto const path = path_of(target);
    to.format = format_of("", wire_format::openai, path);

    auto const named = head.find("Helicone-Target-Url");
    auto const wanted = named ? named : head.find("Helicone-OpenAI-Api-Base");

    if (provider_of_log_path(path)) return {errc::not_found, "calls are logged at this path by POST"};

    bool const azure_path = is_below(path, "/openai/deployments/");
    if (is_below(path, gateway_prefix)) {
        auto const rest = target.substr(gateway_prefix.size() - 1);
        if (is_provider(first_segment(rest))) return to_named(head, rest, wanted, to);
        if (wanted) return to_target(*wanted, rest, to);
        return {errc::unknown_provider, "the path names no provider: \"" + redacted(first_segment(rest)) +
                                            "\" after /v1/gateway/ is not one, and there is no Helicone-Target-Url"};
    }
    if (!azure_path && is_provider(first_segment(target))) {
        auto const* azure = find_provider("azure");
        bool const is_openai = first_segment(target) == "openai";
        if (is_openai && head.find("api-key") && azure && !azure->base.at.host.empty())
            return to_provider("azure", target, to);
        return to_named(head, target, wanted, to);
    }
    if (wanted) return to_target(*wanted, target, to);
    return infer(head, target, to);
}

/// To the provider that is the first segment of `target`; but for sessions with Azure under OpenAI's name.
refusal router::to_named(net::request_head const& head, std::string_view target,
                         std::optional<std::string_view> const& wanted, route& to) const
{
    auto const name = first_segment(target), rest = after_first_segment(target);
    if (find_provider(name)->settings.name != "openai" || !is_azures_realtime(head, rest))
        return to_provider(name, rest, to);
    auto const path = path_of(rest);
    auto const azures =
        "/openai" + std::string(*realtime_version(path)) + "/realtime" + std::string(rest.substr(path.size()));
    return wanted ? to_target(*wanted, azures, to) : to_provider("azure", azures, to);
}

refusal router::to_provider(std::string_view name, std::string_view rest, route& to) const
{
    auto const& p = *find_provider(name);
    to.provider = p.settings.name;
    auto const path = path_of(rest);
    to.format = format_of(p.settings.name, p.settings.kind, path);
    if (auto const version = doubled_version(path); !version.empty())
        return {errc::not_found,
                "the path has " + std::string(version) + " twice: let the SDK's base URL have one less of them"};
    if (p.base.at.host.empty())
        return {errc::missing_target, "provider \"" + p.settings.name +
                                          "\" has a host for each of its users: set providers." + p.settings.name +
                                          ".base_url, or send Helicone-Target-Url"};
    to.to = p.base.at;
    bool const is_realtime = p.settings.name == "openai" && realtime_version(path);
    to.target = is_realtime ? joined(p.base.path, "/v1/realtime" + std::string(rest.substr(path.size())))
                            : joined(p.base.path, rest);
    to.stream_usage = p.settings.stream_usage;
    to.local = p.settings.local;
    to.any_address = p.settings.configured || p.settings.local;
    return {};
}

/// The provider that a target's origin belongs to: a built-in local one only when it was configured. Where several
/// share an origin, as behind another gateway, one that speaks the format that the path looks like.
router::provider const* router::provider_at(net::origin const& at, wire_format likely) const
{
    provider const* found = nullptr;
    for (auto const& [name, p] : providers_) {
        if (p.base.at != at || at.host.empty() || (p.settings.local && !p.settings.configured)) continue;
        if (!found || (found->settings.kind != likely && p.settings.kind == likely)) found = &p;
    }
    return found;
}

bool router::allows(net::origin const& at) const
{
    return std::find(allowed_origins_.begin(), allowed_origins_.end(), at) != allowed_origins_.end();
}

refusal router::to_target(std::string_view target, std::string_view rest, route& to) const
{
    auto const parsed = net::parse_url(net::trimmed(target));
    if (!parsed)
        return {errc::invalid_target,
                "the target header must be an absolute http or https URL without user information, "
                "such as https://api.example.com"};
    to.to = parsed->at;
    to.target = std::string(rest);
    if (!parsed->path.empty() && !is_below(path_of(rest), parsed->path))
        to.warning =
            "the target header's path " + redacted_target(parsed->path) + " was ignored: only its origin counts";

    if (auto const* p = provider_at(parsed->at, to.format)) {
        to.provider = p->settings.name;
        to.format = format_of(to.provider, p->settings.kind, path_of(rest));
        to.stream_usage = p->settings.stream_usage;
        to.local = p->settings.local;
        to.any_address = p->settings.configured;
        return {};
    }
    to.any_address = allows(parsed->at);
    bool const usual_https = parsed->at.tls && parsed->at.port == 443;
    auto const* known = config::provider_of_host(parsed->at.host);
    if (known) {
        to.provider = std::string(known->name);
        to.stream_usage = known->stream_usage;
    } else {
        to.provider = parsed->at.text();
    }
    to.format = format_of(known ? known->name : "", known ? known->kind : wire_format::openai, path_of(rest));
    bool const host_allowed = usual_https && (known || std::find(allowed_hosts_.begin(), allowed_hosts_.end(),
                                                                 parsed->at.host) != allowed_hosts_.end());
    if (to.any_address || host_allowed) return {};
    return {errc::target_not_allowed,
            "the target " + parsed->at.text() +
                " is not a known provider over https; the operator can allow it in gateway.allowed_targets"};
}

refusal router::infer(net::request_head const& head, std::string_view target, route& to) const
{
    auto const host = head.find(boost::beast::http::field::host).value_or("");
    auto const label = host.substr(0, host.find('.'));
    bool const has_label = label.size() < host.size() && std::any_of(label.begin(), label.end(), [](char c) {
                               return net::lower(c) >= 'a' && net::lower(c) <= 'z';
                           });
    if (has_label && is_provider(label)) return to_provider(label, target, to);

    auto const path = path_of(target);
    if (auto const name = provider_by_path(path); !name.empty()) return to_provider(name, target, to);
    if (is_below(path, "/v1") && path != "/v1") {
        if (head.find("anthropic-version")) return to_provider("anthropic", target, to);
        if (head.find("x-goog-api-key")) return to_provider("google", target, to);
        return to_named(head, "/" + default_provider_ + std::string(target), {}, to);
    }
    for (auto const bare : {"/messages"sv, "/chat/completions"sv, "/completions"sv, "/responses"sv, "/embeddings"sv,
                            "/models"sv, "/realtime"sv})
        if (is_below(path, bare))
            return {errc::not_found,
                    "no version stands before " + std::string(bare) + ": let the SDK's base URL end in /v1"};

    auto const segment = first_segment(target);
    if (segment.empty() || segment.size() + 1 == path.size())
        return {errc::not_found,
                "nothing is served at this path: use a provider's, such as /openai/v1/chat/completions, or /v1/…"};
    std::vector<std::string_view> names;
    for (auto const& [name, p] : providers_) names.push_back(name);
    std::string const near(net::nearest(segment, names));
    return {errc::unknown_provider, "there is no provider \"" + redacted(segment) + "\"" +
                                        (near.empty() ? "; name one of [providers] or a known one in the path"
                                                      : "; did you mean \"" + near + "\"?")};
}

} // namespace weir::gateway
