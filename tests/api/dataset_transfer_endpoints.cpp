#include "dataset_support.hpp"

#include "storage/dataset_rows.hpp"

#include <vector>

namespace json = boost::json;

namespace weir::api::test
{
namespace
{

struct dataset_transfer : with_datasets {
    std::string const base = "/v1/helicone-dataset/";

    std::string exported(std::string const& dataset, std::string const& format = "jsonl")
    {
        auto const said = ask(with, "GET", base + dataset + "/export?format=" + format);
        BOOST_TEST(said.status == 200);
        return said.body;
    }
    answered import(std::string const& dataset, std::string_view text, std::string const& format = "jsonl",
                    header_fields headers = {})
    {
        return ask(with, "POST", base + dataset + "/import?format=" + format, text, "text/plain", std::move(headers));
    }
    std::int64_t imported(std::string const& dataset, std::string_view text, std::string const& format = "jsonl")
    {
        return data_of(import(dataset, text, format)).at("imported").as_int64();
    }
    json::value count_of(std::string const& dataset) { return data(base + dataset + "/count"); }

    void add(std::string const& dataset, std::string request, std::string response)
    {
        auto const id = storage::uuid::parse(dataset);
        BOOST_REQUIRE(storage::add_row(db, *id, numbered(1), {std::move(request), std::move(response)}, 1).has_value());
    }
};

std::string const good_line = R"({"messages":[{"role":"user","content":"a"},{"role":"assistant","content":"b"}]})";
std::string const csv_header = "origin_request_id,request_body,response_body\r\n";

} // namespace

BOOST_FIXTURE_TEST_SUITE(dataset_transfer_endpoints_, dataset_transfer)

BOOST_AUTO_TEST_CASE(lines_are_chats_with_the_answer_last_and_without_tags)
{
    auto const id = helicone();
    data(base + id + "/mutate", changes(numbered(1).text()));
    add(id, R"({"messages":[],"tools":[{"type":"function"}],"temperature":1,"parallel_tool_calls":false})",
        R"({"choices":[{"message":{"role":"assistant","content":null,"refusal":null,"tool_calls":[1]}}]})");
    for (auto const& [request, response] : std::vector<std::pair<std::string, std::string>>{
             {R"({"input":"x"})", R"({"data":[]})"},
             {"null", "null"},
             {R"({"messages":1})", R"({"choices":[]})"},
             {R"({"messages":["a"]})", R"({"choices":[{"message":{"role":"assistant"}}]})"},
             {R"({"messages":[]})", R"({"choices":[{"message":{"role":"user"}}]})"}})
        add(id, request, response);

    BOOST_TEST(exported(id) ==
               R"({"messages":[{"role":"user","content":"Say hello"},{"role":"assistant","content":"Hello!"}]})"
               "\n"
               R"({"messages":[{"role":"assistant","content":null,"tool_calls":[1]}],"tools":[{"type":"function"}],)"
               R"("parallel_tool_calls":false})"
               "\n");
}

BOOST_AUTO_TEST_CASE(csv_has_all_rows_with_both_bodies)
{
    auto const id = helicone();
    data(base + id + "/mutate", changes(numbered(1).text()));
    add(id, "-1", "null");

    BOOST_TEST(
        exported(id, "csv") ==
        csv_header + numbered(1).text() +
            R"(,"{""model"":""gpt-4o"",""messages"":[{""role"":""user"",""content"":""Say hello""}]}",)"
            R"("{""choices"":[{""message"":{""role"":""assistant"",""content"":""Hello!"",""annotations"":[]}}]}")"
            "\r\n" +
            numbered(1).text() + ",'-1,null\r\n");
}

BOOST_AUTO_TEST_CASE(an_empty_dataset_is_an_empty_file)
{
    auto const id = helicone();
    BOOST_TEST(exported(id).empty());
    BOOST_TEST(exported(id, "csv") == csv_header);
    BOOST_TEST(imported(id, "") == 0);
    BOOST_TEST(imported(id, "\n \r\n") == 0);
    BOOST_TEST(imported(id, csv_header, "csv") == 0);
}

BOOST_AUTO_TEST_CASE(what_was_exported_can_be_imported_and_is_exported_alike)
{
    auto const id = helicone();
    data(base + id + "/mutate", changes(numbered(1).text()));
    add(id, R"({"messages":[{"role":"user","content":"=1+1,\"\n\u00e4"}],"tools":[]})",
        R"({"choices":[{"message":{"role":"assistant","content":"\u0000"}}]})");
    for (std::string const format : {"jsonl", "csv"}) {
        auto const text = exported(id, format), copy = helicone();
        BOOST_TEST(imported(copy, text, format) == 2);
        BOOST_TEST(exported(copy, format) == text);
        BOOST_TEST(imported(copy, text, format) == 2);
        BOOST_TEST(count_of(copy) == 4);
    }
}

BOOST_AUTO_TEST_CASE(more_than_a_piece_is_exported_whole)
{
    auto const id = helicone();
    std::string text;
    for (int i = 0; i < 2500; ++i)
        text +=
            R"({"messages":[{"role":"assistant","content":")" + std::to_string(i) + std::string(1000, 'x') + "\"}]}\n";

    BOOST_TEST(imported(id, text) == 2500);

    BOOST_TEST((exported(id) == text));
}

BOOST_AUTO_TEST_CASE(rows_without_an_origin_get_one)
{
    auto const id = helicone();
    imported(id, good_line);
    imported(id, "response_body,request_body\n2,1\n", "csv");
    imported(id, csv_header + ",1,2\n", "csv");
    imported(id, csv_header + missing + ",1,2", "csv");

    auto const rows = data(base + id + "/query", R"({"offset":0,"limit":9})").as_array();
    BOOST_TEST_REQUIRE(rows.size() == 4U);
    BOOST_TEST(rows[0].at("origin_request_id").as_string() == missing);
    BOOST_TEST(rows[1].at("origin_request_id") != rows[2].at("origin_request_id"));
    BOOST_TEST(value_of("SELECT request_body||response_body FROM dataset_row ORDER BY number LIMIT 1 OFFSET 1") ==
               "12");
}

BOOST_AUTO_TEST_CASE(a_line_that_is_wrong_is_named_and_nothing_is_added)
{
    auto const id = helicone();
    struct {
        std::string line, error;
    } const cases[] = {
        {"[1]", "line 2: must be a JSON object"},
        {"{}", "line 2: messages: is required"},
        {R"({"messages":[]})", "line 2: messages: must be an array that is not empty"},
        {R"({"messages":{}})", "line 2: messages: must be an array that is not empty"},
        {R"({"messages":[1]})", "line 2: messages[0]: must be an object with a role"},
        {R"({"messages":[{"role":1}]})", "line 2: messages[0]: must be an object with a role"},
        {R"({"messages":[{"role":"user"}]})", "line 2: messages: the last one must be the assistant's"},
        {R"({"messages":[{"role":"assistant"}],"model":"x"})", "line 2: unknown member \"model\""},
        {std::string("{\"a\":\0}", 7), "line 2: is not valid JSON"},
        {"{\"a\":\"\xFF\"}", "line 2: is not valid JSON"},
        {good_line.substr(0, 40), "line 2: is not valid JSON"},
        {good_line + good_line, "line 2: is not valid JSON"},
        {"{\"a\":" + std::string(200, '['), "line 2: is not valid JSON"},
        {std::string(16 * 1024 * 1024 + 1, 'x'), "line 2: is longer than 16777216 bytes"},
    };
    for (auto const& one : cases) {
        auto const said = import(id, good_line + "\n" + one.line + "\n" + good_line);
        BOOST_TEST(said.status == 400);
        auto const error = error_of(said);
        BOOST_TEST(error.starts_with(one.error), error << " for " << one.line.substr(0, 60));
    }
    BOOST_TEST(count_of(id) == 0);
}

BOOST_AUTO_TEST_CASE(a_record_of_csv_that_is_wrong_is_named_and_nothing_is_added)
{
    auto const id = helicone();
    struct {
        std::string text, error;
    } const cases[] = {
        {"", "line 1: must name the columns request_body and response_body"},
        {"request_body\n1", "line 1: must name the columns request_body and response_body"},
        {"request_body,response_body,colour\n", "line 1: unknown column \"colour\""},
        {"request_body,response_body,request_body\n", "line 1: column \"request_body\" stands there twice"},
        {csv_header + ",1", "line 2: has 2 fields, not 3"},
        {csv_header + ",1,2\n,1,2,3", "line 3: has 4 fields, not 3"},
        {csv_header + ",\"1\n\n\",2\n,1,", "line 5: response_body: is empty"},
        {csv_header + ",x,2", "line 2: request_body: is not valid JSON"},
        {csv_header + "me,1,2", "line 2: origin_request_id: must be a UUID"},
        {csv_header + ",\"1,2", "line 2: a quote is not closed"},
        {csv_header + ",\"1\"x,2", "line 2: text follows a quoted field"},
        {csv_header + ",1\"2,2", "line 2: a quote stands within a field that is not quoted"},
        {csv_header + ",\"\xFF\",2", "line 2: request_body: is not valid JSON"},
        {csv_header + "," + std::string(16 * 1024 * 1024, '1') + ",2", "line 2: is longer than 16777216 bytes"},
    };
    for (auto const& one : cases) {
        auto const said = import(id, one.text, "csv");
        BOOST_TEST(said.status == 400, one.error);
        auto const error = error_of(said);
        BOOST_TEST(error.starts_with(one.error), error << " for " << one.text.substr(0, 80));
    }
    BOOST_TEST(count_of(id) == 0);
    BOOST_TEST(imported(id, "\xEF\xBB\xBF" + csv_header + "\r\n,'-1,2\r\n", "csv") == 1);
    BOOST_TEST(value_of("SELECT request_body FROM dataset_row") == "-1");
}

BOOST_AUTO_TEST_CASE(datasets_that_are_not_there_are_404)
{
    auto const id = helicone();
    for (std::string const& other_id : {missing, std::string("nonsense")}) {
        expect(ask(with, "GET", base + other_id + "/export"), 404, "Dataset not found");
        expect(import(other_id, good_line), 404, "Dataset not found");
    }
    expect(foreign("GET", base + id + "/export"), 404, "Dataset not found");
    expect(foreign("POST", base + id + "/import", good_line), 404, "Dataset not found");
    BOOST_TEST(ask(with, "GET", base + id + "/export?format=xml").status == 400);
    expect(import(id, good_line, "jsonl", {{"Content-Encoding", "gzip"}}), 400,
           "Content-Encoding: must be identity here");
    data(base + id + "/delete");
    expect(ask(with, "GET", base + id + "/export"), 404, "Dataset not found");
    expect(import(id, good_line), 404, "Dataset not found");
}

BOOST_AUTO_TEST_CASE(no_more_rows_than_one_import_may_have)
{
    auto const id = helicone();
    std::string text = "request_body,response_body\n";
    for (int i = 0; i <= 100'000; ++i) text += "1,2\n";

    expect(import(id, text, "csv"), 400, "line 100002: at most 100000 rows at once");
    BOOST_TEST(count_of(id) == 0);
}

BOOST_AUTO_TEST_SUITE_END()

} // namespace weir::api::test
