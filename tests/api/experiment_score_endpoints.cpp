#include "experiment_support.hpp"

namespace weir::api::test
{
namespace
{

struct scores_of_experiments : with_experiments {
    void score(std::string const& request, std::string const& scores)
    {
        data("/v1/request/" + request + "/score", R"({"scores":)" + scores + "}");
    }
};

} // namespace

BOOST_FIXTURE_TEST_SUITE(experiment_score_endpoints_, scores_of_experiments)

BOOST_AUTO_TEST_CASE(a_hypothesis_has_the_means_of_the_newest_run_of_each_row)
{
    auto const one = hypothesis_on(dataset());
    auto const target = "/v1/experiment/hypothesis/" + one.hypothesis + "/scores/query";
    auto const run_body = R"({"experimentId":")" + one.id + R"(","hypothesisId":")" + one.hypothesis + R"("})";

    BOOST_TEST(
        data(target) ==
        json::parse(R"({"runsCount":0,"scores":{"model":{"value":"No data","valueType":"string"},)"
                    R"("cost":{"value":-1,"valueType":"number"},"latency":{"value":-1,"valueType":"number"}}})"));
    for (int n = 0; n < 2; ++n) {
        data("/v1/experiment/run", run_body);
        BOOST_TEST(answer_runs());
    }
    auto const hypothesis = hypotheses_of(one.id)[0];
    for (auto const& made : hypothesis.at("runs").as_array())
        score(text_of(made.at("resultRequestId")), R"({"good":true})");

    auto const scores = data(target);
    BOOST_TEST(scores.at("runsCount") == 1);
    BOOST_TEST(scores.at("scores").at("model").at("value") == "gpt-4o-2024-08-06");
    BOOST_TEST(scores.at("scores").at("dateCreated").at("value") == "2023-11-14T22:13:20.123Z");
    BOOST_TEST(scores.at("scores").at("good-hcone-bool") == json::parse(R"({"valueType":"boolean","value":1})"));
    for (auto const& other : {missing, std::string("x")})
        expect(post("/v1/experiment/hypothesis/" + other + "/scores/query"), 404, "Hypothesis not found");
    expect(foreign("POST", target), 404, "Hypothesis not found");
}

BOOST_AUTO_TEST_CASE(a_column_has_the_scores_of_the_experiment_s_evaluators)
{
    auto const id = text_of(data("/v2/experiment/create/from-request/" + numbered(1).text()).at("experimentId"));
    auto const column = text_of(got("/v2/experiment/" + id).at("copied_original_prompt_version"));
    auto const target = "/v2/experiment/" + id + "/" + column + "/scores";
    score(numbered(1).text(), R"({"tone_style_":4,"polite":true,"other":1})");
    BOOST_TEST(got(target) == json::parse("{}"));
    run("INSERT INTO evaluator (id,organization_id,name,score_name,scoring_type,created_us,updated_us) VALUES "
        "(x'01',1,'Tone & Style!','tone_style_','LLM-RANGE',0,0),(x'02',1,'Polite','polite','LLM-BOOLEAN',0,0);"
        "INSERT INTO experiment_evaluator (experiment_id,evaluator_id,created_us) "
        "SELECT e.id,v.id,0 FROM experiment_v2 AS e, evaluator AS v");

    BOOST_TEST(got(target) == json::parse(R"({"polite-hcone-bool":{"valueType":"boolean","value":1,"max":1,"min":1},)"
                                          R"("tone_style_":{"valueType":"number","value":4,"max":4,"min":4}})"));
    BOOST_TEST(got("/v2/experiment/" + id + "/" + prompt.version + "/scores") == json::parse("{}"));
    for (auto const& other : {missing, std::string("x")}) {
        expect(ask(with, "GET", "/v2/experiment/" + other + "/" + column + "/scores"), 404, "Experiment not found");
        expect(ask(with, "GET", "/v2/experiment/" + id + "/" + other + "/scores"), 404, "Prompt version not found");
    }
    expect(foreign("GET", target), 404, "Experiment not found");
}

BOOST_AUTO_TEST_CASE(one_score_is_found_by_its_key)
{
    auto const id = experiment();
    auto const request = numbered(1).text();
    auto const base = "/v2/experiment/" + id + "/" + request + "/";
    score(request, R"({"accuracy":95,"good":false})");

    BOOST_TEST(got(base + "accuracy") == json::parse(R"({"valueType":"number","value":95,"max":95,"min":95})"));
    BOOST_TEST(got(base + "good-hcone-bool").at("valueType") == "boolean");
    BOOST_TEST(got(base + "good").is_null());
    for (auto const& other : {missing, std::string("x")}) {
        expect(ask(with, "GET", "/v2/experiment/" + other + "/" + request + "/accuracy"), 404, "Experiment not found");
        expect(ask(with, "GET", "/v2/experiment/" + id + "/" + other + "/accuracy"), 404, "Request not found");
    }
    expect(foreign("GET", base + "accuracy"), 404, "Experiment not found");
}

BOOST_AUTO_TEST_SUITE_END()

} // namespace weir::api::test
