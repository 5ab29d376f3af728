#include "config/built_in_providers.hpp"

#include "net/text.hpp"

namespace weir::config
{
namespace
{

constexpr auto openai = wire_format::openai;
constexpr auto bearer = key_header::authorization;

// Where a vendor's API stands under a path, the base URL has it. A specific host stands before a general one.
constexpr built_in_provider table[] = {
    {"openai", "https://api.openai.com", openai, bearer, true, false, "oai", "api.openai.com,*.api.openai.com"},
    {"anthropic", "https://api.anthropic.com", wire_format::anthropic, key_header::x_api_key, false, false, "claude",
     "api.anthropic.com"},
    {"azure", "", openai, key_header::api_key, false, false, "",
     "*.openai.azure.com,*.azure-api.net,*.cognitiveservices.azure.com,*.services.ai.azure.com"},
    {"vertex", "https://aiplatform.googleapis.com", wire_format::google, bearer, false, false, "",
     "aiplatform.googleapis.com,*-aiplatform.googleapis.com"},
    {"google", "https://generativelanguage.googleapis.com", wire_format::google, key_header::x_goog_api_key, false,
     false, "gemini,googleapis", "*.googleapis.com"},
    {"bedrock", "", openai, bearer, false, false, "", "bedrock-runtime.*.amazonaws.com"},
    {"groq", "https://api.groq.com/openai", openai, bearer, true, false, "", "api.groq.com"},
    {"mistral", "https://api.mistral.ai", openai, bearer, false, false, "", "api.mistral.ai,codestral.mistral.ai"},
    {"together", "https://api.together.xyz", openai, bearer, false, false, "", "api.together.xyz,api.together.ai"},
    {"openrouter", "https://openrouter.ai/api", openai, bearer, true, false, "", "openrouter.ai,api.openrouter.ai"},
    {"deepseek", "https://api.deepseek.com", openai, bearer, true, false, "", "api.deepseek.com"},
    {"cohere", "https://api.cohere.com", openai, bearer, false, false, "", "api.cohere.com,api.cohere.ai"},
    {"fireworks", "https://api.fireworks.ai/inference", openai, bearer, false, false, "", "api.fireworks.ai"},
    {"perplexity", "https://api.perplexity.ai", openai, bearer, false, false, "", "api.perplexity.ai"},
    {"xai", "https://api.x.ai", openai, bearer, false, false, "x", "api.x.ai"},
    {"cerebras", "https://api.cerebras.ai", openai, bearer, true, false, "", "api.cerebras.ai"},
    {"deepinfra", "https://api.deepinfra.com", openai, bearer, true, false, "", "api.deepinfra.com"},
    {"hyperbolic", "https://api.hyperbolic.xyz", openai, bearer, false, false, "", "api.hyperbolic.xyz"},
    {"nebius", "https://api.tokenfactory.nebius.com", openai, bearer, true, false, "",
     "api.tokenfactory.nebius.com,api.studio.nebius.ai"},
    {"novita", "https://api.novita.ai", openai, bearer, true, false, "", "api.novita.ai"},
    {"nvidia", "https://integrate.api.nvidia.com", openai, bearer, true, false, "", "integrate.api.nvidia.com"},
    {"llama", "https://api.llama.com", openai, bearer, false, false, "", "api.llama.com"},
    {"vercel", "https://ai-gateway.vercel.sh", openai, bearer, false, false, "", "ai-gateway.vercel.sh"},
    {"ollama", "http://127.0.0.1:11434", openai, bearer, true, true, "", ""},
    {"llamacpp", "http://127.0.0.1:8080", openai, bearer, true, true, "", ""},
    {"vllm", "http://127.0.0.1:8000", openai, bearer, true, true, "", ""},
    {"lmstudio", "http://127.0.0.1:1234", openai, bearer, true, true, "", ""},
};

bool matches(std::string_view host, std::string_view pattern)
{
    auto const star = pattern.find('*');
    if (star == pattern.npos) return host == pattern;
    auto const before = pattern.substr(0, star), after = pattern.substr(star + 1);
    return host.size() > before.size() + after.size() && host.starts_with(before) && host.ends_with(after);
}

} // namespace

std::span<built_in_provider const> built_in_providers() { return table; }

built_in_provider const* provider_of_host(std::string_view host)
{
    for (auto const& provider : table) {
        bool found = false;
        net::for_each_element(provider.hosts, [&](std::string_view pattern) { found |= matches(host, pattern); });
        if (found) return &provider;
    }
    return nullptr;
}

key_header key_header_of(provider_settings const& provider)
{
    auto const base = net::parse_url(provider.base_url);
    if (auto const* known = base ? provider_of_host(base->at.host) : nullptr) return known->key;
    for (auto const& known : table)
        if (known.name == provider.name) return known.key;
    switch (provider.kind) {
    case wire_format::anthropic: return key_header::x_api_key;
    case wire_format::google: return key_header::x_goog_api_key;
    case wire_format::openai: break;
    }
    return key_header::authorization;
}

std::string provider_id(std::string_view name)
{
    for (auto const& provider : table) {
        bool found = net::iequals(provider.name, name);
        net::for_each_element(provider.aliases, [&](std::string_view alias) { found |= net::iequals(alias, name); });
        if (found) return std::string(provider.name);
    }
    return net::to_lower(name);
}

settings::settings()
{
    for (auto const& known : config::built_in_providers())
        providers[std::string(known.name)] = {.name = std::string(known.name),
                                              .base_url = std::string(known.base_url),
                                              .kind = known.kind,
                                              .api_key_env = {},
                                              .stream_usage = known.stream_usage,
                                              .local = known.local,
                                              .configured = false};
}

} // namespace weir::config
