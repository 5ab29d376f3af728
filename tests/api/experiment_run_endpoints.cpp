#include "api/experiment_run_types.hpp"
#include "api/run_wait.hpp"
#include "experiment_support.hpp"

#include <boost/asio/co_spawn.hpp>
#include <boost/asio/io_context.hpp>

#include <atomic>
#include <thread>

namespace asio = boost::asio;

namespace weir::api::test
{
namespace
{

struct runs_of_experiments : with_experiments {
    first_kind const one = hypothesis_on(dataset());

    std::string run_body(std::string const& rows = "") const
    {
        return R"({"experimentId":")" + one.id + R"(","hypothesisId":")" + one.hypothesis + "\"" + rows + "}";
    }
    std::string row_id()
    {
        return text_of(data("/v1/experiment/dataset/" + one.dataset + "/inputs/query").at(0).at("dataset_row_id"));
    }
    json::value progress(std::string const& id) { return got("/v1/experiment/" + id + "/progress"); }
    json::array runs(std::string const& id, std::string const& query = "")
    {
        return got("/v1/experiment/" + id + "/runs" + query).as_array();
    }
};

/// Has runs answered, as they come, while somebody waits for them.
struct answering : runs_of_experiments {
    int status = 200;

    template <class Act>
    auto meanwhile(Act act)
    {
        std::atomic<bool> over = false, is_well = true;
        std::thread runner([&] {
            while (!over && is_well) {
                is_well = answer_runs(status);
                std::this_thread::sleep_for(std::chrono::milliseconds(5));
            }
        });
        auto said = act();
        over = true;
        runner.join();
        BOOST_TEST(is_well);
        return said;
    }
};

} // namespace

BOOST_FIXTURE_TEST_SUITE(experiment_run_endpoints_, answering)

BOOST_AUTO_TEST_CASE(a_hypothesis_runs_on_all_rows_or_those_named)
{
    BOOST_TEST(data("/v1/experiment/run", run_body()).at("runs") == 1);
    BOOST_TEST(data("/v1/experiment/run", run_body(R"(,"datasetRowIds":[])")).at("runs") == 1);
    BOOST_TEST(data("/v1/experiment/run", run_body(R"(,"datasetRowIds":[")" + row_id() + "\"]")).at("runs") == 1);

    BOOST_TEST(progress(one.id) == json::parse(R"({"queued":3,"running":0,"completed":0,"failed":0,"cancelled":0,)"
                                               R"("total":3,"done":false})"));
    BOOST_TEST(hypotheses_of(one.id)[0].at("status") == "RUNNING");
    BOOST_TEST(answer_runs());
    BOOST_TEST(progress(one.id).at("completed") == 3);
    BOOST_TEST(progress(one.id).at("done") == true);
    auto const hypothesis = hypotheses_of(one.id)[0];
    BOOST_TEST(hypothesis.at("status") == "COMPLETED");
    BOOST_TEST(hypothesis.at("runs").as_array().size() == 3U);
    BOOST_TEST(text_of(hypothesis.at("runs").at(0).at("datasetRowId")) == row_id());
}

BOOST_AUTO_TEST_CASE(the_newest_run_of_each_row_says_how_a_hypothesis_ended)
{
    auto const status_after = [this](auto act) {
        data("/v1/experiment/run", run_body());
        act();
        return text_of(hypotheses_of(one.id)[0].at("status"));
    };

    BOOST_TEST(status_after([this] { answer_runs(500); }) == "FAILED");
    BOOST_TEST(status_after([this] { answer_runs(200); }) == "COMPLETED");
    BOOST_TEST(status_after([this] { data("/v1/experiment/" + one.id + "/cancel"); }) == "CANCELLED");
    BOOST_TEST(status_after([this] { answer_runs(200); }) == "COMPLETED");
}

BOOST_AUTO_TEST_CASE(wrong_wishes_to_run_are_refused)
{
    expect(foreign("POST", "/v1/experiment/run", run_body()), 404, "Experiment not found");
    expect(post("/v1/experiment/run", R"({"experimentId":")" + one.id + R"(","hypothesisId":")" + missing + R"("})"),
           404, "Hypothesis not found");
    auto const other = hypothesis_on(one.dataset);
    expect(post("/v1/experiment/run",
                R"({"experimentId":")" + one.id + R"(","hypothesisId":")" + other.hypothesis + R"("})"),
           404, "Hypothesis not found");
    expect(post("/v1/experiment/run", run_body(R"(,"datasetRowIds":[")" + missing + "\"]")), 404, "Row not found");
    expect(post("/v1/experiment/run", run_body(R"(,"datasetRowIds":[")" + row_id() + "\",\"" + row_id() + "\"]")), 400,
           "datasetRowIds: has " + row_id() + " twice; each row is run once");
    expect_each_refused(with, "POST", "/v1/experiment/run",
                        {{R"({"experimentId":"x"})", "hypothesisId: is required"},
                         {R"({"hypothesisId":"x"})", "experimentId: is required"},
                         {R"({"experimentId":"x","hypothesisId":"x"})", "experimentId: is not a UUID"},
                         {R"({"experimentId":")" + one.id + R"(","hypothesisId":"x"})", "hypothesisId: is not a UUID"},
                         {run_body(R"(,"datasetRowIds":["x"])"), "datasetRowIds[0]: must be a UUID"}});
    BOOST_TEST(post("/v1/experiment/run", run_body(R"(,"more":1)")).status == 400);
    BOOST_TEST(progress(one.id).at("total") == 0);
}

BOOST_AUTO_TEST_CASE(nothing_is_queued_that_nobody_would_run)
{
    with.runs_experiments = false;
    auto const id = experiment();
    auto const text = "weir makes no calls of its own, since experiments.concurrency is 0: nothing would be run";
    expect(post("/v1/experiment/run", run_body()), 409, text);
    expect(post("/v2/experiment/" + id + "/run-hypothesis",
                R"({"promptVersionId":")" + prompt.version + R"(","inputRecordId":")" + row(id) + R"("})"),
           409, text);
    BOOST_TEST(progress(one.id).at("total") == 0);
}

BOOST_AUTO_TEST_CASE(a_column_is_run_on_a_row_while_the_caller_waits)
{
    auto const id = experiment(), inputs = row(id);
    auto const column = text_of(got("/v2/experiment/" + id).at("copied_original_prompt_version"));
    auto const body = R"({"promptVersionId":")" + column + R"(","inputRecordId":")" + inputs + R"("})";

    auto const request = text_of(meanwhile([&] { return data("/v2/experiment/" + id + "/run-hypothesis", body); }));

    auto const outputs = rows_of(id)[0].at("requests").as_array();
    BOOST_TEST_REQUIRE(outputs.size() == 1U);
    BOOST_TEST(text_of(outputs[0].at("request_id")) == request);
    BOOST_TEST(outputs[0].at("is_original") == false);
    BOOST_TEST(text_of(outputs[0].at("prompt_version_id")) == column);
    BOOST_TEST(progress(id).at("completed") == 1);
}

BOOST_AUTO_TEST_CASE(a_refusal_of_the_provider_is_the_request_s)
{
    auto const id = experiment(), inputs = row(id);
    status = 500;
    auto const body = R"({"promptVersionId":")" + prompt.version + R"(","inputRecordId":")" + inputs + R"("})";

    auto const request = text_of(meanwhile([&] { return data("/v2/experiment/" + id + "/run-hypothesis", body); }));

    BOOST_TEST(got("/v1/request/" + request).at("response_status") == 500);
    BOOST_TEST(rows_of(id)[0].at("requests").as_array().empty());
    BOOST_TEST(progress(id).at("failed") == 1);
}

BOOST_AUTO_TEST_CASE(what_is_to_be_run_has_to_be_there)
{
    auto const id = experiment(), inputs = row(id);
    auto const target = "/v2/experiment/" + id + "/run-hypothesis";
    auto const body = [](std::string const& version, std::string const& record) {
        return R"({"promptVersionId":")" + version + R"(","inputRecordId":")" + record + R"("})";
    };

    expect(post(target, body(missing, inputs)), 404, "Prompt version not found");
    for (auto const& other : {missing, input}) // inputs of a call are no row
        expect(post(target, body(prompt.version, other)), 404, "Prompt input record not found");
    for (auto const& other : {missing, std::string("x")})
        expect(post("/v2/experiment/" + other + "/run-hypothesis", body(prompt.version, inputs)), 404,
               "Experiment not found");
    expect(foreign("POST", target, body(prompt.version, inputs)), 404, "Experiment not found");
    expect_each_refused(with, "POST", target,
                        {{R"({"inputRecordId":"x"})", "promptVersionId: is required"},
                         {R"({"promptVersionId":"x"})", "inputRecordId: is required"},
                         {body("x", inputs), "promptVersionId: is not a UUID"},
                         {body(prompt.version, "x"), "inputRecordId: is not a UUID"}});
    BOOST_TEST(progress(id).at("total") == 0);
}

BOOST_AUTO_TEST_CASE(waiting_for_a_run_ends)
{
    data("/v1/experiment/run", run_body());
    auto const run = runs(one.id)[0].at("id").as_int64();
    auto const waited = [&](std::chrono::milliseconds patience) {
        result<storage::uuid> outcome{failure(errc::invalid)};
        asio::io_context context;
        asio::co_spawn(context, wait_for_run(run, with, patience),
                       [&](std::exception_ptr, result<storage::uuid> said) { outcome = said; });
        context.run();
        return outcome;
    };

    BOOST_TEST(status_for(waited(std::chrono::milliseconds(1)).error().code) == 503);
    BOOST_REQUIRE(storage::begin_runs(db, far_future, storage::organization_id{}, 1).has_value());
    BOOST_REQUIRE(storage::fail_run(db, run, "no key for the provider", 1).has_value());
    auto const unmade = waited(std::chrono::seconds(20));
    BOOST_TEST(status_for(unmade.error().code) == 409);
    BOOST_TEST(unmade.error().text == "Failed to run hypothesis: no key for the provider");
}

BOOST_AUTO_TEST_CASE(runs_are_listed_in_pages)
{
    data("/v1/experiment/run", run_body());
    BOOST_TEST(answer_runs(500));
    data("/v1/experiment/run", run_body());

    auto const all = runs(one.id);
    BOOST_TEST_REQUIRE(all.size() == 2U);
    BOOST_TEST(all[0].at("status") == "failed");
    BOOST_TEST(all[0].at("error") == "refused");
    BOOST_TEST(all[0].at("attempts") == 1);
    BOOST_TEST(text_of(all[0].at("hypothesisId")) == one.hypothesis);
    BOOST_TEST(text_of(all[0].at("datasetRowId")) == row_id());
    BOOST_TEST(text_of(all[0].at("inputRecordId")) == input);
    BOOST_TEST(text_of(all[0].at("promptVersionId")) == prompt.version);
    BOOST_TEST(all[1].at("status") == "queued");
    BOOST_TEST(all[1].at("error").is_null());
    BOOST_TEST(all[1].at("startedAt").is_null());
    BOOST_TEST(runs(one.id, "?status=queued").size() == 1U);
    BOOST_TEST(runs(one.id, "?status=cancelled").empty());
    BOOST_TEST(runs(one.id, "?limit=1").size() == 1U);
    BOOST_TEST(runs(one.id, "?after=" + std::to_string(all[0].at("id").as_int64())).size() == 1U);
    auto const target = "/v1/experiment/" + one.id + "/runs";
    for (auto const* wrong : {"?limit=0", "?limit=1001", "?limit=x", "?status=done", "?after=x"})
        BOOST_TEST(ask(with, "GET", target + wrong).status == 400, wrong);
    BOOST_TEST(error_of(ask(with, "GET", target + "?limit=0")) == "limit: must be 1 to 1000");
}

BOOST_AUTO_TEST_CASE(what_waits_is_cancelled)
{
    data("/v1/experiment/run", run_body());
    BOOST_TEST(answer_runs());
    data("/v1/experiment/run", run_body());

    run("PRAGMA foreign_keys=0; INSERT INTO evaluation (organization_id,evaluator_id,request_id,experiment_id,attempts,"
        "next_try_us) SELECT 1,x'01',randomblob(16),id,0,0 FROM experiment UNION ALL SELECT "
        "1,x'01',randomblob(16),NULL,0,0");

    BOOST_TEST(data("/v1/experiment/" + one.id + "/cancel") == json::parse(R"({"cancelled":1,"evaluations":1})"));
    BOOST_TEST(data("/v1/experiment/" + one.id + "/cancel") == json::parse(R"({"cancelled":0,"evaluations":0})"));
    BOOST_TEST(value_of("SELECT count(*) FROM evaluation") == "1"); // of live traffic

    BOOST_TEST(progress(one.id).at("completed") == 1);
    BOOST_TEST(progress(one.id).at("cancelled") == 1);
    BOOST_TEST(progress(one.id).at("done") == true);
}

BOOST_AUTO_TEST_CASE(progress_comes_as_events_until_all_is_done)
{
    data("/v1/experiment/run", run_body());

    auto const said = meanwhile([&] { return ask(with, "GET", "/v1/experiment/" + one.id + "/events").body; });

    BOOST_TEST(said.starts_with("event: "), said);
    auto const last = said.substr(said.rfind("event: "));
    BOOST_TEST(last == "event: done\ndata: "
                       R"({"queued":0,"running":0,"completed":1,"failed":0,"cancelled":0,)"
                       R"("total":1,"done":true})"
                       "\n\n");
    BOOST_TEST(ask(with, "GET", "/v1/experiment/" + one.id + "/events").body == last); // at once
}

BOOST_AUTO_TEST_CASE(runs_of_no_experiment_are_not_found)
{
    for (std::string const what : {"/progress", "/runs", "/events"}) {
        for (auto const& other : {missing, std::string("x")})
            expect(ask(with, "GET", "/v1/experiment/" + other + what), 404, "Experiment not found");
        expect(foreign("GET", "/v1/experiment/" + one.id + what), 404, "Experiment not found");
    }
    for (auto const& other : {missing, std::string("x")})
        expect(post("/v1/experiment/" + other + "/cancel"), 404, "Experiment not found");
    expect(foreign("POST", "/v1/experiment/" + one.id + "/cancel"), 404, "Experiment not found");
    BOOST_TEST(progress(experiment()).at("done") == true); // of the second kind
}

BOOST_AUTO_TEST_SUITE_END()

} // namespace weir::api::test
