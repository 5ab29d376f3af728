#include "prompt_support.hpp"

namespace weir::api::test
{

BOOST_FIXTURE_TEST_SUITE(prompt_endpoints_, with_prompts)

BOOST_AUTO_TEST_CASE(without_prompts_there_are_none)
{
    BOOST_TEST(data_of(ask(with, "POST", "/v1/prompt/query", R"({"filter":"all"})")) == json::array());
    BOOST_TEST(data_of(ask(with, "GET", "/v1/prompt/has-prompts")) == json::parse(R"({"hasPrompts":false})"));
}

BOOST_AUTO_TEST_CASE(a_prompt_is_listed_with_what_was_given)
{
    auto const said = ask(with, "POST", "/v1/prompt/create",
                          R"({"userDefinedId":"greeting","prompt":{"a":1},"metadata":{"team":"x","createdFromUi":7}})");

    auto const made = data_of(said);
    auto all = data_of(ask(with, "POST", "/v1/prompt/query", R"({"filter":{}})")).as_array();
    BOOST_TEST_REQUIRE(all.size() == 1U);
    auto row = all[0].as_object();
    BOOST_TEST(row["id"] == made.at("id"));
    row.erase("id");
    row.erase("created_at");
    BOOST_TEST(json::value(row) ==
               json::parse(R"({"user_defined_id":"greeting","description":null,"pretty_name":null,"major_version":1,)"
                           R"("metadata":{"team":"x","createdFromUi":true}})"));
    BOOST_TEST(data_of(ask(with, "GET", "/v1/prompt/has-prompts")) == json::parse(R"({"hasPrompts":true})"));
    auto other = theirs();
    BOOST_TEST(data_of(ask(other, "POST", "/v1/prompt/query", R"({"filter":"all"})")) == json::array());
    BOOST_TEST(data_of(ask(other, "GET", "/v1/prompt/has-prompts")) == json::parse(R"({"hasPrompts":false})"));
}

BOOST_AUTO_TEST_CASE(prompts_are_found_by_name_and_id_newest_first)
{
    auto const a = create("alpha"), b = create("beta");
    BOOST_REQUIRE(db.execute("UPDATE prompt SET created_us=created_us+1000 WHERE user_defined_id='beta'").has_value());
    create("made by an experiment");
    BOOST_REQUIRE(
        db.execute("UPDATE prompt SET metadata='{\"emptyPrompt\":true}' WHERE user_defined_id LIKE 'm%'").has_value());
    auto const names = [this](std::string const& filter) {
        std::string all;
        auto const rows = data_of(ask(with, "POST", "/v1/prompt/query", R"({"filter":)" + filter + "}"));
        for (auto const& row : rows.as_array()) all += text_of(row.at("user_defined_id")) + " ";
        return all;
    };

    BOOST_TEST(names("\"all\"") == "beta alpha ");
    BOOST_TEST(names(R"({"prompt_v2":{"user_defined_id":{"equals":"alpha"}}})") == "alpha ");
    BOOST_TEST(names(R"({"prompt_v2":{"user_defined_id":{"contains":"ET"}}})") == "beta ");
    BOOST_TEST(names(R"({"prompt_v2":{"id":{"equals":")" + a.id + R"("}}})") == "alpha ");
    BOOST_TEST(names(R"({"prompt_v2":{"id":{"not-equals":")" + a.id + R"("}}})") == "beta ");
    BOOST_TEST(names(R"({"left":{"prompt_v2":{"id":{"equals":")" + a.id +
                     R"("}}},"operator":"or","right":{"prompt_v2":{"id":{"equals":")" + b.id + R"("}}}})") ==
               "beta alpha ");
}

BOOST_AUTO_TEST_CASE(a_query_that_is_wrong_is_refused)
{
    expect_each_refused(
        with, "POST", "/v1/prompt/query",
        {{"{}", "filter: is required"},
         {R"({"filter":"some"})", R"(filter: unknown value "some"; expected "all")"},
         {R"({"filter":{"prompt_v2":{"id":{"equals":1}}}})",
          "filter.prompt_v2.id.equals: expected a string, got a number"},
         {R"({"filter":{"prompt_v2":{"id":{}}}})", "filter.prompt_v2.id: an operator is missing, such as \"equals\""},
         {R"({"filter":"all","more":1})", "more: unknown field"}});
    BOOST_TEST(ask(with, "POST", "/v1/prompt/query", R"({"filter":{"request":{"id":{"equals":"1"}}}})").status == 400);
}

BOOST_AUTO_TEST_CASE(what_is_wrong_with_a_new_prompt_is_named)
{
    auto const long_name = std::string(129, 'x');
    expect_each_refused(
        with, "POST", "/v1/prompt/create",
        {{R"({"prompt":{},"metadata":{}})", "userDefinedId: is required"},
         {R"({"userDefinedId":"a","metadata":{}})", "prompt: is required"},
         {R"({"userDefinedId":"a","prompt":{}})", "metadata: is required"},
         {R"({"userDefinedId":1,"prompt":{},"metadata":{}})", "userDefinedId: expected a string, got a number"},
         {R"({"userDefinedId":"a","prompt":{},"metadata":1})", "metadata: expected an object, got a number"},
         {R"({"userDefinedId":" ","prompt":{},"metadata":{}})", "userDefinedId: is empty"},
         {R"({"userDefinedId":"a\u0000","prompt":{},"metadata":{}})", "userDefinedId: contains a NUL character"},
         {R"({"userDefinedId":")" + long_name + R"(","prompt":{},"metadata":{}})",
          "userDefinedId: is longer than 128 characters"},
         {R"({"userDefinedId":"a","prompt":"<helicone-prompt-input key=\")" + long_name + R"(\" />","metadata":{}})",
          "prompt: the key of an input is longer than 128 characters"},
         {R"({"userDefinedId":"a","prompt":{},"metadata":{},"more":1})", "more: unknown field"}});
    BOOST_TEST(value_of("SELECT count(*) FROM prompt") == "0");
    std::string umlauts;
    for (int i = 0; i < 128; ++i) umlauts += "ü";
    create(umlauts); // characters count, not bytes
}

BOOST_AUTO_TEST_CASE(a_new_prompt_has_a_version_1_0_with_its_keys_and_model)
{
    auto const made =
        create("greeting", R"({"messages":[{"model":"m","content":)"
                           R"("<helicone-prompt-input key=\"a b\"/> <helicone-prompt-input key=\"c\" />"}]})");

    auto const version = this->version(made.version);
    BOOST_TEST(version.at("major_version") == 1);
    BOOST_TEST(version.at("minor_version") == 0);
    BOOST_TEST(version.at("model") == "m");
    BOOST_TEST(version.at("prompt_v2") == json::value(made.id));
    BOOST_TEST(version.at("metadata") == json::parse(R"({"isProduction":true,"provider":"OPENAI"})"));
    BOOST_TEST(value_of("SELECT group_concat(key) FROM (SELECT key FROM prompt_input_key ORDER BY key)") == "a b,c");
}

BOOST_AUTO_TEST_CASE(a_name_that_is_taken_is_refused)
{
    auto const made = create("greeting");
    create("other");

    auto const again =
        ask(with, "POST", "/v1/prompt/create", R"({"userDefinedId":"greeting","prompt":{},"metadata":{}})");
    BOOST_TEST(again.status == 409);
    BOOST_TEST(error_of(again) == "Prompt with name greeting already exists");
    auto const renamed =
        ask(with, "PATCH", "/v1/prompt/" + made.id + "/user-defined-id", R"({"userDefinedId":"other"})");
    BOOST_TEST(renamed.status == 409);
    BOOST_TEST(error_of(renamed) == "Prompt with name other already exists");
    auto other = theirs();
    BOOST_TEST(
        ask(other, "POST", "/v1/prompt/create", R"({"userDefinedId":"greeting","prompt":{},"metadata":{}})").status ==
        200);
}

BOOST_AUTO_TEST_CASE(a_prompt_is_renamed)
{
    auto const made = create("greeting");
    auto const target = "/v1/prompt/" + made.id + "/user-defined-id";

    BOOST_TEST(data_of(ask(with, "PATCH", target, R"({"userDefinedId":"hello"})")).is_null());
    BOOST_TEST(data_of(ask(with, "PATCH", target, R"({"userDefinedId":"hello"})")).is_null()); // its own name
    BOOST_TEST(value_of("SELECT user_defined_id FROM prompt") == "hello");
    expect_each_refused(with, "PATCH", target,
                        {{"{}", "userDefinedId: is required"},
                         {R"({"userDefinedId":""})", "userDefinedId: is empty"},
                         {R"({"userDefinedId":[1]})", "userDefinedId: expected a string, got an array"},
                         {R"({"userDefinedId":"a","name":"a"})", "name: unknown field"}});
    expect_each_unknown("PATCH", "/v1/prompt/", made.id, "/user-defined-id", R"({"userDefinedId":"x"})",
                        "Prompt not found");
}

BOOST_AUTO_TEST_CASE(a_prompt_is_shown_with_its_versions)
{
    auto const made = create("greeting");
    auto const next = derive(made.version, R"(,"isMajorVersion":true)");
    std::string_view const body = R"({"timeFilter":{"start":"whenever","end":""}})";

    auto row = data_of(ask(with, "POST", "/v1/prompt/" + made.id + "/query", body)).as_object();

    row.erase("created_at");
    BOOST_TEST(row["versions"].as_array().size() == 2U);
    row.erase("versions");
    BOOST_TEST(json::value(row) ==
               json::parse(R"({"id":")" + made.id +
                           R"(","user_defined_id":"greeting","description":null,"pretty_name":null,)"
                           R"("major_version":2,"latest_version_id":")" +
                           text_of(next.at("id")) +
                           R"(","latest_model_used":"","last_used":null,)"
                           R"("metadata":{"createdFromUi":true}})"));
    expect_each_refused(
        with, "POST", "/v1/prompt/" + made.id + "/query",
        {{"{}", "timeFilter: is required"},
         {R"({"timeFilter":{"start":"x"}})", "timeFilter.end: is required"},
         {R"({"timeFilter":{"start":1,"end":"x"}})", "timeFilter.start: expected a string, got a number"}});
    expect_each_unknown("POST", "/v1/prompt/", made.id, "/query", body, "Prompt not found");
}

BOOST_AUTO_TEST_CASE(a_deleted_prompt_is_gone_and_its_name_is_free)
{
    auto const made = create("greeting");
    auto other = theirs();
    BOOST_TEST(ask(other, "DELETE", "/v1/prompt/" + made.id).status == 204); // and changes nothing
    BOOST_TEST(value_of("SELECT count(*) FROM prompt WHERE deleted_us IS NULL") == "1");

    auto const said = ask(with, "DELETE", "/v1/prompt/" + made.id);

    BOOST_TEST(said.status == 204);
    BOOST_TEST(said.body.empty());
    for (auto const& again : {made.id, numbered(9).text(), std::string("none")})
        BOOST_TEST(ask(with, "DELETE", "/v1/prompt/" + again).status == 204);
    BOOST_TEST(data_of(ask(with, "POST", "/v1/prompt/query", R"({"filter":"all"})")) == json::array());
    BOOST_TEST(ask(with, "POST", "/v1/prompt/" + made.id + "/versions/query", "{}").status == 404);
    BOOST_TEST(ask(with, "POST", "/v1/prompt/greeting/compile", R"({"inputs":{}})").status == 404);
    create("greeting");
}

BOOST_AUTO_TEST_CASE(experiments_that_name_a_prompt_are_listed)
{
    auto const made = create("greeting");
    auto const target = "/v1/prompt/" + made.id + "/experiments";
    BOOST_TEST(data_of(ask(with, "GET", target)) == json::array());
    BOOST_REQUIRE(db.execute("INSERT INTO experiment (id,organization_id,dataset_id,metadata,created_us) VALUES "
                             "(?1,1,?2,json_object('prompt_id',?3,'x',json('[1]')),1700000000000000),"
                             "(?2,2,?2,json_object('prompt_id',?3),1)",
                             numbered(1), numbered(2), made.id)
                      .has_value());

    BOOST_TEST(data_of(ask(with, "GET", target)) ==
               json::parse(R"([{"id":")" + numbered(1).text() +
                           R"(","created_at":"2023-11-14T22:13:20.000Z","num_hypotheses":0,"dataset":")" +
                           numbered(2).text() + R"(","meta":{"prompt_id":")" + made.id + R"(","x":[1]}}])"));
    BOOST_REQUIRE(db.execute("UPDATE experiment SET dataset_id=NULL").has_value());
    BOOST_TEST(data_of(ask(with, "GET", target)).at(0).at("dataset").is_null());
    expect_each_unknown("GET", "/v1/prompt/", made.id, "/experiments", {}, "Prompt not found");
}

BOOST_AUTO_TEST_CASE(a_prompt_may_be_called_version)
{
    create("version");

    BOOST_TEST(ask(with, "POST", "/v1/prompt/version/compile", R"({"inputs":{}})").status == 200);
    // As the reference routes it, this asks for experiments, and not for a version.
    BOOST_TEST(error_of(ask(with, "GET", "/v1/prompt/version/experiments")) == "Prompt not found");
}

BOOST_AUTO_TEST_CASE(versions_are_listed_oldest_first)
{
    auto const made = create("greeting");
    auto const next = derive(made.version);
    BOOST_REQUIRE(db.execute("UPDATE prompt_version SET created_us=created_us+1000 WHERE minor_version=1").has_value());
    auto const target = "/v1/prompt/" + made.id + "/versions/query";

    auto const all = data_of(ask(with, "POST", target, "{}")).as_array();

    BOOST_TEST_REQUIRE(all.size() == 2U);
    auto first = all[0].as_object();
    BOOST_TEST(first["created_at"] == first["updated_at"]);
    for (auto const* checked : {"created_at", "updated_at"}) first.erase(checked);
    BOOST_TEST(json::value(first) ==
               json::parse(R"({"id":")" + made.version + R"(","minor_version":0,"major_version":1,"prompt_v2":")" +
                           made.id + R"(","model":"gpt-4o","helicone_template":)" + std::string(about_topic) +
                           R"(,"metadata":{"isProduction":true,"provider":"OPENAI"},"experiment_id":null,)"
                           R"("parent_prompt_version":null})"));
    BOOST_TEST(all[1].at("id") == next.at("id"));
    auto const found = [&](std::string const& body) {
        return data_of(ask(with, "POST", target, body)).as_array().size();
    };
    BOOST_TEST(found(R"({"filter":{"prompts_versions":{"minor_version":{"gte":1}}}})") == 1U);
    BOOST_TEST(found(R"({"filter":"all","includeExperimentVersions":true})") == 2U);
    BOOST_REQUIRE(db.execute("UPDATE prompt_version SET metadata='{\"experimentAssigned\":true}'").has_value());
    BOOST_TEST(found("{}") == 0U);
    BOOST_TEST(found(R"({"includeExperimentVersions":true})") == 2U);
    expect_each_refused(
        with, "POST", target,
        {{R"({"includeExperimentVersions":"maybe"})", "includeExperimentVersions: expected a boolean, got a string"},
         {R"({"filter":{"prompts_versions":{"minor_version":{"equals":"x"}}}})",
          "filter.prompts_versions.minor_version.equals: expected a number, got a string"},
         {R"({"inputs":{}})", "inputs: unknown field"}});
    expect_each_unknown("POST", "/v1/prompt/", made.id, "/versions/query", "{}", "Prompt not found");
}

BOOST_AUTO_TEST_CASE(the_template_in_production_is_filled)
{
    auto const made = create("greeting");
    derive(made.version, R"(,"isMajorVersion":true)"); // not in production
    std::string const columns = R"({"id":")" + made.version + R"(","minor_version":0,"major_version":1,"prompt_v2":")" +
                                made.id + R"(","model":"gpt-4o",)";
    std::string const filled = R"({"model":"gpt-4o","messages":[{"role":"user","content":"Write about rivers"}]}})";
    std::string_view const body = R"({"inputs":{"topic":"rivers","unused":"x"}})";

    BOOST_TEST(data_of(ask(with, "POST", "/v1/prompt/greeting/compile", body)) ==
               json::parse(columns + R"("prompt_compiled":)" + filled));
    BOOST_TEST(data_of(ask(with, "POST", "/v1/prompt/greeting/template", body)) ==
               json::parse(columns + R"("filled_helicone_template":)" + filled));
    BOOST_TEST(json::serialize(data_of(ask(with, "POST", "/v1/prompt/greeting/compile", R"({"inputs":{}})")))
                   .find("Write about \"") != std::string::npos);
    for (auto const* how : {"/compile", "/template"}) {
        expect_each_refused(with, "POST", std::string("/v1/prompt/greeting") + how,
                            {{"{}", "inputs: is required"},
                             {R"({"inputs":{"a":1}})", "inputs.a: expected a string, got a number"},
                             {R"({"inputs":[]})", "inputs: expected an object, got an array"},
                             {R"({"inputs":{},"more":1})", "more: unknown field"}});
        auto const none = ask(with, "POST", std::string("/v1/prompt/other") + how, body);
        BOOST_TEST(none.status == 404);
        BOOST_TEST(error_of(none) == "Failed to get compiled prompt versions");
        auto other = theirs();
        BOOST_TEST(ask(other, "POST", std::string("/v1/prompt/greeting") + how, body).status == 404);
    }
    auto const filtered = ask(with, "POST", "/v1/prompt/greeting/compile",
                              R"({"inputs":{},"filter":{"prompts_versions":{"major_version":{"equals":2}}}})");
    BOOST_TEST(filtered.status == 404);
}

BOOST_AUTO_TEST_CASE(automatic_inputs_are_those_of_the_newest_call)
{
    auto const made = create(
        "chat", R"({"messages":["<helicone-auto-prompt-input idx=0 />","<helicone-auto-prompt-input idx=1 />"]})");
    auto const compiled = [this] {
        return data_of(ask(with, "POST", "/v1/prompt/chat/compile", R"({"inputs":{}})")).at("prompt_compiled");
    };
    BOOST_TEST(compiled() == json::parse(R"({"messages":[]})"));
    BOOST_REQUIRE(
        db.execute("INSERT INTO prompt_input (id,organization_id,prompt_version_id,inputs,auto_inputs,"
                   "source_request_id,created_us) SELECT x'01',1,id,'{}','[{\"role\":\"user\"}]',randomblob(16),1 "
                   "FROM prompt_version")
            .has_value());
    BOOST_REQUIRE(db.execute("INSERT INTO prompt_input (id,organization_id,prompt_version_id,inputs,auto_inputs,"
                             "created_us) SELECT x'02',1,id,'{}','[]',2 FROM prompt_version") // made by hand
                      .has_value());

    BOOST_TEST(compiled() == json::parse(R"({"messages":[{"role":"user"}]})"));
}

BOOST_AUTO_TEST_CASE(a_template_that_would_fill_the_memory_is_not_filled)
{
    std::string content = "\"";
    for (int i = 0; i < 100; ++i) content += R"(<helicone-prompt-input key=\"a\" />)";
    create("bomb", content + "\"");

    auto const said =
        ask(with, "POST", "/v1/prompt/bomb/compile", R"({"inputs":{"a":")" + std::string(1'000'000, 'x') + R"("}})");

    BOOST_TEST(said.status == 400);
    BOOST_TEST(error_of(said) == "inputs: the filled template would be larger than 64 MiB");
}

BOOST_AUTO_TEST_SUITE_END()

} // namespace weir::api::test
