#include "gateway/authorization.hpp"

#include "storage/connection.hpp"
#include "storage/migrations.hpp"
#include "tests/support/temp_folder.hpp"

#include <boost/test/unit_test.hpp>

namespace weir::gateway
{
namespace
{

using storage::key_permissions;

/// Keys of two organisations, and what is decided about a request that has them.
struct with_keys {
    test::temp_folder folder;
    std::string problem;
    storage::connection db = storage::open_and_migrate(folder.file("weir.db"), problem).value();
    storage::created_key const full = make("default", key_permissions::read_write);
    storage::created_key const other = make("Acme", key_permissions::write);
    storage::created_key const reads = make("default", key_permissions::read);
    storage::created_key const revoked = make("default", key_permissions::read_write);
    metrics::registry metrics;
    std::optional<storage::key_ring> ring;
    caller who;

    with_keys()
    {
        BOOST_REQUIRE(storage::revoke_key(db, revoked.id, 2).has_value());
        ring.emplace(folder.file("weir.db"), metrics, std::chrono::hours(1));
    }

    storage::created_key make(std::string organization, key_permissions permissions)
    {
        return storage::create_key(db, {"n", std::move(organization), permissions}, 1).value();
    }

    refusal decide(std::string_view target, std::string_view fields, bool required)
    {
        auto const text = "POST " + std::string(target) + " HTTP/1.1\r\nHost: w\r\n" + std::string(fields) + "\r\n";
        net::request_parser parser(16 * 1024);
        boost::system::error_code error;
        BOOST_REQUIRE(parser.parse_head(text, error) == text.size());
        storage::key_ring::reader keys(*ring);
        who = {};
        return authorize(parser.head(), keys, required, who);
    }

    /// "refused: CODE", or "key ID" with what is known of the call: "alone" without a credential of the provider's,
    /// "instead" when the key stands in that one's place.
    std::string told(std::string_view target, std::string_view fields, bool required)
    {
        if (auto const why = decide(target, fields, required)) return "refused: " + std::string(name_of(why.code));
        if (!who.api_key_id) return "open";
        return "key " + std::to_string(*who.api_key_id) + (who.has_provider_credential ? "" : " alone") +
               (who.key_for_provider ? " instead" : "");
    }
};

} // namespace

BOOST_FIXTURE_TEST_SUITE(authorizing, with_keys)

BOOST_AUTO_TEST_CASE(without_a_key_the_default_organisation_may_call_unless_keys_are_required)
{
    for (std::string_view const fields :
         {"", "Authorization: Bearer sk-proj-abc\r\n", "x-api-key: sk-ant-abc\r\n", "x-goog-api-key: AIza\r\n",
          "User-Agent: task-helicone-runner\r\n", "Authorization: Bearer sk-abcdefg-abcdefg-abcdefg-abcdefg\r\n"}) {
        BOOST_TEST_CONTEXT(fields)
        {
            BOOST_TEST(told("/v1/x?key=AIza%2D", fields, false) == "open");
            BOOST_TEST((who.organization == storage::default_organization));
            BOOST_TEST(told("/v1/x?key=AIza%2D", fields, true) == "refused: invalid_gateway_key");
        }
    }
}

BOOST_AUTO_TEST_CASE(a_good_key_counts_wherever_it_may_stand_whether_keys_are_required_or_not)
{
    auto const id = std::to_string(full.id);
    auto const& k = full.key;
    std::string const provider = "Authorization: Bearer sk-proj-x\r\n";
    struct {
        std::string target, fields, expected;
    } const cases[] = {
        {"/v1/x", "Helicone-Auth: Bearer " + k + "\r\n", " alone"},
        {"/v1/x", "helicone-auth: bearer " + k + "\r\n", " alone"},
        {"/v1/x", "HELICONE-AUTH: " + k + "\r\n", " alone"},
        {"/v1/x", "Helicone-Auth: Bearer " + k + "\r\n" + provider, ""},
        {"/v1/x", "Helicone-Auth: Bearer " + k + "\r\nx-api-key: sk-ant-x\r\n", ""},
        {"/v1/x?key=AIza", "Helicone-Auth: Bearer " + k + "\r\n", ""},
        {"/v1/x?alt=sse&%6Bey=AIza", "Helicone-Auth: Bearer " + k + "\r\n", ""},
        {"/v1/x?key=", "Helicone-Auth: Bearer " + k + "\r\nAuthorization:\r\n", " alone"},
        {"/v1/x", "Authorization: Bearer sk-proj-x, Bearer " + k + "\r\n", ""},
        {"/v1/x", "Authorization: Bearer " + k + ",Bearer sk-proj-x\r\n", ""},
        {"/v1/x", "Authorization: Bearer " + k + "\r\n" + provider, " instead"},
        {"/v1/x", "Authorization: Bearer " + k + "\r\n", " alone instead"},
        {"/v1/x", "Authorization: " + k + "\r\n", " alone instead"},
        {"/v1/x", "x-api-key: " + k + "\r\n", " alone instead"},
        {"/v1/x", "api-key: " + k + "\r\n", " alone instead"},
        {"/v1/x", "X-Goog-Api-Key: " + k + "\r\n", " alone instead"},
        {"/v1/x", "x-api-key: " + k + "\r\n" + provider, " instead"},
        {"/" + k + "/openai/v1/x", "", " alone"},
        {"/openai/" + k + "/v1/x", provider, ""},
        {"/sk%2D" + k.substr(3) + "/v1/x", "", " alone"},
        {"/v1/x?key=" + k, "", " alone instead"},
        {"/v1/x?a=1&key=%73" + k.substr(1), "", " alone instead"},
        {"/v1/x", "Sec-WebSocket-Protocol: realtime, openai-insecure-api-key." + k + "\r\n", " alone instead"},
        {"/v1/x", "Sec-WebSocket-Protocol: openai-insecure-api-key.sk-proj-x, openai-insecure-api-key." + k + "\r\n",
         " instead"},
        {"/" + k + "/v1/x", "Sec-WebSocket-Protocol: openai-insecure-api-key.sk-proj-x, realtime\r\n", ""},
        {"/" + k + "/v1/x", "Sec-WebSocket-Protocol: realtime\r\n", " alone"},
    };
    for (auto const& c : cases)
        for (bool const required : {false, true}) BOOST_TEST_CONTEXT(c.target << " " << c.fields << required)
    BOOST_TEST(told(c.target, c.fields, required) == "key " + id + c.expected);
}

BOOST_AUTO_TEST_CASE(of_several_keys_the_header_wins_then_the_combined_field_then_the_url)
{
    std::string const wrong = "sk-helicone-wrong00-wrong00-wrong00-wrong00";
    auto const id = "key " + std::to_string(full.id);
    struct {
        std::string target, fields;
    } const cases[] = {
        {"/" + wrong + "/v1/x", "Helicone-Auth: Bearer " + full.key + "\r\nAuthorization: Bearer " + wrong + "\r\n"},
        {"/" + wrong + "/v1/x", "Authorization: Bearer sk-proj-x, Bearer " + full.key + "\r\n"},
        {"/" + full.key + "/v1/x", "Authorization: Bearer " + wrong + "\r\nx-api-key: " + wrong + "\r\n"},
        {"/v1/x", "Authorization: Bearer " + full.key + "\r\nx-api-key: " + wrong + "\r\n"},
    };
    for (auto const& c : cases) BOOST_TEST_CONTEXT(c.target << " " << c.fields)
    BOOST_TEST(told(c.target, c.fields, true).substr(0, id.size()) == id);
}

BOOST_AUTO_TEST_CASE(a_key_that_is_not_good_for_calls_is_refused_whether_keys_are_required_or_not)
{
    auto changed = full.key;
    changed.back() = changed.back() == 'a' ? 'b' : 'a';
    for (auto const& key : {revoked.key, reads.key, changed, std::string("sk-helicone-abc"),
                            std::string("sk-helicone-"), full.key + "x", "x-" + full.key})
        for (bool const required : {false, true})
            for (auto const& [target, fields] :
                 {std::pair{std::string("/v1/x"), "Helicone-Auth: Bearer " + key + "\r\n"},
                  {"/v1/x", "Authorization: Bearer " + key + "\r\n"},
                  {"/v1/x", "Authorization: Bearer sk-proj-x, Bearer " + key + "\r\n"},
                  {"/v1/x", "x-api-key: " + key + "\r\n"},
                  {"/" + key + "/v1/x", ""},
                  {"/v1/x?key=" + key, ""}})
                BOOST_TEST_CONTEXT(target << " " << fields << required)
    BOOST_TEST(told(target, fields, required) == "refused: invalid_gateway_key");
    for (std::string_view const fields :
         {"Helicone-Auth: \r\n", "Helicone-Auth: Bearer\r\n", "Helicone-Auth: Bearer undefined\r\n",
          "Helicone-Auth: Bearer sk-proj-abc\r\n", "Helicone-Auth: Basic c2s6\r\n", "Cookie: sk-helicone-abc\r\n"})
        BOOST_TEST_CONTEXT(fields) BOOST_TEST(told("/v1/x", fields, false) == "refused: invalid_gateway_key");
}

BOOST_AUTO_TEST_CASE(the_text_says_what_is_wrong_with_a_key_but_not_whether_it_ever_was_one)
{
    auto const why = [&](std::string const& key) {
        return decide("/v1/x", "Helicone-Auth: Bearer " + key + "\r\n", false).message;
    };
    BOOST_TEST(why("nonsense").find("form") != std::string::npos);
    BOOST_TEST(why(reads.key).find("permission w") != std::string::npos);
    BOOST_TEST(why(revoked.key) == why("sk-helicone-unknown-unknown-unknown-unknown"));
    BOOST_TEST(decide("/v1/x", "", true).message.find("Helicone-Auth") != std::string::npos);
}

BOOST_AUTO_TEST_CASE(a_key_in_both_forms_is_a_conflict)
{
    for (auto const& second : {full.key, other.key, std::string("sk-helicone-abc")})
        for (bool const required : {false, true}) {
            auto const header = "Helicone-Auth: Bearer " + full.key + "\r\n";
            BOOST_TEST(told("/v1/x", header + "Authorization: Bearer sk-proj-x, Bearer " + second + "\r\n", required) ==
                       "refused: conflicting_auth");
            BOOST_TEST(told("/v1/x", header + "Helicone-Auth: Bearer " + second + "\r\n", required) ==
                       "refused: conflicting_auth");
        }
}

BOOST_AUTO_TEST_CASE(a_key_stands_for_its_organisation)
{
    BOOST_TEST(told("/v1/x", "Helicone-Auth: " + full.key + "\r\n", true) ==
               "key " + std::to_string(full.id) + " alone");
    auto const first = who.organization;
    BOOST_TEST(told("/v1/x", "Helicone-Auth: " + other.key + "\r\n", true) ==
               "key " + std::to_string(other.id) + " alone");

    BOOST_TEST((first == storage::default_organization));
    BOOST_TEST((who.organization != first));
}

BOOST_AUTO_TEST_SUITE_END()

} // namespace weir::gateway
