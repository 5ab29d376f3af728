#include "gateway/provider_keys.hpp"

#include "config/built_in_providers.hpp"

#include <algorithm>

namespace weir::gateway
{
namespace
{

using config::key_header;

/// Without white space at both ends, line ends included: a key often comes out of a file.
std::string trimmed(std::string_view text)
{
    constexpr std::string_view blank = " \t\r\n";
    auto const begin = std::min(text.find_first_not_of(blank), text.size());
    return std::string(text.substr(begin, text.find_last_not_of(blank) + 1 - begin));
}

credential_field field_with(std::string const& key, key_header header)
{
    switch (header) {
    case key_header::api_key: return {"api-key", key};
    case key_header::x_api_key: return {"x-api-key", key};
    case key_header::x_goog_api_key: return {"x-goog-api-key", key};
    case key_header::authorization: break;
    }
    return {"Authorization", "Bearer " + key};
}

/// The header for a key in a call. Endpoints in OpenAI's shape take a bearer token, also Anthropic's and Google's, but
/// not Azure's; Anthropic takes one wherever the client sent its own there.
key_header header_in(route const& to, key_header usual, bool in_authorization)
{
    bool const as_openai = to.format == config::wire_format::openai && usual != key_header::api_key;
    bool const as_client = in_authorization && usual == key_header::x_api_key;
    return as_openai || as_client ? key_header::authorization : usual;
}

} // namespace

std::optional<credential_field> credential_for(config::settings const& settings, storage::lent_key const& lent,
                                               route const& to, bool in_authorization)
{
    auto const found = settings.providers.find(config::provider_id(lent.provider));
    if (found == settings.providers.end() || found->first != to.provider) return std::nullopt;
    auto const base = net::parse_url(found->second.base_url);
    if (!base || base->at != to.to) return std::nullopt;
    return field_with(*lent.key, header_in(to, key_header_of(found->second), in_authorization));
}

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
            auto const header = key_header_of(p);
            entries_[name] = {base->at, header, field_with(key, header), field_with(key, key_header::authorization)};
        } else {
            problems_.push_back("providers." + name + ".api_key_env: the key is not used, as " + name +
                                " has no base_url to which it could be sent: set providers." + name + ".base_url");
        }
    }
}

credential_field const* provider_keys::find(route const& to, bool in_authorization) const
{
    auto const found = entries_.find(to.provider);
    if (found == entries_.end() || found->second.at != to.to) return nullptr;
    auto const& known = found->second;
    bool const is_usual = header_in(to, known.header, in_authorization) == known.header;
    return is_usual ? &known.usual : &known.bearer;
}

} // namespace weir::gateway
