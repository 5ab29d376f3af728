#include "experiment_support.hpp"

namespace weir::api::test
{
namespace
{

struct query_of_experiments : with_experiments {
    first_kind const one = hypothesis_on(dataset());

    json::value query(std::string const& more = "", std::string const& filter = R"("all")")
    {
        return data("/v1/experiment/query", R"({"filter":)" + filter + more + "}");
    }
    json::value only(std::string const& include)
    {
        auto const found = query(R"(,"include":)" + include).as_array();
        BOOST_TEST_REQUIRE(found.size() == 1U);
        return found[0];
    }
    /// The hypothesis' one run, after it was made.
    void run_once()
    {
        data("/v1/experiment/run",
             R"({"experimentId":")" + one.id + R"(","hypothesisId":")" + one.hypothesis + R"("})");
        BOOST_TEST(answer_runs());
    }
};

} // namespace

BOOST_FIXTURE_TEST_SUITE(experiment_query_endpoint_, query_of_experiments)

BOOST_AUTO_TEST_CASE(without_includes_there_are_ids_and_scores)
{
    run_once();
    auto const request = text_of(hypotheses_of(one.id)[0].at("runs").at(0).at("resultRequestId"));
    data("/v1/request/" + numbered(1).text() + "/score", R"({"scores":{"accuracy":7}})");
    data("/v1/request/" + request + "/score", R"({"scores":{"good":true}})");

    auto const found = only("{}");

    BOOST_TEST(found.at("meta") == json::parse(R"({"a":1})"));
    BOOST_TEST(found.at("tableId").is_null());
    BOOST_TEST(found.at("scores").is_null());
    BOOST_TEST(found.at("dataset").at("name") == "d");
    auto const& row = found.at("dataset").at("rows").at(0).as_object();
    BOOST_TEST(row.at("inputRecord").is_null());
    BOOST_TEST(row.at("rowIndex") == 0);
    BOOST_TEST(row.at("columnId") == "");
    BOOST_TEST(row.at("scores") == json::parse(R"({"accuracy":{"valueType":"number","value":7}})"));
    auto const& hypothesis = found.at("hypotheses").at(0).as_object();
    BOOST_TEST(!hypothesis.contains("promptVersion"));
    auto const& run = hypothesis.at("runs").at(0).as_object();
    BOOST_TEST(run.at("datasetRowId") == row.at("rowId"));
    BOOST_TEST(run.at("scores") == json::parse(R"({"good-hcone-bool":{"valueType":"boolean","value":1}})"));
    BOOST_TEST(!run.contains("response"));
    BOOST_TEST(!run.contains("request"));
}

BOOST_AUTO_TEST_CASE(inputs_are_included_and_bodies_with_them)
{
    auto const plain = only(R"({"inputs":true})").at("dataset").at("rows").at(0).at("inputRecord");
    BOOST_TEST(text_of(plain.at("id")) == input);
    BOOST_TEST(text_of(plain.at("requestId")) == numbered(1).text());
    BOOST_TEST(plain.at("requestPath") == "/v1/chat/completions");
    BOOST_TEST(plain.at("inputs") == json::parse(R"({"topic":"rivers"})"));
    BOOST_TEST(plain.at("autoInputs") == json::parse(R"([{"role":"system"}])"));
    BOOST_TEST(plain.at("response").is_null());
    BOOST_TEST(plain.at("request").is_null());

    auto const record =
        only(R"({"inputs":true,"responseBodies":true})").at("dataset").at("rows").at(0).at("inputRecord");
    BOOST_TEST(record.at("request") == json::parse(R"({"id":")" + numbered(1).text() + R"(","provider":"OPENAI"})"));
    BOOST_TEST(record.at("response").at("body").at("choices").at(0).at("message").at("content") == "Hello!");
    BOOST_TEST(record.at("response").at("completionTokens") == 30);
    BOOST_TEST(record.at("response").at("promptTokens") == 12);
    BOOST_TEST(record.at("response").at("delayMs") == 1500);
    BOOST_TEST(record.at("response").at("model") == "gpt-4o-2024-08-06");
}

BOOST_AUTO_TEST_CASE(a_row_without_its_call_has_no_input_record)
{
    run("DELETE FROM request WHERE id=1");

    auto const row = only(R"({"inputs":true,"responseBodies":true})").at("dataset").at("rows").at(0);

    BOOST_TEST(row.at("inputRecord").is_null());
    BOOST_TEST(row.at("scores") == json::parse("{}"));
}

BOOST_AUTO_TEST_CASE(templates_are_included)
{
    auto const hypothesis = only(R"({"promptVersion":true})").at("hypotheses").at(0);

    BOOST_TEST(hypothesis.at("promptVersion").at("template") == json::parse(about_topic));
    BOOST_TEST(hypothesis.at("parentPromptVersion").at("template") == json::parse(about_topic));
}

BOOST_AUTO_TEST_CASE(runs_have_their_own_call_where_bodies_are_included)
{
    run_once();

    auto const run = only(R"({"responseBodies":true})").at("hypotheses").at(0).at("runs").at(0);

    BOOST_TEST(run.at("request").at("id") == run.at("resultRequestId"));
    BOOST_TEST(run.at("request").at("provider") == "OPENAI");
    BOOST_TEST(run.at("response").at("model") == "gpt-4o-2024-08-06");
}

BOOST_AUTO_TEST_CASE(scores_are_of_the_dataset_and_the_first_hypothesis)
{
    run_once();
    auto const request = text_of(hypotheses_of(one.id)[0].at("runs").at(0).at("resultRequestId"));
    data("/v1/request/" + request + "/score", R"({"scores":{"accuracy":9,"cost":3}})");

    for (auto const* include : {R"({"score":true})", R"({"responseBodies":true})"}) {
        auto const scores = only(include).at("scores");
        auto const& of_dataset = scores.at("dataset").at("scores");
        BOOST_TEST(of_dataset.at("dateCreated").at("value") == "2023-11-14T22:13:21.623Z");
        BOOST_TEST(of_dataset.at("model").at("value") == "gpt-4o-2024-08-06");
        BOOST_TEST(of_dataset.at("cost") == json::parse(R"({"valueType":"number","value":0.0015})"));
        BOOST_TEST(of_dataset.at("latency").at("value") == 1500);
        auto const& of_runs = scores.at("hypothesis");
        BOOST_TEST(of_runs.at("runsCount") == 1);
        BOOST_TEST(of_runs.at("scores").at("model").at("value") == "gpt-4o");
        BOOST_TEST(of_runs.at("scores").at("accuracy").at("value") == 9);
        BOOST_TEST(of_runs.at("scores").at("cost").at("value") == 3); // a score of that name counts
    }
}

BOOST_AUTO_TEST_CASE(filters_choose_and_the_newest_come_first)
{
    auto const second = hypothesis_on(one.dataset);
    auto const found = [&](std::string const& filter) { return query("", filter).as_array().size(); };

    BOOST_TEST(text_of(query().at(0).at("id")) == second.id);
    BOOST_TEST(found(R"({"experiment":{"id":{"equals":")" + one.id + R"("}}})") == 1U);
    BOOST_TEST(found(R"({"experiment":{"prompt_v2":{"equals":")" + prompt.id + R"("}}})") == 2U);
    BOOST_TEST(found(R"({"experiment":{"prompt_v2":{"equals":")" + missing + R"("}}})") == 0U);
    BOOST_TEST(found(R"({"left":{"experiment":{"id":{"equals":")" + one.id +
                     R"("}}},"operator":"or","right":{"experiment":{"id":{"equals":")" + second.id + R"("}}}})") == 2U);
    BOOST_TEST(found("{}") == 2U);
    for (int n = 2; n < 31; ++n) hypothesis_on(one.dataset);
    BOOST_TEST(found(R"("all")") == 30U);
    BOOST_TEST(data_of(foreign("POST", "/v1/experiment/query", R"({"filter":"all"})")).as_array().empty());
}

BOOST_AUTO_TEST_CASE(wrong_queries_are_refused)
{
    expect_each_refused(with, "POST", "/v1/experiment/query", {{"{}", "filter: is required"}});
    for (auto const* body :
         {R"({"filter":"some"})", R"({"filter":{"request":{}}})", R"({"filter":{"experiment":{"x":{"equals":"y"}}}})",
          R"({"filter":"all","include":{"inputs":false}})", R"({"filter":"all","more":1})", R"({"filter":1})"})
        BOOST_TEST(post("/v1/experiment/query", body).status == 400, body);
    BOOST_TEST(post("/v1/experiment/query", R"({"filter":"all","include":{"more":true}})").status == 200);
}

BOOST_AUTO_TEST_CASE(more_than_one_answer_may_have_is_refused)
{
    run("WITH RECURSIVE n(n) AS (SELECT 1 UNION ALL SELECT n+1 FROM n WHERE n<50000) INSERT INTO "
        "experiment_dataset_row "
        "(id,dataset_id,input_number,created_us) SELECT randomblob(16),d.id,1,0 FROM n, dataset AS d");

    expect(post("/v1/experiment/query", R"({"filter":"all"})"), 409,
           "the experiments have more than 50000 rows and runs together, which is all that one answer has; name fewer "
           "of them in the filter");
}

BOOST_AUTO_TEST_SUITE_END()

} // namespace weir::api::test
