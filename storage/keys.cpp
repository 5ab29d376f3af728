#include "storage/keys.hpp"

#include "net/sha256.hpp"
#include "net/text.hpp"
#include "storage/collect.hpp"
#include "storage/random.hpp"

#include <algorithm>

namespace weir::storage
{
namespace
{

constexpr std::size_t longest_name = 100; // bytes

bool is_word(char c) { return (net::lower(c) >= 'a' && net::lower(c) <= 'z') || (c >= '0' && c <= '9') || c == '_'; }

blob blob_of(key_hash const& hash) { return {{reinterpret_cast<char const*>(hash.data()), hash.size()}}; }

key_hash hash_in(std::string const& column)
{
    key_hash hash{};
    std::copy_n(column.begin(), std::min(column.size(), hash.size()), hash.begin());
    return hash;
}

key_permissions permissions_in(std::string const& column)
{
    return permissions_of(column).value_or(key_permissions::read); // the table has no other word
}

/// What read_keys() reads.
#define WEIR_SELECT_KEYS                                                                                               \
    "SELECT k.id,k.name,k.hash,k.organization_id,o.name,o.public_id,k.permissions,k.created_us,k.revoked_us "          \
    "FROM api_key AS k JOIN organization AS o ON o.id=k.organization_id "

result<std::vector<api_key>> read_keys(result<rows> found)
{
    return collect(std::move(found), [](rows const& row) {
        return api_key{.id = row.get<std::int64_t>(0),
                       .name = row.get<std::string>(1),
                       .hash = hash_in(row.get<std::string>(2)),
                       .organization = row.get<organization_id>(3),
                       .organization_name = row.get<std::string>(4),
                       .organization_public_id = row.get<std::string>(5),
                       .permissions = permissions_in(row.get<std::string>(6)),
                       .created_us = row.get<std::int64_t>(7),
                       .revoked_us = row.get<std::optional<std::int64_t>>(8)};
    });
}

/// The organisation of that name, made when it is new; `made` says so.
result<organization_id> have_organization(connection& db, std::string_view name, std::int64_t now_us, bool& made)
{
    auto const found = find_organization(db, name);
    if (found || found.error() != errc::not_found) return found;
    auto const public_id = random_uuid();
    if (!public_id) return public_id.error();
    if (auto done = db.execute("INSERT INTO organization (public_id,name,created_us) VALUES (?1,?2,?3)",
                               public_id->text(), name, now_us);
        !done)
        return done.error();
    made = true;
    return find_organization(db, name);
}

} // namespace

bool may_read(key_permissions permissions) { return permissions != key_permissions::write; }
bool may_write(key_permissions permissions) { return permissions != key_permissions::read; }

std::string_view name_of(key_permissions permissions)
{
    switch (permissions) {
    case key_permissions::read: return "r";
    case key_permissions::write: return "w";
    case key_permissions::read_write: break;
    }
    return "rw";
}

std::optional<key_permissions> permissions_of(std::string_view name)
{
    for (auto const p : {key_permissions::read_write, key_permissions::read, key_permissions::write})
        if (name_of(p) == name) return p;
    return std::nullopt;
}

key_hash hash_of_key(std::string_view key) { return net::sha256("Bearer " + std::string(key)); }

bool has_key_form(std::string_view text)
{
    constexpr auto digits = key_groups * (1 + key_group_length);
    if (text.size() < digits) return false;
    auto prefix = text.substr(0, text.size() - digits);
    auto const take = [&prefix](std::string_view part) {
        bool const has = prefix.starts_with(part);
        if (has) prefix.remove_prefix(part.size());
        return has;
    };
    if (!take("sk") && !take("pk")) return false;
    take("-helicone");
    take("-eu");
    if (!take("-cp")) take("-rl");
    if (!prefix.empty()) return false;
    text.remove_prefix(text.size() - digits);
    for (std::size_t i = 0; i < digits; ++i)
        if (i % (1 + key_group_length) == 0 ? text[i] != '-' : !is_word(text[i])) return false;
    return true;
}

std::optional<std::string> problem_with_name(std::string_view name)
{
    if (net::trimmed(name).empty()) return "is empty";
    if (name.size() > longest_name) return "is longer than " + std::to_string(longest_name) + " bytes";
    bool const is_plain = std::none_of(name.begin(), name.end(), [](unsigned char c) { return c < 0x20 || c == 0x7F; });
    if (!is_plain || net::clean_text(name) != name) return "has characters that cannot be shown: use UTF-8 text";
    return std::nullopt;
}

result<organization_id> find_organization(connection& db, std::string_view name)
{
    return first_value<organization_id>(db.query("SELECT id FROM organization WHERE name=?1", name));
}

result<created_key> add_key(connection& db, organization_id organization, std::string_view name,
                            key_permissions permissions, std::int64_t now_us)
{
    auto key = random_key(permissions == key_permissions::write ? "pk-helicone" : "sk-helicone");
    if (!key) return key.error();
    auto row = db.query("INSERT INTO api_key (hash,name,organization_id,permissions,created_us) "
                        "VALUES (?1,?2,?3,?4,?5) RETURNING id",
                        blob_of(hash_of_key(*key)), name, organization, name_of(permissions), now_us);
    if (!row) return row.error();
    if (!row->next()) return row->error();
    return created_key{.id = row->get<std::int64_t>(0), .key = std::move(*key)};
}

result<created_key> create_key(connection& db, key_wish const& wish, std::int64_t now_us)
{
    auto begun = transaction::begin(db);
    if (!begun) return begun.error();
    bool is_new = false;
    auto const organization = have_organization(db, wish.organization, now_us, is_new);
    if (!organization) return organization.error();
    auto made = add_key(db, *organization, wish.name, wish.permissions, now_us);
    if (!made) return made;
    if (auto done = begun->commit(); !done) return done.error();
    made->made_organization = is_new;
    return made;
}

result<std::vector<api_key>> list_keys(connection& db) { return read_keys(db.query(WEIR_SELECT_KEYS "ORDER BY k.id")); }

result<std::vector<api_key>> list_good_keys(connection& db, organization_id organization, std::int64_t most)
{
    return read_keys(db.query(WEIR_SELECT_KEYS
                              "WHERE k.organization_id=?1 AND k.revoked_us IS NULL ORDER BY k.id DESC LIMIT ?2",
                              organization, most));
}

result<void> rename_key(connection& db, organization_id organization, std::int64_t id, std::string_view name)
{
    auto done = db.execute("UPDATE api_key SET name=?3 WHERE id=?2 AND organization_id=?1 AND revoked_us IS NULL",
                           organization, id, name);
    return changed_one(db, done);
}

result<void> revoke_key(connection& db, std::int64_t id, std::int64_t now_us)
{
    auto done = db.execute("UPDATE api_key SET revoked_us=coalesce(revoked_us,?2) WHERE id=?1", id, now_us);
    return changed_one(db, done);
}

result<void> revoke_key(connection& db, organization_id organization, std::int64_t id, std::int64_t now_us)
{
    auto done = db.execute("UPDATE api_key SET revoked_us=?3 WHERE id=?2 AND organization_id=?1 AND revoked_us IS NULL",
                           organization, id, now_us);
    return changed_one(db, done);
}

result<std::vector<live_key>> live_keys(connection& db)
{
    return collect(
        db.query("SELECT id,organization_id,permissions,hash FROM api_key WHERE revoked_us IS NULL ORDER BY id"),
        [](rows const& row) {
            return live_key{.id = row.get<std::int64_t>(0),
                            .organization = row.get<organization_id>(1),
                            .permissions = permissions_in(row.get<std::string>(2)),
                            .hash = hash_in(row.get<std::string>(3)),
                            .lends = {}};
        });
}

} // namespace weir::storage
