#include "evaluator_support.hpp"

#include "storage/evaluations.hpp"

namespace weir::api::test
{
namespace
{

struct with_links : with_evaluators {
    std::string const id = made("Tone");
    std::string const body = R"({"evaluatorId":")" + id + R"("})";
    std::vector<std::string> const experiments{"/v1/experiment/" + v1, "/v2/experiment/" + v2, "/v2/experiment/" + v1,
                                               "/v1/experiment/" + v2};

    /// Scores all that waits, as whoever runs evaluators does.
    void evaluate()
    {
        for (auto const& by : storage::due_evaluators(db, noon_us, storage::organization_id{}, 10).value())
            for (auto const& what : storage::due_evaluations(db, by.who.id, noon_us, 100).value())
                BOOST_REQUIRE(storage::finish_evaluation(db, by, what, {"tone", 1, true}, noon_us).has_value());
    }

    json::value should_run(std::string const& experiment)
    {
        return data_of(get("/v2/experiment/" + experiment + "/should-run-evaluators"));
    }
};

} // namespace

BOOST_FIXTURE_TEST_SUITE(experiment_evaluator_endpoints_, with_links)

BOOST_AUTO_TEST_CASE(evaluators_are_added_shown_and_taken_away)
{
    for (auto const& experiment : experiments) BOOST_TEST_CONTEXT(experiment)
        {
            auto const its_path = experiment + "/evaluators";
            BOOST_TEST(data_of(get(its_path)).as_array().empty());

            BOOST_TEST(post(its_path, body).body == R"({"data":null,"error":null})");
            BOOST_TEST(post(its_path, body).status == 200);
            auto const all = data_of(get(its_path));
            BOOST_REQUIRE(all.as_array().size() == 1U);
            BOOST_TEST(all.at(0) == data_of(get("/v1/evaluator/" + id)));

            BOOST_TEST(remove(its_path + "/" + id).body == R"({"data":null,"error":null})");
            BOOST_TEST(remove(its_path + "/" + id).status == 200);
            BOOST_TEST(data_of(get(its_path)).as_array().empty());
        }
}

BOOST_AUTO_TEST_CASE(what_is_not_there_or_anothers_is_404)
{
    std::pair<std::string, std::string> const kinds[] = {{"/v1/experiment/", v1}, {"/v2/experiment/", v2}};
    for (auto const& [before, own] : kinds) {
        expect_unknown("GET", before, own, "/evaluators", "", "Unauthorized");
        expect_unknown("POST", before, own, "/evaluators", body, "Unauthorized");
        expect_unknown("DELETE", before, own, "/evaluators/" + id, "", "Unauthorized");
        auto const unknown = post(before + own + "/evaluators", R"({"evaluatorId":")" + missing + R"("})");
        BOOST_TEST(unknown.status == 404);
        BOOST_TEST(error_of(unknown) == "Evaluator not found");
        expect_each_refused(
            with, "POST", before + own + "/evaluators",
            {{"{}", "evaluatorId: is required"}, {R"({"evaluatorId":"x"})", "evaluatorId: is not a UUID"}});
        with.evaluate_now = [] {};
        expect_unknown("POST", before, own, "/evaluators/run", "", "Unauthorized");
    }
    expect_unknown("GET", "/v2/experiment/", v2, "/should-run-evaluators", "", "Unauthorized");
}

BOOST_AUTO_TEST_CASE(running_waits_for_what_lacks_scores)
{
    int runs = 0;
    with.evaluate_now = [&] {
        ++runs;
        evaluate();
    };
    for (auto const& [before, experiment] : {std::pair("/v1/experiment/", v1), std::pair("/v2/experiment/", v2)}) {
        BOOST_TEST(should_run(experiment) == false);
        BOOST_TEST(post(before + experiment + "/evaluators", body).status == 200);
    }
    BOOST_TEST(should_run(v1) == true);
    BOOST_TEST(should_run(v2) == true);

    BOOST_TEST(post("/v1/experiment/" + v1 + "/evaluators/run").body == R"({"data":null,"error":null})");

    BOOST_TEST(should_run(v1) == false);
    BOOST_TEST(should_run(v2) == false); // whose output is one of those
    BOOST_TEST(post("/v2/experiment/" + v2 + "/evaluators/run").status == 200);
    BOOST_TEST(runs == 2);
    BOOST_TEST(value_of("SELECT count(*) FROM score_value") == "4");
}

BOOST_AUTO_TEST_CASE(what_was_given_up_is_told_where_it_is_asked_for)
{
    with.evaluate_now = [this] { run("DELETE FROM evaluation"); };
    with.last_problem = [this](storage::uuid const& evaluator) {
        return evaluator.text() == id ? std::string("the judge refused") : std::string();
    };
    auto const other = made("Other");
    for (auto const& one : {id, other})
        BOOST_TEST(post("/v1/experiment/" + v1 + "/evaluators", R"({"evaluatorId":")" + one + R"("})").status == 200);

    BOOST_TEST(data_of(post("/v1/experiment/" + v1 + "/evaluators/run")) == nullptr);

    auto const lacking = "/v1/experiment/" + v1 + "/evaluators/lacking";
    BOOST_TEST(data_of(ask(with, "GET", lacking)) ==
               json::parse(R"([{"evaluatorId":")" + other +
                           R"(","name":"Other","answers":4,"reason":null},{"evaluatorId":")" + id +
                           R"(","name":"Tone","answers":4,"reason":"the judge refused"}])"));
    with.organization = storage::organization_id{7};
    BOOST_TEST(ask(with, "GET", lacking).status == 404);
}

BOOST_AUTO_TEST_CASE(running_ends_when_the_client_has_gone)
{
    with.evaluate_now = [] {};
    int looks = 0;
    with.is_caller_gone = [&looks] { return ++looks == 2; };
    BOOST_TEST(post("/v1/experiment/" + v1 + "/evaluators", body).status == 200);

    BOOST_TEST(post("/v1/experiment/" + v1 + "/evaluators/run").status == 503);
    BOOST_TEST(looks == 2);
}

BOOST_AUTO_TEST_CASE(where_nobody_runs_evaluators_that_is_said)
{
    auto const said = post("/v2/experiment/" + v2 + "/evaluators/run");
    BOOST_TEST(said.status == 503);
    BOOST_TEST(error_of(said) == "no evaluators are run here");
}

BOOST_AUTO_TEST_SUITE_END()

} // namespace weir::api::test
