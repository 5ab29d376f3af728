#include "storage/keys.hpp"

#include "support.hpp"

#include <boost/json/parse.hpp>
#include <boost/json/value.hpp>
#include <boost/test/unit_test.hpp>

namespace json = boost::json;

namespace weir::api::test
{
namespace
{

struct with_keys : stored_record {
    storage::created_key const theirs = storage::create_key(db, {"theirs", "Acme"}, 5).value();

    answered create(std::string_view body) { return ask(with, "POST", "/v1/api-keys", body); }
    std::string id_of(std::string_view body)
    {
        auto const said = create(body);
        BOOST_TEST_REQUIRE(said.status == 200);
        return std::string(json::parse(said.body).at("id").as_string());
    }
    json::array listed()
    {
        auto const said = ask(with, "GET", "/v1/api-keys");
        BOOST_TEST(said.status == 200);
        auto const parsed = json::parse(said.body);
        BOOST_TEST(parsed.at("error").is_null());
        return parsed.at("data").as_array();
    }
    std::string permissions_of(std::string_view id)
    {
        return value_of("SELECT permissions FROM api_key WHERE id=" + std::string(id));
    }
};

} // namespace

BOOST_FIXTURE_TEST_SUITE(api_key_endpoints_, with_keys)

BOOST_AUTO_TEST_CASE(an_organisation_without_keys_has_an_empty_list) { BOOST_TEST(listed().empty()); }

BOOST_AUTO_TEST_CASE(a_key_is_shown_once_without_the_envelope_and_then_listed_by_its_hash)
{
    auto const said = create(R"({"api_key_name":"mine","key_permissions":"r"})");

    BOOST_TEST(said.status == 200);
    auto const made = json::parse(said.body).as_object();
    BOOST_TEST(made.size() == 2U);
    auto const key = std::string(made.at("apiKey").as_string());
    BOOST_TEST(storage::has_key_form(key));
    auto const all = listed();
    BOOST_TEST_REQUIRE(all.size() == 1U);
    auto row = all[0].as_object();
    BOOST_TEST(std::to_string(row["id"].as_int64()) == std::string(made.at("id").as_string()));
    BOOST_TEST(row["api_key_hash"].as_string().size() == 64U);
    BOOST_TEST(row["created_at"].as_string().size() == 24U);
    for (auto const* checked : {"id", "api_key_hash", "created_at"}) row.erase(checked);
    BOOST_TEST(json::value(row) ==
               json::parse(R"({"api_key_name":"mine","governance":false,"key_permissions":"r",)"
                           R"("organization_id":"00000000-0000-4000-8000-000000000001","soft_delete":false,)"
                           R"("temp_key":false,"user_id":""})"));
    auto const live = storage::live_keys(db).value();
    BOOST_TEST_REQUIRE(live.size() == 2U);
    BOOST_TEST((live[1].hash == storage::hash_of_key(key)));
    BOOST_TEST((live[1].organization == storage::default_organization));
}

BOOST_AUTO_TEST_CASE(permissions_are_rw_unless_said)
{
    BOOST_TEST(permissions_of(id_of(R"({"api_key_name":"a"})")) == "rw");
    for (std::string const word : {"rw", "r", "w"})
        BOOST_TEST(permissions_of(id_of(R"({"api_key_name":"a","key_permissions":")" + word + "\"}")) == word);
}

BOOST_AUTO_TEST_CASE(keys_of_the_reference_s_experiments_are_not_listed)
{
    id_of(R"({"api_key_name":"auto-generated-experiment-key"})");
    BOOST_TEST(listed().empty());
}

BOOST_AUTO_TEST_CASE(a_key_can_be_renamed_and_revoked)
{
    auto const id = id_of(R"({"api_key_name":"before"})");

    auto const renamed = ask(with, "PATCH", "/v1/api-keys/" + id, R"({"api_key_name":"after"})");
    BOOST_TEST(renamed.status == 204);
    BOOST_TEST(renamed.body == "");
    BOOST_TEST(listed()[0].at("api_key_name").as_string() == "after");

    auto const revoked = ask(with, "DELETE", "/v1/api-keys/" + id);
    BOOST_TEST(revoked.status == 204);
    BOOST_TEST(revoked.body == "");
    BOOST_TEST(listed().empty());
    BOOST_TEST(storage::live_keys(db).value().size() == 1U);
    BOOST_TEST(value_of("SELECT count(*) FROM api_key") == "2"); // the row stays
    BOOST_TEST(ask(with, "DELETE", "/v1/api-keys/" + id).status == 404);
    BOOST_TEST(ask(with, "PATCH", "/v1/api-keys/" + id, R"({"api_key_name":"x"})").status == 404);
}

BOOST_AUTO_TEST_CASE(unknown_keys_and_another_organisation_s_are_404)
{
    for (auto const& id : {std::to_string(theirs.id), std::string("4711"), std::string("-1")}) {
        BOOST_TEST(error_of(ask(with, "DELETE", "/v1/api-keys/" + id)) == "API key not found");
        BOOST_TEST(ask(with, "PATCH", "/v1/api-keys/" + id, R"({"api_key_name":"x"})").status == 404);
    }
    BOOST_TEST(storage::live_keys(db).value().size() == 1U);
    BOOST_TEST(value_of("SELECT name FROM api_key") == "theirs");
}

BOOST_AUTO_TEST_CASE(wrong_requests_are_400_and_name_the_field)
{
    auto const id = id_of(R"({"api_key_name":"a"})");
    for (auto const& [body, named] : {std::pair<std::string, std::string>{"{}", "api_key_name: "},
                                      {"", "api_key_name: "},
                                      {R"({"api_key_name":1})", "api_key_name: "},
                                      {R"({"api_key_name":""})", "api_key_name: is empty"},
                                      {R"({"api_key_name":"a","key_permissions":"x"})", "key_permissions: "},
                                      {R"({"api_key_name":"a","key_permissions":1})", "key_permissions: "},
                                      {R"({"api_key_name":"a","more":1})", "more: "}}) {
        auto const said = create(body);
        BOOST_TEST_CONTEXT(body << " " << said.body)
        {
            BOOST_TEST(said.status == 400);
            BOOST_TEST(error_of(said).starts_with(named));
        }
    }
    for (auto const* body : {"{}", R"({"api_key_name":" "})", R"({"api_key_name":[]})", R"({"key_permissions":"r"})"})
        BOOST_TEST_CONTEXT(body) BOOST_TEST(ask(with, "PATCH", "/v1/api-keys/" + id, body).status == 400);
    for (auto const* wrong : {"x", "1.5", "99999999999999999999"}) {
        BOOST_TEST(error_of(ask(with, "DELETE", std::string("/v1/api-keys/") + wrong)).starts_with("apiKeyId: "));
        BOOST_TEST(ask(with, "DELETE", std::string("/v1/api-keys/") + wrong).status == 400);
    }
    BOOST_TEST(listed().size() == 1U);
}

BOOST_AUTO_TEST_CASE(a_key_that_may_only_read_makes_ends_and_renames_none)
{
    auto const id = id_of(R"({"api_key_name":"a"})");
    with.permissions = storage::key_permissions::read;

    for (auto const* body : {R"({"api_key_name":"b"})", R"({"api_key_name":"b","key_permissions":"rw"})",
                             R"({"api_key_name":"b","key_permissions":"r"})"})
        BOOST_TEST_CONTEXT(body) BOOST_TEST(create(body).status == 403);
    BOOST_TEST(ask(with, "DELETE", "/v1/api-keys/" + id).status == 403);
    BOOST_TEST(ask(with, "PATCH", "/v1/api-keys/" + id, R"({"api_key_name":"x"})").status == 403);
    BOOST_TEST(listed().size() == 1U);
}

BOOST_AUTO_TEST_SUITE_END()

} // namespace weir::api::test
