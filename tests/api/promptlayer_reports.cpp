// Reports: blueprints with columns, runs of them, scores, and what stands in their cells.
#include "promptlayer_support.hpp"

#include "storage/report_rows.hpp"

#include <boost/json/parse.hpp>
#include <boost/json/serialize.hpp>
#include <boost/test/unit_test.hpp>

namespace json = boost::json;

namespace weir::api::test
{
namespace
{

struct reports : tracked_record {
    /// A dataset of so many tracked calls, by its id.
    std::string dataset(int rows, std::string const& name = "d")
    {
        for (int i = 0; i < rows; ++i) track(i, R"("tags":[")" + name + R"("])");
        auto const made = post("/dataset-from-filter-params",
                               R"({"name":")" + name + R"(","workspace_id":1,"tags":[")" + name + R"("]})");
        return json::serialize(made.at("dataset_id"));
    }

    std::string group_of(std::string const& of)
    {
        auto const listed = get("/api/public/v2/datasets?dataset_id=" + of);
        return json::serialize(listed.at("datasets").at(0).at("dataset_group_id"));
    }

    static std::string column(std::string const& name, std::string const& source = "output", std::string_view more = {})
    {
        return R"({"column_type":"COUNT","name":")" + name + R"(","configuration":{"source":")" + source +
               R"(","type":"words"})" + std::string(more) + "}";
    }

    /// A blueprint of the second age.
    std::string blueprint(std::string const& of, std::string const& columns, std::string_view more = {})
    {
        auto const made =
            post("/reports",
                 R"({"dataset_group_id":)" + group_of(of) + R"(,"columns":[)" + columns + "]" + std::string(more) + "}",
                 201);
        return json::serialize(made.at("report_id"));
    }

    std::string run(std::string const& report, std::string_view more = {})
    {
        auto const made = post("/reports/" + report + "/run", R"({"name":"run")" + std::string(more) + "}", 201);
        BOOST_TEST(made.at("success") == true);
        return json::serialize(made.at("report_id"));
    }

    json::value report(std::string const& id) { return get("/reports/" + id); }

    std::string names(std::string const& id)
    {
        std::string all;
        auto const found = report(id);
        for (auto const& one : found.at("report_columns").as_array())
            all += json::serialize(one.at("position")) + std::string(one.at("name").as_string()) + " ";
        return all;
    }

    /// Fills all cells of a run, as the worker would: numbers of each row by the names of their columns.
    void fill(std::string const& run, std::vector<std::vector<std::string>> const& values)
    {
        auto const columns = storage::list_report_columns(db, std::stoll(run)).value();
        auto const rows = storage::due_report_rows(db, INT64_MAX, {}, 100).value();
        BOOST_REQUIRE(rows.size() == values.size());
        for (std::size_t i = 0; i < rows.size(); ++i) {
            storage::row_step step{
                .row = rows[i].id, .report = rows[i].report, .after = storage::row_step::state::ended};
            for (std::size_t k = 0; k < columns.size(); ++k) {
                auto const& text = values[i][k];
                bool const is_truth = text == "true" || text == "false";
                storage::cell_change change{.column = columns[k].id, .status = storage::cell_status::completed};
                if (text == "!") {
                    change.status = storage::cell_status::failed;
                    change.error = "no \"luck\"";
                } else {
                    change.value = text;
                    change.is_boolean = is_truth;
                    if (is_truth)
                        change.number = text == "true" ? 1 : 0;
                    else if (!text.starts_with('"'))
                        change.number = std::stod(text);
                }
                step.cells.push_back(std::move(change));
            }
            BOOST_REQUIRE(storage::write_row_step(db, step, storage::row_step::state::queued, noon_us).has_value());
        }
    }
};

} // namespace

BOOST_FIXTURE_TEST_SUITE(promptlayer_reports, reports)

BOOST_AUTO_TEST_CASE(a_blueprint_of_the_first_age_names_a_dataset)
{
    auto const d = dataset(1);

    auto const made = post("/reports", R"({"name":"first","test_dataset_id":)" + d + "}", 200);

    BOOST_TEST(made.at("success") == true);
    BOOST_TEST(!made.as_object().contains("report_columns"));
    auto const found = report(json::serialize(made.at("report_id")));
    BOOST_TEST(found.at("report").at("name") == "first");
    BOOST_TEST(found.at("report").at("is_blueprint") == true);
    BOOST_TEST(json::serialize(found.at("report").at("dataset_id")) == d);
    BOOST_TEST(found.at("report").at("score").is_null());
    BOOST_TEST(found.at("report").at("parent_report_id").is_null());
    BOOST_TEST(found.at("status") == "COMPLETED");
    BOOST_TEST(found.at("report_columns").as_array().empty());
    expect_refused(with, "POST", "/reports",
                   {{"{}", 422, "dataset_group_id: is required"},
                    {R"({"test_dataset_id":1})", 422, "name: is required"},
                    {R"({"name":"","test_dataset_id":1})", 422, "name: is empty"},
                    {R"({"name":")" + std::string(256, 'x') + R"(","test_dataset_id":1})", 422, "name: is longer"},
                    {R"({"name":"a\u0000b","test_dataset_id":1})", 422, "name: contains a NUL"},
                    {R"({"name":7,"test_dataset_id":1})", 422, "name: expected a string"},
                    {R"({"name":"x","test_dataset_id":"y"})", 422, "test_dataset_id: expected a number"},
                    {R"({"name":"x","test_dataset_id":99})", 404, "test_dataset_id: there is no such"}});
    auto const draft = post("/api/public/v2/dataset-groups", R"({"name":"g"})", 201).at("dataset").at("id");
    expect_refused(
        with, "POST", "/reports",
        {{R"({"name":"x","test_dataset_id":)" + json::serialize(draft) + "}", 400, "test_dataset_id: is a draft"}});
}

BOOST_AUTO_TEST_CASE(a_blueprint_of_the_second_age_names_a_group_and_columns)
{
    auto const d = dataset(1), g = group_of(d);
    auto const made = post("/reports",
                           R"({"dataset_group_id":)" + g + R"(,"columns":[)" + column("a") + "," +
                               column("b", "a", R"(,"is_part_of_score":true)") +
                               R"(],"external_ids":[{"source":"s","external_id":"e"}],"folder_id":7})",
                           201);

    BOOST_TEST(made.at("external_ids") == json::parse(R"([{"source":"s","external_id":"e"}])"));
    BOOST_REQUIRE(made.at("report_columns").as_array().size() == 2U);
    auto const& b = made.at("report_columns").at(1);
    BOOST_TEST(b.at("report_id") == made.at("report_id"));
    BOOST_TEST(b.at("column_type") == "COUNT");
    BOOST_TEST(b.at("position") == 2);
    BOOST_TEST(b.at("is_part_of_score") == true);
    BOOST_TEST(b.at("configuration") == json::parse(R"({"source":"a","type":"words"})"));
    auto const id = json::serialize(made.at("report_id"));
    BOOST_TEST(std::string(report(id).at("report").at("name").as_string()) == "Report " + id);

    auto const with_group = [&g](std::string const& more) { return R"({"dataset_group_id":)" + g + "," + more + "}"; };
    auto const with_columns = [&](std::string const& columns) { return with_group(R"("columns":[)" + columns + "]"); };
    std::string many;
    for (int i = 0; i < 51; ++i) many += (i > 0 ? "," : "") + column("c" + std::to_string(i));
    expect_refused(
        with, "POST", "/reports",
        {{R"({"dataset_group_id":99})", 404, "dataset_group_id: there is no such"},
         {with_group(R"("dataset_version_number":-1)"), 400, "dataset_version_number: must be"},
         {with_group(R"("dataset_version_number":2)"), 404, "dataset_version_number: there is no such"},
         {with_group(R"("workspace_id":2)"), 403, "workspace_id: the only"},
         {with_group(R"("score_configuration":{"code":"return 1"})"), 400, "score_configuration: weir runs no code"},
         {with_group(R"("external_ids":[{"source":"s","external_id":"e"}])"), 409, "external_ids: one of"},
         {with_columns("7"), 422, "columns[0]: expected an object"},
         {with_columns("{}"), 422, "columns[0].column_type: is required"},
         {with_columns(R"({"column_type":"COUNT","name":"a"})"), 422, "columns[0].configuration: is required"},
         {with_columns(R"({"column_type":"X","name":"a","configuration":{}})"), 422, "columns[0].column_type: is none"},
         {with_columns(R"({"column_type":"CODE_EXECUTION","name":"a","configuration":{}})"), 400,
          "columns[0].column_type: CODE_EXECUTION does not run here; what does is PROMPT_TEMPLATE, "},
         {with_columns(R"({"column_type":"COUNT","name":"a","configuration":[]})"), 422,
          "columns[0].configuration: must be an object"},
         {with_columns(R"({"column_type":"COUNT","name":"a","configuration":{"source":"output"}})"), 400,
          "columns[0].configuration.type: is required"},
         {with_columns(column("a", "nothing")), 400, "columns[0].configuration: there is no column \"nothing\""},
         {with_columns(column("a", "a")), 400, "columns[0].configuration: there is no column \"a\""},
         {with_columns(column("output")), 403, "columns[0].name: the dataset has a column of that name"},
         {with_columns(column("a") + "," + column("a")), 400, "columns[1].name: the report has a column"},
         {with_columns(column("a", "output", R"(,"position":0)")), 422, "columns[0].position: must be 1"},
         {with_columns(many), 422, "columns: at most 50"}});
    auto const empty = post("/api/public/v2/dataset-groups", R"({"name":"g"})", 201).at("dataset_group").at("id");
    expect_refused(with, "POST", "/reports",
                   {{R"({"dataset_group_id":)" + json::serialize(empty) + "}", 400,
                     "dataset_group_id: the group has no published version"}});
    BOOST_TEST(get("/api/public/v2/evaluations").at("total") == 1); // what was refused left nothing behind
    with.organization = other_organization;
    BOOST_TEST(ask(with, "GET", "/reports/" + id).status == 404);
    expect_refused(with, "POST", "/reports",
                   {{with_group(R"("name":"x")"), 404, "dataset_group_id: there is no such"}});
}

BOOST_AUTO_TEST_CASE(columns_are_added_changed_and_deleted)
{
    auto const r = blueprint(dataset(1), column("a"));
    auto const add = [&](std::string const& of, std::string const& more) {
        return post("/report-columns", R"({"report_id":)" + r + "," + of.substr(1, of.size() - 2) + more + "}", 201);
    };

    auto const b = add(column("b", "a"), "");
    BOOST_TEST(b.at("report_column").at("position") == 2);
    add(column("c"), R"(,"position":1)");
    BOOST_TEST(names(r) == "1c 2a 3b ");
    auto const id = json::serialize(b.at("report_column").at("id"));
    auto const edit = [&](std::string const& body, int status = 200) {
        auto const said = ask(with, "PATCH", "/report-columns/" + id, body);
        BOOST_TEST_REQUIRE(said.status == status, said.status << " " << said.body);
        return json::parse(said.body);
    };
    auto const edited = edit(R"({"report_id":)" + r +
                             R"(,"column_type":"CONTAINS","name":"B",)"
                             R"("configuration":{"source":"c","value":"1"},"position":2,"is_part_of_score":true})");
    BOOST_TEST(edited.at("report_column").at("name") == "B");
    BOOST_TEST(edited.at("report_column").at("column_type") == "CONTAINS");
    BOOST_TEST(names(r) == "1c 2B 3a ");
    BOOST_TEST(edit(R"({"name":"b2"})").at("report_column").at("is_part_of_score") == true); // the rest stays
    expect_refused(with, "PATCH", "/report-columns/" + id,
                   {{R"({"name":"a"})", 400, "name: the report has a column"},
                    {R"({"name":"output"})", 403, "name: the dataset has a column"},
                    {R"({"position":1})", 400, "configuration: there is no column \"c\""},
                    {R"({"report_id":99})", 400, "report_id: is not the column's report"},
                    {R"({"column_type":"MCP"})", 400, "column_type: MCP does not run here"},
                    {R"({"column_type":"COUNT"})", 400, "configuration.type: is required"},
                    {R"({"position":"x"})", 422, "position: expected a number"},
                    {R"({"configuration":"x"})", 422, "configuration: must be an object"}});
    expect_refused(with, "POST", "/report-columns",
                   {{"{}", 422, "column_type: is required"},
                    {R"({"report_id":99,)" + column("z").substr(1), 404, "there is no such report"}});
    std::string const large(300'000, 'x');
    expect_refused(with, "POST", "/report-columns",
                   {{R"({"report_id":)" + r +
                         R"(,"column_type":"CONTAINS","name":"z","configuration":)"
                         R"({"source":"output","value":")" +
                         large + R"("}})",
                     422, "configuration: is longer than 262144"}});

    auto const of_run = report(run(r)).at("report_columns").at(0);
    BOOST_TEST(names(json::serialize(of_run.at("report_id"))) == "1c 2b2 3a ");
    auto const run_column = "/report-columns/" + json::serialize(of_run.at("id"));
    expect_refused(with, "PATCH", run_column, {{R"({"name":"x"})", 403, "the columns of a run stay"}});
    BOOST_TEST(ask(with, "DELETE", run_column).status == 403);
    expect_refused(with, "POST", "/report-columns",
                   {{R"({"report_id":)" + json::serialize(of_run.at("report_id")) + "," + column("z").substr(1), 403,
                     "the columns of a run stay"}});
    {
        auto theirs = with;
        theirs.organization = other_organization;
        BOOST_TEST(ask(theirs, "DELETE", "/report-columns/" + id).status == 404);
        expect_refused(theirs, "PATCH", "/report-columns/" + id, {{R"({"name":"x"})", 404, "there is no such"}});
    }
    auto const gone = ask(with, "DELETE", "/report-columns/" + id);
    BOOST_TEST(gone.status == 204);
    BOOST_TEST(ask(with, "DELETE", "/report-columns/" + id).status == 404);
    BOOST_TEST(names(r) == "1c 2a ");
}

BOOST_AUTO_TEST_CASE(a_run_is_a_copy_over_the_rows_of_a_dataset)
{
    auto const d = dataset(2), other = dataset(1, "other");
    auto const r = blueprint(d, column("a", "output", R"(,"is_part_of_score":true)") + "," + column("b", "a"));

    auto const first = run(r);
    auto const found = report(first);
    BOOST_TEST(found.at("report").at("is_blueprint") == false);
    BOOST_TEST(json::serialize(found.at("report").at("parent_report_id")) == r);
    BOOST_TEST(found.at("report").at("name") == "run");
    BOOST_TEST(found.at("status") == "RUNNING");
    BOOST_TEST(found.at("stats") ==
               json::parse(R"({"status_counts":{"COMPLETED":0,"FAILED":0,"QUEUED":4,"RUNNING":0}})"));
    BOOST_TEST(found.at("report_columns").at(0).at("is_part_of_score") == true);
    auto const second = run(r, R"(,"dataset_id":)" + other + R"(,"refresh_dataset":null)");
    BOOST_TEST(json::serialize(report(second).at("report").at("dataset_id")) == other);
    BOOST_TEST(report(second).at("stats").at("status_counts").at("QUEUED") == 2);
    BOOST_TEST(get("/api/public/v2/datasets?report_id=" + r).at("total") == 2); // its own, and the second run's
    BOOST_TEST(get("/api/public/v2/datasets?report_id=" + second).at("total") == 1);

    auto const bare = blueprint(d, "");
    expect_refused(with, "POST", "/reports/" + r + "/run",
                   {{"{}", 422, "name: is required"},
                    {R"({"name":""})", 422, "name: is empty"},
                    {R"({"name":"x","dataset_id":99})", 404, "dataset_id: there is no such"},
                    {R"({"name":"x","dataset_id":"y"})", 422, "dataset_id: expected a number"}});
    expect_refused(with, "POST", "/reports/" + bare + "/run", {{R"({"name":"x"})", 400, "the report has no columns"}});
    expect_refused(with, "POST", "/reports/" + first + "/run", {{R"({"name":"x"})", 403, "this is a run"}});
    expect_refused(with, "POST", "/reports/99/run", {{R"({"name":"x"})", 404, "there is no such report"}});
    expect_refused(with, "POST", "/reports/x/run", {{R"({"name":"x"})", 422, "report_id: "}});
    with.organization = other_organization;
    expect_refused(with, "POST", "/reports/" + r + "/run", {{R"({"name":"x"})", 404, "there is no such report"}});
}

BOOST_AUTO_TEST_CASE(a_dataset_is_refreshed_by_its_filter)
{
    auto const d = dataset(1), g = group_of(d);
    auto const r = blueprint(d, column("a"));
    track(7, R"("tags":["d"])");

    auto const made = run(r, R"(,"refresh_dataset":true)");

    BOOST_TEST(report(made).at("stats").at("status_counts").at("QUEUED") == 2);
    auto const versions = get("/api/public/v2/datasets?dataset_group_id=" + g);
    BOOST_TEST(versions.at("datasets").at(0).at("version_number") == 2);
    BOOST_TEST(report(r).at("report").at("dataset_id") == json::parse(d));
    post("/api/public/v2/dataset-versions/create-draft", R"({"dataset_group_id":)" + g + "}", 201);
    expect_refused(with, "POST", "/reports/" + r + "/run",
                   {{R"({"name":"x","refresh_dataset":true})", 403, "refresh_dataset: the dataset group has a draft"}});
    auto const file = post("/api/public/v2/dataset-groups", R"({"name":"f"})", 201).at("dataset_group").at("id");
    auto const from_file = post("/api/public/v2/dataset-versions/from-file",
                                R"({"dataset_group_id":)" + json::serialize(file) +
                                    R"(,"file_name":"x.csv","file_content_base64":"YQoxCg=="})",
                                201);
    expect_refused(
        with, "POST", "/reports/" + r + "/run",
        {{R"({"name":"x","refresh_dataset":true,"dataset_id":)" + json::serialize(from_file.at("dataset_id")) + "}",
          403, "refresh_dataset: only a dataset that was made by a filter"}});
}

BOOST_AUTO_TEST_CASE(a_run_keeps_the_version_of_a_prompt_that_was_there)
{
    add_prompt("cities", 2);
    auto const r = blueprint(dataset(1), R"({"column_type":"PROMPT_TEMPLATE","name":"p","configuration":)"
                                         R"({"template":{"name":"cities"}}})");

    auto const made = report(run(r));

    BOOST_TEST(made.at("report_columns").at(0).at("configuration") ==
               json::parse(R"({"template":{"name":"cities","version_number":2}})"));
    BOOST_TEST(report(r).at("report_columns").at(0).at("configuration") ==
               json::parse(R"({"template":{"name":"cities"}})"));
}

BOOST_AUTO_TEST_CASE(a_score_is_the_mean_of_the_columns_that_count)
{
    auto const r = blueprint(dataset(2), column("a") + "," + column("b") + "," + column("c"));
    auto const id = run(r);
    auto const score = [this](std::string const& of) { return get("/reports/" + of + "/score").at("score"); };
    BOOST_TEST(score(id) == json::parse(R"({"overall_score":null,"score_type":"none","has_custom_scoring":false,)"
                                        R"("details":{"message":"The run has not ended"}})"));
    expect_refused(with, "GET", "/reports/" + r + "/score", {{"", 400, "a blueprint has no score"}});
    expect_refused(with, "GET", "/reports/99/score", {{"", 404, "there is no such report"}});

    fill(id, {{"true", "2", "\"x\""}, {"false", "5", "!"}});

    BOOST_TEST(report(id).at("status") == "COMPLETED");
    BOOST_TEST(report(id).at("stats").at("status_counts").at("FAILED") == 1);
    BOOST_TEST(score(id) == json::parse(R"({"overall_score":null,"score_type":"single_column",)"
                                        R"("has_custom_scoring":false,"details":{"column_name":"c","score":null,)"
                                        R"("score_type":null,"num_skipped":2}})"));
    auto const card = [&](std::string const& of, std::string const& body) {
        auto const said = ask(with, "PATCH", "/reports/" + of + "/score-card", body);
        BOOST_TEST_REQUIRE(said.status == 200, said.body);
        return json::parse(said.body);
    };
    BOOST_TEST(card(id, R"({"column_names":["a"]})").at("report").at("score").at("overall_score") == 50);
    BOOST_TEST(score(id).at("details") ==
               json::parse(R"({"column_name":"a","score":50,"score_type":"boolean","num_skipped":0})"));
    card(id, R"({"column_names":["b","a"]})");
    BOOST_TEST(score(id) ==
               json::parse(R"({"overall_score":26.75,"score_type":"multi_column","has_custom_scoring":false,)"
                           R"("details":{"columns":[{"column_name":"a","score":50,"score_type":"boolean",)"
                           R"("num_skipped":0},{"column_name":"b","score":3.5,"score_type":"numeric",)"
                           R"("num_skipped":0}]}})"));
    card(r, R"({"column_names":["b"]})");
    BOOST_TEST(report(run(r)).at("report_columns").at(1).at("is_part_of_score") == true);
    expect_refused(with, "PATCH", "/reports/" + r + "/score-card",
                   {{"{}", 422, "column_names: is required"},
                    {R"({"column_names":["x"]})", 400, "column_names[0]: the report has no such column"},
                    {R"({"column_names":["a"],"code":"return 1","code_language":"PYTHON"})", 400, "code: weir runs no"},
                    {R"({"column_names":[{}]})", 422, "column_names[0]: expected a string"}});
    expect_refused(with, "PATCH", "/reports/99/score-card", {{R"({"column_names":[]})", 404, "there is no such"}});
}

BOOST_AUTO_TEST_CASE(a_report_is_renamed_and_archived)
{
    auto const d = dataset(1);
    auto const r = blueprint(d, column("a"), R"(,"name":"one/two")");
    auto const id = run(r);
    auto const rename = "/reports/" + r + "/rename";

    auto const said = ask(with, "PATCH", rename, R"({"name":"three/four","tags":["a","b"]})");
    BOOST_TEST(json::parse(said.body).at("report").at("name") == "three/four");
    BOOST_TEST(json::parse(said.body).at("report").at("tags") == json::parse(R"(["a","b"])"));
    BOOST_TEST(ask(with, "PATCH", rename, R"({"tags":[]})").status == 200);
    BOOST_TEST(report(r).at("report").at("tags").as_array().empty());
    expect_refused(with, "PATCH", rename,
                   {{"{}", 400, "name: either this or tags"},
                    {R"({"name":""})", 422, "name: is empty"},
                    {R"({"tags":[7]})", 422, "tags[0]: "},
                    {R"({"tags":[""]})", 422, "tags[0]: is empty"}});

    BOOST_TEST(ask(with, "DELETE", "/reports/" + r).status == 200);
    BOOST_TEST(ask(with, "DELETE", "/reports/" + r).status == 404);
    BOOST_TEST(report(r).at("report").at("deleted") == true);
    BOOST_TEST(report(id).at("report").at("deleted") == true); // its runs go with it
    BOOST_TEST(report(id).at("stats").at("status_counts").at("FAILED") == 1);
    expect_refused(with, "PATCH", rename, {{R"({"name":"x"})", 404, "there is no such report"}});
    expect_refused(with, "POST", "/reports/" + r + "/run", {{R"({"name":"x"})", 404, "there is no such report"}});
    blueprint(d, "", R"(,"name":"a/b")");
    blueprint(d, "", R"(,"name":"a/b")");
    {
        auto theirs = with;
        theirs.organization = other_organization;
        BOOST_TEST(ask(theirs, "DELETE", "/reports/name/a/b").status == 404);
    }
    BOOST_TEST(json::parse(ask(with, "DELETE", "/reports/name/a/b").body).at("message") == "2 reports archived");
    BOOST_TEST(ask(with, "DELETE", "/reports/name/a/b").status == 404);
}

BOOST_AUTO_TEST_CASE(blueprints_are_listed_with_their_runs)
{
    auto const d = dataset(1);
    auto const apples = blueprint(d, column("a"), R"(,"name":"Apples")");
    blueprint(d, "", R"(,"name":"Pears","external_ids":[{"source":"s","external_id":"e"}])");
    auto const id = run(apples), archived = run(apples);
    BOOST_TEST(ask(with, "DELETE", "/reports/" + archived).status == 200);
    auto const listed = [this](std::string_view query) {
        auto const said = get("/api/public/v2/evaluations?" + std::string(query));
        std::string text = json::serialize(said.at("total")) + ":";
        for (auto const& one : said.at("evaluations").as_array()) {
            text += " " + std::string(one.at("name").as_string());
            if (auto const* runs = one.as_object().if_contains("runs"))
                for (auto const& of : runs->as_array())
                    text += "/" + json::serialize(of.at("id")) + std::string(of.at("status").as_string());
        }
        return text;
    };

    BOOST_TEST(listed("") == "2: Pears Apples");
    BOOST_TEST(listed("sort_by=name&sort_order=asc&include_runs=true") == "2: Apples/" + id + "RUNNING Pears");
    BOOST_TEST(listed("status=all&include_runs=true&name=pp") ==
               "1: Apples/" + archived + "COMPLETED/" + id + "RUNNING");
    BOOST_TEST(listed("status=deleted") == "0:");
    BOOST_TEST(listed("external_source=s&external_id=e") == "1: Pears");
    BOOST_TEST(listed("per_page=1&page=2") == "2: Apples");
    BOOST_TEST(listed("status=all&updated_before=2000-01-01") == "0:");
    BOOST_TEST(listed("created_after=2000-01-01T00:00:00Z") == "2: Pears Apples");
    for (auto const* bad :
         {"page=0", "per_page=101", "status=x", "sort_by=x", "external_source=s", "include_runs=x", "updated_after=x"})
        BOOST_TEST(ask(with, "GET", "/api/public/v2/evaluations?" + std::string(bad)).status == 422, bad);
    BOOST_TEST(ask(with, "GET", "/api/public/v2/evaluations?workspace_id=9").status == 403);
    with.organization = other_organization;
    BOOST_TEST(listed("status=all") == "0:");
}

BOOST_AUTO_TEST_CASE(rows_show_the_dataset_s_cells_and_those_of_the_run)
{
    auto const r = blueprint(dataset(2), column("a") + "," + column("b"));
    auto const id = run(r);
    auto const rows = [this](std::string const& of, std::string_view query = {}) {
        return get("/api/public/v2/evaluations/" + of + "/rows" + std::string(query));
    };

    auto const waiting = rows(id);
    BOOST_TEST(json::serialize(waiting.at("columns")) ==
               R"(["request_id","input","output","tags","metadata","a","b"])");
    BOOST_TEST(waiting.at("total") == 2);
    BOOST_TEST(waiting.at("rows").at(0).at(2) == json::parse(R"({"type":"dataset","value":"Hi there"})"));
    BOOST_TEST(waiting.at("rows").at(0).at(5) == json::parse(R"({"type":"eval","status":"QUEUED"})"));
    fill(id, {{"2", "!"}, {"true", "\"x\""}});
    auto const second = rows(id, "?per_page=1&page=2");
    BOOST_TEST(second.at("pages") == 2);
    BOOST_TEST(second.at("rows").at(0).at(6) == json::parse(R"({"type":"eval","status":"COMPLETED","value":"x"})"));
    BOOST_TEST(rows(id).at("rows").at(0).at(6) ==
               json::parse(R"({"type":"eval","status":"FAILED","error_message":"no \"luck\""})"));
    auto const of_blueprint = rows(r);
    BOOST_TEST(of_blueprint.at("columns").as_array().size() == 5U); // nothing was evaluated
    BOOST_TEST(of_blueprint.at("rows").at(0).as_array().size() == 5U);

    for (auto const* bad : {"per_page=101", "page=0", "page=x"})
        BOOST_TEST(ask(with, "GET", "/api/public/v2/evaluations/" + id + "/rows?" + bad).status == 422, bad);
    BOOST_TEST(ask(with, "GET", "/api/public/v2/evaluations/" + id + "/rows?workspace_id=2").status == 403);
    BOOST_TEST(ask(with, "GET", "/api/public/v2/evaluations/99/rows").status == 404);
    with.organization = other_organization;
    BOOST_TEST(ask(with, "GET", "/api/public/v2/evaluations/" + id + "/rows").status == 404);
}

BOOST_AUTO_TEST_SUITE_END()

} // namespace weir::api::test
