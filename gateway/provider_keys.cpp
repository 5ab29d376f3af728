#include "gateway/provider_keys.hpp"

#include <algorithm>

namespace weir::gateway
{
namespace
{

using config::wire_format;

/// Without white space at both ends, line ends included: a key often comes out of a file.
std::string trimmed(std::string_view text)
{
    constexpr std::string_view blank = " \t\r\n";
    auto const begin = std::min(text.find_first_not_of(blank), text.size());
    return std::string(text.substr(begin, text.find_last_not_of(blank) + 1 - begin));
}

credential_field bearer(std::string const& key) { return {"Authorization", "Bearer " + key}; }

/// The field in which a provider expects its key.
credential_field field_of(config::provider_settings const& p, std::string const& key)
{
    if (p.name == "azure") return {"api-key", key};
    switch (p.kind) {
    case wire_format::anthropic: return {"x-api-key", key};
    case wire_format::google: return {"x-goog-api-key", key};
    case wire_format::openai: break;
    }
    return bearer(key);
}

} // namespace

provider_keys::provider_keys(config::settings const& settings, std::map<std::string, std::string> const& environment)
{
    for (auto const& [name, p] : settings.providers) {
        if (p.api_key_env.empty()) continue;
        auto const found = environment.find(p.api_key_env);
        auto const key = found == environment.end() ? std::string() : trimmed(found->second);
        auto const says = "providers." + name + ".api_key_env: the environment variable " + p.api_key_env;
        if (key.empty()) {
            problems_.push_back(says + " is not set: calls with only a gateway key are refused");
        } else if (std::any_of(key.begin(), key.end(), [](char c) { return c <= 0x20 || c >= 0x7F; })) {
            problems_.push_back(says + " has characters that cannot stand in a header: it is not used");
        } else if (auto const base = net::parse_url(p.base_url)) {
            auto const usual = field_of(p, key);
            entries_[name] = {base->at, usual, name == "azure" ? usual : bearer(key)};
        }
    }
}

credential_field const* provider_keys::find(route const& to) const
{
    auto const found = entries_.find(to.provider);
    if (found == entries_.end() || found->second.at != to.to) return nullptr;
    return to.format == wire_format::openai ? &found->second.openai_shaped : &found->second.usual;
}

} // namespace weir::gateway
