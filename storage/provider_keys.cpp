#include "storage/provider_keys.hpp"

#include "storage/collect.hpp"
#include "storage/random.hpp"

#include <algorithm>

namespace weir::storage
{
namespace
{

constexpr std::string_view proxy_prefix = "sk-helicone-proxy";

/// What a provider key is sealed together with, so that it opens in no other row.
std::string place_of(organization_id organization, uuid const& id)
{
    return "provider_key " + std::to_string(static_cast<std::int64_t>(organization)) + " " + id.text();
}

/// Reads the columns of WEIR_SELECT_PROVIDER_KEYS.
result<provider_key> read_row(rows const& from, vault const* opens, organization_id organization)
{
    provider_key found{.id = from.get<uuid>(0),
                       .organization_public_id = from.get<std::string>(1),
                       .provider = from.get<std::string>(2),
                       .name = from.get<std::string>(3),
                       .key = {},
                       .config = pairs_of_json(from.get<std::string>(5)),
                       .created_us = from.get<std::int64_t>(6)};
    if (!opens) return make_error_code(errc::wrong_key);
    auto opened = opens->open(from.get<std::string>(4), place_of(organization, found.id));
    if (!opened) return opened.error();
    found.key = std::move(*opened);
    return found;
}

#define WEIR_SELECT_PROVIDER_KEYS                                                                                      \
    "SELECT p.id,o.public_id,p.provider_name,p.name,p.sealed_key,p.config,p.created_us "                               \
    "FROM provider_key AS p JOIN organization AS o ON o.id=p.organization_id "                                         \
    "WHERE p.organization_id=?1 AND p.deleted_us IS NULL "

} // namespace

result<uuid> create_provider_key(connection& db, vault const& seals, organization_id organization,
                                 provider_key_wish const& wish, std::int64_t now_us)
{
    auto const id = random_uuid();
    if (!id) return id.error();
    auto const sealed = seals.seal(wish.key, place_of(organization, *id));
    if (!sealed) return sealed.error();
    if (wish.replaces)
        if (auto done = db.execute("UPDATE provider_key SET deleted_us=?3,sealed_key=x'' WHERE organization_id=?1 "
                                   "AND lower(provider_name)=lower(?2) AND deleted_us IS NULL",
                                   organization, wish.provider, now_us);
            !done)
            return done.error();
    auto done = db.execute("INSERT INTO provider_key "
                           "(id,organization_id,provider_name,name,sealed_key,config,created_us) "
                           "VALUES (?1,?2,?3,?4,?5,?6,?7)",
                           *id, organization, wish.provider, wish.name, blob{*sealed}, to_json(wish.config), now_us);
    if (!done) return done.error();
    return *id;
}

result<std::vector<provider_key>> list_provider_keys(connection& db, vault const* opens, organization_id organization,
                                                     std::int64_t most)
{
    auto found = db.query(WEIR_SELECT_PROVIDER_KEYS "ORDER BY p.created_us DESC,p.id LIMIT ?2", organization, most);
    if (!found) return found.error();
    std::vector<provider_key> keys;
    while (found->next()) {
        auto one = read_row(*found, opens, organization);
        if (!one) return one.error();
        keys.push_back(std::move(*one));
    }
    if (found->error()) return found->error();
    return keys;
}

result<provider_key> find_provider_key(connection& db, vault const* opens, organization_id organization, uuid id)
{
    auto found = db.query(WEIR_SELECT_PROVIDER_KEYS "AND p.id=?2", organization, id);
    if (!found) return found.error();
    if (!found->next()) return found->error() ? found->error() : make_error_code(errc::not_found);
    return read_row(*found, opens, organization);
}

result<void> change_provider_key(connection& db, vault const* seals, organization_id organization, uuid id,
                                 provider_key_change const& change)
{
    std::optional<std::string> sealed, config;
    if (change.key && !seals) {
        auto const there = is_any(db.query("SELECT 1 FROM provider_key WHERE organization_id=?1 AND id=?2 "
                                           "AND deleted_us IS NULL",
                                           organization, id));
        if (!there) return there.error();
        return make_error_code(*there ? errc::wrong_key : errc::not_found);
    }
    if (change.key) {
        auto made = seals->seal(*change.key, place_of(organization, id));
        if (!made) return made.error();
        sealed = std::move(*made);
    }
    if (change.config) config = to_json(*change.config);
    std::optional<blob> const new_key = sealed ? std::optional(blob{*sealed}) : std::nullopt;
    auto done = db.execute("UPDATE provider_key SET sealed_key=coalesce(?3,sealed_key),name=coalesce(?4,name),"
                           "config=coalesce(?5,config) WHERE organization_id=?1 AND id=?2 AND deleted_us IS NULL",
                           organization, id, new_key, change.name, config);
    return changed_one(db, done);
}

result<void> end_provider_key(connection& db, organization_id organization, uuid id, std::int64_t now_us)
{
    auto done = db.execute("UPDATE provider_key SET deleted_us=?3,sealed_key=x'' "
                           "WHERE organization_id=?1 AND id=?2 AND deleted_us IS NULL",
                           organization, id, now_us);
    return changed_one(db, done);
}

result<created_proxy_key> create_proxy_key(connection& db, organization_id organization, uuid provider_key,
                                           std::string_view name, std::int64_t now_us)
{
    auto const id = random_uuid();
    if (!id) return id.error();
    auto key = random_key(proxy_prefix);
    if (!key) return key.error();
    *key += "-" + id->text();
    auto const hash = hash_of_key(*key);
    auto done = db.execute("INSERT INTO proxy_key (id,organization_id,provider_key_id,hash,name,created_us) "
                           "SELECT ?1,p.organization_id,p.id,?4,?5,?6 FROM provider_key AS p "
                           "WHERE p.organization_id=?2 AND p.id=?3 AND p.deleted_us IS NULL",
                           *id, organization, provider_key,
                           blob{{reinterpret_cast<char const*>(hash.data()), hash.size()}}, name, now_us);
    if (!done) return done.error();
    if (db.changes() == 0) return make_error_code(errc::not_found);
    return created_proxy_key{*id, std::move(*key)};
}

bool has_proxy_key_form(std::string_view text)
{
    return text.starts_with(proxy_prefix) && text.substr(proxy_prefix.size()).starts_with('-');
}

result<std::vector<live_key>> live_proxy_keys(connection& db, vault const* opens)
{
    auto found = db.query("SELECT x.hash,p.organization_id,p.provider_name,p.id,p.sealed_key FROM proxy_key AS x "
                          "JOIN provider_key AS p ON p.id=x.provider_key_id "
                          "WHERE x.deleted_us IS NULL AND p.deleted_us IS NULL ORDER BY x.id");
    if (!found) return found.error();
    std::vector<live_key> keys;
    while (found->next()) {
        auto const hash = found->get<std::string>(0);
        auto const organization = found->get<organization_id>(1);
        auto& key = keys.emplace_back(
            live_key{.organization = organization, .permissions = key_permissions::write, .lends = lent_key{}});
        std::copy_n(hash.begin(), std::min(hash.size(), key.hash.size()), key.hash.begin());
        key.lends->provider = found->get<std::string>(2);
        if (!opens) continue;
        auto opened = opens->open(found->get<std::string>(4), place_of(organization, found->get<uuid>(3)));
        if (opened) key.lends->key = std::move(*opened);
    }
    if (found->error()) return found->error();
    return keys;
}

} // namespace weir::storage
