#pragma once

#include "storage/json_text.hpp"
#include "storage/keys.hpp"
#include "storage/uuid.hpp"
#include "storage/vault.hpp"

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

/// Keys of providers, sealed by the vault, and the proxy keys that stand for them. Everything is one organisation's;
/// what it does not have is errc::not_found, what the vault cannot open, or could not be
/// opened without one, errc::wrong_key.
namespace weir::storage
{

struct provider_key {
    uuid id;
    std::string organization_public_id;
    std::string provider; ///< as its owner wrote it
    std::string name;     ///< may be empty
    std::string key;      ///< secret
    text_pairs config;
    std::int64_t created_us = 0;
};

struct provider_key_wish {
    std::string provider, name;
    std::string key; ///< secret
    text_pairs config{};
    bool replaces = false; ///< ends the organisation's other keys of that provider, whatever the case of its name
};

/// What of a provider key is to be another.
struct provider_key_change {
    std::optional<std::string> key; ///< secret
    std::optional<std::string> name;
    std::optional<text_pairs> config;
};

result<uuid> create_provider_key(connection& db, vault const& seals, organization_id organization,
                                 provider_key_wish const& wish, std::int64_t now_us);

/// Newest first, `most` at the most.
result<std::vector<provider_key>> list_provider_keys(connection& db, vault const* opens, organization_id organization,
                                                     std::int64_t most);

result<provider_key> find_provider_key(connection& db, vault const* opens, organization_id organization, uuid id);

result<void> change_provider_key(connection& db, vault const* seals, organization_id organization, uuid id,
                                 provider_key_change const& change);

/// Ends a provider key, and with it its proxy keys, for good. The row stays, what was sealed does not.
result<void> end_provider_key(connection& db, organization_id organization, uuid id, std::int64_t now_us);

struct created_proxy_key {
    uuid id;
    std::string key; ///< the only copy there is
};

/// `sk-helicone-proxy`, four groups as an API key has them, and the id.
result<created_proxy_key> create_proxy_key(connection& db, organization_id organization, uuid provider_key,
                                           std::string_view name, std::int64_t now_us);

/// Whether a text begins as proxy keys do. None has an API key's form.
bool has_proxy_key_form(std::string_view text);

/// The proxy keys of all organisations that are good, with what they stand for as far as the vault opens it. Without a
/// vault it opens nothing.
result<std::vector<live_key>> live_proxy_keys(connection& db, vault const* opens);

} // namespace weir::storage
