#pragma once

#include "config/settings.hpp"
#include "gateway/routing.hpp"
#include "net/url.hpp"
#include "storage/keys.hpp"

#include <map>
#include <optional>
#include <string>
#include <vector>

namespace weir::gateway
{

/// A field that says who calls.
struct credential_field {
    std::string_view name;
    std::string value; ///< secret
};

/// The field with the key that a proxy key stands for; none when the call goes elsewhere than to the origin of its
/// provider's base URL. The key must be there. `in_authorization`: as for provider_keys::find.
std::optional<credential_field> credential_for(config::settings const& settings, storage::lent_key const& lent,
                                               route const& to, bool in_authorization);

/// weir's own keys of providers (`providers.NAME.api_key_env`), for calls whose only credential is a gateway key.
/// Immutable; any thread.
class provider_keys
{
public:
    provider_keys(config::settings const& settings, std::map<std::string, std::string> const& environment);

    /// The field with the key of the provider that a call goes to; none when there is no such key, or when the call
    /// goes elsewhere than to the provider's own origin, such as to a target that only belongs to the same vendor.
    /// `in_authorization`: the client sent its own where a bearer token goes, which some providers take too.
    credential_field const* find(route const& to, bool in_authorization) const;

    /// What is wrong with the variables that the settings name, a line each.
    std::vector<std::string> const& problems() const { return problems_; }

private:
    struct entry {
        net::origin at;
        config::key_header header;
        credential_field usual;
        credential_field bearer;
    };

    std::map<std::string, entry, std::less<>> entries_; ///< by provider
    std::vector<std::string> problems_;
};

} // namespace weir::gateway
