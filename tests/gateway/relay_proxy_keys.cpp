#include "storage/provider_keys.hpp"
#include "tests/support/running_gateway.hpp"

#include <boost/test/unit_test.hpp>

namespace weir::test
{
namespace
{

/// A gateway whose vault has a key of each vendor, and proxy keys that stand for them.
struct with_proxy_keys {
    running_gateway weir{[](config::settings& s) {
        s.auth.required = true;
        s.gateway.allowed_targets = {"http://127.0.0.1:1"};
    }};
    storage::created_key const ours = weir.new_key({.name = "n"});
    storage::created_key const theirs = weir.new_key({.name = "n", .organization = "Acme"});
    std::string const openai = weir.new_proxy_key({.provider = "OpenAI", .name = "", .key = "real-openai"});
    std::string const anthropic = weir.new_proxy_key({.provider = "anthropic", .name = "", .key = "real-anthropic"});
    std::string const google = weir.new_proxy_key({.provider = "gemini", .name = "", .key = "real-google"});

    /// weir's own answer: "STATUS CODE".
    std::string refused(std::string_view request) const
    {
        auto const response = weir.refusal_of(request);
        return std::to_string(response.status()) + " " + response.field("x-weir-error");
    }
    static std::string bearer(std::string const& key) { return "Authorization: Bearer " + key + "\r\n"; }
};

} // namespace

BOOST_FIXTURE_TEST_SUITE(relay_proxy_keys, with_proxy_keys)

BOOST_AUTO_TEST_CASE(a_proxy_key_is_replaced_by_the_providers_key_wherever_it_stands)
{
    struct {
        std::string target, fields, expected;
    } const cases[] = {
        {"/openai/v1/x", bearer(openai), "Authorization: Bearer real-openai"},
        {"/openai/v1/x", "authorization: bearer " + openai + "\r\n", "Authorization: Bearer real-openai"},
        {"/openai/v1/x", "api-key: " + openai + "\r\n", "Authorization: Bearer real-openai"},
        {"/v1/x", bearer(openai), "Authorization: Bearer real-openai"},
        {"/anthropic/v1/x", "x-api-key: " + anthropic + "\r\n", "x-api-key: real-anthropic"},
        {"/anthropic/v1/x", bearer(anthropic), "Authorization: Bearer real-anthropic"},
        {"/gemini/v1beta/x", "x-goog-api-key: " + google + "\r\n", "x-goog-api-key: real-google"},
        {"/gemini/v1beta/x?key=" + google, "", "x-goog-api-key: real-google"},
        {"/gemini/v1beta/openai/x", bearer(google), "Authorization: Bearer real-google"},
        {"/" + openai + "/openai/v1/x", "", "Authorization: Bearer real-openai"},
        {"/openai/v1/x", "Helicone-Auth: Bearer " + ours.key + "\r\n" + bearer(openai),
         "Authorization: Bearer real-openai"},
        {"/openai/v1/x", "Authorization: Bearer " + openai + ", Bearer " + ours.key + "\r\n",
         "Authorization: Bearer real-openai"},
        {"/openai/v1/x", bearer(openai) + "Cookie: k=" + openai + "\r\n", "Authorization: Bearer real-openai"},
    };
    for (auto const& c : cases) {
        BOOST_TEST_CONTEXT(c.target << " " << c.fields)
        {
            auto const got = weir.forwarded(get(c.target, c.fields));
            auto const lines = got.lines();
            BOOST_TEST(std::count(lines.begin(), lines.end(), c.expected) == 1);
            BOOST_TEST(lines.size() == 2U); // beside Host
            BOOST_TEST(got.head.find("helicone") == std::string::npos);
        }
    }
}

BOOST_AUTO_TEST_CASE(a_call_with_a_proxy_key_is_its_organisations_and_the_record_has_neither_key)
{
    auto const key =
        weir.new_proxy_key({.provider = "openai", .name = "", .key = "real-acme-4711"}, storage::organization_id{2});

    weir.forwarded(get("/openai/v1/models?key=" + key));

    auto const row = weir.rows(1, storage::organization_id{2}).front();
    BOOST_TEST(row.status == 200);
    BOOST_TEST(!row.api_key_id.has_value());
    BOOST_TEST(row.provider_auth_hash.size() == 32U);
    BOOST_TEST(weir.final_rows().empty());
    auto const stored = content_of(weir.database()) + content_of(weir.database() + "-wal");
    BOOST_TEST(stored.find("/v1/models") != std::string::npos); // so the search does find
    BOOST_TEST(stored.find("real-acme") == std::string::npos);
    BOOST_TEST(stored.find("sk-helicone-proxy") == std::string::npos);
}

BOOST_AUTO_TEST_CASE(a_gateway_key_beside_a_proxy_key_says_whose_call_it_is)
{
    weir.forwarded(get("/openai/v1/x", "Helicone-Auth: Bearer " + ours.key + "\r\n" + bearer(openai)));

    BOOST_TEST(weir.row().api_key_id.value_or(0) == ours.id);
}

BOOST_AUTO_TEST_CASE(a_proxy_key_that_is_not_good_is_401_and_goes_nowhere)
{
    auto changed = openai;
    changed[25] = changed[25] == 'a' ? 'b' : 'a';
    for (auto const& key : {changed, openai + "x", openai.substr(0, openai.size() - 1),
                            std::string("sk-helicone-proxy-"), std::string("sk-helicone-proxy-abc")})
        for (auto const& fields :
             {bearer(key), "x-api-key: " + key + "\r\n", "api-key: " + key + "\r\n", "x-goog-api-key: " + key + "\r\n"})
            BOOST_TEST_CONTEXT(fields) BOOST_TEST(refused(get("/openai/v1/x", fields)) == "401 unknown_proxy_key");
    BOOST_TEST(refused(get("/openai/v1/x?key=" + changed)) == "401 unknown_proxy_key");
    BOOST_TEST(refused(get("/openai/v1/x", "Helicone-Auth: Bearer " + theirs.key + "\r\n" + bearer(openai))) ==
               "401 unknown_proxy_key");
    BOOST_TEST(refused(get("/openai/v1/x", "Helicone-Auth: Bearer " + openai + "\r\n")) == "401 invalid_gateway_key");

    weir.end_proxy_key(openai);
    BOOST_TEST(refused(get("/openai/v1/x", bearer(openai))) == "401 unknown_proxy_key");

    BOOST_TEST(!weir.provider.is_called());
    BOOST_TEST(weir.final_rows().empty());
}

BOOST_AUTO_TEST_CASE(a_proxy_key_and_a_credential_of_the_providers_are_one_too_many)
{
    for (auto const& fields :
         {bearer(openai) + "x-api-key: mine\r\n", "Authorization: Bearer mine, Bearer " + openai + "\r\n"})
        BOOST_TEST_CONTEXT(fields) BOOST_TEST(refused(get("/openai/v1/x", fields)) == "400 conflicting_auth");
    BOOST_TEST(refused(get("/openai/v1/x?key=mine", bearer(openai))) == "400 conflicting_auth");
    BOOST_TEST(!weir.provider.is_called());
}

BOOST_AUTO_TEST_CASE(a_proxy_key_goes_to_its_providers_origin_alone)
{
    for (auto const& request :
         {get("/anthropic/v1/x", bearer(openai)), get("/local_ai/v1/x", bearer(openai)),
          get("/openai/v1/x", bearer(anthropic)),
          get("/v1/x", bearer(openai) + "Helicone-Target-Url: http://127.0.0.1:1\r\n"),
          get("/v1/x", bearer(openai) + "Helicone-Target-Url: https://api.openai.com\r\n"),
          get("/v1/x", bearer(openai) + "Helicone-Target-Url: https://evil.openai.azure.com\r\n")})
        BOOST_TEST_CONTEXT(request) BOOST_TEST(refused(request) == "403 target_not_allowed");
    BOOST_TEST(refused(get("/v1/x", bearer(openai) + "Helicone-Target-Url: https://evil.example\r\n")) ==
               "403 target_not_allowed");
    BOOST_TEST(!weir.provider.is_called());
}

BOOST_AUTO_TEST_CASE(what_the_vault_cannot_open_is_401_and_says_which_setting_is_wrong)
{
    auto db = storage::connection::open(weir.database(), storage::connection::mode::read_write).value();
    BOOST_REQUIRE(db.execute("UPDATE provider_key SET sealed_key=x'01' WHERE provider_name='OpenAI'").has_value());

    weir.new_proxy_key({.provider = "groq", .name = "", .key = "k"}); // once it is known, so is the change

    BOOST_TEST(refused(get("/openai/v1/x", bearer(openai))) == "401 missing_provider_key");
    BOOST_TEST(weir.refusal_of(get("/openai/v1/x", bearer(openai))).body.find("vault.master_key_file") !=
               std::string::npos);
}

BOOST_AUTO_TEST_SUITE_END()

} // namespace weir::test
