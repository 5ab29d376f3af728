#include "api/endpoints.hpp"
#include "api/provider_keys.hpp"
#include "net/text.hpp"
#include "net/time_text.hpp"

#include <boost/describe/enum.hpp>

#include <optional>
#include <string>
#include <utility>
#include <vector>

namespace asio = boost::asio;

namespace weir::api
{

struct api_key_row {
    std::int64_t id = 0;
    std::string api_key_hash, api_key_name, created_at;
    bool governance = false;
    std::string key_permissions, organization_id;
    bool soft_delete = false, temp_key = false;
    std::string user_id; ///< empty: weir has no users
};
BOOST_DESCRIBE_STRUCT(api_key_row, (),
                      (id, api_key_hash, api_key_name, created_at, governance, key_permissions, organization_id,
                       soft_delete, temp_key, user_id))

enum class permission_word { rw, r, w };
BOOST_DESCRIBE_ENUM(permission_word, rw, r, w)

struct create_api_key_params {
    std::string api_key_name;
    std::optional<permission_word> key_permissions;
};
BOOST_DESCRIBE_STRUCT(create_api_key_params, (), (api_key_name, key_permissions))

struct create_api_key_request {
    create_api_key_params body;
};
BOOST_DESCRIBE_STRUCT(create_api_key_request, (), (body))

struct new_api_key {
    std::string id, apiKey;
};
BOOST_DESCRIBE_STRUCT(new_api_key, (), (id, apiKey))

struct rename_api_key_params {
    std::string api_key_name;
};
BOOST_DESCRIBE_STRUCT(rename_api_key_params, (), (api_key_name))

struct rename_api_key_request {
    std::int64_t apiKeyId = 0;
    rename_api_key_params body;
};
BOOST_DESCRIBE_STRUCT(rename_api_key_request, (), (apiKeyId, body))

struct api_key_request {
    std::int64_t apiKeyId = 0;
};
BOOST_DESCRIBE_STRUCT(api_key_request, (), (apiKeyId))

struct create_provider_key_params {
    std::string providerName, providerKeyName, providerKey;
    storage::text_pairs config;
};
BOOST_DESCRIBE_STRUCT(create_provider_key_params, (), (providerName, providerKeyName, providerKey, config))

struct create_provider_key_request {
    create_provider_key_params body;
};
BOOST_DESCRIBE_STRUCT(create_provider_key_request, (), (body))

struct provider_key_request {
    std::string providerKeyId;
};
BOOST_DESCRIBE_STRUCT(provider_key_request, (), (providerKeyId))

struct provider_key_id {
    std::string id;
};
BOOST_DESCRIBE_STRUCT(provider_key_id, (), (id))

struct provider_key_row {
    std::string id, org_id, provider_name, provider_key_name, provider_key;
    null vault_key_id;
    storage::text_pairs config;
    bool soft_delete = false;
    std::string created_at;
};
BOOST_DESCRIBE_STRUCT(provider_key_row, (),
                      (id, org_id, provider_name, provider_key_name, provider_key, vault_key_id, config, soft_delete,
                       created_at))

struct update_provider_key_params {
    std::optional<std::string> providerKey;
    std::optional<storage::text_pairs> config;
};
BOOST_DESCRIBE_STRUCT(update_provider_key_params, (), (providerKey, config))

struct update_provider_key_request {
    std::string providerKeyId;
    update_provider_key_params body;
};
BOOST_DESCRIBE_STRUCT(update_provider_key_request, (), (providerKeyId, body))

struct create_proxy_key_params {
    std::string providerKeyId, proxyKeyName;
};
BOOST_DESCRIBE_STRUCT(create_proxy_key_params, (), (providerKeyId, proxyKeyName))

struct create_proxy_key_request {
    create_proxy_key_params body;
};
BOOST_DESCRIBE_STRUCT(create_proxy_key_request, (), (body))

struct new_proxy_key {
    std::string proxyKey, proxyKeyId;
};
BOOST_DESCRIBE_STRUCT(new_proxy_key, (), (proxyKey, proxyKeyId))

namespace
{

constexpr std::int64_t most_listed_keys = 1000;
constexpr std::size_t longest_config = 16 * 1024; // bytes, as JSON

/// The reference keeps such a key for each experiment and does not show it.
constexpr std::string_view hidden_name = "auto-generated-experiment-key";

failure told_of_api_key(boost::system::error_code why)
{
    if (why == storage::errc::not_found) return not_found("API key not found");
    return why;
}

storage::key_permissions permissions_of(permission_word word)
{
    switch (word) {
    case permission_word::r: return storage::key_permissions::read;
    case permission_word::w: return storage::key_permissions::write;
    case permission_word::rw: break;
    }
    return storage::key_permissions::read_write;
}

std::optional<failure> problem_with_config(storage::text_pairs const& config)
{
    if (storage::to_json(config).size() <= longest_config) return std::nullopt;
    return invalid("config: is longer than " + std::to_string(longest_config) + " bytes");
}

asio::awaitable<result<std::vector<api_key_row>>> list_keys(nothing, services& with)
{
    auto const query = [whose = with.organization](storage::connection& db) {
        return storage::list_good_keys(db, whose, most_listed_keys);
    };
    auto const found = co_await with.store.read(query);
    if (!found) co_return found.error();
    std::vector<api_key_row> all;
    for (auto const& key : *found) {
        if (key.name == hidden_name) continue;
        auto& row = all.emplace_back();
        row.id = key.id;
        row.api_key_hash = net::to_hex({reinterpret_cast<char const*>(key.hash.data()), key.hash.size()});
        row.api_key_name = key.name;
        row.created_at = net::time_text(key.created_us);
        row.key_permissions = name_of(key.permissions);
        row.organization_id = key.organization_public_id;
    }
    co_return all;
}

/// A key can make no key that may do more than itself.
asio::awaitable<result<bare<new_api_key>>> create_key(create_api_key_request asked, services& with)
{
    auto const& body = asked.body;
    if (auto why = problem_with("api_key_name", body.api_key_name)) co_return *why;
    auto const permissions = permissions_of(body.key_permissions.value_or(permission_word::rw));
    auto const query = [whose = with.organization, name = body.api_key_name, permissions, now = with.now_us()](
                           storage::connection& db) { return storage::add_key(db, whose, name, permissions, now); };
    auto const made = co_await with.store.write_keys(query);
    if (!made) co_return made.error();
    bare<new_api_key> answer{{std::to_string(made->id), made->key}};
    co_return answer;
}

asio::awaitable<result<no_content>> rename_key(rename_api_key_request asked, services& with)
{
    if (auto why = problem_with("api_key_name", asked.body.api_key_name)) co_return *why;
    auto const query = [whose = with.organization, asked = std::move(asked)](storage::connection& db) {
        return storage::rename_key(db, whose, asked.apiKeyId, asked.body.api_key_name);
    };
    auto const done = co_await with.store.write(query);
    if (!done) co_return told_of_api_key(done.error());
    co_return no_content{};
}

asio::awaitable<result<no_content>> revoke_key(api_key_request asked, services& with)
{
    auto const query = [whose = with.organization, id = asked.apiKeyId, now = with.now_us()](storage::connection& db) {
        return storage::revoke_key(db, whose, id, now);
    };
    auto const done = co_await with.store.write_keys(query);
    if (!done) co_return told_of_api_key(done.error());
    co_return no_content{};
}

asio::awaitable<result<bare<provider_key_id>>> create_provider_key(create_provider_key_request asked, services& with)
{
    auto& body = asked.body;
    if (auto why = problem_with("providerName", body.providerName)) co_return *why;
    if (auto why = problem_with("providerKeyName", body.providerKeyName)) co_return *why;
    if (auto why = problem_with_config(body.config)) co_return *why;
    auto key = read_provider_key("providerKey", body.providerKey);
    if (!key) co_return key.error();
    storage::provider_key_wish wish{.provider = std::move(body.providerName),
                                    .name = std::move(body.providerKeyName),
                                    .key = std::move(*key),
                                    .config = std::move(body.config),
                                    .replaces = true};
    auto id = co_await add_provider_key(std::move(wish), with);
    if (!id) co_return id.error();
    bare<provider_key_id> answer{{std::move(*id)}};
    co_return answer;
}

asio::awaitable<result<bare<std::vector<provider_key_row>>>> list_provider_keys(nothing, services& with)
{
    auto found = co_await all_provider_keys(with);
    if (!found) co_return found.error();
    bare<std::vector<provider_key_row>> all;
    for (auto& one : *found) {
        auto& row = all.value.emplace_back();
        row.id = one.id.text();
        row.org_id = std::move(one.organization_public_id);
        row.provider_name = std::move(one.provider);
        row.provider_key_name = std::move(one.name);
        row.provider_key = masked(one.key);
        row.config = std::move(one.config);
        row.created_at = net::time_text(one.created_us);
    }
    co_return all;
}

asio::awaitable<result<bare<decrypted_provider_key>>> get_provider_key(provider_key_request asked, services& with)
{
    auto const found = co_await provider_key_by_id(std::move(asked.providerKeyId), with);
    if (!found) co_return found.error();
    bare<decrypted_provider_key> answer{shown(*found)};
    co_return answer;
}

asio::awaitable<result<bare<provider_key_id>>> update_provider_key(update_provider_key_request asked, services& with)
{
    auto& body = asked.body;
    if (!body.providerKey && !body.config) co_return invalid("No fields to update");
    storage::provider_key_change change;
    if (body.providerKey) {
        auto key = read_provider_key("providerKey", *body.providerKey);
        if (!key) co_return key.error();
        change.key = std::move(*key);
    }
    if (body.config)
        if (auto why = problem_with_config(*body.config)) co_return *why;
    change.config = std::move(body.config);
    auto const done = co_await change_provider_key(asked.providerKeyId, std::move(change), with);
    if (!done) co_return done.error();
    bare<provider_key_id> answer{{std::move(asked.providerKeyId)}};
    co_return answer;
}

asio::awaitable<result<no_content>> delete_provider_key(provider_key_request asked, services& with)
{
    auto const done = co_await end_provider_key(std::move(asked.providerKeyId), with);
    if (!done) co_return done.error();
    co_return no_content{};
}

asio::awaitable<result<bare<new_proxy_key>>> create_proxy_key(create_proxy_key_request asked, services& with)
{
    auto& body = asked.body;
    if (auto why = problem_with("proxyKeyName", body.proxyKeyName)) co_return *why;
    auto const id = storage::uuid::parse(body.providerKeyId);
    if (!id) co_return told_of_provider_key(storage::errc::not_found, with);
    auto const query = [whose = with.organization, id = *id, name = std::move(body.proxyKeyName), now = with.now_us()](
                           storage::connection& db) { return storage::create_proxy_key(db, whose, id, name, now); };
    auto const made = co_await with.store.write_keys(query);
    if (!made) co_return told_of_provider_key(made.error(), with);
    bare<new_proxy_key> answer{{made->key, made->id.text()}};
    co_return answer;
}

constexpr endpoint api_key_entries[] = {
    get<list_keys>("/v1/api-keys", "GetAPIKeys", "The organisation's API keys, without the keys themselves"),
    changes(post<create_key>("/v1/api-keys", "CreateAPIKey", "Makes an API key, which is shown this once")),
    patch<rename_key>("/v1/api-keys/{apiKeyId}", "UpdateAPIKey", "Renames an API key"),
    delete_<revoke_key>("/v1/api-keys/{apiKeyId}", "DeleteAPIKey", "Revokes an API key"),
    changes(post<create_provider_key>("/v1/api-keys/provider-key", "CreateProviderKey",
                                      "Stores a provider's key, sealed, in place of an earlier one of that provider")),
    get<list_provider_keys>("/v1/api-keys/provider-keys", "GetProviderKeys",
                            "The providers' keys, masked, newest first"),
    get<get_provider_key>("/v1/api-keys/provider-key/{providerKeyId}", "GetProviderKey", "One provider's key, masked"),
    patch<update_provider_key>("/v1/api-keys/provider-key/{providerKeyId}", "UpdateProviderKey",
                               "Changes a provider's key or its configuration; its proxy keys stay"),
    delete_<delete_provider_key>("/v1/api-keys/provider-key/{providerKeyId}", "DeleteProviderKey",
                                 "Ends a provider's key and its proxy keys"),
    changes(post<create_proxy_key>("/v1/api-keys/proxy-key", "CreateProxyKey",
                                   "Makes a proxy key for a provider's key, which is shown this once")),
};
static_assert(each_is_unique(api_key_entries));

} // namespace

constinit group const api_key_endpoints{"API Key", api_key_entries};

} // namespace weir::api
