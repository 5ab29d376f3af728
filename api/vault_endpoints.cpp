#include "api/endpoints.hpp"
#include "api/provider_keys.hpp"

#include <optional>
#include <string>
#include <utility>
#include <vector>

namespace asio = boost::asio;

namespace weir::api
{

struct add_vault_key_params {
    std::string key, provider;
    std::optional<std::string> name;
};
BOOST_DESCRIBE_STRUCT(add_vault_key_params, (), (key, provider, name))

struct add_vault_key_request {
    add_vault_key_params body;
};
BOOST_DESCRIBE_STRUCT(add_vault_key_request, (), (body))

struct vault_key_id {
    std::string id;
};
BOOST_DESCRIBE_STRUCT(vault_key_id, (), (id))

struct vault_key_request {
    std::string providerKeyId;
};
BOOST_DESCRIBE_STRUCT(vault_key_request, (), (providerKeyId))

struct update_vault_key_params {
    std::optional<std::string> key, name;
    std::optional<bool> active;
};
BOOST_DESCRIBE_STRUCT(update_vault_key_params, (), (key, name, active))

struct update_vault_key_request {
    std::string id;
    update_vault_key_params body;
};
BOOST_DESCRIBE_STRUCT(update_vault_key_request, (), (id, body))

namespace
{

asio::awaitable<result<vault_key_id>> add_key(add_vault_key_request asked, services& with)
{
    auto& body = asked.body;
    if (auto why = problem_with("provider", body.provider)) co_return *why;
    if (body.name)
        if (auto why = problem_with("name", *body.name)) co_return *why;
    auto key = read_provider_key("key", body.key);
    if (!key) co_return key.error();
    storage::provider_key_wish wish{
        .provider = std::move(body.provider), .name = body.name.value_or(""), .key = std::move(*key)};
    auto id = co_await add_provider_key(std::move(wish), with);
    if (!id) co_return id.error();
    vault_key_id made{std::move(*id)};
    co_return made;
}

asio::awaitable<result<std::vector<decrypted_provider_key>>> keys(nothing, services& with)
{
    auto const found = co_await all_provider_keys(with);
    if (!found) co_return found.error();
    std::vector<decrypted_provider_key> all;
    for (auto const& one : *found) all.push_back(shown(one));
    co_return all;
}

asio::awaitable<result<decrypted_provider_key>> key_by_id(vault_key_request asked, services& with)
{
    auto const found = co_await provider_key_by_id(std::move(asked.providerKeyId), with);
    if (!found) co_return found.error();
    co_return shown(*found);
}

/// A key that is no longer active has ended: what was sealed is gone, so it cannot become active again.
asio::awaitable<result<null>> update_key(update_vault_key_request asked, services& with)
{
    auto& body = asked.body;
    if (!body.key && !body.name && !body.active) co_return invalid("No fields to update");
    if (body.name)
        if (auto why = problem_with("name", *body.name)) co_return *why;
    storage::provider_key_change change;
    if (body.key) {
        auto key = read_provider_key("key", *body.key);
        if (!key) co_return key.error();
        change.key = std::move(*key);
    }
    change.name = std::move(body.name);
    if (!body.active.value_or(true)) co_return co_await end_provider_key(std::move(asked.id), with);
    co_return co_await change_provider_key(std::move(asked.id), std::move(change), with);
}

constexpr endpoint vault_entries[] = {
    changes(post<add_key>("/v1/vault/add", "AddKey", "Stores a provider's key, sealed")),
    get<keys>("/v1/vault/keys", "GetKeys", "The providers' keys, masked, newest first"),
    get<key_by_id>("/v1/vault/key/{providerKeyId}", "GetKeyById", "One provider's key, masked"),
    patch<update_key>("/v1/vault/update/{id}", "UpdateKey", "Changes a provider's key or its name, or ends it"),
};
static_assert(each_is_unique(vault_entries));

} // namespace

constinit group const vault_endpoints{"Vault", vault_entries};

} // namespace weir::api
