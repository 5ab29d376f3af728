#include "experiment_support.hpp"

namespace weir::api::test
{
namespace
{

struct rows_of_experiments : with_experiments {
    std::string const id = experiment();
    std::string const base = "/v2/experiment/" + id;

    answered remove(std::string const& body) { return ask(with, "DELETE", base + "/rows", body); }

    /// That no experiment but a live one of the organisation is there to take this.
    void expect_no_experiment(std::string_view method, std::string const& what, std::string const& body = {})
    {
        for (auto const& other : {missing, std::string("x")})
            expect(ask(with, method, "/v2/experiment/" + other + what, body), 404, "Experiment not found");
        expect(foreign(method, base + what, body), 404, "Experiment not found");
    }

    /// The body of an insertion of one row.
    static std::string copy_of(std::string const& record)
    {
        return R"({"rows":[{"inputRecordId":")" + record +
               R"(","inputs":{"topic":"seas"},"autoInputs":[{"role":"user"},7]}]})";
    }
};

} // namespace

BOOST_FIXTURE_TEST_SUITE(experiment_row_endpoints_, rows_of_experiments)

BOOST_AUTO_TEST_CASE(rows_are_added_by_hand)
{
    auto const first = row(id, R"({"topic":"hills","other":"x"})");
    BOOST_TEST(data(base + "/add-manual-rows-batch", R"({"inputs":[{"topic":"a"},{}]})").is_null());

    auto const rows = rows_of(id);
    BOOST_TEST_REQUIRE(rows.size() == 3U);
    BOOST_TEST(text_of(rows[0].at("id")) == first);
    BOOST_TEST(rows[0].at("inputs") == json::parse(R"({"topic":"hills","other":"x"})"));
    BOOST_TEST(rows[0].at("prompt_version") == got(base).at("copied_original_prompt_version"));
    BOOST_TEST(rows[0].at("requests").as_array().empty());
    BOOST_TEST(rows[1].at("inputs").at("topic") == "a");
    BOOST_TEST(rows[2].at("inputs") == json::parse("{}"));
    expect_no_experiment("POST", "/add-manual-row", R"({"inputs":{}})");
    expect_no_experiment("POST", "/add-manual-rows-batch", R"({"inputs":[]})");
    expect_each_refused(
        with, "POST", base + "/add-manual-row",
        {{"{}", "inputs: is required"},
         {R"({"inputs":[]})", "inputs: expected an object, got an array"},
         {R"({"inputs":{"k":1}})", "inputs.k: expected a string, got a number"},
         {R"({"inputs":{"k":")" + std::string(1024 * 1024, 'x') + R"("}})", "inputs: are longer than 1048576 bytes"}});
    expect_each_refused(with, "POST", base + "/add-manual-rows-batch",
                        {{"{}", "inputs: is required"},
                         {R"({"inputs":[{"k":{}}]})", "inputs[0].k: expected a string, got an object"},
                         {R"({"inputs":[{},{"k":")" + std::string(1024 * 1024, 'x') + R"("}]})",
                          "inputs[1]: are longer than 1048576 bytes"}});
    BOOST_TEST(post(base + "/add-manual-row", R"({"inputs":{},"more":1})").status == 400);
    BOOST_TEST(rows_of(id).size() == 3U);
}

BOOST_AUTO_TEST_CASE(an_experiment_has_ten_thousand_rows_at_the_most)
{
    run("WITH RECURSIVE n(n) AS (SELECT 1 UNION ALL SELECT n+1 FROM n WHERE n<9999) INSERT INTO prompt_input "
        "(id,organization_id,prompt_version_id,inputs,auto_inputs,experiment_id,created_us) "
        "SELECT randomblob(16),1,e.copied_version_id,'{}','[]',e.id,0 FROM n, experiment_v2 AS e");

    expect(post(base + "/add-manual-rows-batch", R"({"inputs":[{},{}]})"), 409, "an experiment has at most 10000 rows");
    row(id);
    BOOST_TEST(rows_of(id).size() == 10'000U);
}

BOOST_AUTO_TEST_CASE(rows_are_taken_out_all_or_none)
{
    auto const one = row(id), two = row(id);
    auto const body = [](std::string const& ids) { return R"({"inputRecordIds":[)" + ids + "]}"; };

    expect(remove(body('"' + one + "\",\"" + missing + '"')), 404, "Prompt input record not found: " + missing);
    BOOST_TEST(rows_of(id).size() == 2U);
    BOOST_TEST(data_of(remove(body('"' + one + '"'))).is_null());

    BOOST_TEST_REQUIRE(rows_of(id).size() == 1U);
    BOOST_TEST(text_of(rows_of(id)[0].at("id")) == two);
    expect_no_experiment("DELETE", "/rows", body('"' + two + '"'));
    expect_each_refused(with, "DELETE", base + "/rows",
                        {{"{}", "inputRecordIds: is required"},
                         {body(""), "No input record ids provided"},
                         {body("\"x\""), "inputRecordIds[0]: must be a UUID"}});
}

BOOST_AUTO_TEST_CASE(inputs_are_copied_with_the_call_that_they_came_from)
{
    auto const by_hand = row(id);
    BOOST_TEST(data(base + "/row/insert/batch", copy_of(input)).is_null());
    BOOST_TEST(data(base + "/row/insert/batch", copy_of(by_hand)).is_null());

    auto const rows = rows_of(id);
    BOOST_TEST_REQUIRE(rows.size() == 3U);
    BOOST_TEST(text_of(rows[1].at("id")) != input);
    BOOST_TEST(rows[1].at("inputs") == json::parse(R"({"topic":"seas"})"));
    BOOST_TEST(rows[1].at("auto_prompt_inputs") == json::parse(R"([{"role":"user"},7])"));
    BOOST_TEST(text_of(rows[1].at("requests").at(0).at("request_id")) == numbered(1).text());
    BOOST_TEST(rows[1].at("requests").at(0).at("is_original") == true);
    BOOST_TEST(rows[2].at("requests").as_array().empty()); // inputs that were made by hand came from no call
    expect(post(base + "/row/insert/batch", copy_of(missing)), 404, "Prompt input record not found: " + missing);
    expect_no_experiment("POST", "/row/insert/batch", R"({"rows":[]})");
    expect_each_refused(with, "POST", base + "/row/insert/batch",
                        {{"{}", "rows: is required"},
                         {copy_of("x"), "rows[0].inputRecordId: must be a UUID"},
                         {R"({"rows":[{"inputRecordId":"x","inputs":{}}]})", "rows[0].autoInputs: is required"},
                         {R"({"rows":[{"inputRecordId":"x","autoInputs":[]}]})", "rows[0].inputs: is required"}});
    BOOST_TEST(rows_of(id).size() == 3U);
}

BOOST_AUTO_TEST_CASE(a_dataset_gives_what_it_has_of_the_prompt)
{
    auto const of_inputs = dataset();
    auto const of_calls =
        text_of(data("/v1/helicone-dataset", R"({"datasetName":"h","requestIds":[]})").at("datasetId"));
    data("/v1/helicone-dataset/" + of_calls + "/mutate",
         R"({"addRequests":[")" + numbered(1).text() + "\",\"" + numbered(2).text() + R"("],"removeRequests":[]})");

    BOOST_TEST(data(base + "/row/insert/dataset/" + of_calls).is_null());
    BOOST_TEST(data(base + "/row/insert/dataset/" + of_inputs).is_null());

    auto const rows = rows_of(id);
    BOOST_TEST_REQUIRE(rows.size() == 2U); // call 2 has no inputs
    for (auto const& one : rows) {
        BOOST_TEST(one.at("inputs").at("topic") == "rivers");
        BOOST_TEST(text_of(one.at("requests").at(0).at("request_id")) == numbered(1).text());
    }
    for (auto const& other : {missing, std::string("x")})
        expect(post(base + "/row/insert/dataset/" + other), 404, "Dataset not found");
    expect_no_experiment("POST", "/row/insert/dataset/" + of_calls);
}

BOOST_AUTO_TEST_CASE(the_inputs_of_a_row_are_replaced)
{
    auto const one = row(id);
    auto const body = [](std::string const& record) {
        return R"({"inputRecordId":")" + record + R"(","inputs":{"b":"2"}})";
    };

    BOOST_TEST(data(base + "/row/update", body(one)).is_null());

    BOOST_TEST(rows_of(id)[0].at("inputs") == json::parse(R"({"b":"2"})"));
    for (auto const& other : {missing, input}) // inputs of a call are no row
        expect(post(base + "/row/update", body(other)), 404, "Prompt input record not found");
    expect_no_experiment("POST", "/row/update", body(one));
    expect_each_refused(with, "POST", base + "/row/update",
                        {{R"({"inputs":{}})", "inputRecordId: is required"},
                         {R"({"inputRecordId":"x"})", "inputs: is required"},
                         {body("x"), "inputRecordId: must be a UUID"}});
}

BOOST_AUTO_TEST_SUITE_END()

} // namespace weir::api::test
