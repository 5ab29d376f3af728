#include "storage/foreign_query.hpp"

#include "storage/record_views.hpp"
#include "tests/support/sample_database.hpp"

#include <boost/test/unit_test.hpp>

#include <chrono>
#include <map>
#include <set>

namespace weir::storage
{
namespace
{

std::string text_of(sql_value const& value)
{
    if (auto const* integer = std::get_if<std::int64_t>(&value)) return std::to_string(*integer);
    if (auto const* real = std::get_if<double>(&value)) return std::to_string(*real);
    if (auto const* text = std::get_if<std::string>(&value)) return *text;
    return "NULL";
}

/// Organisation 1 has a complete row and a minimal one; organisation 2 has one with secrets in all that it can.
struct two_organizations : fresh_database {
    two_organizations()
    {
        BOOST_REQUIRE(
            db.execute("INSERT INTO organization (id,public_id,name,created_us) VALUES (2,'other-id','other',1)")
                .has_value());
        auto mine = complete(1);
        mine.created_us = 1'700'000'000'123'999;
        mine.ended_us = mine.created_us + 1'500'000;
        mine.time_to_first_token_us = 250'600;
        mine.properties = {{"a", "quote\" back\\slash"}};
        BOOST_REQUIRE(insert(db, {mine}, {R"({"mine":1})", "answer", ""}).has_value());
        BOOST_REQUIRE(insert(db, {minimal(2)}).has_value());
        auto theirs = complete(3);
        theirs.organization = organization_id{2};
        for (auto* text : {&theirs.model, &theirs.user_id, &theirs.session_id, &theirs.request_model, &theirs.path,
                           &theirs.finish_reason, &theirs.error_type})
            *text = "secret";
        theirs.properties = {{"secret", "secret"}};
        BOOST_REQUIRE(insert(db, {theirs}, {"secret", "secret", ""}).has_value());
        judge(1, 1, mine.request_id, "mine");
        judge(2, 2, theirs.request_id, "secret");
    }

    void judge(std::int64_t attribute, std::int64_t organization, uuid const& request, std::string const& word)
    {
        bool const done =
            db.execute("INSERT INTO score_attribute (id,organization_id,score_key,value_type,created_us)"
                       " VALUES (?1,?2,?3,'number',0)",
                       attribute, organization, word)
                .has_value() &&
            db.execute("INSERT INTO score_value (organization_id,request_id,attribute_id,int_value,created_us)"
                       " VALUES (?1,?2,?3,7,1000000)",
                       organization, request, attribute)
                .has_value() &&
            db.execute("INSERT INTO feedback (organization_id,request_id,feedback_id,rating,created_us)"
                       " VALUES (?1,?2,?2,1,1000000)",
                       organization, request)
                .has_value() &&
            db.execute("INSERT INTO tag (organization_id,entity_type,entity_id,tag,created_us)"
                       " VALUES (?1,'session',?2,?2,1000000)",
                       organization, word)
                .has_value();
        BOOST_REQUIRE(done);
    }

    /// All values, "a|b;c|d", or "error: " and what is told to the author.
    std::string ask(std::string_view statement, foreign_query_limits const& limits = {}, std::int64_t organization = 1)
    {
        auto const got = run_foreign_query(db, organization_id{organization}, statement, limits);
        if (!got) return "error: " + (got.error().text.empty() ? got.error().code.message() : got.error().text);
        std::string all;
        for (auto const& row : got->rows) {
            if (!all.empty()) all += ';';
            for (auto const& value : row) all.append(&value == row.data() ? "" : "|").append(text_of(value));
        }
        return all;
    }

    /// Until the test ends, queries are interrupted once that much time has passed.
    void end_after(std::chrono::milliseconds time)
    {
        until = std::chrono::steady_clock::now() + time;
        db.set_progress(
            [](void* p) {
                return std::chrono::steady_clock::now() > *static_cast<std::chrono::steady_clock::time_point*>(p) ? 1
                                                                                                                  : 0;
            },
            &until);
    }

    std::chrono::steady_clock::time_point until;
};

/// The beginning of a statement that takes longer to prepare with each of its parts, c0 to the last, twice as long.
std::string nested(int parts)
{
    std::string made = "WITH c0 AS (SELECT 1 FROM request_response_rmt)";
    for (int i = 1; i < parts; ++i) {
        auto const before = "c" + std::to_string(i - 1);
        made += ",c" + std::to_string(i) + " AS (SELECT 1 FROM " + before + " AS x," + before + " AS y)";
    }
    return made;
}

} // namespace

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

BOOST_AUTO_TEST_CASE(what_an_answer_may_have_is_bounded)
{
    std::string const numbers = "WITH n(i) AS (SELECT 1 UNION ALL SELECT i+1 FROM n LIMIT 10001) SELECT i FROM n";

    BOOST_TEST(ask(numbers).find("more than 10000 rows: add a LIMIT") != std::string::npos);
    BOOST_TEST(ask(numbers + " WHERE i>1").starts_with("2;3"));
    BOOST_TEST(ask("SELECT request_body FROM request_response_rmt", {.bytes = 8}).find("more than 0 MiB") !=
               std::string::npos);
    BOOST_TEST(ask("SELECT " + std::string(20'000, ' ') + "1").starts_with("error: "));
    BOOST_TEST(ask("WITH n(t) AS (SELECT 'aaaaaaaa' UNION ALL SELECT t||t FROM n) SELECT length(t) FROM n") ==
               "error: string or blob too big");
    std::string columns = "SELECT 1";
    for (int i = 0; i < 200; ++i) columns += ",1";
    BOOST_TEST(ask(columns) == "error: too many columns in result set");
    std::string deep = "1";
    for (int i = 0; i < 101; ++i) deep += "+1";
    BOOST_TEST(ask("SELECT " + deep) == "error: Expression tree is too large (maximum depth 100)");
}

BOOST_AUTO_TEST_CASE(what_a_query_may_take_is_bounded)
{
    foreign_query_limits const limits{.memory = 16UL << 20U};
    std::string const attempts[] = {
        nested(30) + " SELECT 1 FROM c29",
        "WITH n(i) AS (SELECT 1 UNION ALL SELECT i+1 FROM n) SELECT i FROM n ORDER BY i DESC",
        "WITH n(i) AS (SELECT 1 UNION SELECT i+1 FROM n) SELECT count(*) FROM n",
        "WITH n(i) AS (SELECT 1 UNION ALL SELECT i+1 FROM n) SELECT json_group_array(i) FROM n",
    };
    for (auto const& attempt : attempts) BOOST_TEST_CONTEXT(attempt)
        {
            auto const said = ask(attempt, limits);
            BOOST_TEST((said.find("more than 16 MiB of memory") != said.npos || said.find("too big") != said.npos),
                       said);
        }
    BOOST_TEST(ask("SELECT count(*) FROM request_response_rmt", limits) == "2");
}

BOOST_AUTO_TEST_CASE(a_query_ends_when_it_is_told_to)
{
    std::string const attempts[] = {
        "WITH n(i) AS (SELECT 1 UNION ALL SELECT i+1 FROM n) SELECT count(*) FROM n",
        "WITH n(i) AS (SELECT 1 UNION ALL SELECT i+1 FROM n LIMIT 100000) SELECT count(*) FROM n AS a,n AS b",
        nested(30) + " SELECT 1 FROM c29",
    };
    for (auto const& attempt : attempts) BOOST_TEST_CONTEXT(attempt)
        {
            auto const begun = std::chrono::steady_clock::now();
            end_after(std::chrono::seconds(1)); // by when it has begun, also on a busy machine
            BOOST_TEST(ask(attempt, {.memory = 4UL << 30U}) == "error: the query took too long");
            BOOST_TEST((std::chrono::steady_clock::now() - begun < std::chrono::seconds(10)));
        }
    db.set_progress(nullptr, nullptr);
}

BOOST_AUTO_TEST_CASE(what_takes_long_elsewhere_takes_little_time_here)
{
    // Half a million times a and then b, looked for in a million times a: SQLite's own instr takes minutes.
    std::string const doubled = "WITH n(t) AS (SELECT 'aaaaaaaa' UNION ALL SELECT t||t FROM n LIMIT 18), "
                                "l(t) AS (SELECT max(t) FROM n), s(t) AS (SELECT substr(t,1,500000)||'b' FROM l) ";
    auto const begun = std::chrono::steady_clock::now();

    BOOST_TEST(ask(doubled + "SELECT instr(l.t,s.t),length(replace(l.t,s.t,'')) FROM l,s") == "0|1048576");

    BOOST_TEST((std::chrono::steady_clock::now() - begun < std::chrono::seconds(10)));
}

BOOST_AUTO_TEST_CASE(statements_nested_deep_do_not_overflow_the_stack)
{
    std::string chain = "WITH c0(a) AS (SELECT 1)";
    for (int i = 1; chain.size() < 19'000; ++i)
        chain += ",c" + std::to_string(i) + " AS (SELECT a FROM c" + std::to_string(i - 1) + " LIMIT 9)";
    chain += " SELECT a FROM c" + std::to_string(std::count(chain.begin(), chain.end(), '(') - 3);

    auto const said = ask(chain);

    BOOST_TEST((said == "1" || said.starts_with("error: ")), said.substr(0, 200));
}

BOOST_AUTO_TEST_SUITE_END()

} // namespace weir::storage
