// Datasets of the API's second age: groups, versions, drafts.
#include "promptlayer_support.hpp"

#include <boost/json/parse.hpp>
#include <boost/json/serialize.hpp>
#include <boost/test/unit_test.hpp>

namespace json = boost::json;

namespace weir::api::test
{
namespace
{

struct datasets : tracked_record {
    json::value make_group(std::string const& name, std::string_view more = {})
    {
        return post("/api/public/v2/dataset-groups", R"({"name":")" + name + "\"" + std::string(more) + "}", 201);
    }

    std::string group(std::string const& name)
    {
        return json::serialize(make_group(name).at("dataset_group").at("id"));
    }

    json::value version(std::string_view how, std::string const& group, std::string_view more = {}, int status = 201)
    {
        return post("/api/public/v2/dataset-versions/" + std::string(how),
                    R"({"dataset_group_id":)" + group + std::string(more) + "}", status);
    }

    json::value rows(json::value const& dataset, std::string_view query = {})
    {
        return get("/api/public/v2/datasets/" + json::serialize(dataset) + "/rows" + std::string(query));
    }

    std::string from_file(std::string const& group, std::string_view name, std::string_view base64)
    {
        return R"({"dataset_group_id":)" + group + R"(,"file_name":")" + std::string(name) +
               R"(","file_content_base64":")" + std::string(base64) + "\"}";
    }
};

} // namespace

BOOST_FIXTURE_TEST_SUITE(promptlayer_datasets, datasets)

BOOST_AUTO_TEST_CASE(a_group_has_a_name_of_its_own_and_a_draft)
{
    auto const made = make_group("g", R"(,"workspace_id":1,"external_ids":[{"source":"s","external_id":"e"}])");

    BOOST_TEST(made.at("success") == true);
    BOOST_TEST(made.at("dataset_group") == json::parse(R"({"id":1,"name":"g","workspace_id":1,"is_deleted":false})"));
    BOOST_TEST(made.at("dataset").at("version_number") == -1);
    BOOST_TEST(made.at("dataset").at("column_names").as_array().empty());
    BOOST_TEST(made.at("external_ids") == json::parse(R"([{"source":"s","external_id":"e"}])"));
    expect_refused(with, "POST", "/api/public/v2/dataset-groups",
                   {{"{}", 422, "name: is required"},
                    {R"({"name":""})", 422, "name: is empty"},
                    {R"({"name":"g"})", 400, "name: there is a dataset group of that name"},
                    {R"({"name":"h","workspace_id":2})", 403, "workspace_id: the only"},
                    {R"({"name":"h","external_ids":[{"source":"s","external_id":"e"}]})", 409, "external_ids: one of"},
                    {R"({"name":"h","external_ids":[{"source":"","external_id":"e"}]})", 422, "external_ids[0].source"},
                    {R"({"name":"h","external_ids":[{"source":")" + std::string(129, 's') + R"(","external_id":"e"}]})",
                     422, "external_ids[0].source: is longer"}});
    BOOST_TEST(get("/api/public/v2/datasets").at("total") == 1); // what was refused left nothing behind
    BOOST_TEST(ask(with, "DELETE", "/datasets/name/g").status == 200);
    make_group("g"); // a deleted group's name is free
}

BOOST_AUTO_TEST_CASE(versions_are_listed_by_what_they_are)
{
    auto const a = group("Apples"), b = group("Pears");
    version("save-draft", a, {}, 202);
    version("create-draft", a);
    make_group("gone", R"(,"external_ids":[{"source":"s","external_id":"e"}])");
    ask(with, "DELETE", "/datasets/name/gone");
    auto const listed = [this](std::string_view query) {
        auto const said = get("/api/public/v2/datasets?" + std::string(query));
        std::string text = json::serialize(said.at("total")) + ":";
        for (auto const& one : said.at("datasets").as_array())
            text += " " + std::string(one.at("dataset_group").at("name").as_string()) +
                    json::serialize(one.at("version_number"));
        return text;
    };

    BOOST_TEST(listed("") == "3: Apples-1 Pears-1 Apples1");
    BOOST_TEST(listed("status=all") == "4: gone-1 Apples-1 Pears-1 Apples1");
    BOOST_TEST(listed("status=deleted") == "1: gone-1");
    BOOST_TEST(listed("name=pEA") == "1: Pears-1");
    BOOST_TEST(listed("name=%25") == "0:");
    BOOST_TEST(listed("dataset_group_id=" + a) == "2: Apples-1 Apples1");
    BOOST_TEST(listed("dataset_group_id=" + b + "&sort_by=name&sort_order=asc") == "1: Pears-1");
    BOOST_TEST(listed("sort_by=name&sort_order=asc") == "3: Apples-1 Apples1 Pears-1");
    BOOST_TEST(listed("per_page=2&page=2") == "3: Apples1");
    BOOST_TEST(listed("status=all&external_source=s&external_id=e") == "1: gone-1");
    BOOST_TEST(listed("status=all&created_before=2000-01-01T00:00:00Z") == "0:");
    BOOST_TEST(listed("created_after=2000-01-01T00:00:00Z&updated_after=2000-01-01") == "3: Apples-1 Pears-1 Apples1");
    BOOST_TEST(listed("updated_before=2000-01-01") == "0:");
    for (auto const* bad : {"page=0", "per_page=101", "status=x", "sort_by=x", "external_source=s", "name=%ff&page=x",
                            "created_after=soon", "prompt_id=1"})
        BOOST_TEST(ask(with, "GET", "/api/public/v2/datasets?" + std::string(bad)).status == 422, bad);
    BOOST_TEST(ask(with, "GET", "/api/public/v2/datasets?workspace_id=9").status == 403);
    with.organization = other_organization;
    BOOST_TEST(listed("status=all") == "0:");
}

BOOST_AUTO_TEST_CASE(a_version_is_made_of_chosen_calls)
{
    track(0, R"("tags":["a"])");
    track(1, R"("tags":["b"])");
    track(2, R"("tags":["a"])");
    auto const g = group("g");
    auto const ids = [this](json::value const& made) {
        std::string text;
        auto const listed = rows(made.at("dataset_id"));
        for (auto const& row : listed.at("rows").as_array()) text += json::serialize(row.at(0).at("value"));
        return text;
    };

    auto const by_ids =
        version("from-filter-params", g, R"(,"request_log_ids":[2,1,99],"filter_group":{"filters":[]})");
    BOOST_TEST(ids(by_ids) == "21");
    BOOST_TEST(by_ids.at("dataset_group_id") == 1);
    BOOST_TEST(by_ids.at("version_number") == -1);
    auto const by_group = version("from-filter-params", g,
                                  R"(,"filter_group":{"filters":[{"field":"tags","operator":"contains","value":"a"}]},)"
                                  R"("sort_by":"request_start_time","sort_order":"asc","variables_to_parse":["x"])");
    BOOST_TEST(ids(by_group) == "13");
    auto const flat = version("from-filter-params", g, R"(,"tags_or":["a","b"],"limit":2)");
    BOOST_TEST(ids(flat) == "32");
    auto const listed = get("/api/public/v2/datasets?dataset_group_id=" + g);
    BOOST_TEST(listed.at("datasets").at(0).at("version_number") == 3);
    BOOST_TEST(listed.at("datasets").at(0).at("filter_params").at("limit") == 2);
    expect_refused(
        with, "POST", "/api/public/v2/dataset-versions/from-filter-params",
        {{"{}", 422, "dataset_group_id: is required"},
         {R"({"dataset_group_id":9})", 404, "dataset_group_id: there is no such"},
         {R"({"dataset_group_id":1,"limit":0})", 422, "limit: must be"},
         {R"({"dataset_group_id":1,"filter_group":[]})", 422, "filter_group: expected an object"},
         {R"({"dataset_group_id":1,"request_log_ids":["x"]})", 422, "request_log_ids[0]: expected a number"}});
}

BOOST_AUTO_TEST_CASE(a_version_is_made_of_a_file)
{
    auto const g = group("g");
    // q,n\nWhat,1\n"a, ""b""",2\nlast\n
    auto const csv = post("/api/public/v2/dataset-versions/from-file",
                          from_file(g, "rows.csv", "cSxuCldoYXQsMQoiYSwgIiJiIiIiLDIKbGFzdAo="), 201);
    auto const listed = rows(csv.at("dataset_id"));
    BOOST_TEST(listed.at("columns") == json::parse(R"(["q","n"])"));
    BOOST_TEST(listed.at("rows") ==
               json::parse(R"([[{"type":"dataset","value":"What"},{"type":"dataset","value":"1"}],)"
                           R"([{"type":"dataset","value":"a, \"b\""},{"type":"dataset","value":"2"}],)"
                           R"([{"type":"dataset","value":"last"},{"type":"dataset","value":null}]])"));
    // [{"q":"What","n":1},{"n":null,"x":{"y":[1]}}]
    auto const of_json =
        post("/api/public/v2/dataset-versions/from-file",
             from_file(g, "rows.json", "W3sicSI6IldoYXQiLCJuIjoxfSx7Im4iOm51bGwsIngiOnsieSI6WzFdfX1d"), 201);
    auto const second = rows(of_json.at("dataset_id"));
    BOOST_TEST(second.at("columns") == json::parse(R"(["q","n","x"])"));
    BOOST_TEST(second.at("rows").at(0).at(1).at("value") == 1);
    BOOST_TEST(second.at("rows").at(0).at(2).at("value").is_null());
    BOOST_TEST(second.at("rows").at(1).at(2).at("value") == json::parse(R"({"y":[1]})"));
    BOOST_TEST(rows(of_json.at("dataset_id"), "?q=wha").at("total") == 1);
    BOOST_TEST(rows(of_json.at("dataset_id"), "?per_page=1&page=2").at("rows").as_array().size() == 1U);
    // a,b\n1
    auto const short_rows =
        post("/api/public/v2/dataset-versions/from-file", from_file(g, "rows.csv", "YSxiCjE="), 201);
    BOOST_TEST(rows(short_rows.at("dataset_id")).at("columns") == json::parse(R"(["a","b"])"));
    expect_refused(with, "POST", "/api/public/v2/dataset-versions/from-file",
                   {{from_file(g, "rows.txt", ""), 400, "file_name: must end in"},
                    {from_file(g, "rows.csv", "???"), 400, "file_content_base64: is not base64"},
                    {from_file(g, "rows.csv", ""), 400, "the file has no record"},
                    {from_file(g, "rows.csv", "YSxhCg=="), 400, "the file has two columns \"a\""}, // a,a
                    {from_file(g, "rows.csv", "YQoxLDIK"), 400, "line 2: has more fields"},        // a\n1,2
                    {from_file(g, "rows.json", "e30="), 400, "the file must be a JSON array"},     // {}
                    {from_file(g, "rows.json", "WzFd"), 400, "row 1 of the file is no object"},    // [1]
                    {from_file(g, "rows.json", "W3s="), 400, "the file: is not valid JSON"},       // [{
                    {from_file("9", "rows.json", "W10="), 404, "dataset_group_id: there is no"}});
}

BOOST_AUTO_TEST_CASE(a_draft_grows_and_is_saved)
{
    track(0, R"("prompt_input_variables":{"x":1})");
    track(1, R"("prompt_input_variables":{"y":2})");
    auto const g = group("g");
    expect_refused(with, "POST", "/api/public/v2/dataset-versions/create-draft",
                   {{R"({"dataset_group_id":)" + g + "}", 409, "the dataset group has a draft already"},
                    {R"({"dataset_group_id":9})", 404, "dataset_group_id: there is no such"}});

    auto const draft = version("add-request-log", g, R"(,"request_log_id":1)");
    version("add-request-log", g, R"(,"request_log_id":2)");
    auto const saved = version("save-draft", g, {}, 202);
    BOOST_TEST(saved.at("draft_dataset_id") == draft.at("draft_dataset_id"));
    auto const listed = rows(draft.at("draft_dataset_id"));
    BOOST_TEST(listed.at("columns") == json::parse(R"(["request_id","input","output","tags","metadata","variable.x",)"
                                                   R"("variable.y"])"));
    BOOST_TEST(listed.at("rows").at(0).at(6).at("value").is_null()); // a row from before the column
    BOOST_TEST(listed.at("rows").at(1).at(6).at("value") == 2);

    auto const copy =
        version("create-draft", g, R"(,"source_dataset_id":)" + json::serialize(draft.at("draft_dataset_id")), 202);
    BOOST_TEST(rows(copy.at("draft_dataset_id")).at("rows") == listed.at("rows"));
    version("save-draft", g, {}, 202);
    BOOST_TEST(get("/api/public/v2/datasets?dataset_group_id=" + g).at("datasets").at(0).at("version_number") == 2);
    expect_refused(with, "POST", "/api/public/v2/dataset-versions/create-draft",
                   {{R"({"source_dataset_id":99,"dataset_group_id":)" + g + "}", 404, "source_dataset_id: there is"}});
    version("create-draft", g); // the refused one left none behind
    expect_refused(with, "POST", "/api/public/v2/dataset-versions/add-request-log",
                   {{R"({"request_log_id":99,"dataset_group_id":)" + g + "}", 404, "request_log_id: there is no"},
                    {R"({"request_log_id":1,"dataset_group_id":9})", 404, "dataset_group_id: there is no"}});
    expect_refused(with, "POST", "/api/public/v2/dataset-versions/save-draft",
                   {{R"({"dataset_group_id":9})", 404, "dataset_group_id: there is no"}});
}

BOOST_AUTO_TEST_CASE(a_trace_becomes_a_row)
{
    BOOST_REQUIRE(
        db.execute_script(
              "INSERT INTO span (organization_id,trace_id,span_id,parent_id,name,kind,started_ns,ended_ns,status,"
              "attributes,events,links,resource,created_us) VALUES "
              "(1,'t','b','a','child','SpanKind.INTERNAL',2,3,'StatusCode.OK','{}','[]','[]','{}',1),"
              "(1,'t','a',NULL,'root','SpanKind.SERVER',1700000000000000001,4,'StatusCode.OK',"
              "'{\"function_input\":\"in\",\"function_output\":{\"o\":1}}','[]','[]','{}',1)")
            .has_value());
    auto const g = group("g");

    auto const draft = version("add-trace", g, R"(,"trace_id":"t")");

    auto const listed = rows(draft.at("draft_dataset_id"));
    BOOST_TEST(listed.at("columns") == json::parse(R"(["trace_id","name","input","output","spans"])"));
    auto const& row = listed.at("rows").at(0);
    BOOST_TEST(row.at(1).at("value") == "root");
    BOOST_TEST(row.at(2).at("value") == "in");
    BOOST_TEST(row.at(3).at("value") == R"({"o":1})");
    BOOST_TEST(row.at(4).at("value").at(1).at("start_time") == "1700000000000000001");
    expect_refused(with, "POST", "/api/public/v2/dataset-versions/add-trace",
                   {{R"({"trace_id":"u","dataset_group_id":)" + g + "}", 404, "trace_id: there is no such trace"},
                    {R"({"trace_id":"t","dataset_group_id":9})", 404, "dataset_group_id: there is no such"}});
}

BOOST_AUTO_TEST_CASE(rows_of_what_is_not_there_are_404)
{
    BOOST_TEST(message_of(ask(with, "GET", "/api/public/v2/datasets/9/rows")) == "there is no such dataset");
    BOOST_TEST(ask(with, "GET", "/api/public/v2/datasets/x/rows").status == 422);
    BOOST_TEST(ask(with, "DELETE", "/datasets/name/no/such%20one").status == 404);
}

BOOST_AUTO_TEST_SUITE_END()

} // namespace weir::api::test
