#include "experiment_support.hpp"

namespace weir::api::test
{

BOOST_FIXTURE_TEST_SUITE(experiment_v2_endpoints_, with_experiments)

BOOST_AUTO_TEST_CASE(an_experiment_has_a_copy_of_its_version_as_its_first_column)
{
    auto const id = experiment();

    auto const found = got("/v2/experiment/" + id);
    BOOST_TEST(found.at("name") == "e");
    BOOST_TEST(text_of(found.at("original_prompt_version")) == prompt.version);
    BOOST_TEST(found.at("input_keys") == json::parse(R"(["topic"])"));
    BOOST_TEST(found.at("rows").as_array().empty());
    auto const columns = got("/v2/experiment/" + id + "/prompt-versions").as_array();
    BOOST_TEST_REQUIRE(columns.size() == 1U);
    BOOST_TEST(columns[0].at("id") == found.at("copied_original_prompt_version"));
    BOOST_TEST(columns[0].at("minor_version") == 1);
    BOOST_TEST(text_of(columns[0].at("experiment_id")) == id);
    BOOST_TEST(columns[0].at("helicone_template") == json::parse(about_topic));
    BOOST_TEST(columns[0].at("metadata") == json::parse(R"({"label":"Original","isProduction":false})"));
    BOOST_TEST(columns[0].at("soft_delete") == false);
    BOOST_TEST(got("/v2/experiment").at(0).at("id").as_string() == id);
}

BOOST_AUTO_TEST_CASE(wrong_wishes_for_experiments_are_refused)
{
    auto const minor = text_of(derive(prompt.version).at("id"));
    expect(post("/v2/experiment/new", R"({"name":"e","originalPromptVersion":")" + minor + R"("})"), 409,
           "Original prompt version is not a major prompt version");
    auto const body = R"({"name":"e","originalPromptVersion":")" + prompt.version + R"("})";
    expect(foreign("POST", "/v2/experiment/new", body), 404, "Failed to get original prompt version");
    expect(post("/v2/experiment/new", R"({"name":"e","originalPromptVersion":")" + missing + R"("})"), 404,
           "Failed to get original prompt version");
    expect_each_refused(with, "POST", "/v2/experiment/new",
                        {{R"({"name":"e"})", "originalPromptVersion: is required"},
                         {R"({"originalPromptVersion":"x"})", "name: is required"},
                         {R"({"name":"e","originalPromptVersion":"x"})", "originalPromptVersion: is not a UUID"},
                         {R"({"name":"","originalPromptVersion":"x"})", "name: is empty"},
                         {R"({"name":1,"originalPromptVersion":"x"})", "name: expected a string, got a number"},
                         {R"({"name":")" + std::string(201, 'x') + R"(","originalPromptVersion":"x"})",
                          "name: is longer than 200 bytes"}});
    BOOST_TEST(post("/v2/experiment/new", R"({"name":"e","originalPromptVersion":"x","more":1})").status == 400);
    BOOST_TEST(got("/v2/experiment").as_array().empty());
    BOOST_TEST(value_of("SELECT count(*) FROM prompt_version") == "2");
}

BOOST_AUTO_TEST_CASE(a_name_that_another_experiment_took_in_the_same_millisecond_is_no_obstacle)
{
    // Those of a minute.
    run("WITH RECURSIVE n(ms) AS (SELECT unixepoch()*1000 UNION ALL SELECT ms+1 FROM n LIMIT 60000) "
        "INSERT INTO prompt (id,organization_id,user_defined_id,created_us) "
        "SELECT randomblob(16),1,'empty-prompt-'||ms,0 FROM n");

    BOOST_TEST(post("/v2/experiment/create/empty", "{}").status == 200);
}

BOOST_AUTO_TEST_CASE(an_empty_experiment_has_a_prompt_of_its_own)
{
    auto const id = text_of(data("/v2/experiment/create/empty").at("experimentId"));

    auto const found = got("/v2/experiment/" + id);
    BOOST_TEST(text_of(found.at("name")).starts_with("experiment-"));
    auto const columns = got("/v2/experiment/" + id + "/prompt-versions").as_array();
    BOOST_TEST(columns.at(0).at("helicone_template").at("messages").at(0).at("content") ==
               "You are a helpful assistant.");
    BOOST_TEST(columns.at(0).at("model") == "gpt-4o");
    BOOST_TEST(data("/v1/prompt/query", R"({"filter":"all"})").as_array().size() == 1U); // it is not listed
}

BOOST_AUTO_TEST_CASE(a_request_with_inputs_becomes_a_row_of_its_prompt)
{
    auto const id = text_of(data("/v2/experiment/create/from-request/" + numbered(1).text()).at("experimentId"));

    auto const found = got("/v2/experiment/" + id);
    BOOST_TEST(text_of(found.at("original_prompt_version")) == prompt.version);
    BOOST_TEST(text_of(found.at("name")).starts_with("experiment-from-request-" + numbered(1).text() + "-"));
    auto const& row = found.at("rows").as_array().at(0);
    BOOST_TEST(row.at("inputs") == json::parse(R"({"topic":"rivers"})"));
    BOOST_TEST(row.at("auto_prompt_inputs") == json::parse(R"([{"role":"system"}])"));
    auto const& output = row.at("requests").at(0);
    BOOST_TEST(text_of(output.at("request_id")) == numbered(1).text());
    BOOST_TEST(output.at("is_original") == true);
    BOOST_TEST(output.at("prompt_version_id") == found.at("copied_original_prompt_version"));
    BOOST_TEST(output.at("input_record_id") == row.at("id"));
}

BOOST_AUTO_TEST_CASE(a_request_without_inputs_becomes_a_prompt)
{
    auto const id = text_of(data("/v2/experiment/create/from-request/" + numbered(2).text()).at("experimentId"));

    auto const found = got("/v2/experiment/" + id);
    auto const original = version(text_of(found.at("original_prompt_version")));
    BOOST_TEST(original.at("helicone_template").at("messages").at(0).at("content") == "Hi");
    BOOST_TEST(original.at("created_at") == "2023-11-14T22:13:20.123Z"); // when the call was made
    auto const& row = found.at("rows").as_array().at(0);
    BOOST_TEST(row.at("inputs") == json::parse("{}"));
    BOOST_TEST(text_of(row.at("requests").at(0).at("request_id")) == numbered(2).text());
    BOOST_TEST(data("/v1/prompt/query", R"({"filter":"all"})").as_array().size() == 1U);
}

BOOST_AUTO_TEST_CASE(an_experiment_of_no_request_is_not_found)
{
    auto bare = full_row();
    bare.id = storage::row_id{3};
    bare.request_id = numbered(3);
    bare.has_body = false;
    add({bare});

    for (auto const& id : {missing, std::string("x")})
        expect(post("/v2/experiment/create/from-request/" + id), 404, "Request not found");
    expect(foreign("POST", "/v2/experiment/create/from-request/" + numbered(1).text()), 404, "Request not found");
    expect(post("/v2/experiment/create/from-request/" + numbered(3).text()), 404, "Request body not found");
    BOOST_TEST(got("/v2/experiment").as_array().empty());
}

BOOST_AUTO_TEST_CASE(a_deleted_experiment_is_readable_but_not_listed)
{
    auto const id = experiment();
    auto const remove = [&](std::string const& which) { return ask(with, "DELETE", "/v2/experiment/" + which); };

    expect(foreign("DELETE", "/v2/experiment/" + id), 404, "Experiment not found");
    BOOST_TEST(data_of(remove(id)).is_null());

    expect(remove(id), 404, "Experiment not found");
    BOOST_TEST(got("/v2/experiment").as_array().empty());
    BOOST_TEST(text_of(got("/v2/experiment/" + id).at("id")) == id);
    expect(post("/v2/experiment/" + id + "/add-manual-row", R"({"inputs":{}})"), 404, "Experiment not found");
    for (auto const& other : {missing, std::string("x")}) {
        expect(remove(other), 404, "Experiment not found");
        expect(ask(with, "GET", "/v2/experiment/" + other), 404, "Experiment not found");
    }
    expect(foreign("GET", "/v2/experiment/" + id), 404, "Experiment not found");
}

BOOST_AUTO_TEST_CASE(a_column_brings_the_keys_of_its_inputs)
{
    auto const id = experiment();
    auto const target = "/v2/experiment/" + id + "/prompt-version";
    auto const body = [&](std::string const& parent, std::string const& more = "") {
        return R"({"newHeliconeTemplate":{"messages":[{"content":"<helicone-prompt-input key=\"tone\" />"}]},)"
               R"("parentPromptVersionId":")" +
               parent + "\"" + more + "}";
    };

    auto const made = data(target, body(prompt.version, R"(,"metadata":{"label":"new"})"));
    BOOST_TEST(text_of(made.at("experiment_id")) == id);
    BOOST_TEST(made.at("minor_version") == 2);
    BOOST_TEST(made.at("metadata").at("label") == "new");
    BOOST_TEST(got("/v2/experiment/" + id + "/input-keys") == json::parse(R"(["topic","tone"])"));
    data(target, body(prompt.version, R"(,"experimentId":")" + id + "\""));
    BOOST_TEST(got("/v2/experiment/" + id + "/prompt-versions").as_array().size() == 3U);
    BOOST_TEST(got("/v2/experiment/" + id + "/input-keys").as_array().size() == 2U);

    expect(foreign("POST", target, body(prompt.version)), 404, "Experiment not found");
    expect(post("/v2/experiment/" + missing + "/prompt-version", body(prompt.version)), 404, "Experiment not found");
    expect(post("/v2/experiment/x/prompt-version", body(prompt.version)), 404, "Experiment not found");
    expect(post(target, body(missing)), 404, "Prompt version not found");
    expect_each_refused(
        with, "POST", target,
        {{R"({"parentPromptVersionId":"x"})", "newHeliconeTemplate: is required"},
         {R"({"newHeliconeTemplate":{}})", "parentPromptVersionId: is required"},
         {body("x"), "parentPromptVersionId: is not a UUID"},
         {body(prompt.version, R"(,"experimentId":")" + missing + "\""),
          "experimentId: is another one than in the path"},
         {body(prompt.version, R"(,"isMajorVersion":7)"), "isMajorVersion: expected a boolean, got a number"}});
    BOOST_TEST(post(target, body(prompt.version, R"(,"more":1)")).status == 400);
    BOOST_TEST(got("/v2/experiment/" + id + "/prompt-versions").as_array().size() == 3U);
}

BOOST_AUTO_TEST_CASE(a_template_that_is_edited_for_an_experiment_brings_keys)
{
    auto const id = experiment();
    auto const edited = [&](std::string const& experiment) {
        return post("/v1/prompt/version/" + prompt.version + "/edit-template",
                    R"({"heliconeTemplate":"<helicone-prompt-input key=\"who\" />","experimentId":")" + experiment +
                        "\"}");
    };

    expect(edited(missing), 404, "Failed to update experiment input keys");
    BOOST_TEST(data_of(edited(id)).is_null());

    BOOST_TEST(got("/v2/experiment/" + id + "/input-keys") == json::parse(R"(["topic","who"])"));
}

BOOST_AUTO_TEST_CASE(an_experiment_has_a_hundred_columns_at_the_most)
{
    auto const id = experiment();
    run("WITH RECURSIVE n(n) AS (SELECT 2 UNION ALL SELECT n+1 FROM n WHERE n<100) INSERT INTO prompt_version "
        "(id,organization_id,prompt_id,major_version,minor_version,template,experiment_id,created_us,updated_us) "
        "SELECT randomblob(16),1,v.prompt_id,1,n,'{}',e.id,0,0 FROM n, experiment_v2 AS e, prompt_version AS v "
        "WHERE v.minor_version=0");

    expect(post("/v2/experiment/" + id + "/prompt-version",
                R"({"newHeliconeTemplate":{},"parentPromptVersionId":")" + prompt.version + R"("})"),
           409, "the experiment has 100 prompt versions, which is all it may have");
}

BOOST_AUTO_TEST_CASE(a_column_that_is_taken_away_stays_a_version)
{
    auto const id = experiment();
    auto const column = text_of(got("/v2/experiment/" + id).at("copied_original_prompt_version"));
    auto const target = "/v2/experiment/" + id + "/prompt-version/";

    expect(foreign("DELETE", target + column), 404, "Experiment not found");
    BOOST_TEST(data_of(ask(with, "DELETE", target + column)).is_null());

    BOOST_TEST(got("/v2/experiment/" + id + "/prompt-versions").as_array().empty());
    BOOST_TEST(version(column).at("experiment_id").is_null());
    for (auto const& other : {column, missing, std::string("x")})
        expect(ask(with, "DELETE", target + other), 404, "Prompt version not found");
    expect(ask(with, "DELETE", "/v2/experiment/" + missing + "/prompt-version/" + column), 404, "Experiment not found");
}

BOOST_AUTO_TEST_CASE(columns_and_keys_of_no_experiment_are_not_found)
{
    auto const id = experiment();
    for (std::string const what : {"/prompt-versions", "/input-keys"}) {
        for (auto const& other : {missing, std::string("x")})
            expect(ask(with, "GET", "/v2/experiment/" + other + what), 404, "Experiment not found");
        expect(foreign("GET", "/v2/experiment/" + id + what), 404, "Experiment not found");
    }
    BOOST_TEST(data_of(foreign("GET", "/v2/experiment")).as_array().empty());
}

BOOST_AUTO_TEST_SUITE_END()

} // namespace weir::api::test
