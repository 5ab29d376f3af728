#include "evaluator_support.hpp"

namespace weir::api::test
{

BOOST_FIXTURE_TEST_SUITE(experiment_comparison_endpoints_, with_evaluators)

BOOST_AUTO_TEST_CASE(hypotheses_are_compared_on_the_same_rows)
{
    score(1, R"({"tone":10,"polite":true})");
    score(2, R"({"tone":20,"polite":true})");
    score(3, R"({"tone":13,"polite":false})");
    score(4, R"({"tone":25,"other":1})");
    run("INSERT INTO run (organization_id,experiment_id,prompt_version_id,input_number,hypothesis_id,request_id,status,"
        "attempts,next_try_us,created_us) VALUES (1," +
        blob(v1) + "," + blob(version) + ",1," + blob(second) + ",x'01','failed',1,0,0)");

    auto const said = data_of(get("/v1/experiment/" + v1 + "/compare"));

    BOOST_TEST(said.at("baseline") == json::value(first));
    auto const &mine = said.at("variants").at(0), &theirs = said.at("variants").at(1);
    BOOST_TEST(mine.at("id") == json::value(first));
    BOOST_TEST(mine.at("model") == "m");
    BOOST_TEST(mine.at("label") == "Original");
    BOOST_TEST(mine.at("promptVersionId") == json::value(version));
    BOOST_TEST(mine.at("runs") == 2);
    BOOST_TEST(mine.at("failed") == 0);
    BOOST_TEST(theirs.at("failed") == 1);
    BOOST_TEST(mine.at("latencyMs") == json::parse(R"({"n":2,"total":300,"mean":150,"p50":150,"p90":190,"p99":199})"));
    BOOST_TEST(mine.at("cost").at("total").to_number<double>() == 0.003, boost::test_tools::tolerance(1e-9));
    auto const& tone = mine.at("scores").at("tone");
    BOOST_TEST(tone.at("valueType") == "number");
    BOOST_TEST(tone.at("n") == 2);
    BOOST_TEST(tone.at("mean") == 15);
    BOOST_TEST(tone.at("standardError").to_number<double>() == 5.0, boost::test_tools::tolerance(1e-9));
    BOOST_TEST(tone.at("confidence").at("low").to_number<double>() >= 10.0);
    BOOST_TEST(tone.at("comparison").is_null());
    auto const& other_tone = theirs.at("scores").at("tone").at("comparison");
    BOOST_TEST(other_tone.at("n") == 2);
    BOOST_TEST(other_tone.at("difference") == 4);
    BOOST_TEST(other_tone.at("pValue").to_number<double>() < 1);
    auto const& polite = theirs.at("scores").at("polite-hcone-bool");
    BOOST_TEST(polite.at("valueType") == "boolean");
    BOOST_TEST(polite.at("comparison").at("n") == 1);
    BOOST_TEST(polite.at("comparison").at("pValue") == 1);
    BOOST_TEST(theirs.at("scores").at("other").at("comparison").is_null());
    BOOST_TEST(theirs.at("scores").at("other").at("standardError").is_null());
}

BOOST_AUTO_TEST_CASE(another_baseline_turns_the_differences_around)
{
    for (unsigned n = 1; n <= 4; ++n) score(n, R"({"tone":)" + std::to_string(n * n) + "}");

    auto const said = data_of(get("/v1/experiment/" + v1 + "/compare?baseline=" + second));

    BOOST_TEST(said.at("baseline") == json::value(second));
    BOOST_TEST(said.at("variants").at(0).at("scores").at("tone").at("comparison").at("difference") == -10);
    BOOST_TEST(said.at("variants").at(1).at("scores").at("tone").at("comparison").is_null());
}

BOOST_AUTO_TEST_CASE(the_newest_answer_to_a_row_counts)
{
    run("INSERT INTO hypothesis_run (id,organization_id,hypothesis_id,dataset_row_id,result_request_id,created_us) "
        "VALUES (randomblob(16),1," +
        blob(first) + ",x'01'," + blob(numbered(4).text()) + ",5)");

    auto const mine = data_of(get("/v1/experiment/" + v1 + "/compare")).at("variants").at(0);

    BOOST_TEST(mine.at("runs") == 2);
    BOOST_TEST(mine.at("latencyMs").at("total") == 600);
}

BOOST_AUTO_TEST_CASE(prompt_versions_are_compared_too)
{
    score(1, R"({"tone":10})");

    auto const said = data_of(get("/v1/experiment/" + v2 + "/compare"));

    BOOST_TEST(said.at("baseline") == json::value(version));
    BOOST_TEST(said.at("variants").as_array().size() == 1U);
    BOOST_TEST(said.at("variants").at(0).at("runs") == 1);
    BOOST_TEST(said.at("variants").at(0).at("scores").at("tone").at("mean") == 10);
    BOOST_TEST(said.at("variants").at(0).at("scores").at("tone").at("confidence").is_null());
}

BOOST_AUTO_TEST_CASE(an_experiment_without_anything_compares_nothing)
{
    run("DELETE FROM hypothesis_run; DELETE FROM hypothesis");

    BOOST_TEST(get("/v1/experiment/" + v1 + "/compare").body ==
               R"({"data":{"baseline":null,"variants":[]},"error":null})");
}

BOOST_AUTO_TEST_CASE(what_is_not_there_or_anothers_is_404)
{
    expect_unknown("GET", "/v1/experiment/", v1, "/compare", "", "Experiment not found");
    auto const its_path = "/v1/experiment/" + v1 + "/compare?baseline=";
    BOOST_TEST(get(its_path + missing).status == 404);
    BOOST_TEST(get(its_path + "x").status == 400);
    BOOST_TEST(error_of(get(its_path + "x")) == "baseline: is not a UUID");
}

BOOST_AUTO_TEST_SUITE_END()

} // namespace weir::api::test
