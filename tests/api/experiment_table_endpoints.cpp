#include "experiment_support.hpp"

namespace weir::api::test
{
namespace
{

struct tables_of_experiments : with_experiments {
    std::string const on = dataset();

    static constexpr std::string_view template_text =
        R"({\"messages\":[{\"content\":\"<helicone-prompt-input key=\\\"topic\\\" />\"}]})";

    std::string new_body(std::string const& dataset, std::string const& version, std::string const& more = "") const
    {
        return R"({"datasetId":")" + dataset + R"(","experimentMetadata":{"experiment_name":"mine","n":1},)" +
               R"("promptVersionId":")" + version + R"(","newHeliconeTemplate":")" + std::string(template_text) +
               R"(","isMajorVersion":false,"promptSubversionMetadata":{"label":"l"})" + more + "}";
    }
    json::value made()
    {
        return data("/v1/experiment/table/new",
                    new_body(on, prompt.version, R"(,"experimentTableMetadata":{"datasetId":")" + on + R"("})"));
    }
    std::string const id = text_of(made().at("tableId"));
    std::string const base = "/v1/experiment/table/" + id;

    json::value table() { return data(base + "/query"); }
    json::array columns() { return table().at("columns").as_array(); }
    answered change(std::string const& body) { return ask(with, "PATCH", base + "/cell", body); }

    void expect_no_table(std::string_view method, std::string const& what, std::string const& body = {})
    {
        for (auto const& other : {missing, std::string("x")})
            expect(ask(with, method, "/v1/experiment/table/" + other + what, body), 404, "Experiment table not found");
        expect(foreign(method, base + what, body), 404, "Experiment table not found");
    }
};

} // namespace

BOOST_FIXTURE_TEST_SUITE(experiment_table_endpoints_, tables_of_experiments)

BOOST_AUTO_TEST_CASE(a_new_table_has_two_columns_and_a_row_of_empty_inputs)
{
    auto const found = table();
    BOOST_TEST(found.at("name") == "mine");
    BOOST_TEST(text_of(found.at("metadata").at("datasetId")) == on);
    auto const all = found.at("columns").as_array();
    BOOST_TEST_REQUIRE(all.size() == 2U);
    BOOST_TEST(all[0].at("columnName") == "inputs");
    BOOST_TEST(all[0].at("columnType") == "input");
    auto const& cell = all[0].at("cells").at(0);
    BOOST_TEST(cell.at("rowIndex") == 0);
    BOOST_TEST(cell.at("value") == "inputs");
    BOOST_TEST(cell.at("status") == "initialized");
    BOOST_TEST(cell.at("metadata").at("inputs") == json::parse(R"([{"key":"topic","value":""}])"));
    BOOST_TEST(cell.at("metadata").at("datasetRowId").is_string());
    BOOST_TEST(all[1].at("columnName") == "original");
    BOOST_TEST(text_of(all[1].at("metadata").at("promptVersionId")) == prompt.version);
    BOOST_TEST(all[1].at("cells").at(0).at("value").is_null());
    BOOST_TEST(all[1].at("cells").at(0).at("metadata").at("cellType") == "output");
    BOOST_TEST(value_of("SELECT json_extract(metadata,'$.label') FROM prompt_version WHERE minor_version=1") == "l");
}

BOOST_AUTO_TEST_CASE(a_table_without_a_dataset_of_its_own_adds_no_row_to_one)
{
    auto const made_one = data("/v1/experiment/table/new", new_body(on, prompt.version));
    auto const found = data("/v1/experiment/table/" + text_of(made_one.at("tableId")) + "/query");
    BOOST_TEST(found.at("columns").at(0).at("cells").at(0).at("metadata").at("datasetRowId").is_null());
    BOOST_TEST(!found.as_object().contains("metadata"));
}

BOOST_AUTO_TEST_CASE(wrong_tables_are_refused)
{
    auto const before = value_of("SELECT count(*) FROM experiment");
    auto const target = "/v1/experiment/table/new";
    expect(post(target, new_body(missing, prompt.version)), 404, "Dataset not found");
    expect(post(target, new_body(on, missing)), 404, "Prompt version not found");
    expect(foreign("POST", target, new_body(on, prompt.version)), 404, "Dataset not found");
    expect_each_refused(with, "POST", target,
                        {{"{}", "datasetId: is required"},
                         {new_body("x", prompt.version), "datasetId: is not a UUID"},
                         {new_body(on, "x"), "promptVersionId: is not a UUID"},
                         {new_body(on, prompt.version, R"(,"experimentTableMetadata":1)"),
                          "experimentTableMetadata: expected an object, got a number"}});
    BOOST_TEST(post(target, new_body(on, prompt.version, R"(,"more":1)")).status == 400);
    BOOST_TEST(value_of("SELECT count(*) FROM experiment") == before);
}

BOOST_AUTO_TEST_CASE(tables_are_listed_without_cells)
{
    auto const listed = data("/v1/experiment/tables/query").as_array();
    BOOST_TEST_REQUIRE(listed.size() == 1U);
    BOOST_TEST(text_of(listed[0].at("id")) == id);
    BOOST_TEST(listed[0].at("columns").as_array().empty());
    auto const simple = data(base + "/metadata/query");
    BOOST_TEST(simple.at("columns").as_array().size() == 2U);
    BOOST_TEST(!simple.at("columns").at(0).as_object().contains("cells"));
    BOOST_TEST(text_of(simple.at("experimentId")) == text_of(table().at("experimentId")));
    BOOST_TEST(data_of(foreign("POST", "/v1/experiment/tables/query")).as_array().empty());
    expect_no_table("POST", "/query");
    expect_no_table("POST", "/metadata/query");
}

BOOST_AUTO_TEST_CASE(a_cell_stands_in_a_free_place)
{
    auto const column = text_of(columns()[1].at("id"));
    auto const body = [](std::string const& of, std::string const& index, std::string const& value = "\"v\"") {
        return R"({"columnId":")" + of + R"(","rowIndex":)" + index + R"(,"value":)" + value + "}";
    };

    BOOST_TEST(post(base + "/cell", body(column, "5")).status == 204);
    BOOST_TEST(post(base + "/cell", body(column, "6", "\"\"")).status == 204);

    auto const cells = columns()[1].at("cells").as_array();
    BOOST_TEST_REQUIRE(cells.size() == 3U);
    BOOST_TEST(cells[1].at("value") == "v");
    BOOST_TEST(cells[1].at("status") == "initialized");
    BOOST_TEST(cells[2].at("value").is_null());
    expect(post(base + "/cell", body(column, "5")), 409, "Failed to create experiment cells");
    expect(post(base + "/cell", body(missing, "7")), 404, "Experiment column not found");
    expect_no_table("POST", "/cell", body(column, "7"));
    expect_each_refused(with, "POST", base + "/cell",
                        {{"{}", "columnId: is required"},
                         {body("x", "0"), "columnId: is not a UUID"},
                         {body(column, "-1"), "rowIndex: must be 0 to 9999"},
                         {body(column, "10000"), "rowIndex: must be 0 to 9999"},
                         {body(column, "1", "1"), "value: expected a string, got a number"}});
}

BOOST_AUTO_TEST_CASE(a_cell_is_changed_with_the_inputs_that_it_names)
{
    auto const cell = columns()[0].at("cells").at(0);
    auto const cell_id = text_of(cell.at("id")), inputs = text_of(cell.at("metadata").at("inputId"));
    auto const body = [&](std::string const& more) { return R"({"cellId":")" + cell_id + "\"" + more + "}"; };

    BOOST_TEST(change(body(R"(,"status":"running","value":"")")).status == 204);
    BOOST_TEST(change(body(R"(,"metadata":"{\"inputs\":[{\"key\":\"topic\",\"value\":\"seas\"}],\"n\":null}",)"
                           R"("updateInputs":true)"))
                   .status == 204);

    auto const changed = columns()[0].at("cells").at(0);
    BOOST_TEST(changed.at("status") == "running");
    BOOST_TEST(changed.at("value") == "inputs");
    BOOST_TEST(changed.at("metadata").at("n").is_null());
    BOOST_TEST(text_of(changed.at("metadata").at("inputId")) == inputs);
    auto const of_dataset = data("/v1/experiment/dataset/" + on + "/inputs/query").as_array();
    BOOST_TEST(of_dataset.at(1).at("inputs") == json::parse(R"({"topic":"seas"})"));
    expect(change(R"({"cellId":")" + missing + R"(","status":"x"})"), 404, "Experiment cell not found");
    expect_no_table("PATCH", "/cell", body(R"(,"status":"x")"));
    expect_each_refused(
        with, "PATCH", base + "/cell",
        {{"{}", "cellId: is required"},
         {R"({"cellId":"x","status":"s"})", "cellId: is not a UUID"},
         {body(""), "Failed to update experiment cell statuses: neither status nor value nor metadata is given"},
         {body(R"(,"metadata":"[]")"), "metadata: must be a JSON object as text"},
         {body(R"(,"metadata":"{")"), "metadata: is not valid JSON at byte 1: incomplete JSON"}});
    auto const other = text_of(made().at("tableId")); // the cell is another table's
    expect(ask(with, "PATCH", "/v1/experiment/table/" + other + "/cell", body(R"(,"status":"x")")), 404,
           "Experiment cell not found");
}

BOOST_AUTO_TEST_CASE(a_column_gets_a_cell_in_each_row_and_shows_what_its_hypothesis_makes)
{
    auto const experiment = text_of(table().at("experimentId"));
    auto const hypothesis = text_of(
        data("/v1/experiment/hypothesis", R"({"experimentId":")" + experiment + R"(","model":"m","promptVersion":")" +
                                              prompt.version + R"(","providerKeyId":"NOKEY","status":"PENDING"})")
            .at("hypothesisId"));

    BOOST_TEST(post(base + "/column", R"({"columnName":"new","columnType":"experiment","hypothesisId":")" + hypothesis +
                                          R"(","inputKeys":["topic"]})")
                   .status == 204);
    data("/v1/experiment/run", R"({"experimentId":")" + experiment + R"(","hypothesisId":")" + hypothesis + R"("})");
    BOOST_TEST(answer_runs());

    auto const column = columns()[2];
    BOOST_TEST(column.at("columnName") == "new");
    BOOST_TEST(text_of(column.at("hypothesisId")) == hypothesis);
    auto const cell = column.at("cells").at(0);
    BOOST_TEST(cell.at("metadata").at("cellType") == "experiment");
    BOOST_TEST(cell.at("status") == "completed");
    BOOST_TEST(cell.at("requestId") == cell.at("value"));
    expect_no_table("POST", "/column", R"({"columnName":"n","columnType":"output"})");
    expect_each_refused(with, "POST", base + "/column",
                        {{"{}", "columnName: is required"},
                         {R"({"columnName":"n"})", "columnType: is required"},
                         {R"({"columnName":"n","columnType":"t","hypothesisId":"x"})", "hypothesisId: is not a UUID"},
                         {R"({"columnName":"n","columnType":")" + std::string(201, 'x') + "\"}",
                          "columnType: is longer than 200 bytes"}});
    for (auto n = columns().size(); n < 100; ++n)
        BOOST_TEST(post(base + "/column", R"({"columnName":"n","columnType":"output"})").status == 204);
    expect(post(base + "/column", R"({"columnName":"n","columnType":"output"})"), 409,
           "a table has at most 10000 rows and 100 columns");
}

BOOST_AUTO_TEST_CASE(a_row_is_added_with_its_inputs)
{
    auto const body = [](std::string const& version, std::string const& more = "") {
        return R"({"promptVersionId":")" + version + "\"" + more + "}";
    };

    BOOST_TEST(data(base + "/row/new", body(prompt.version, R"(,"inputs":{"topic":"seas","original":"o"},)"
                                                            R"("sourceRequest":")" +
                                                                numbered(1).text() + "\""))
                   .is_null());

    auto const all = columns();
    auto const& cell = all[0].at("cells").at(1);
    BOOST_TEST(cell.at("rowIndex") == 1);
    BOOST_TEST(cell.at("metadata").at("inputs") ==
               json::parse(R"([{"key":"topic","value":"seas"},{"key":"original","value":"o"}])"));
    BOOST_TEST(all[1].at("cells").at(1).at("value") == "o"); // by the column's name
    auto const row = data("/v1/experiment/dataset/" + on + "/inputs/query").as_array().at(2);
    BOOST_TEST(row.at("id") == cell.at("metadata").at("inputId"));
    BOOST_TEST(row.at("dataset_row_id") == cell.at("metadata").at("datasetRowId"));
    BOOST_TEST(row.at("inputs").at("topic") == "seas");
    BOOST_TEST(text_of(row.at("source_request")) == numbered(1).text());
    expect(post(base + "/row/new", body(missing)), 404, "Prompt version not found");
    expect(post(base + "/row/new", body(prompt.version, R"(,"sourceRequest":")" + missing + "\"")), 404,
           "Request not found");
    expect_no_table("POST", "/row/new", body(prompt.version));
    expect_each_refused(with, "POST", base + "/row/new",
                        {{"{}", "promptVersionId: is required"},
                         {body("x"), "promptVersionId: is not a UUID"},
                         {body(prompt.version, R"(,"sourceRequest":"x")"), "sourceRequest: is not a UUID"},
                         {body(prompt.version, R"(,"inputs":{"k":1})"), "inputs.k: expected a string, got a number"}});
    BOOST_TEST(columns()[0].at("cells").as_array().size() == 2U);
}

BOOST_AUTO_TEST_CASE(a_deleted_row_is_marked_and_its_index_not_used_again)
{
    BOOST_TEST(data_of(ask(with, "DELETE", base + "/row/0")).is_null());
    BOOST_TEST(data_of(ask(with, "DELETE", base + "/row/7")).is_null()); // there is none

    for (auto const& column : columns()) BOOST_TEST(column.at("cells").at(0).at("metadata").at("deleted") == true);
    data(base + "/row/new", R"({"promptVersionId":")" + prompt.version + R"("})");
    BOOST_TEST(columns()[0].at("cells").at(1).at("rowIndex") == 1);
    BOOST_TEST(ask(with, "DELETE", base + "/row/x").status == 400);
    expect_no_table("DELETE", "/row/0");
}

BOOST_AUTO_TEST_CASE(rows_of_given_cells_are_inserted_all_or_none)
{
    auto const column = text_of(columns()[0].at("id"));
    auto const body = [&](std::string const& record, std::string const& dataset, std::string const& in) {
        return R"({"rows":[{"inputRecordId":")" + record + R"(","inputs":{},"datasetId":")" + dataset +
               R"(","sourceRequest":"source","cells":[{"columnId":")" + in + R"(","value":"given"}]}]})";
    };
    auto const target = base + "/row/insert/batch";

    BOOST_TEST(data(target, body(input, on, column)).is_null());

    auto const all = columns();
    BOOST_TEST(all[0].at("cells").at(1).at("value") == "given");
    BOOST_TEST(all[0].at("cells").at(1).at("metadata").at("cellType") == "input");
    BOOST_TEST(text_of(all[0].at("cells").at(1).at("metadata").at("inputId")) == input);
    BOOST_TEST(all[1].at("cells").at(1).at("value") == "source");
    BOOST_TEST(all[1].at("cells").at(1).at("metadata").at("cellType") == "output");
    expect(post(target, body(missing, on, column)), 404, "Prompt input record not found: " + missing);
    expect(post(target, body(input, missing, column)), 404, "Dataset not found");
    expect(post(target, body(input, on, missing)), 404, "Experiment column not found: " + missing);
    expect_no_table("POST", "/row/insert/batch", R"({"rows":[]})");
    expect_each_refused(with, "POST", target,
                        {{"{}", "rows: is required"},
                         {body("x", on, column), "rows[0].inputRecordId: is not a UUID"},
                         {body(input, "x", column), "rows[0].datasetId: is not a UUID"},
                         {body(input, on, "x"), "rows[0].cells[0].columnId: is not a UUID"}});
    BOOST_TEST(columns()[0].at("cells").as_array().size() == 2U);
}

BOOST_AUTO_TEST_CASE(a_table_has_ten_thousand_rows_at_the_most)
{
    auto const column = text_of(columns()[0].at("id"));
    BOOST_TEST(post(base + "/cell", R"({"columnId":")" + column + R"(","rowIndex":9999,"value":null})").status == 204);

    expect(post(base + "/row/new", R"({"promptVersionId":")" + prompt.version + R"("})"), 409,
           "a table has at most 10000 rows and 100 columns");
}

BOOST_AUTO_TEST_SUITE_END()

} // namespace weir::api::test
