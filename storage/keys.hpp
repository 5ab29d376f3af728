#pragma once

#include "storage/errors.hpp"
#include "storage/request_record.hpp"

#include <array>
#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

/// API keys: who may send calls through the gateway and read them on the admin side, and for which organisation. A key
/// itself is shown once, when it is made; the store has only its hash.
namespace weir::storage
{

class connection;

enum class key_permissions : std::uint8_t {
    read = 1,  ///< "r": the admin side
    write = 2, ///< "w": calls through the gateway
    read_write = read | write
};

bool may_read(key_permissions permissions);
bool may_write(key_permissions permissions);

/// "rw", "r" or "w".
std::string_view name_of(key_permissions permissions);
std::optional<key_permissions> permissions_of(std::string_view name);

/// SHA-256 of "Bearer " and the key, as Helicone keeps it.
using key_hash = std::array<unsigned char, 32>;
key_hash hash_of_key(std::string_view key);

/// Whether a text has the form of a key, Helicone's older ones included:
/// `^[sp]k(-helicone)?(-eu)?(-cp|-rl)?(-\w{7}){4}$`.
bool has_key_form(std::string_view text);

/// What is wrong with a key's or an organisation's name, to follow "the name "; none when it is good.
std::optional<std::string> problem_with_name(std::string_view name);

/// A key as it is listed.
struct api_key {
    std::int64_t id = 0;
    std::string name;
    key_hash hash{};
    organization_id organization{};
    std::string organization_name, organization_public_id;
    key_permissions permissions = key_permissions::read_write;
    std::int64_t created_us = 0;
    std::optional<std::int64_t> revoked_us;
};

/// What a proxy key stands for.
struct lent_key {
    std::string provider;           ///< as its owner wrote it
    std::optional<std::string> key; ///< the provider's: secret; none when the vault cannot open it

    bool operator==(lent_key const&) const = default;
};

/// What a presented key is compared with.
struct live_key {
    std::int64_t id = 0; ///< of an API key
    organization_id organization{};
    key_permissions permissions = key_permissions::read_write;
    key_hash hash{};
    std::optional<lent_key> lends; ///< of a proxy key

    bool operator==(live_key const&) const = default;
};

struct key_wish {
    std::string name;
    std::string organization = "default";
    key_permissions permissions = key_permissions::read_write;
};

struct created_key {
    std::int64_t id = 0;
    std::string key; ///< the only copy there is
    bool made_organization = false;
};

/// Makes a key of an organisation. The name must be good (`problem_with_name`).
result<created_key> add_key(connection& db, organization_id organization, std::string_view name,
                            key_permissions permissions, std::int64_t now_us);

/// errc::not_found when there is none of that name.
result<organization_id> find_organization(connection& db, std::string_view name);

/// Makes a key, and its organisation when there is none of that name. The names must be good (`problem_with_name`).
result<created_key> create_key(connection& db, key_wish const& wish, std::int64_t now_us);

/// All keys of all organisations, oldest first.
result<std::vector<api_key>> list_keys(connection& db);

/// The keys of an organisation that are good, newest first, `most` at the most.
result<std::vector<api_key>> list_good_keys(connection& db, organization_id organization, std::int64_t most);

/// errc::not_found when the organisation has no good key with that id.
result<void> rename_key(connection& db, organization_id organization, std::int64_t id, std::string_view name);
result<void> revoke_key(connection& db, organization_id organization, std::int64_t id, std::int64_t now_us);

/// Ends a key for good; one that was revoked before stays as it was. errc::not_found when no key has that id.
result<void> revoke_key(connection& db, std::int64_t id, std::int64_t now_us);

/// The keys that are good, by id.
result<std::vector<live_key>> live_keys(connection& db);

} // namespace weir::storage
