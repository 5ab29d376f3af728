#include "storage/vault.hpp"

#include "support.hpp"

#include <boost/json/parse.hpp>
#include <boost/json/value.hpp>
#include <boost/test/unit_test.hpp>

namespace json = boost::json;

namespace weir::api::test
{
namespace
{

/// The endpoints of both tags that manage keys of providers.
struct with_vault : stored_record {
    storage::vault const vault{storage::vault::master_key{1, 2, 3}}, other{storage::vault::master_key{4}};

    with_vault() { with.vault = &vault; }

    json::value said(std::string_view method, std::string_view target, std::string_view body = {}, int status = 200)
    {
        auto const answer = ask(with, method, target, body);
        BOOST_TEST_CONTEXT(method << " " << target << " " << body << " " << answer.body)
        BOOST_TEST(answer.status == status);
        return answer.body.empty() ? json::value() : json::parse(answer.body);
    }
    std::string error(std::string_view method, std::string_view target, std::string_view body, int status)
    {
        auto const answer = said(method, target, body, status);
        BOOST_TEST(answer.at("data").is_null());
        return std::string(answer.at("error").as_string());
    }
    std::string add(std::string_view body)
    {
        return std::string(said("POST", "/v1/vault/add", body).at("data").at("id").as_string());
    }
    std::string create(std::string_view provider, std::string_view key)
    {
        auto const made =
            said("POST", "/v1/api-keys/provider-key",
                 R"({"providerName":")" + std::string(provider) + R"(","providerKeyName":"n","providerKey":")" +
                     std::string(key) + R"(","config":{"region":"eu"}})");
        return std::string(made.at("id").as_string());
    }
    std::size_t count() { return said("GET", "/v1/api-keys/provider-keys").as_array().size(); }
    void be_someone_else() { with.organization = storage::organization_id{2}; }
};

constexpr auto no_such_key = "Provider key not found or no access";
constexpr auto absent = "00000000-0000-4000-8000-00000000000a";

} // namespace

BOOST_FIXTURE_TEST_SUITE(vault_endpoints_, with_vault)

BOOST_AUTO_TEST_CASE(a_key_is_only_ever_shown_masked)
{
    auto const id = add(R"({"key":" sk-proj-0123456789abcd ","provider":"openai","name":"main"})");
    add(R"({"key":"short","provider":"anthropic"})");

    auto const all = said("GET", "/v1/vault/keys").at("data").as_array();
    BOOST_TEST_REQUIRE(all.size() == 2U);
    BOOST_TEST(all[0].at("provider_key").as_string() == "…"); // newest first
    BOOST_TEST(all[0].at("provider_key_name").is_null());
    auto const expected = json::parse(R"({"id":")" + id +
                                      R"(","org_id":"00000000-0000-4000-8000-000000000001",)"
                                      R"("provider_name":"openai","provider_key_name":"main",)"
                                      R"("provider_key":"sk-…abcd"})");
    BOOST_TEST(all[1] == expected);
    BOOST_TEST(said("GET", "/v1/vault/key/" + id).at("data") == expected);
    BOOST_TEST(said("GET", "/v1/api-keys/provider-key/" + id) == expected);
}

BOOST_AUTO_TEST_CASE(an_empty_vault_is_an_empty_list)
{
    BOOST_TEST(said("GET", "/v1/vault/keys") == json::parse(R"({"data":[],"error":null})"));
    BOOST_TEST(said("GET", "/v1/api-keys/provider-keys") == json::parse("[]"));
}

BOOST_AUTO_TEST_CASE(what_is_created_is_listed_without_the_envelope_and_replaces_its_provider_s)
{
    create("openai", "sk-first-0123456789");
    auto const other_provider = create("anthropic", "sk-ant-0123456789");
    auto const id = create("OpenAI", "sk-second-01234567");

    auto const all = said("GET", "/v1/api-keys/provider-keys").as_array();
    BOOST_TEST_REQUIRE(all.size() == 2U);
    BOOST_TEST(all[1].at("id").as_string() == other_provider);
    auto row = all[0].as_object();
    BOOST_TEST(row["created_at"].as_string().size() == 24U);
    row.erase("created_at");
    BOOST_TEST(json::value(row) ==
               json::parse(R"({"id":")" + id +
                           R"(","org_id":"00000000-0000-4000-8000-000000000001",)"
                           R"("provider_name":"OpenAI","provider_key_name":"n","provider_key":"sk-…4567",)"
                           R"("vault_key_id":null,"config":{"region":"eu"},"soft_delete":false})"));
}

BOOST_AUTO_TEST_CASE(adding_to_the_vault_replaces_nothing)
{
    add(R"({"key":"sk-proj-0123456789abcd","provider":"openai"})");
    add(R"({"key":"sk-proj-0123456789abce","provider":"openai"})");

    BOOST_TEST(count() == 2U);
}

BOOST_AUTO_TEST_CASE(a_key_can_be_changed_and_ended)
{
    auto const id = create("openai", "sk-first-0123456789");
    auto const key = "/v1/api-keys/provider-key/" + id, update = "/v1/vault/update/" + id;

    BOOST_TEST(said("PATCH", key, R"({"providerKey":"sk-second-01234567"})") == json::parse(R"({"id":")" + id + "\"}"));
    BOOST_TEST(said("GET", key).at("provider_key").as_string() == "sk-…4567");
    said("PATCH", key, R"({"config":{}})");
    BOOST_TEST(said("GET", "/v1/api-keys/provider-keys").at(0).at("config") == json::parse("{}"));
    BOOST_TEST(said("PATCH", update, R"({"key":"sk-third-000009999","name":"x","active":true})") ==
               json::parse(R"({"data":null,"error":null})"));
    BOOST_TEST(said("GET", key).at("provider_key").as_string() == "sk-…9999");
    BOOST_TEST(said("GET", key).at("provider_key_name").as_string() == "x");

    BOOST_TEST(ask(with, "DELETE", key).status == 204);
    BOOST_TEST(ask(with, "DELETE", key).status == 404);
    auto const second = add(R"({"key":"sk-proj-0123456789abcd","provider":"openai"})");
    said("PATCH", "/v1/vault/update/" + second, R"({"active":false})");
    BOOST_TEST(error("PATCH", "/v1/vault/update/" + second, R"({"active":true})", 404) == no_such_key);
    BOOST_TEST(count() == 0U);
}

BOOST_AUTO_TEST_CASE(unknown_ids_and_another_organisation_s_are_404)
{
    auto const id = create("openai", "sk-first-0123456789");
    be_someone_else();

    for (auto const& which : {id, std::string(absent), std::string("nonsense")}) {
        BOOST_TEST(error("GET", "/v1/vault/key/" + which, "", 404) == no_such_key);
        BOOST_TEST(error("PATCH", "/v1/vault/update/" + which, R"({"name":"x"})", 404) == no_such_key);
        BOOST_TEST(error("PATCH", "/v1/vault/update/" + which, R"({"active":false})", 404) == no_such_key);
        auto const key = "/v1/api-keys/provider-key/" + which;
        BOOST_TEST(error("GET", key, "", 404) == no_such_key);
        BOOST_TEST(error("PATCH", key, R"({"providerKey":"k"})", 404) == no_such_key);
        BOOST_TEST(error("DELETE", key, "", 404) == no_such_key);
        BOOST_TEST(error("POST", "/v1/api-keys/proxy-key", R"({"providerKeyId":")" + which + R"(","proxyKeyName":"n"})",
                         404) == no_such_key);
    }
    auto const listed = [this] { return said("GET", "/v1/vault/keys").at("data").as_array().size(); };
    BOOST_TEST(count() == 0U);
    BOOST_TEST(listed() == 0U);
    with.organization = storage::default_organization;
    BOOST_TEST(count() == 1U);
    BOOST_TEST(listed() == 1U);
}

BOOST_AUTO_TEST_CASE(wrong_bodies_are_400_and_name_the_field)
{
    auto const id = create("openai", "sk-first-0123456789");
    auto const key = "/v1/api-keys/provider-key/" + id, update = "/v1/vault/update/" + id;
    std::string const create_key = "/v1/api-keys/provider-key", proxy_key = "/v1/api-keys/proxy-key";
    struct {
        std::string_view method;
        std::string target;
        std::string_view body, named;
    } const cases[] = {
        {"POST", "/v1/vault/add", R"({"provider":"openai"})", "key: "},
        {"POST", "/v1/vault/add", R"({"key":"k"})", "provider: "},
        {"POST", "/v1/vault/add", R"({"key":1,"provider":"openai"})", "key: "},
        {"POST", "/v1/vault/add", R"({"key":"","provider":"openai"})", "key: is empty"},
        {"POST", "/v1/vault/add", R"({"key":"a\r\nX: y","provider":"openai"})", "key: has characters"},
        {"POST", "/v1/vault/add", R"({"key":"k","provider":""})", "provider: is empty"},
        {"POST", "/v1/vault/add", R"({"key":"k","provider":"openai","name":" "})", "name: is empty"},
        {"POST", "/v1/vault/add", R"({"key":"k","provider":"openai","nmae":"x"})", "nmae: "},
        {"PATCH", update, R"({})", "No fields to update"},
        {"PATCH", update, R"({"active":"maybe"})", "active: "},
        {"PATCH", update, R"({"key":"a b"})", "key: "},
        {"PATCH", update, R"({"name":""})", "name: "},
        {"POST", create_key, R"({"providerName":"a","providerKeyName":"n","providerKey":"k"})", "config: "},
        {"POST", create_key, R"({"providerName":"a","providerKeyName":"n","config":{}})", "providerKey: "},
        {"POST", create_key, R"({"providerName":"a","providerKey":"k","config":{}})", "providerKeyName: "},
        {"POST", create_key, R"({"providerKeyName":"n","providerKey":"k","config":{}})", "providerName: "},
        {"POST", create_key, R"({"providerName":"a","providerKeyName":"n","providerKey":"k","config":{"a":{}}})",
         "config.a: "},
        {"POST", create_key, R"({"providerName":"a","providerKeyName":"n","providerKey":"k","config":"x"})",
         "config: "},
        {"PATCH", key, R"({})", "No fields to update"},
        {"PATCH", key, R"({"providerKey":""})", "providerKey: "},
        {"PATCH", key, R"({"config":[]})", "config: "},
        {"PATCH", key, R"({"config":{},"more":1})", "more: "},
        {"POST", proxy_key, R"({"proxyKeyName":"n"})", "providerKeyId: "},
        {"POST", proxy_key, R"({"providerKeyId":"x"})", "proxyKeyName: "},
        {"POST", proxy_key, R"({"providerKeyId":"x","proxyKeyName":""})", "proxyKeyName: is empty"},
    };
    for (auto const& c : cases) BOOST_TEST_CONTEXT(c.method << " " << c.target << " " << c.body)
    BOOST_TEST(error(c.method, c.target, c.body, 400).starts_with(c.named));
    auto const large = R"({"config":{"a":")" + std::string(20'000, 'x') + "\"}}";
    BOOST_TEST(error("PATCH", key, large, 400).starts_with("config: "));
    BOOST_TEST(
        error("PATCH", key, R"({"providerKey":")" + std::string(9000, 'x') + "\"}", 400).starts_with("providerKey: "));
}

BOOST_AUTO_TEST_CASE(without_a_master_key_what_needs_one_is_409_and_names_the_setting)
{
    auto const id = create("openai", "sk-first-0123456789");
    with.vault = nullptr;
    struct {
        std::string_view method;
        std::string target, body;
    } const cases[] = {
        {"POST", "/v1/vault/add", R"({"key":"k","provider":"openai"})"},
        {"GET", "/v1/vault/keys", ""},
        {"GET", "/v1/vault/key/" + id, ""},
        {"PATCH", "/v1/vault/update/" + id, R"({"key":"k"})"},
        {"POST", "/v1/api-keys/provider-key",
         R"({"providerName":"a","providerKeyName":"n","providerKey":"k","config":{}})"},
        {"GET", "/v1/api-keys/provider-keys", ""},
        {"GET", "/v1/api-keys/provider-key/" + id, ""},
        {"PATCH", "/v1/api-keys/provider-key/" + id, R"({"providerKey":"k"})"},
    };
    for (auto const& c : cases) BOOST_TEST_CONTEXT(c.method << " " << c.target)
    BOOST_TEST(error(c.method, c.target, c.body, 409).find("vault.master_key_file") != std::string::npos);
    BOOST_TEST(ask(with, "DELETE", "/v1/api-keys/provider-key/" + id).status == 204);
}

BOOST_AUTO_TEST_CASE(without_a_master_key_and_keys_there_is_nothing_to_open)
{
    with.vault = nullptr;
    std::string const unknown = "00000000-0000-4000-8000-00000000abcd";

    BOOST_TEST(ask(with, "GET", "/v1/vault/keys").body == R"({"data":[],"error":null})");
    BOOST_TEST(ask(with, "GET", "/v1/api-keys/provider-keys").body == "[]");
    BOOST_TEST(ask(with, "GET", "/v1/vault/key/" + unknown).status == 404);
    BOOST_TEST(ask(with, "PATCH", "/v1/vault/update/" + unknown, R"({"key":"k"})").status == 404);
    BOOST_TEST(ask(with, "GET", "/v1/api-keys/provider-key/" + unknown).status == 404);
}

BOOST_AUTO_TEST_CASE(another_master_key_is_409_and_shows_nothing)
{
    auto const id = create("openai", "sk-first-0123456789");
    with.vault = &other;

    for (auto const& target :
         {std::string("/v1/vault/keys"), "/v1/vault/key/" + id, std::string("/v1/api-keys/provider-keys")})
        BOOST_TEST(error("GET", target, "", 409).find("does not open") != std::string::npos);
}

BOOST_AUTO_TEST_CASE(a_key_that_may_only_read_sees_and_changes_nothing)
{
    auto const id = create("openai", "sk-first-0123456789");
    with.permissions = storage::key_permissions::read;
    struct {
        std::string_view method;
        std::string target, body;
    } const cases[] = {
        {"POST", "/v1/vault/add", R"({"key":"k","provider":"openai"})"},
        {"PATCH", "/v1/vault/update/" + id, R"({"active":false})"},
        {"POST", "/v1/api-keys/provider-key",
         R"({"providerName":"a","providerKeyName":"n","providerKey":"k","config":{}})"},
        {"PATCH", "/v1/api-keys/provider-key/" + id, R"({"providerKey":"k"})"},
        {"DELETE", "/v1/api-keys/provider-key/" + id, ""},
        {"POST", "/v1/api-keys/proxy-key", R"({"providerKeyId":")" + id + R"(","proxyKeyName":"n"})"},
    };
    for (auto const& c : cases) BOOST_TEST_CONTEXT(c.method << " " << c.target)
    BOOST_TEST(error(c.method, c.target, c.body, 403).find("may only read") != std::string::npos);
    BOOST_TEST(count() == 1U);
    BOOST_TEST(value_of("SELECT count(*) FROM proxy_key") == "0");
}

BOOST_AUTO_TEST_CASE(a_proxy_key_is_shown_once_and_stored_as_a_hash)
{
    auto const id = create("openai", "sk-first-0123456789");

    auto const made = said("POST", "/v1/api-keys/proxy-key", R"({"providerKeyId":")" + id + R"(","proxyKeyName":"n"})");

    auto const key = std::string(made.at("proxyKey").as_string());
    BOOST_TEST(key.starts_with("sk-helicone-proxy-"));
    BOOST_TEST(key.ends_with(std::string(made.at("proxyKeyId").as_string())));
    BOOST_TEST(made.as_object().size() == 2U);
    BOOST_TEST(value_of("SELECT name FROM proxy_key") == "n");
    for (auto const& secret : {key, std::string("sk-first-0123456789")})
        BOOST_TEST((weir::test::content_of(path) + weir::test::content_of(path + "-wal")).find(secret) ==
                   std::string::npos);
}

BOOST_AUTO_TEST_SUITE_END()

} // namespace weir::api::test
