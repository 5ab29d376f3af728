#include "dataset_support.hpp"

#include <set>

namespace json = boost::json;

namespace weir::api::test
{
namespace
{

struct experiment_datasets : with_datasets {
    std::string const base = "/v1/experiment/dataset/";

    std::string empty()
    {
        return made("/v1/experiment/dataset", R"({"datasetName":"e","requestIds":[],"datasetType":"experiment"})");
    }
    json::array inputs_of(std::string const& dataset) { return data(base + dataset + "/inputs/query").as_array(); }
    std::set<std::string> ids_of(std::string const& dataset)
    {
        std::set<std::string> ids;
        for (auto const& one : inputs_of(dataset)) ids.emplace(one.at("id").as_string());
        return ids;
    }
};

} // namespace

BOOST_FIXTURE_TEST_SUITE(experiment_dataset_endpoints_, experiment_datasets)

BOOST_AUTO_TEST_CASE(a_dataset_of_calls_has_their_inputs_once)
{
    auto const one = numbered(1).text(), bare = numbered(3).text();
    auto const id = made("/v1/experiment/dataset", R"({"datasetName":"d","datasetType":"experiment","requestIds":[")" +
                                                       one + "\",\"" + bare + "\",\"" + one + "\",\"" + missing +
                                                       R"("],"meta":{"promptVersionId":")" + version + R"("}})");

    auto const rows = inputs_of(id);
    BOOST_TEST_REQUIRE(rows.size() == 1U);
    auto row = rows[0].as_object();
    BOOST_TEST(!row["dataset_row_id"].as_string().empty());
    row.erase("dataset_row_id");
    BOOST_TEST(json::value(row) ==
               json::parse(R"({"id":")" + input(1) + R"(","inputs":{"what":"hello"},"source_request":")" + one +
                           R"(","prompt_version":")" + version + R"(","created_at":"2023-11-14T22:13:20.000Z",)" +
                           R"("response_body":)" + content.response + R"(,"request_body":)" + content.request +
                           R"(,"auto_prompt_inputs":[{"role":"system"}]})"));
}

BOOST_AUTO_TEST_CASE(wrong_bodies_of_create_are_refused)
{
    expect_each_refused(
        with, "POST", "/v1/experiment/dataset",
        {{R"({"requestIds":[],"datasetType":"experiment"})", "datasetName: is required"},
         {R"({"datasetName":"d","datasetType":"experiment"})", "requestIds: is required"},
         {R"({"datasetName":"d","requestIds":[]})", "datasetType: is required"},
         {R"({"datasetName":1,"requestIds":[],"datasetType":"experiment"})",
          "datasetName: expected a string, got a number"},
         {R"({"datasetName":"d","requestIds":["x"],"datasetType":"experiment"})", "requestIds[0]: must be a UUID"},
         {R"({"datasetName":"d","requestIds":[],"datasetType":"experiment","meta":{"promptVersionId":"x"}})",
          "meta.promptVersionId: must be a UUID"},
         {R"({"datasetName":"d","requestIds":[],"datasetType":"experiment","meta":{"inputRecordsIds":["x"]}})",
          "meta.inputRecordsIds[0]: must be a UUID"},
         {R"({"datasetName":")" + std::string(201, 'x') + R"(","requestIds":[],"datasetType":"experiment"})",
          "datasetName: is longer than 200 bytes"}});
    BOOST_TEST(post("/v1/experiment/dataset", R"({"datasetName":"d","requestIds":[],"datasetType":"other"})").status ==
               400);
    BOOST_TEST(
        post("/v1/experiment/dataset", R"({"datasetName":"d","requestIds":[],"datasetType":"experiment","more":1})")
            .status == 400);
    BOOST_TEST(data("/v1/experiment/dataset/query", "{}").as_array().empty());
}

BOOST_AUTO_TEST_CASE(a_random_dataset_takes_what_passes)
{
    auto const random = [&](std::string const& rest) {
        return ids_of(made("/v1/experiment/dataset/random", R"({"datasetName":"r",)" + rest + "}"));
    };
    using ids = std::set<std::string>;

    BOOST_TEST((random(R"("filter":"all")") == ids{input(1), input(2)}));
    BOOST_TEST((random(R"("filter":{})") == ids{input(1), input(2)}));
    BOOST_TEST((random(R"("filter":{"request":{"id":{"equals":")" + numbered(2).text() + R"("}}})") == ids{input(2)}));
    BOOST_TEST((random(R"("filter":{"left":{"prompts_versions":{"major_version":{"equals":0}}},"operator":"and",)"
                       R"("right":{"request":{"model":{"equals":"gpt-4o"}}}})") == ids{input(1), input(2)}));
    BOOST_TEST(random(R"("filter":{"prompts_versions":{"id":{"equals":")" + missing + R"("}}})").empty());
    BOOST_TEST(random(R"("filter":"all","limit":1)").size() == 1U);
    BOOST_TEST(random(R"("filter":"all","offset":"2")").empty());
    services theirs = with;
    theirs.organization = other_organization;
    auto const foreign_one = std::string(
        data_of(ask(theirs, "POST", "/v1/experiment/dataset/random", R"({"datasetName":"r","filter":"all"})"))
            .at("datasetId")
            .as_string());
    BOOST_TEST(data_of(ask(theirs, "POST", base + foreign_one + "/inputs/query")).as_array().empty());
}

BOOST_AUTO_TEST_CASE(wrong_bodies_of_random_are_refused)
{
    expect_each_refused(with, "POST", "/v1/experiment/dataset/random",
                        {{R"({"filter":"all"})", "datasetName: is required"},
                         {R"({"datasetName":"r"})", "filter: is required"},
                         {R"({"datasetName":"r","filter":"all","limit":100001})", "limit: must be 0 to 100000"},
                         {R"({"datasetName":"r","filter":"all","limit":-1})", "limit: must be 0 to 100000"},
                         {R"({"datasetName":"r","filter":"all","offset":-1})", "offset: must be 0 to 1000000000"},
                         {R"({"datasetName":"r","filter":{"request":{"created_at":{"gte":"soon"}}}})",
                          "filter.request.created_at.gte: is not a time such as 2026-01-31T12:00:00Z"}});
    for (auto const* filter : {R"({"response":{"status":{"equals":200}}})", R"({"request":{"colour":{"equals":"x"}}})",
                               R"("some")", "null", "[]"})
        BOOST_TEST(post("/v1/experiment/dataset/random", R"({"datasetName":"r","filter":)" + std::string(filter) + "}")
                           .status == 400,
                   filter);
}

BOOST_AUTO_TEST_CASE(datasets_of_both_kinds_are_listed_also_deleted_ones)
{
    BOOST_TEST(data("/v1/experiment/dataset/query", "{}").as_array().empty());
    auto const of_version =
        made("/v1/experiment/dataset", R"({"datasetName":"v","requestIds":[],"datasetType":"experiment","meta":)"
                                       R"({"promptVersionId":")" +
                                           version + R"(","inputRecordsIds":[]}})");
    auto const deleted = helicone();
    data("/v1/helicone-dataset/" + deleted + "/delete");

    BOOST_TEST(data("/v1/experiment/dataset/query", "{}").as_array().size() == 2U);
    auto const found = data("/v1/experiment/dataset/query", R"({"promptVersionId":")" + version + R"("})").as_array();
    BOOST_TEST_REQUIRE(found.size() == 1U);
    BOOST_TEST(found[0].at("id").as_string() == of_version);
    BOOST_TEST(found[0].at("name") == "v");
    BOOST_TEST(found[0].at("meta") == json::parse(R"({"promptVersionId":")" + version + R"(","inputRecordsIds":[]})"));
    BOOST_TEST(data("/v1/experiment/dataset/query", R"({"promptVersionId":"none"})").as_array().empty());
    BOOST_TEST(data_of(foreign("POST", "/v1/experiment/dataset/query", "{}")).as_array().empty());
    expect_each_refused(with, "POST", "/v1/experiment/dataset/query",
                        {{R"({"promptVersionId":1})", "promptVersionId: expected a string, got a number"}});
    BOOST_TEST(post("/v1/experiment/dataset/query", R"({"more":1})").status == 400);
}

BOOST_AUTO_TEST_CASE(a_row_is_inserted_for_inputs_that_are_there)
{
    auto const id = empty();
    auto const target = base + id + "/row/insert";
    auto const body = [](std::string const& record) {
        return R"({"inputs":{"k":"v"},"originalColumnId":"c","inputRecordId":")" + record + R"("})";
    };

    BOOST_TEST(data(target, body(input(2))).as_string() == input(2));
    BOOST_TEST((ids_of(id) == std::set<std::string>{input(2)}));
    expect(post(target, body(missing)), 404, "Input record not found");
    expect(foreign("POST", target, body(input(2))), 404, "Dataset not found");
    expect(post(base + missing + "/row/insert", body(input(2))), 404, "Dataset not found");
    expect(post(base + "nonsense/row/insert", body(input(2))), 404, "Dataset not found");
    expect_each_refused(with, "POST", target,
                        {{body("x"), "inputRecordId: must be a UUID"},
                         {R"({"inputs":{}})", "inputRecordId: is required"},
                         {R"({"inputRecordId":"x"})", "inputs: is required"},
                         {R"({"inputs":{"k":1},"inputRecordId":"x"})", "inputs.k: expected a string, got a number"}});
}

BOOST_AUTO_TEST_CASE(a_new_row_makes_inputs)
{
    auto const id = empty();
    auto const target = base + id + "/version/" + version + "/row/new";
    auto const source = numbered(1).text();

    auto const made_inputs = std::string(
        data(target, R"({"inputs":{"a":"1","b":"\u0000"},"sourceRequest":")" + source + R"("})").as_string());
    data(target, R"({"inputs":{}})");

    auto const rows = inputs_of(id);
    BOOST_TEST_REQUIRE(rows.size() == 2U);
    BOOST_TEST(rows[0].at("id").as_string() == made_inputs);
    BOOST_TEST(json::serialize(rows[0].at("inputs")) == R"({"a":"1","b":"\u0000"})");
    BOOST_TEST(rows[0].at("source_request").as_string() == source);
    BOOST_TEST(rows[0].as_object().contains("request_body"));
    BOOST_TEST(rows[1].at("source_request").is_null());
    BOOST_TEST(!rows[1].as_object().contains("request_body"));

    expect(post(base + id + "/version/" + missing + "/row/new", R"({"inputs":{}})"), 404, "Prompt version not found");
    expect(post(base + missing + "/version/" + version + "/row/new", R"({"inputs":{}})"), 404, "Dataset not found");
    expect(post(target, R"({"inputs":{},"sourceRequest":")" + missing + R"("})"), 404, "Request not found");
    expect(foreign("POST", target, R"({"inputs":{}})"), 404, "Dataset not found");
    BOOST_TEST(value_of("SELECT count(*) FROM prompt_input") == "4"); // what failed left nothing
    expect_each_refused(
        with, "POST", target,
        {{"{}", "inputs: is required"},
         {R"({"inputs":[]})", "inputs: expected an object, got an array"},
         {R"({"inputs":{},"sourceRequest":"x"})", "sourceRequest: must be a UUID"},
         {R"({"inputs":{"k":")" + std::string(1024 * 1024, 'x') + R"("}})", "inputs: are longer than 1048576 bytes"}});
}

BOOST_AUTO_TEST_CASE(inputs_of_a_dataset_that_is_not_there_are_404)
{
    auto const id = empty();
    BOOST_TEST(inputs_of(id).empty());
    for (std::string const& other_id : {missing, std::string("nonsense")})
        expect(post(base + other_id + "/inputs/query"), 404, "Dataset not found");
    expect(foreign("POST", base + id + "/inputs/query"), 404, "Dataset not found");
}

BOOST_AUTO_TEST_CASE(mutate_changes_all_or_nothing)
{
    auto const id = empty();
    auto const target = base + id + "/mutate";

    BOOST_TEST(data(target, changes(numbered(1).text())).as_array().empty());
    BOOST_TEST((ids_of(id) == std::set<std::string>{input(1)}));
    data(target, changes(input(2), numbered(1).text()));
    BOOST_TEST((ids_of(id) == std::set<std::string>{input(2)}));

    expect(post(target, changes(input(1), missing)), 404, "Dataset row not found: " + missing);
    expect(post(target, changes(numbered(3).text(), "")), 404, "Input record not found: " + numbered(3).text());
    BOOST_TEST((ids_of(id) == std::set<std::string>{input(2)}));
    expect(foreign("POST", target, changes("")), 404, "Dataset not found");
    expect(post(base + missing + "/mutate", changes("")), 404, "Dataset not found");
    expect_each_refused(with, "POST", target,
                        {{"{}", "addRequests: is required"},
                         {R"({"addRequests":[]})", "removeRequests: is required"},
                         {changes("x"), "addRequests[0]: must be a UUID"},
                         {changes("", "x"), "removeRequests[0]: must be a UUID"}});
}

BOOST_AUTO_TEST_SUITE_END()

} // namespace weir::api::test
