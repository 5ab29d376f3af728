#include "support.hpp"

#include <boost/json/parse.hpp>
#include <boost/json/serialize.hpp>
#include <boost/json/value.hpp>
#include <boost/test/unit_test.hpp>

namespace json = boost::json;

namespace weir::api::test
{

namespace
{

struct sql_fixture : stored_record {
    sql_fixture()
    {
        with.now = [this] { return std::chrono::system_clock::time_point(std::chrono::milliseconds(now_ms)); };
        add({full_row()}, {.request = R"({"model": "gpt-4o"})", .response = "not JSON", .raw_stream = {}});
    }

    answered execute(std::string_view statement)
    {
        return ask(with, "POST", "/v1/helicone-sql/execute",
                   json::serialize(json::object{{"sql", json::string_view(statement.data(), statement.size())}}));
    }
    answered save(std::string_view body) { return ask(with, "POST", "/v1/helicone-sql/saved-query", body); }
    answered change(std::string_view body) { return ask(with, "PUT", "/v1/helicone-sql/saved-query", body); }
    answered saved() { return ask(with, "GET", "/v1/helicone-sql/saved-queries"); }

    std::int64_t now_ms = 1'700'000'000'000;
};

} // namespace

BOOST_FIXTURE_TEST_SUITE(sql_endpoints_, sql_fixture)

BOOST_AUTO_TEST_CASE(the_schema_names_the_views_and_their_columns)
{
    auto const said = ask(with, "GET", "/v1/helicone-sql/schema");

    BOOST_TEST(said.status == 200);
    auto const parsed = json::parse(said.body);
    auto const& tables = parsed.at("data").as_array();
    std::string names;
    for (auto const& table : tables) names.append(table.at("table_name").as_string()).append(" ");
    BOOST_TEST(names == "request_response_rmt scores feedback tags sessions ");
    BOOST_TEST(json::serialize(tables[0].at("columns").at(0)) ==
               R"({"name":"request_id","type":"UUID","comment":"the public id of the call"})");
}

BOOST_AUTO_TEST_CASE(an_answer_is_a_row_for_each_by_the_names_of_the_columns)
{
    struct {
        std::string_view statement, expected;
    } const cases[] = {
        {"SELECT model,cost,cost_usd,prompt_id,country_code FROM request_response_rmt",
         R"({"model":"gpt-4o-2024-08-06","cost":1500000,"cost_usd":1.5E-3,"prompt_id":"greeting","country_code":null})"},
        {"SELECT response_body AS b,1 AS n,2 AS n FROM request_response_rmt", R"({"b":"not JSON","n":1,"n:1":2})"},
        {"SELECT 9e999 AS x, 'a\"b' AS y", R"({"x":null,"y":"a\"b"})"},
        {"SELECT 1 WHERE 0", ""},
    };
    for (auto const& c : cases) BOOST_TEST_CONTEXT(c.statement)
        {
            auto const said = execute(c.statement);
            BOOST_TEST(said.status == 200);
            auto const expected = json::parse(R"({"data":[)" + std::string(c.expected) + R"(],"error":null})");
            BOOST_TEST(json::serialize(json::parse(said.body)) == json::serialize(expected));
        }
}

BOOST_AUTO_TEST_CASE(what_is_wrong_with_a_query_is_the_author_s_to_read)
{
    struct {
        std::string_view statement, expected;
    } const cases[] = {
        {"", "sql: there is no statement"},
        {"SELEC 1", "sql: near \"SELEC\": syntax error"},
        {"SELECT nothing_such FROM scores", "sql: no such column: nothing_such"},
        {"SELECT * FROM nothing_such", "sql: no such table: nothing_such"},
        {"SELECT * FROM api_key", "sql: access to temp.api_key.empty is prohibited"},
        {"SELECT randomblob(1)", "sql: not authorized to use function: randomblob"},
        {"DELETE FROM scores", "sql: cannot modify scores because it is a view"},
        {"SELECT json('x')", "sql: malformed JSON"},
        {"WITH n(i) AS (SELECT 1 UNION ALL SELECT i+1 FROM n) SELECT i FROM n",
         "sql: the answer has more than 10000 rows: add a LIMIT, or aggregate; an export has no such limit"},
    };
    for (auto const& c : cases) BOOST_TEST_CONTEXT(c.statement)
        {
            auto const said = execute(c.statement);
            BOOST_TEST(said.status == 400);
            BOOST_TEST(error_of(said) == c.expected);
        }
}

BOOST_AUTO_TEST_CASE(a_query_that_takes_too_long_is_ended)
{
    // Long enough for the query to begin on a busy machine.
    with.analysis = store(readers, writer, std::chrono::seconds(2));

    auto const said = execute("WITH n(i) AS (SELECT 1 UNION ALL SELECT i+1 FROM n) SELECT count(*) FROM n");

    BOOST_TEST(said.status == 400);
    BOOST_TEST(error_of(said).starts_with("sql: the query took too long"));
    with.analysis = with.store;
    BOOST_TEST(execute("SELECT 1").status == 200);
}

BOOST_AUTO_TEST_CASE(each_organisation_sees_its_own_calls_alone)
{
    with.organization = storage::organization_id{7};

    BOOST_TEST(execute("SELECT * FROM request_response_rmt").body == R"({"data":[],"error":null})");
}

BOOST_AUTO_TEST_CASE(a_query_is_saved_listed_and_changed)
{
    BOOST_TEST(saved().body == R"({"data":[],"error":null})");

    auto const made = save(R"({"name":"costs","sql":"SELECT 1"})");

    BOOST_TEST(made.status == 200);
    auto const parsed = json::parse(made.body);
    auto const first = parsed.at("data").at(0).as_object();
    BOOST_TEST(first.at("name").as_string() == "costs");
    BOOST_TEST(first.at("sql").as_string() == "SELECT 1");
    BOOST_TEST(first.at("organization_id").as_string() == "00000000-0000-4000-8000-000000000001");
    BOOST_TEST(first.at("created_at").as_string() == "2023-11-14T22:13:20.000Z");
    BOOST_TEST(first.at("updated_at").as_string() == "2023-11-14T22:13:20.000Z");
    BOOST_TEST(json::serialize(json::parse(saved().body).at("data").at(0)) == json::serialize(first));

    now_ms += 1000;
    auto const id = std::string(first.at("id").as_string());
    auto const changed = change(R"({"id":")" + id + R"(","name":"all","sql":"SELECT 2"})");
    BOOST_TEST(changed.status == 200);
    auto const now = json::parse(changed.body).at("data").as_object();
    BOOST_TEST(now.at("id").as_string() == id);
    BOOST_TEST(now.at("name").as_string() == "all");
    BOOST_TEST(now.at("sql").as_string() == "SELECT 2");
    BOOST_TEST(now.at("created_at").as_string() == "2023-11-14T22:13:20.000Z");
    BOOST_TEST(now.at("updated_at").as_string() == "2023-11-14T22:13:21.000Z");
    BOOST_TEST(json::parse(saved().body).at("data").as_array().size() == 1U);

    with.organization = storage::organization_id{7};
    BOOST_TEST(saved().body == R"({"data":[],"error":null})");
    BOOST_TEST(change(R"({"id":")" + id + R"(","name":"theirs","sql":"SELECT 3"})").status == 404);
    BOOST_TEST(value_of("SELECT name FROM saved_query") == "all");
}

BOOST_AUTO_TEST_CASE(wrong_bodies_are_named_by_their_member)
{
    struct {
        std::string_view method, path, body, expected;
    } const cases[] = {
        {"POST", "execute", "{}", "sql: is required"},
        {"POST", "execute", R"({"sql":1})", "sql: "},
        {"POST", "execute", R"({"sql":null})", "sql: "},
        {"POST", "execute", R"({"sql":"SELECT 1","more":1})", "more: "},
        {"POST", "saved-query", R"({"sql":"SELECT 1"})", "name: is required"},
        {"POST", "saved-query", R"({"name":"a"})", "sql: is required"},
        {"POST", "saved-query", R"({"name":"","sql":"SELECT 1"})", "name: is empty"},
        {"POST", "saved-query", R"({"name":["a","b"],"sql":"SELECT 1"})", "name: "},
        {"POST", "saved-query", R"({"name":"a","sql":"  "})", "sql: is empty"},
        {"POST", "saved-query", R"({"name":"a","sql":"SELECT 1","id":"x"})", "id: "},
        {"PUT", "saved-query", R"({"name":"a","sql":"SELECT 1"})", "id: is required"},
        {"PUT", "saved-query", R"({"name":"a","sql":"","id":"x"})", "sql: is empty"},
    };
    for (auto const& c : cases) BOOST_TEST_CONTEXT(c.method << " " << c.path << " " << c.body)
        {
            auto const said = ask(with, c.method, "/v1/helicone-sql/" + std::string(c.path), c.body);
            BOOST_TEST(said.status == 400);
            BOOST_TEST(error_of(said).starts_with(c.expected), error_of(said));
        }
    auto const long_one = std::string(20'001, 'x');
    BOOST_TEST(error_of(save(R"({"name":"a","sql":")" + long_one + "\"}")) == "sql: is longer than 20000 bytes");
}

BOOST_AUTO_TEST_CASE(a_query_that_is_not_there_is_not_changed)
{
    for (std::string const id : {"x", "", "00000000-0000-4000-8000-00000000000f"}) {
        auto const said = change(R"({"id":")" + id + R"(","name":"a","sql":"SELECT 1"})");
        BOOST_TEST(said.status == 404);
        BOOST_TEST(error_of(said) == "Saved query not found");
    }
}

BOOST_AUTO_TEST_CASE(an_organisation_saves_so_many_queries_and_no_more)
{
    BOOST_REQUIRE(db.execute("WITH RECURSIVE n(i) AS (SELECT 1 UNION ALL SELECT i+1 FROM n LIMIT 1000)"
                             " INSERT INTO saved_query (id,organization_id,name,sql,created_us,updated_us)"
                             " SELECT randomblob(16),1,'a','b',i,i FROM n")
                      .has_value());

    auto const said = save(R"({"name":"a","sql":"SELECT 1"})");

    BOOST_TEST(said.status == 409);
    BOOST_TEST(error_of(said) == "there are 1000 saved queries already");
    BOOST_TEST(json::parse(saved().body).at("data").as_array().size() == 1000U);
}

BOOST_AUTO_TEST_SUITE_END()

} // namespace weir::api::test
