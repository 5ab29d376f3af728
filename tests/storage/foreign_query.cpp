#include "storage/foreign_query.hpp"

#include "foreign_query_support.hpp"
#include "storage/record_views.hpp"

#include <map>

namespace weir::storage
{

BOOST_FIXTURE_TEST_SUITE(foreign_query_, two_organizations)

BOOST_AUTO_TEST_CASE(each_column_of_the_calls_says_what_the_record_has)
{
    std::map<std::string, std::pair<std::string, std::string>> const expected{
        // of the complete and the minimal row
        {"request_id", {"", ""}}, // compared below
        {"request_created_at", {"2023-11-14 22:13:20.123", "1970-01-01 00:00:01.000"}},
        {"response_id", {"", ""}}, // compared below
        {"response_created_at", {"2023-11-14 22:13:21.623", "1970-01-01 00:00:02.000"}},
        {"latency", {"1500", "1000"}},
        {"time_to_first_token", {"251", "NULL"}},
        {"status", {"-3", "200"}},
        {"provider", {"OPENAI", ""}},
        {"model", {"model", ""}},
        {"request_model", {"request model", ""}},
        {"response_model", {"response model", ""}},
        {"method", {"POST", "POST"}},
        {"path", {"/v1/x", "/v1/x"}},
        {"target_url", {"https://api.openai.com/v1/x", "NULL"}},
        {"user_id", {"us\xc3\xa9r", ""}},
        {"session_id", {"s", ""}},
        {"session_name", {"n", ""}},
        {"session_path", {"/p", ""}},
        {"prompt_id", {"pi", ""}},
        {"prompt_version", {"pv", ""}},
        {"prompt_tokens", {"101", "NULL"}},
        {"completion_tokens", {"103", "NULL"}},
        {"total_tokens", {"104", "NULL"}},
        {"prompt_cache_read_tokens", {"105", "0"}},
        {"prompt_cache_write_tokens", {"106", "0"}},
        {"reasoning_tokens", {"109", "0"}},
        {"prompt_audio_tokens", {"110", "0"}},
        {"completion_audio_tokens", {"111", "0"}},
        {"cost", {"9007199254740993", "0"}},
        {"cost_usd", {"9007199.254741", "NULL"}},
        {"is_stream", {"1", "0"}},
        {"finish_reason", {"stop", ""}},
        {"error_type", {"type", ""}},
        {"error_message", {"message", ""}},
        {"stream_error", {"cut", ""}},
        {"properties", {R"({"a":"quote\" back\\slash"})", "{}"}},
        {"scores", {R"({"mine":7})", "{}"}},
        {"request_body", {R"({"mine":1})", ""}},
        {"response_body", {"answer", ""}},
        {"assets", {"[]", "[]"}},
        {"cache_enabled", {"0", "0"}},
        {"cache_reference_id", {"00000000-0000-0000-0000-000000000000", "00000000-0000-0000-0000-000000000000"}},
        {"threat", {"0", "0"}},
        {"country_code", {"NULL", "NULL"}},
        {"proxy_key_id", {"00000000-0000-0000-0000-000000000000", "00000000-0000-0000-0000-000000000000"}},
        {"organization_id", {"00000000-0000-4000-8000-000000000001", "00000000-0000-4000-8000-000000000001"}},
        {"updated_at", {"2023-11-14 22:13:21.623", "1970-01-01 00:00:02.000"}},
    };

    auto const got = run_foreign_query(db, default_organization,
                                       "SELECT * FROM request_response_rmt ORDER BY request_created_at DESC");

    BOOST_REQUIRE(got.has_value());
    BOOST_TEST_REQUIRE(got->rows.size() == 2U);
    BOOST_TEST(got->columns.size() == expected.size());
    for (std::size_t i = 0; i < got->columns.size(); ++i) BOOST_TEST_CONTEXT(got->columns[i])
        {
            if (got->columns[i] == "request_id") {
                BOOST_TEST(text_of(got->rows[0][i]) == complete(1).request_id.text());
                BOOST_TEST(text_of(got->rows[1][i]) == minimal(2).request_id.text());
                continue;
            }
            if (got->columns[i] == "response_id") {
                BOOST_TEST(text_of(got->rows[0][i]) == response_id(row_id{1}).text());
                BOOST_TEST(text_of(got->rows[1][i]) == response_id(row_id{2}).text());
                continue;
            }
            BOOST_TEST_REQUIRE(expected.contains(got->columns[i]));
            BOOST_TEST(text_of(got->rows[0][i]) == expected.at(got->columns[i]).first);
            BOOST_TEST(text_of(got->rows[1][i]) == expected.at(got->columns[i]).second);
        }
}

BOOST_AUTO_TEST_CASE(the_columns_are_those_that_the_views_declare)
{
    for (auto const& view : record_views()) BOOST_TEST_CONTEXT(view.name)
        {
            auto const got = run_foreign_query(db, default_organization, "SELECT * FROM " + std::string(view.name));
            BOOST_REQUIRE(got.has_value());
            BOOST_TEST_REQUIRE(got->columns.size() == view.columns.size());
            for (std::size_t i = 0; i < view.columns.size(); ++i) BOOST_TEST(got->columns[i] == view.columns[i].name);
        }
}

BOOST_AUTO_TEST_CASE(the_other_views_say_what_was_said_of_the_calls)
{
    auto const id = complete(1).request_id.text();

    BOOST_TEST(ask("SELECT * FROM scores") == id + "|mine|7|number|1970-01-01 00:00:01.000");
    BOOST_TEST(ask("SELECT * FROM feedback") == id + "|" + id + "|1|1970-01-01 00:00:01.000");
    BOOST_TEST(ask("SELECT * FROM tags") == "session|mine|mine|1970-01-01 00:00:01.000");
    BOOST_TEST(
        ask("SELECT session_id,session_name,requests,prompt_tokens,completion_tokens,created_at FROM sessions") ==
        "s|n|1|101|103|2023-11-14 22:13:20.123");
}

BOOST_AUTO_TEST_CASE(questions_of_many_kinds_are_answered)
{
    struct {
        std::string_view statement, expected;
    } const cases[] = {
        {"SELECT 1", "1"},
        {"  SELECT 1 ; -- the end", "1"},
        {"VALUES (1,NULL,2.5,'a',x'00ff')", "1|NULL|2.500000|a|00ff"},
        {"SELECT count(*) FROM request_response_rmt", "2"},
        {"SELECT model,sum(cost) FROM request_response_rmt GROUP BY model ORDER BY 2 DESC",
         "model|9007199254740993;|0"},
        {"SELECT count(*) FROM request_response_rmt AS a JOIN request_response_rmt AS b USING (status)", "2"},
        {"WITH n(i) AS (SELECT 1 UNION ALL SELECT i+1 FROM n WHERE i<3) SELECT sum(i) FROM n", "6"},
        {"SELECT p.key,p.value FROM request_response_rmt, json_each(properties) AS p", "a|quote\" back\\slash"},
        {"SELECT json_extract(request_body,'$.mine'),request_body->>'mine' FROM request_response_rmt"
         " WHERE request_body<>''",
         "1|1"},
        {"SELECT request_response_rmt.properties['a'] FROM request_response_rmt WHERE properties['a'] IS NOT NULL",
         "quote\" back\\slash"},
        {"SELECT s.value FROM scores AS s JOIN request_response_rmt AS r ON r.request_id=s.request_id", "7"},
        {"SELECT rank() OVER (ORDER BY latency) FROM request_response_rmt", "1;2"},
        {"SELECT count(*) FROM request_response_rmt WHERE request_created_at>datetime('now','-100 years')", "2"},
        {"SELECT 'ABC' LIKE 'a%', 'abc' LIKE 'a_', instr('a\xe2\x82\xac"
         "b','b'), replace('aXbX','X','--'),"
         "replace('a','','b'), instr('a','x'), instr('a',NULL)",
         "1|0|3|a--b--|a|0|NULL"},
        {"SELECT strftime('%Y',request_created_at) FROM request_response_rmt WHERE status=200", "1970"},
        {"SELECT 1 WHERE 0", ""},
    };
    for (auto const& c : cases) BOOST_TEST_CONTEXT(c.statement) BOOST_TEST(ask(c.statement) == c.expected);
}

BOOST_AUTO_TEST_CASE(columns_of_one_name_are_told_apart)
{
    auto const got = run_foreign_query(db, default_organization, "SELECT 1 AS a,2 AS a,3 AS a");

    BOOST_REQUIRE(got.has_value());
    BOOST_TEST(got->columns == (std::vector<std::string>{"a", "a:1", "a:2"}), boost::test_tools::per_element());
}

BOOST_AUTO_TEST_CASE(whatever_leads_elsewhere_is_refused)
{
    std::string_view const attempts[] = {
        // The tables themselves, by any name, and through what SQLite does not ask its authorizer about.
        "SELECT * FROM request",
        "SELECT count(*) FROM request",
        "SELECT * FROM main.request",
        "SELECT * FROM temp.request",
        "SELECT * FROM \"request\"",
        "SELECT rowid FROM request",
        "SELECT hash FROM api_key",
        "SELECT value FROM setting",
        "SELECT content FROM body_block",
        "SELECT sealed_key FROM provider_key",
        "SELECT * FROM main.feedback",
        "SELECT count(*) FROM (SELECT 'secret' AS model) JOIN request USING (model)",
        "SELECT count(*) FROM (SELECT 'secret' AS model) JOIN main.request USING (model)",
        "SELECT 1 WHERE EXISTS (SELECT 1 FROM request)",
        "SELECT 1 WHERE 'secret' IN request",
        "WITH request_response_rmt AS (SELECT model FROM request) SELECT * FROM request_response_rmt",
        "WITH request_response_rmt AS (SELECT model FROM main.request) SELECT * FROM request_response_rmt",
        "WITH scores AS (SELECT weir_body(1,1,0) AS b) SELECT b FROM scores",
        // Looking around.
        "SELECT * FROM sqlite_master",
        "SELECT * FROM sqlite_schema",
        "SELECT * FROM temp.sqlite_master",
        "SELECT sql FROM sqlite_temp_schema",
        "SELECT count(*) FROM sqlite_temp_master",
        "SELECT * FROM pragma_table_info('request')",
        "SELECT * FROM pragma_database_list",
        "SELECT * FROM pragma_function_list",
        "SELECT * FROM dbstat",
        "SELECT * FROM sqlite_dbpage",
        "SELECT * FROM sqlite_stmt",
        "SELECT * FROM bytecode('SELECT 1')",
        "PRAGMA database_list",
        "PRAGMA table_list",
        "PRAGMA query_only=0",
        "EXPLAIN SELECT 1",
        "EXPLAIN QUERY PLAN SELECT * FROM request_response_rmt",
        // Writing, and whatever is no reading.
        "INSERT INTO request_response_rmt (model) VALUES ('x')",
        "INSERT INTO request (id) VALUES (9)",
        "UPDATE feedback SET rating=0",
        "DELETE FROM request",
        "DROP VIEW request_response_rmt",
        "CREATE TEMP VIEW v AS SELECT 1",
        "CREATE TEMP TABLE t (a)",
        "CREATE TABLE t (a)",
        "ALTER TABLE request ADD COLUMN x",
        "ATTACH '/etc/passwd' AS p",
        "ATTACH ':memory:' AS p",
        "DETACH temp",
        "VACUUM INTO '/tmp/copy.db'",
        "BEGIN",
        "SAVEPOINT s",
        "ANALYZE",
        "REINDEX",
        // Functions that make giants, look around or go out.
        "SELECT load_extension('x')",
        "SELECT randomblob(10)",
        "SELECT zeroblob(10)",
        "SELECT printf('%d',1)",
        "SELECT format('%d',1)",
        "SELECT 'a' GLOB 'a'",
        "SELECT 'a' MATCH 'a'",
        "SELECT 'a' REGEXP 'a'",
        "SELECT 'a' LIKE 'a' ESCAPE '!'",
        "SELECT trim('a','a')",
        "SELECT sqlite_version()",
        "SELECT sqlite_source_id()",
        "SELECT last_insert_rowid()",
        "SELECT readfile('/etc/passwd')",
        "SELECT fts3_tokenizer('x')",
        "SELECT json_patch('{}','{}')",
        "SELECT weir_body(1,1,0)",
        "SELECT weir_like('a','a',0)",
        // More than one, less than one, none.
        "SELECT 1; SELECT 2",
        "SELECT 1; DROP TABLE request",
        "SELECT 1; nonsense",
        "",
        "   ",
        "-- nothing",
        ";",
        "nonsense",
        "SELECT ?1",
        "SELECT :a",
        "SELECT \"no_such_column\"",
        "SELECT no_such_column FROM request_response_rmt",
        "SELECT 1/*",
        std::string_view("SELECT 1\0; DROP TABLE request", 30),
    };
    for (auto const attempt : attempts) BOOST_TEST_CONTEXT(attempt)
        {
            auto const said = ask(attempt);
            auto const is_empty_comment = attempt == "SELECT 1/*"; // SQLite takes its end for the comment's
            BOOST_TEST((said.starts_with("error: ") || (is_empty_comment && said == "1")), said);
            BOOST_TEST(said.find("secret") == said.npos);
        }
    auto count = db.query("SELECT count(*) FROM request");
    BOOST_REQUIRE(count->next());
    BOOST_TEST(count->get<int>(0) == 3);
}

BOOST_AUTO_TEST_CASE(no_view_has_anything_of_another_organisation)
{
    for (auto const& view : record_views()) BOOST_TEST_CONTEXT(view.name)
        {
            auto const all = "SELECT * FROM " + std::string(view.name);
            BOOST_TEST(ask(all).find("secret") == std::string::npos);
            BOOST_TEST(ask(all, {}, 2) != "");
            BOOST_TEST(ask(all, {}, 3) == "");
        }
}

BOOST_AUTO_TEST_CASE(no_condition_is_tried_on_the_rows_of_another_organisation)
{
    // json('x') fails: were it tried, its error would tell that there is such a row.
    std::string_view const questions[] = {
        "SELECT count(*) FROM request_response_rmt WHERE CASE WHEN user_id='secret' THEN json('x') ELSE 0 END",
        "SELECT count(*) FROM request_response_rmt WHERE CASE WHEN model='secret' THEN json('x') ELSE 0 END",
        "SELECT count(*) FROM request_response_rmt WHERE CASE WHEN session_id='secret' THEN json('x') ELSE 0 END"
        " AND status<>200",
        "SELECT count(*) FROM request_response_rmt WHERE (status=404 AND json('x')) OR (status=-3 AND CASE WHEN"
        " path='secret' THEN json('x') ELSE 0 END)",
        "SELECT count(*) FROM request_response_rmt WHERE CASE WHEN request_body='secret' THEN json('x') ELSE 0 END",
        "SELECT count(*) FROM scores WHERE CASE WHEN score_key='secret' THEN json('x') ELSE 0 END",
        "SELECT count(*) FROM tags WHERE CASE WHEN tag='secret' THEN json('x') ELSE 0 END",
        "SELECT count(*) FROM sessions WHERE CASE WHEN session_id='secret' THEN json('x') ELSE 0 END",
        "SELECT count(*) FROM (SELECT 1) AS one LEFT JOIN request_response_rmt AS r ON CASE WHEN r.model='secret'"
        " THEN json('x') ELSE 0 END WHERE r.model IS NOT NULL",
        "SELECT count(*) FROM scores AS s JOIN request_response_rmt AS r ON CASE WHEN s.score_key='secret' OR"
        " r.model='secret' THEN json('x') ELSE 0 END",
        "SELECT count(*) FROM request_response_rmt AS a, request_response_rmt AS b WHERE CASE WHEN b.model='secret'"
        " THEN json('x') ELSE 0 END",
        "SELECT sum(CASE WHEN model='secret' THEN json('x') ELSE 0 END) FROM request_response_rmt",
        "SELECT count(*) FROM (SELECT CASE WHEN model='secret' THEN json('x') ELSE 0 END AS c FROM"
        " request_response_rmt ORDER BY 1) WHERE c",
    };
    for (auto const question : questions) BOOST_TEST_CONTEXT(question) BOOST_TEST(ask(question) == "0");
}

BOOST_AUTO_TEST_SUITE_END()

} // namespace weir::storage
