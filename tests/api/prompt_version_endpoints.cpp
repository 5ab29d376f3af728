#include "prompt_support.hpp"

#include "api/signed_links.hpp"
#include "storage/ids.hpp"
#include "storage/prompt_versions.hpp"

#include <boost/json/object.hpp>

#include <memory>

namespace weir::api::test
{
namespace
{

struct with_versions : with_prompts {
    made_prompt prompt = create("greeting");
    std::string const target = "/v1/prompt/version/" + prompt.version;

    /// Inputs of the version, taken from the n-th call.
    void add_inputs(unsigned n, std::string_view inputs, std::string_view automatic = "[]")
    {
        auto const done =
            db.execute("INSERT INTO prompt_input (id,organization_id,prompt_version_id,inputs,auto_inputs,"
                       "source_request_id,source_row_id,created_us) "
                       "SELECT ?1,1,id,?2,?3,?4,?5,1700000000000000+?5 FROM prompt_version LIMIT 1",
                       numbered(100 + n), inputs, automatic, numbered(n), static_cast<int>(n));
        BOOST_REQUIRE_MESSAGE(done.has_value(), db.message());
    }

    json::value inputs_of(std::string_view body) { return data_of(ask(with, "POST", target + "/inputs/query", body)); }
};

} // namespace

BOOST_FIXTURE_TEST_SUITE(prompt_version_endpoints_, with_versions)

BOOST_AUTO_TEST_CASE(a_version_is_shown_unless_it_was_made_for_an_experiment)
{
    BOOST_TEST(version(prompt.version).at("helicone_template") == json::parse(about_topic));
    expect_each_unknown("GET", "/v1/prompt/version/", prompt.version, "", {}, "Prompt version not found");
    BOOST_REQUIRE(db.execute("UPDATE prompt_version SET metadata='{\"experimentAssigned\":true}'").has_value());
    BOOST_TEST(ask(with, "GET", target).status == 404);
}

BOOST_AUTO_TEST_CASE(a_version_in_production_is_not_deleted_and_another_is)
{
    auto const refused = ask(with, "DELETE", target);
    BOOST_TEST(refused.status == 409);
    BOOST_TEST(error_of(refused) == "Cannot delete production version");
    auto const next = text_of(derive(prompt.version).at("id"));
    auto other = theirs();
    BOOST_TEST(ask(other, "DELETE", "/v1/prompt/version/" + next).status == 404);

    BOOST_TEST(data_of(ask(with, "DELETE", "/v1/prompt/version/" + next)).is_null());

    BOOST_TEST(ask(with, "GET", "/v1/prompt/version/" + next).status == 404);
    expect_each_unknown("DELETE", "/v1/prompt/version/", next, "", {}, "Failed to get prompt version: null");
    BOOST_TEST(ask(with, "DELETE", "/v1/prompt/version/" + next).status == 404);
}

BOOST_AUTO_TEST_CASE(a_label_is_set_and_the_other_metadata_stay)
{
    auto const said = data_of(ask(with, "POST", target + "/edit-label", R"({"label":"it's \"new\""})"));

    auto const expected =
        json::parse(R"({"metadata":{"isProduction":true,"provider":"OPENAI","label":"it's \"new\""}})");
    BOOST_TEST(said == expected);
    BOOST_TEST(version(prompt.version).at("metadata") == expected.at("metadata"));
    std::string umlauts;
    for (int i = 0; i < 100; ++i) umlauts += "ü";
    BOOST_TEST(ask(with, "POST", target + "/edit-label", R"({"label":")" + umlauts + R"("})").status == 200);
    expect_each_refused(with, "POST", target + "/edit-label",
                        {{"{}", "label: is required"},
                         {R"({"label":""})", "Label cannot be empty"},
                         {R"({"label":")" + umlauts + R"(x"})", "Label too long"},
                         {R"({"label":"a\u0000"})", "label: contains a NUL character"},
                         {R"({"label":true})", "label: expected a string, got a boolean"},
                         {R"({"label":"a","more":1})", "more: unknown field"}});
    expect_each_unknown("POST", "/v1/prompt/version/", prompt.version, "/edit-label", R"({"label":"a"})",
                        "Prompt version not found");
}

BOOST_AUTO_TEST_CASE(a_template_is_replaced_but_not_its_model)
{
    auto const before = version(prompt.version);

    BOOST_TEST(data_of(ask(with, "POST", target + "/edit-template", R"({"heliconeTemplate":{"model":"o3","x":1}})"))
                   .is_null());

    auto const now = version(prompt.version);
    BOOST_TEST(now.at("helicone_template") == json::parse(R"({"model":"o3","x":1})"));
    BOOST_TEST(now.at("model") == "gpt-4o");
    BOOST_TEST(now.at("created_at") == before.at("created_at"));
    BOOST_TEST(value_of("SELECT fingerprint FROM prompt_version") ==
               storage::prompt_fingerprint(R"({"model":"o3","x":1})"));
    for (std::string_view const good : {"\"text\"", "null", "[1]", "7"}) {
        auto const body = R"({"heliconeTemplate":)" + std::string(good) + "}";
        BOOST_TEST(ask(with, "POST", target + "/edit-template", body).status == 200, body);
        BOOST_TEST(version(prompt.version).at("helicone_template") == json::parse(good));
    }
    expect_each_refused(
        with, "POST", target + "/edit-template",
        {{"{}", "heliconeTemplate: is required"},
         {R"({"heliconeTemplate":{},"experimentId":1})", "experimentId: expected a string, got a number"},
         {R"({"heliconeTemplate":{},"experimentId":"x"})", "experimentId: is not a UUID"},
         {R"({"heliconeTemplate":{},"more":1})", "more: unknown field"}});
    auto const strange = ask(with, "POST", target + "/edit-template",
                             R"({"heliconeTemplate":{},"experimentId":")" + numbered(1).text() + R"("})");
    BOOST_TEST(strange.status == 404);
    BOOST_TEST(error_of(strange) == "Failed to update experiment input keys");
    BOOST_TEST(version(prompt.version).at("helicone_template") == json::value(7));
    expect_each_unknown("POST", "/v1/prompt/version/", prompt.version, "/edit-template", R"({"heliconeTemplate":{}})",
                        "Prompt version not found");
}

BOOST_AUTO_TEST_CASE(a_version_is_derived_with_metadata_of_its_own)
{
    auto row = derive(prompt.version, R"(,"metadata":{"label":"x","isProduction":true})").as_object();

    BOOST_TEST(row["created_at"] == row["updated_at"]);
    for (auto const* checked : {"created_at", "updated_at", "id"}) row.erase(checked);
    BOOST_TEST(json::value(row) ==
               json::parse(R"({"minor_version":1,"major_version":1,"prompt_v2":")" + prompt.id +
                           R"(","model":"","helicone_template":{"a":1},"metadata":{"label":"x","isProduction":false},)"
                           R"("experiment_id":null,"parent_prompt_version":")" +
                           prompt.version + R"("})"));
    BOOST_TEST(derive(prompt.version).at("metadata") == json::parse(R"({"isProduction":false})"));
}

BOOST_AUTO_TEST_CASE(versions_are_numbered_as_is_asked_for)
{
    auto const number = [](json::value const& v) {
        return json::serialize(v.at("major_version")) + "." + json::serialize(v.at("minor_version"));
    };
    auto const major = derive(prompt.version, R"(,"isMajorVersion":true)");
    BOOST_TEST(number(major) == "2.0");
    auto const taken = ask(with, "POST", target + "/subversion", R"({"newHeliconeTemplate":{},"isMajorVersion":true})");
    BOOST_TEST(taken.status == 409);
    BOOST_TEST(error_of(taken) == "isMajorVersion: the prompt has a version of that number");
    auto const as_major = R"(,"bumpForMajorPromptVersionId":)" + json::serialize(major.at("id"));
    BOOST_TEST(number(derive(prompt.version, as_major)) == "2.1");
    BOOST_TEST(number(derive(prompt.version, R"(,"isMajorVersion":false)")) == "1.1");
}

BOOST_AUTO_TEST_CASE(only_the_ui_s_subversion_remembers_keys)
{
    std::string_view const body = R"({"newHeliconeTemplate":"<helicone-prompt-input key=\"from ui\"/>"})";
    auto const keys = [this] { return value_of("SELECT count(*) FROM prompt_input_key WHERE key='from ui'"); };

    BOOST_TEST(ask(with, "POST", target + "/subversion", body).status == 200);
    BOOST_TEST(keys() == "0");
    auto const made = data_of(ask(with, "POST", target + "/subversion-from-ui", body));
    BOOST_TEST(keys() == "1");
    BOOST_TEST(made.at("minor_version") == 2);
}

BOOST_AUTO_TEST_CASE(what_is_wrong_with_a_derived_version_is_named)
{
    std::string_view const good = R"({"newHeliconeTemplate":{}})";
    for (std::string const how : {"/subversion", "/subversion-from-ui"}) {
        expect_each_refused(
            with, "POST", target + how,
            {{"{}", "newHeliconeTemplate: is required"},
             {R"({"newHeliconeTemplate":{},"isMajorVersion":"maybe"})",
              "isMajorVersion: expected a boolean, got a string"},
             {R"({"newHeliconeTemplate":{},"metadata":[]})", "metadata: expected an object, got an array"},
             {R"({"newHeliconeTemplate":{},"experimentId":"x"})", "experimentId: is not a UUID"},
             {R"({"newHeliconeTemplate":{},"bumpForMajorPromptVersionId":"x"})",
              "bumpForMajorPromptVersionId: is not a UUID"},
             {R"({"newHeliconeTemplate":{},"more":1})", "more: unknown field"}});
        auto const with_id = [](std::string const& field) {
            return R"({"newHeliconeTemplate":{},")" + field + R"(":")" + numbered(9).text() + R"("})";
        };
        auto const strange = ask(with, "POST", target + how, with_id("experimentId"));
        BOOST_TEST(strange.status == 404);
        BOOST_TEST(error_of(strange) == "Experiment not found");
        BOOST_TEST(ask(with, "POST", target + how, with_id("bumpForMajorPromptVersionId")).status == 404);
        expect_each_unknown("POST", "/v1/prompt/version/", prompt.version, how, good, "Prompt version not found");
    }
    BOOST_TEST(value_of("SELECT count(*) FROM prompt_version") == "1");
}

BOOST_AUTO_TEST_CASE(a_version_is_promoted_in_place_of_another)
{
    auto const next = text_of(derive(prompt.version).at("id"));
    auto const promote = "/v1/prompt/version/" + next + "/promote";
    std::string const body = R"({"previousProductionVersionId":")" + prompt.version + R"("})";

    auto const said = data_of(ask(with, "POST", promote, body));

    BOOST_TEST(said.at("metadata") == json::parse(R"({"isProduction":true})"));
    BOOST_TEST(said == version(next));
    BOOST_TEST(version(prompt.version).at("metadata") == json::parse(R"({"provider":"OPENAI"})"));
    BOOST_TEST(data_of(ask(with, "POST", "/v1/prompt/greeting/compile", R"({"inputs":{}})")).at("id") ==
               json::value(next));
    expect_each_refused(
        with, "POST", promote,
        {{"{}", "previousProductionVersionId: is required"},
         {R"({"previousProductionVersionId":"x"})", "previousProductionVersionId: is not a UUID"},
         {R"({"previousProductionVersionId":1})", "previousProductionVersionId: expected a string, got a number"}});
}

BOOST_AUTO_TEST_CASE(a_promotion_that_fails_changes_nothing)
{
    auto const before = version(prompt.version);

    expect_each_unknown("POST", "/v1/prompt/version/", prompt.version, "/promote",
                        R"({"previousProductionVersionId":")" + prompt.version + R"("})",
                        "Failed to promote prompt version: null");
    auto const strange =
        ask(with, "POST", target + "/promote", R"({"previousProductionVersionId":")" + numbered(9).text() + R"("})");
    BOOST_TEST(strange.status == 404);
    BOOST_TEST(version(prompt.version) == before);
}

BOOST_AUTO_TEST_CASE(inputs_are_shown_with_the_bodies_of_their_calls)
{
    BOOST_TEST(inputs_of(R"({"limit":10})") == json::array());
    add({full_row()}, {.request = R"({"q":1})", .response = "no JSON", .raw_stream = {}});
    add_inputs(1, R"({"topic":"rivers"})", R"([{"role":"user"}])");
    add_inputs(2, R"({"topic":"lakes"})");

    auto const all = inputs_of(R"({"limit":10})").as_array();

    BOOST_TEST_REQUIRE(all.size() == 2U);
    BOOST_TEST(all[1] == json::parse(R"({"id":")" + numbered(101).text() + R"(","inputs":{"topic":"rivers"},)" +
                                     R"("source_request":")" + numbered(1).text() + R"(","prompt_version":")" +
                                     prompt.version + R"(","created_at":"2023-11-14T22:13:20.000Z",)" +
                                     R"("response_body":"no JSON","request_body":{"q":1},)" +
                                     R"("auto_prompt_inputs":[{"role":"user"}]})"));
    BOOST_TEST(all[0].at("request_body") == json::object());
    BOOST_TEST(all[0].at("response_body") == json::object());
    BOOST_TEST(inputs_of(R"({"limit":1})").as_array().size() == 1U);
    BOOST_TEST(inputs_of(R"({"limit":0,"random":true})") == json::array());
    BOOST_TEST(inputs_of(R"({"limit":1000,"random":true})").as_array().size() == 2U);
}

BOOST_AUTO_TEST_CASE(what_is_wrong_with_a_question_for_inputs_is_named)
{
    expect_each_refused(with, "POST", target + "/inputs/query",
                        {{"{}", "limit: is required"},
                         {R"({"limit":-1})", "limit: must be 0 to 1000"},
                         {R"({"limit":1001})", "limit: must be 0 to 1000"},
                         {R"({"limit":1.5})", "limit: must be a whole number"},
                         {R"({"limit":1,"random":"maybe"})", "random: expected a boolean, got a string"},
                         {R"({"limit":1,"offset":0})", "offset: unknown field"}});
    expect_each_unknown("POST", "/v1/prompt/version/", prompt.version, "/inputs/query", R"({"limit":1})",
                        "Prompt version not found");
}

BOOST_AUTO_TEST_CASE(inputs_whose_bodies_are_too_large_together_are_refused)
{
    auto row = full_row();
    add({row}, {.request = "\"" + std::string(40 << 20U, 'x') + "\"", .response = "{}", .raw_stream = {}});
    add_inputs(1, "{}");
    BOOST_TEST(ask(with, "POST", target + "/inputs/query", R"({"limit":1})").status == 200);
    BOOST_REQUIRE(
        db.execute("INSERT INTO prompt_input (id,organization_id,prompt_version_id,inputs,auto_inputs,"
                   "source_request_id,source_row_id,created_us) SELECT x'02',organization_id,prompt_version_id,"
                   "inputs,auto_inputs,source_request_id,source_row_id,created_us FROM prompt_input")
            .has_value());

    auto const said = ask(with, "POST", target + "/inputs/query", R"({"limit":2})");

    BOOST_TEST(said.status == 400);
    BOOST_TEST(error_of(said) == "limit: the inputs and bodies are larger than 64 MiB together; ask for fewer");
}

BOOST_AUTO_TEST_CASE(images_among_inputs_become_links)
{
    with.links = std::make_shared<signed_links>("secret");
    with.base_url = "http://weir";
    add({full_row()},
        {.request = R"({"messages":[{"role":"user","content":[{"type":"image_url","image_url":{"url":)"
                    R"("data:image/png;base64,AAAA"}},{"type":"image_url","image_url":{"url":"https://images/1"}}]}]})",
         .response = "{}",
         .raw_stream = {}});
    auto const tag = [](std::size_t n) {
        return R"(<helicone-asset-id key=\")" + storage::asset_id(storage::row_id{1}, n).text() + R"(\"/>)";
    };
    add_inputs(1, R"({"a":")" + tag(0) + R"(","b":"see )" + tag(1) + R"(!","c":"[)" + tag(7) + R"(]"})");

    auto const inputs = inputs_of(R"({"limit":1})").at(0).at("inputs");

    auto const link = text_of(inputs.at("a"));
    auto const begin = "http://weir/v1/public/request/" + numbered(1).text() + "/asset/0?";
    BOOST_TEST(link.substr(0, begin.size()) == begin);
    BOOST_TEST(inputs.at("b") == "see https://images/1!");
    BOOST_TEST(inputs.at("c") == "[]");

    auto const dataset =
        text_of(data_of(ask(with, "POST", "/v1/experiment/dataset/random", R"({"datasetName":"d","filter":"all"})"))
                    .at("datasetId"));
    auto const rows = data_of(ask(with, "POST", "/v1/experiment/dataset/" + dataset + "/inputs/query"));
    BOOST_TEST(text_of(rows.at(0).at("inputs").at("a")).substr(0, begin.size()) == begin);
    BOOST_TEST(rows.at(0).at("inputs").at("b") == "see https://images/1!");
}

BOOST_AUTO_TEST_SUITE_END()

} // namespace weir::api::test
