#include "evaluator_support.hpp"

namespace weir::api::test
{

namespace
{

/// A judge's template for an evaluator of that name.
std::string judge(std::string const& name)
{
    return R"({"model":"gpt-4o","messages":[{"role":"user","content":"?"}],"tools":[{"type":"function","function":)"
           R"({"name":"scorer","parameters":{"type":"object","properties":{")" +
           name + R"(":{"type":"boolean"}}}}}]})";
}

} // namespace

BOOST_FIXTURE_TEST_SUITE(evaluator_endpoints_, with_evaluators)

BOOST_AUTO_TEST_CASE(an_evaluator_is_made_shown_changed_and_deleted)
{
    BOOST_TEST(data_of(post("/v1/evaluator/query", "{}")).as_array().empty());

    auto const made = data_of(post("/v1/evaluator", R"({"scoring_type":"LLM-BOOLEAN","name":"Tone & Style",)"
                                                    R"("llm_template":)" +
                                                        judge("Tone & Style") + "}"));

    auto const its_path = "/v1/evaluator/" + std::string(made.at("id").as_string());
    BOOST_TEST(made.at("created_at") == "2024-01-15T12:00:00.000Z");
    BOOST_TEST(made.at("updated_at") == made.at("created_at"));
    BOOST_TEST(made.at("scoring_type") == "LLM-BOOLEAN");
    BOOST_TEST(made.at("name") == "Tone & Style");
    BOOST_TEST(made.at("llm_template") == json::parse(judge("Tone & Style")));
    BOOST_TEST(made.at("code_template").is_null());
    BOOST_TEST(made.at("last_mile_config").is_null());
    BOOST_TEST(made.at("organization_id").as_string().size() == 36U);
    BOOST_TEST(data_of(get(its_path)) == made);
    BOOST_TEST(value_of("SELECT score_name FROM evaluator") == "tone_style");

    auto const changed =
        data_of(ask(with, "PUT", its_path,
                    R"({"name":"Length","code_template":{"type":"length"},"llm_template":)" + judge("Length") + "}"));
    BOOST_TEST(changed.at("name") == "Length");
    BOOST_TEST(changed.at("scoring_type") == "LLM-BOOLEAN");
    BOOST_TEST(changed.at("llm_template") == json::parse(judge("Length")));
    BOOST_TEST(changed.at("code_template") == json::parse(R"({"type":"length"})"));
    BOOST_TEST(value_of("SELECT score_name FROM evaluator") == "length");
    BOOST_TEST(data_of(post("/v1/evaluator/query", "{}")) == json::array{changed});

    BOOST_TEST(remove(its_path).status == 204);
    BOOST_TEST(remove(its_path).status == 204); // it is gone already
    BOOST_TEST(get(its_path).status == 404);
}

BOOST_AUTO_TEST_CASE(code_and_last_miles_config_are_kept_as_they_are)
{
    auto const made = data_of(post("/v1/evaluator", R"({"scoring_type":"PYTHON","name":"p","code_template":"return 1",)"
                                                    R"("last_mile_config":{"a":[1]},"llm_template":null})"));

    BOOST_TEST(made.at("code_template") == "return 1");
    BOOST_TEST(made.at("last_mile_config") == json::parse(R"({"a":[1]})"));
    BOOST_TEST(made.at("llm_template").is_null());
}

BOOST_AUTO_TEST_CASE(what_is_wrong_is_told)
{
    expect_each_refused(
        with, "POST", "/v1/evaluator",
        {{R"({"name":"a"})", "scoring_type: is required"},
         {R"({"scoring_type":"x"})", "name: is required"},
         {R"({"scoring_type":7,"name":"a"})", "scoring_type: expected a string, got a number"},
         {R"({"scoring_type":"x","name":""})", "name: must not be empty"},
         {R"({"scoring_type":"","name":"a"})", "scoring_type: must not be empty"},
         {R"({"scoring_type":"x","name":")" + std::string(257, 'a') + R"("})", "name: is longer than 256 bytes"},
         {R"({"scoring_type":"x","name":"a\u0000b"})", "name: contains a NUL character"},
         {R"({"scoring_type":"x","name":"a","code_template":{"type":"contains"}})", "code_template.value: is missing"},
         {R"({"scoring_type":"x","name":"a","code_template":{"type":"all","checks":[{"type":"length","min":"1"}]}})",
          "code_template.checks[0].min: must be a number"},
         {R"({"scoring_type":"x","name":"a","llm_template":")" + std::string(256 * 1024, 'a') + R"("})",
          "llm_template: is longer than 262144 bytes"}});
    BOOST_TEST(post("/v1/evaluator", R"({"scoring_type":"x","name":"a","more":1})").status == 400);
    BOOST_TEST(post("/v1/evaluator/query", R"({"more":1})").status == 400);
    auto const its_path = "/v1/evaluator/" + made("a");
    expect_each_refused(with, "PUT", its_path,
                        {{"{}", "No fields to update"},
                         {R"({"name":""})", "name: must not be empty"},
                         {R"({"code_template":{"type":"x"}})",
                          "code_template.type: \"x\" is none of contains, equals, regex, json_schema, exists, length, "
                          "number, similarity, all, any, not and command"}});
}

BOOST_AUTO_TEST_CASE(templates_may_be_any_json_and_a_name_may_change_alone)
{
    for (auto const* parts :
         {"", R"(,"llm_template":null)", R"(,"llm_template":{"model":"gpt-4o","messages":[]})",
          R"(,"llm_template":"{")", R"(,"llm_template":7,"code_template":[],"last_mile_config":"x")"})
        BOOST_TEST_CONTEXT(parts)
        {
            auto const said =
                post("/v1/evaluator", R"({"scoring_type":"LLM-RANGE","name":"Tone")" + std::string(parts) + "}");
            BOOST_TEST(said.status == 200);
        }
    auto const its_path = "/v1/evaluator/" + made("a");

    BOOST_TEST(data_of(ask(with, "PUT", its_path, R"({"name":"Style"})")).at("name") == "Style");
    BOOST_TEST(data_of(get(its_path)).at("name") == "Style");
}

BOOST_AUTO_TEST_CASE(commands_are_named_not_given)
{
    auto const with_command = [](std::string const& declaration) {
        return R"({"scoring_type":"CHECK","name":"Tone","code_template":)" + declaration + "}";
    };
    auto const refuse = [&](std::string const& declaration, std::string const& text) {
        expect_each_refused(with, "POST", "/v1/evaluator", {{with_command(declaration), text}});
    };
    std::string const tone = R"({"type":"command","command":"tone","args":{"a":1}})";
    refuse(tone, "code_template.command: \"tone\" is none that may be run: the configuration has no "
                 "experiments.commands");
    with.commands = {"style", "tone"};
    BOOST_TEST(post("/v1/evaluator", with_command(tone)).status == 200);
    refuse(R"({"type":"command","command":"tune"})",
           "code_template.command: \"tune\" is none of the commands that the configuration has: style, tone");
    refuse(R"({"type":"command","command":["/bin/sh","-c","id"]})",
           "code_template.command: must be the name of a command that the configuration has in experiments.commands");
    refuse(R"({"type":"command","command":"tone","path":"/bin/sh"})", "code_template.path: is not known of a command");
    refuse(R"({"type":"all","checks":[{"type":"command","command":"tone"}]})",
           "code_template.checks[0].type: \"command\" stands alone: it cannot be within other checks");
}

BOOST_AUTO_TEST_CASE(what_is_not_there_or_anothers_is_404)
{
    auto const id = made("a");
    std::string const before = "/v1/evaluator/";
    std::string_view const text = "Evaluator not found";
    expect_unknown("GET", before, id, "", "", text);
    expect_unknown("PUT", before, id, "", R"({"name":"b"})", text);
    expect_unknown("GET", before, id, "/experiments", "", text);
    expect_unknown("GET", before, id, "/stats", "", text);
    expect_unknown("GET", before, id, "/onlineEvaluators", "", text);
    expect_unknown("POST", before, id, "/onlineEvaluators", R"({"config":{}})", text);
    auto theirs = with;
    theirs.organization = other_organization;
    BOOST_TEST(data_of(ask(theirs, "POST", "/v1/evaluator/query", "{}")).as_array().empty());
    for (auto const& other : {id, missing, std::string("none")})
        BOOST_TEST(ask(theirs, "DELETE", before + other).status == 204);
    BOOST_TEST(get(before + id).status == 200);
}

BOOST_AUTO_TEST_CASE(an_evaluator_says_which_experiments_it_scores)
{
    auto const id = made("a");
    auto const its_path = "/v1/evaluator/" + id + "/experiments";
    BOOST_TEST(data_of(get(its_path)).as_array().empty());

    for (auto const& experiment : {"/v1/experiment/" + v1, "/v2/experiment/" + v2})
        BOOST_TEST(post(experiment + "/evaluators", R"({"evaluatorId":")" + id + R"("})").status == 200);

    BOOST_TEST(data_of(get(its_path)) ==
               json::parse(R"([{"experiment_name":"mine","experiment_created_at":"2023-11-14T22:13:20.000Z",)"
                           R"("experiment_id":")" +
                           v2 + R"("}])"));
}

BOOST_AUTO_TEST_CASE(an_evaluators_scores_are_summed_up)
{
    auto const its_path = "/v1/evaluator/" + made("Tone") + "/stats";
    BOOST_TEST(data_of(get(its_path)) == json::parse(R"({"averageScore":0,"totalUses":0,"recentTrend":"stable",)"
                                                     R"("scoreDistribution":[],"timeSeriesData":[]})"));
    for (auto const& [id, time_us, value] :
         {std::tuple(0x31U, noon_us - hour_us, 90), std::tuple(0x32U, noon_us - 8 * day_us, 50)}) {
        auto row = storage::minimal_at(time_us);
        row.request_id = numbered(id);
        row.client_chose_id = true;
        add({row});
        score(id, R"({"tone":)" + std::to_string(value) + "}");
    }
    score(1, R"({"tone":true})"); // long ago

    auto const stats = data_of(get(its_path));

    BOOST_TEST(stats.at("averageScore") == 47);
    BOOST_TEST(stats.at("totalUses") == 3);
    BOOST_TEST(stats.at("recentTrend") == "up");
    BOOST_TEST(stats.at("scoreDistribution") ==
               json::parse(R"([{"count":1,"range":"0-20"},{"count":1,"range":"40-60"},)"
                           R"({"count":1,"range":"80-100"}])"));
    BOOST_TEST(stats.at("timeSeriesData") ==
               json::parse(R"([{"value":50,"date":"2024-01-07"},{"value":90,"date":"2024-01-15"}])"));
}

BOOST_AUTO_TEST_CASE(live_traffic_is_looked_at_as_the_configuration_says)
{
    auto const its_path = "/v1/evaluator/" + made("a") + "/onlineEvaluators";
    BOOST_TEST(data_of(get(its_path)).as_array().empty());

    BOOST_TEST(post(its_path, R"({"config":{}})").body == R"({"data":null,"error":null})");
    BOOST_TEST(
        post(its_path, R"({"config":{"sampleRate":2.5,"propertyFilters":[{"key":"App","value":"x"}]}})").status == 200);

    auto const all = data_of(get(its_path)).as_array();
    BOOST_REQUIRE(all.size() == 2U);
    BOOST_TEST(all[0].at("id") == "1");
    BOOST_TEST(all[0].at("config") == json::parse(R"({"sampleRate":100,"propertyFilters":[]})"));
    BOOST_TEST(all[1].at("config") ==
               json::parse(R"({"sampleRate":2.5,"propertyFilters":[{"key":"App","value":"x"}]})"));
    expect_each_refused(with, "POST", its_path,
                        {{"{}", "config: is required"},
                         {R"({"config":{"sampleRate":101}})", "Sample rate must be between 0 and 100"},
                         {R"({"config":{"sampleRate":"1"}})", "Sample rate must be between 0 and 100"},
                         {R"({"config":{"propertyFilters":{}}})", "Property filters must be an array"},
                         {R"({"config":{"propertyFilters":[{"key":"a"}]}})",
                          "Property filters must be an array of objects with key and value properties"}});
    expect_unknown("DELETE", its_path + "/", "1", "", "", "Online evaluator not found");
    BOOST_TEST(remove("/v1/evaluator/" + made("b") + "/onlineEvaluators/1").status == 404);
    BOOST_TEST(remove(its_path + "/1").status == 204);
    BOOST_TEST(remove(its_path + "/1").status == 404);
    BOOST_TEST(data_of(get(its_path)).as_array().size() == 1U);
}

BOOST_AUTO_TEST_SUITE_END()

} // namespace weir::api::test
