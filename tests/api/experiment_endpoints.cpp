#include "experiment_support.hpp"

namespace weir::api::test
{

BOOST_FIXTURE_TEST_SUITE(experiment_endpoints_, with_experiments)

BOOST_AUTO_TEST_CASE(an_empty_experiment_has_an_empty_table)
{
    auto const on = dataset();

    auto const id = text_of(
        data("/v1/experiment/new-empty", R"({"metadata":{"a":"b"},"datasetId":")" + on + R"("})").at("experimentId"));

    auto const found = data("/v1/experiment/query", R"({"filter":"all"})").at(0);
    BOOST_TEST(text_of(found.at("id")) == id);
    BOOST_TEST(found.at("meta") == json::parse(R"({"a":"b"})"));
    BOOST_TEST(text_of(found.at("dataset").at("id")) == on);
    BOOST_TEST(found.at("hypotheses").as_array().empty());
    auto const table = data("/v1/experiment/table/" + text_of(found.at("tableId")) + "/query");
    BOOST_TEST(table.at("name") == "Experiment Table");
    BOOST_TEST(text_of(table.at("metadata").at("datasetId")) == on);
    BOOST_TEST(table.at("columns").as_array().empty());

    auto const body = R"({"metadata":{},"datasetId":")" + on + R"("})";
    expect(foreign("POST", "/v1/experiment/new-empty", body), 404, "Dataset not found");
    expect(post("/v1/experiment/new-empty", R"({"metadata":{},"datasetId":")" + missing + R"("})"), 404,
           "Dataset not found");
    expect_each_refused(with, "POST", "/v1/experiment/new-empty",
                        {{R"({"metadata":{}})", "datasetId: is required"},
                         {R"({"datasetId":"x"})", "metadata: is required"},
                         {R"({"metadata":{},"datasetId":"x"})", "datasetId: is not a UUID"},
                         {R"({"metadata":{"a":1},"datasetId":"x"})", "metadata.a: expected a string, got a number"}});
}

BOOST_AUTO_TEST_CASE(an_experiment_begins_with_one_hypothesis)
{
    auto const one = hypothesis_on(dataset());

    auto const hypotheses = hypotheses_of(one.id);
    BOOST_TEST_REQUIRE(hypotheses.size() == 1U);
    BOOST_TEST(hypotheses[0].at("status") == "PENDING");
    BOOST_TEST(hypotheses[0].at("model") == "gpt-4o");
    BOOST_TEST(text_of(hypotheses[0].at("promptVersionId")) == prompt.version);
    BOOST_TEST(hypotheses[0].at("providerKey").is_null());
    BOOST_TEST(hypotheses[0].at("runs").as_array().empty());
}

BOOST_AUTO_TEST_CASE(wrong_experiments_are_refused)
{
    auto const on = dataset();
    auto const body = [](std::string const& dataset, std::string const& version, std::string const& key = "NOKEY") {
        return R"({"datasetId":")" + dataset + R"(","promptVersion":")" + version +
               R"(","model":"m","providerKeyId":")" + key + R"("})";
    };

    expect(post("/v1/experiment", body(missing, prompt.version)), 404, "Dataset not found");
    expect(post("/v1/experiment", body(on, missing)), 404, "Prompt version not found");
    expect(post("/v1/experiment", body(on, prompt.version, missing)), 404, "Provider key not found");
    expect(foreign("POST", "/v1/experiment", body(on, prompt.version)), 404, "Dataset not found");
    expect_each_refused(with, "POST", "/v1/experiment",
                        {{"{}", "datasetId: is required"},
                         {body("x", prompt.version), "datasetId: is not a UUID"},
                         {body(on, "x"), "promptVersion: is not a UUID"},
                         {body(on, prompt.version, "x"), "providerKeyId: is not a UUID"}});
    BOOST_TEST(value_of("SELECT count(*) FROM experiment") == "0"); // what failed left nothing
}

BOOST_AUTO_TEST_CASE(hypotheses_are_added)
{
    auto const one = hypothesis_on(dataset());
    auto const body = [](std::string const& experiment, std::string const& version, std::string const& status) {
        return R"({"experimentId":")" + experiment + R"(","model":"m","promptVersion":")" + version +
               R"(","providerKeyId":"NOKEY","status":")" + status + R"("})";
    };

    for (auto const* status : {"PENDING", "RUNNING", "COMPLETED", "FAILED"})
        data("/v1/experiment/hypothesis", body(one.id, prompt.version, status));

    auto const all = hypotheses_of(one.id);
    BOOST_TEST_REQUIRE(all.size() == 5U);
    BOOST_TEST(all[1].at("model") == "m");
    expect(post("/v1/experiment/hypothesis", body(missing, prompt.version, "PENDING")), 404, "Experiment not found");
    expect(post("/v1/experiment/hypothesis", body(one.id, missing, "PENDING")), 404, "Prompt version not found");
    expect(foreign("POST", "/v1/experiment/hypothesis", body(one.id, prompt.version, "PENDING")), 404,
           "Experiment not found");
    BOOST_TEST(post("/v1/experiment/hypothesis", body(one.id, prompt.version, "DONE")).status == 400);
    expect_each_refused(with, "POST", "/v1/experiment/hypothesis",
                        {{body("x", prompt.version, "PENDING"), "experimentId: is not a UUID"},
                         {body(one.id, "x", "PENDING"), "promptVersion: is not a UUID"}});
    for (auto n = all.size(); n < 100; ++n) data("/v1/experiment/hypothesis", body(one.id, prompt.version, "PENDING"));
    expect(post("/v1/experiment/hypothesis", body(one.id, prompt.version, "PENDING")), 409,
           "an experiment has at most 100 hypotheses");
}

BOOST_AUTO_TEST_CASE(what_is_said_of_an_experiment_is_replaced)
{
    auto const one = hypothesis_on(dataset());
    auto const body = [](std::string const& id) { return R"({"experimentId":")" + id + R"(","meta":{"x":"y"}})"; };

    BOOST_TEST(data("/v1/experiment/update-meta", body(one.id)) == json::parse(R"([{"id":")" + one.id + R"("}])"));

    BOOST_TEST(data("/v1/experiment/query", R"({"filter":"all"})").at(0).at("meta") == json::parse(R"({"x":"y"})"));
    expect(post("/v1/experiment/update-meta", body(missing)), 404, "Experiment not found");
    expect(foreign("POST", "/v1/experiment/update-meta", body(one.id)), 404, "Experiment not found");
    expect_each_refused(with, "POST", "/v1/experiment/update-meta",
                        {{"{}", "experimentId: is required"},
                         {body("x"), "experimentId: is not a UUID"},
                         {R"({"experimentId":"x","meta":{"a":1}})", "meta.a: expected a string, got a number"}});
}

BOOST_AUTO_TEST_SUITE_END()

} // namespace weir::api::test
