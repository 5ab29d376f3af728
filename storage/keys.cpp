#include "storage/keys.hpp"

#include "net/text.hpp"
#include "storage/connection.hpp"

#include <openssl/evp.h>
#include <openssl/rand.h>

#include <algorithm>
#include <span>

namespace weir::storage
{
namespace
{

constexpr std::size_t groups = 4, group_length = 7;
constexpr std::size_t longest_name = 100; // bytes

bool is_word(char c) { return (net::lower(c) >= 'a' && net::lower(c) <= 'z') || (c >= '0' && c <= '9') || c == '_'; }

result<void> fill_randomly(std::span<unsigned char> bytes)
{
    if (RAND_bytes(bytes.data(), static_cast<int>(bytes.size())) != 1) return make_error_code(errc::failed);
    return {};
}

/// A new key: 28 digits of base 36 are 144 bits.
result<std::string> random_key(key_permissions permissions)
{
    constexpr std::string_view digits = "0123456789abcdefghijklmnopqrstuvwxyz";
    constexpr unsigned even = 256 / digits.size() * digits.size(); // greater bytes would favour the first digits
    std::string key = permissions == key_permissions::write ? "pk-helicone" : "sk-helicone";
    std::array<unsigned char, 64> random{};
    for (std::size_t count = 0; count < groups * group_length;) {
        if (auto const filled = fill_randomly(random); !filled) return filled.error();
        for (auto const byte : random) {
            if (byte >= even || count == groups * group_length) continue;
            if (count++ % group_length == 0) key += '-';
            key += digits[byte % digits.size()];
        }
    }
    return key;
}

/// A UUID of version 4.
result<uuid> random_uuid()
{
    uuid id;
    if (auto const filled = fill_randomly(id.bytes); !filled) return filled.error();
    id.bytes[6] = static_cast<unsigned char>((id.bytes[6] & 0x0FU) | 0x40U);
    id.bytes[8] = static_cast<unsigned char>((id.bytes[8] & 0x3FU) | 0x80U);
    return id;
}

blob blob_of(key_hash const& hash) { return {{reinterpret_cast<char const*>(hash.data()), hash.size()}}; }

key_permissions permissions_in(std::string const& column)
{
    return permissions_of(column).value_or(key_permissions::read); // the table has no other word
}

result<organization_id> find_organization(connection& db, std::string_view name)
{
    auto found = db.query("SELECT id FROM organization WHERE name=?1", name);
    if (!found) return found.error();
    if (!found->next()) return found->error() ? found->error() : make_error_code(errc::not_found);
    return found->get<organization_id>(0);
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

key_hash hash_of_key(std::string_view key)
{
    // Fetched once: OpenSSL would look the algorithm up under a lock each time.
    static EVP_MD const* const sha256 = EVP_MD_fetch(nullptr, "SHA256", nullptr);
    auto const text = "Bearer " + std::string(key);
    key_hash hash{};
    EVP_Digest(text.data(), text.size(), hash.data(), nullptr, sha256, nullptr);
    return hash;
}

bool has_key_form(std::string_view text)
{
    constexpr auto digits = groups * (1 + group_length);
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
        if (i % (1 + group_length) == 0 ? text[i] != '-' : !is_word(text[i])) return false;
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

result<created_key> create_key(connection& db, key_wish const& wish, std::int64_t now_us)
{
    auto key = random_key(wish.permissions);
    if (!key) return key.error();
    auto begun = transaction::begin(db);
    if (!begun) return begun.error();
    created_key made;
    auto const organization = have_organization(db, wish.organization, now_us, made.made_organization);
    if (!organization) return organization.error();
    {
        auto row = db.query("INSERT INTO api_key (hash,name,organization_id,permissions,created_us) "
                            "VALUES (?1,?2,?3,?4,?5) RETURNING id",
                            blob_of(hash_of_key(*key)), wish.name, *organization, name_of(wish.permissions), now_us);
        if (!row) return row.error();
        if (!row->next()) return row->error();
        made.id = row->get<std::int64_t>(0);
    }
    if (auto done = begun->commit(); !done) return done.error();
    made.key = std::move(*key);
    return made;
}

result<std::vector<api_key>> list_keys(connection& db)
{
    auto found =
        db.query("SELECT k.id,k.name,k.organization_id,o.name,k.permissions,k.created_us,k.revoked_us FROM api_key k "
                 "JOIN organization o ON o.id=k.organization_id ORDER BY k.id");
    if (!found) return found.error();
    std::vector<api_key> keys;
    while (found->next())
        keys.push_back({.id = found->get<std::int64_t>(0),
                        .name = found->get<std::string>(1),
                        .organization = found->get<organization_id>(2),
                        .organization_name = found->get<std::string>(3),
                        .permissions = permissions_in(found->get<std::string>(4)),
                        .created_us = found->get<std::int64_t>(5),
                        .revoked_us = found->get<std::optional<std::int64_t>>(6)});
    if (found->error()) return found->error();
    return keys;
}

result<void> revoke_key(connection& db, std::int64_t id, std::int64_t now_us)
{
    auto done = db.execute("UPDATE api_key SET revoked_us=coalesce(revoked_us,?2) WHERE id=?1", id, now_us);
    if (done && db.changes() == 0) return make_error_code(errc::not_found);
    return done;
}

result<std::vector<live_key>> live_keys(connection& db)
{
    auto found =
        db.query("SELECT id,organization_id,permissions,hash FROM api_key WHERE revoked_us IS NULL ORDER BY id");
    if (!found) return found.error();
    std::vector<live_key> keys;
    while (found->next()) {
        auto const hash = found->get<std::string>(3);
        auto& key = keys.emplace_back(live_key{.id = found->get<std::int64_t>(0),
                                               .organization = found->get<organization_id>(1),
                                               .permissions = permissions_in(found->get<std::string>(2))});
        std::copy_n(hash.begin(), std::min(hash.size(), key.hash.size()), key.hash.begin());
    }
    if (found->error()) return found->error();
    return keys;
}

} // namespace weir::storage
