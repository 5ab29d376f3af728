#include "request_rows.hpp"

#include <boost/json/parse.hpp>
#include <boost/json/serialize.hpp>
#include <boost/json/value.hpp>
#include <boost/test/unit_test.hpp>

namespace json = boost::json;

namespace weir::api::test
{

namespace
{

/// Three calls, the third of which is the newest.
struct endpoint_fixture : record_of_requests {
    endpoint_fixture()
    {
        for (unsigned n = 1; n <= 3; ++n) add({row(n)}, content);
    }

    /// Of other tables, whatever they refer to.
    void insert_rows(std::string const& sql)
    {
        BOOST_REQUIRE(db.execute_script("PRAGMA foreign_keys=0;" + sql).has_value());
    }

    answered query(std::string_view body) { return ask(with, "POST", "/v1/request/query", body); }

    /// The last digits of the ids of the rows that a query finds, in their order.
    std::string order(std::string_view body)
    {
        auto const said = query(body);
        BOOST_TEST(said.status == 200);
        auto const parsed = json::parse(said.body);
        std::string digits;
        for (auto const& found : parsed.at("data").as_array()) digits += found.at("request_id").as_string().back();
        return digits;
    }

    storage::bodies content{.request = R"({"model": "gpt-4o"})", .response = "not JSON", .raw_stream = "data: events"};
};

} // namespace

BOOST_FIXTURE_TEST_SUITE(request_endpoints_, endpoint_fixture)

BOOST_AUTO_TEST_CASE(a_query_for_all_answers_the_newest_in_the_envelope)
{
    for (auto const* body :
         {R"({"filter":"all"})", R"({"filter":{}})",
          R"({"filter":"all","sort":{"created_at":"desc"},"isCached":false,"includeInputs":true,)"
          R"("isScored":false,"isPartOfExperiment":false,"limit":10,"offset":0})",
          R"({"filter":"all","sort":{},"limit":"10"})", R"({"filter":"all","sort":{"last_active":"asc"}})"}) {
        auto const said = query(body);

        BOOST_TEST(said.status == 200);
        auto const parsed = json::parse(said.body).as_object();
        BOOST_TEST(parsed.at("error").is_null());
        BOOST_TEST_REQUIRE(parsed.at("data").as_array().size() == 3);
        auto const& first = parsed.at("data").as_array().front();
        BOOST_TEST(first.at("request_id").as_string() == "00000000-0000-7000-8000-000000000003");
        BOOST_TEST(first.at("scores").is_null());
        BOOST_TEST(first.at("request_body").as_object().contains("helicone_message"));
        BOOST_TEST(first.at("response_body").as_object().contains("helicone_message"));
    }
}

BOOST_AUTO_TEST_CASE(limit_and_offset_are_the_client_s)
{
    BOOST_TEST(order(R"({"filter":"all","limit":1})") == "3");
    BOOST_TEST(order(R"({"filter":"all","limit":1000,"offset":1})") == "21");
    BOOST_TEST(order(R"({"filter":"all","limit":0})") == "");
    BOOST_TEST(order(R"({"filter":"all","offset":10000})") == "");
}

BOOST_AUTO_TEST_CASE(ten_are_answered_when_nothing_is_said_of_a_limit)
{
    for (unsigned n = 4; n <= 12; ++n) add({row(n)});

    BOOST_TEST(order(R"({"filter":"all"})").size() == 10U);
}

BOOST_AUTO_TEST_CASE(each_organisation_sees_its_own_alone)
{
    std::string const id = numbered(2).text();
    std::string const all = R"({"filter":"all"})",
                      this_one = R"({"filter":{"request":{"id":{"equals":")" + id + R"("}}}})",
                      or_all = R"({"filter":{"left":"all","operator":"or","right":"all"}})";
    struct {
        std::string_view target, body, of_ours;
    } const cases[] = {{"/v1/request/count/query", all, "3"},
                       {"/v1/request/count/query", this_one, "1"},
                       {"/v1/request/count/query", or_all, "3"},
                       {"/v1/request/query", all, "array"},
                       {"/v1/request/query", this_one, "array"},
                       {"/v1/request/query-clickhouse", all, "array"},
                       {"/v1/request/query-clickhouse", this_one, "array"},
                       {"/v1/request/query-clickhouse", or_all, "array"}};
    auto const said = [this](std::string_view target, std::string_view body) {
        auto const data = data_of(ask(with, "POST", target, body));
        return !data.is_array() ? json::serialize(data) : data.as_array().empty() ? "[]" : "array";
    };
    auto const ids = R"({"requestIds":[")" + id + R"("]})";
    for (auto const& c : cases) BOOST_TEST(said(c.target, c.body) == c.of_ours);
    BOOST_TEST(said("/v1/request/query-ids", ids) == "array");

    with.organization = storage::organization_id{7};

    for (auto const& c : cases) BOOST_TEST_CONTEXT(c.target << " " << c.body)
    BOOST_TEST(said(c.target, c.body) == (c.of_ours == "array" ? "[]" : "0"));
    BOOST_TEST(said("/v1/request/query-ids", ids) == "[]");
}

BOOST_AUTO_TEST_CASE(what_a_run_of_a_hypothesis_made_is_part_of_an_experiment)
{
    BOOST_TEST(order(R"({"filter":"all","isPartOfExperiment":true})") == "");
    insert_rows("INSERT INTO hypothesis_run (id,organization_id,hypothesis_id,dataset_row_id,"
                "result_request_id,created_us) SELECT "
                "randomblob(16),organization_id,randomblob(16),randomblob(16),request_id,0 "
                "FROM request WHERE id=2");

    BOOST_TEST(order(R"({"filter":"all","isPartOfExperiment":true})") == "2");
    BOOST_TEST(order(R"({"filter":"all","isPartOfExperiment":false})") == "31");
    BOOST_TEST(order(R"({"filter":"all"})") == "321");
}

BOOST_AUTO_TEST_CASE(pages_of_the_analytics_go_on_behind_ten_thousand)
{
    auto const page = [this](std::string_view target) {
        return ask(with, "POST", target, R"({"filter":"all","offset":10001})").status;
    };
    BOOST_TEST(page("/v1/request/query-clickhouse") == 200);
    BOOST_TEST(page("/v1/request/query") == 400);
}

BOOST_AUTO_TEST_CASE(rows_come_in_the_order_of_an_input_of_their_prompts)
{
    insert_rows("INSERT INTO prompt_input (id,organization_id,prompt_version_id,inputs,auto_inputs,"
                "source_request_id,source_row_id,created_us) SELECT randomblob(16),organization_id,randomblob(16),"
                "json_object('topic',substr('bca',id,1)),'[]',request_id,id,0 FROM request");

    BOOST_TEST(order(R"({"filter":"all","sort":{"values":{"topic":"asc"}}})") == "312");
    BOOST_TEST(order(R"({"filter":{"values":{"topic":{"equals":"c"}}}})") == "2");
}

BOOST_AUTO_TEST_CASE(the_first_key_of_sort_by_precedence_is_the_order)
{
    // Ascending by a name: latency 456, user 546, cost 465, property 654, prompt 645; by time as they are numbered.
    struct {
        unsigned n;
        int latency, cost;
        char const *user, *property, *prompt;
    } const rows[] = {{4, 1, 1, "b", "3", "b"}, {5, 2, 3, "a", "2", "c"}, {6, 3, 2, "c", "1", "a"}};
    for (auto const& r : rows) {
        auto made = row(r.n);
        made.ended_us = made.created_us + r.latency;
        made.cost.nanos = r.cost;
        made.user_id = r.user;
        made.properties = {{"App", r.property}, {"sorted", "yes"}};
        add({made}, {.request = R"({"prompt":")" + std::string(r.prompt) + R"("})", .response = "", .raw_stream = ""});
    }
    struct {
        std::string_view sort, expected;
    } const cases[] = {
        {R"({})", "654"},
        {R"({"created_at":"asc"})", "456"},
        {R"({"created_at":"desc","latency":"asc"})", "654"},
        {R"({"latency":"asc"})", "456"},
        {R"({"cost_usd":"desc","user_id":"asc"})", "546"},
        {R"({"cost_usd":"desc"})", "564"},
        {R"({"properties":{"App":"asc"}})", "654"},
        {R"({"last_active":"asc"})", "654"},
        {R"({"request_prompt":"asc"})", "645"},
    };
    for (auto const& c : cases) BOOST_TEST_CONTEXT(c.sort)
    BOOST_TEST(order(R"({"filter":{"properties":{"sorted":{"equals":"yes"}}},"sort":)" + std::string(c.sort) + "}") ==
               c.expected);
    BOOST_TEST(order(R"({"filter":"all","sort":{"random":true,"created_at":"asc"}})").size() == 6U);
    BOOST_TEST(order(R"({"filter":"all","isScored":true})") == "");
}

BOOST_AUTO_TEST_CASE(a_count_and_rows_by_ids_are_answered)
{
    BOOST_TEST(ask(with, "POST", "/v1/request/count/query", R"({"filter":"all"})").body ==
               R"({"data":3,"error":null})");

    auto const said = ask(with, "POST", "/v1/request/query-ids",
                          R"({"requestIds":["00000000-0000-7000-8000-000000000002","nonsense",)"
                          R"("00000000-0000-7000-8000-000000000009","00000000-0000-7000-8000-000000000001"]})");
    auto const data = json::parse(said.body).at("data").as_array();
    BOOST_TEST_REQUIRE(data.size() == 2U);
    BOOST_TEST(data[0].at("request_id").as_string() == "00000000-0000-7000-8000-000000000002");
    BOOST_TEST(data[1].at("request_id").as_string() == "00000000-0000-7000-8000-000000000001");
    BOOST_TEST(data[0].at("scores").as_object().empty());
    auto const all = data_of(ask(with, "POST", "/v1/request/query-clickhouse", R"({"filter":"all","limit":2})"));
    BOOST_TEST_REQUIRE(all.as_array().size() == 2U);
    BOOST_TEST(all.at(0).at("request_id").as_string() == "00000000-0000-7000-8000-000000000003");
    BOOST_TEST(all.at(0).at("scores").as_object().empty());
}

BOOST_AUTO_TEST_CASE(each_wrong_query_is_400_and_says_why)
{
    struct {
        std::string body;
        std::string_view expected;
    } const cases[] = {
        {"", "filter: is required"},
        {"{}", "filter: is required"},
        {"[]", "body: expected an object, got an array"},
        {R"({"filter":"all","limit":-1})", "invalid limit: limit must be 0 to 1000"},
        {R"({"filter":"all","limit":1001})", "invalid limit: limit must be 0 to 1000"},
        {R"({"filter":"all","offset":-1})", "unsupport offset value: offset must be 0 to 10000"},
        {R"({"filter":"all","offset":10001})", "unsupport offset value: offset must be 0 to 10000"},
        {R"({"filter":"all","limit":"many"})", "limit: expected a number, got a string"},
        {R"({"filter":"all","limt":5})", R"(limt: unknown field; did you mean "limit"?)"},
        {R"({"filter":"al"})", R"(filter: unknown value "al"; did you mean "all"?)"},
        {R"({"filter":{"request":{"modle":{"equals":"x"}}}})",
         R"(filter.request.modle: unknown field; did you mean "model"?)"},
        {R"({"filter":{"request":{"model":{"eq":"x"}}}})",
         R"(filter.request.model.eq: unknown field; expected "equals", "not-equals", "like", "ilike", "contains" or )"
         R"("not-contains")"},
        {R"({"filter":{"request_response_rmt":{"threat":{"is":true}}}})",
         R"(filter.request_response_rmt.threat.is: unknown field; expected "equals")"},
        {R"({"filter":{"left":{"request":{"model":{"equals":7}}},"operator":"and","right":"all"}})",
         "filter.left.request.model.equals: expected a string, got a number"},
        {R"({"filter":{"request":{"created_at":{"gte":"<string>"}}}})",
         "filter.request.created_at.gte: is not a time such as 2026-01-31T12:00:00Z"},
        {R"({"filter":{"left":"all","operator":"or","right":{"request_response_rmt":{"scores":{"s":{"equals":"x"}}}}}})",
         "filter.right.request_response_rmt.scores.s.equals: is not a number"},
        {R"({"filter":{"request":{"path":{"like":")" + std::string(1001, 'x') + R"("}}}})",
         "filter.request.path.like: is longer than 1000 bytes"},
        {R"({"filter":{"request":null}})", "filter.request: expected an object, got null"},
        {R"({"filter":{"request":{"user_id":null}}})", "filter.request.user_id: expected an object, got null"},
        {R"({"filter":{"request":{"user_id":{"equals":null,"contains":"x"}}}})",
         "filter.request.user_id.equals: expected a string, got null"},
        {R"({"filter":{"response":{"status":{"gte":null}}}})",
         "filter.response.status.gte: expected a number, got null"},
        {R"({"filter":{"request_response_rmt":{"scores":null}}})",
         "filter.request_response_rmt.scores: expected an object, got null"},
        {R"({"filter":{"request":{"model":{}}}})", "filter.request.model: an operator is missing, such as \"equals\""},
        {R"({"filter":{"properties":{"a":{"equals":"1"},"b":{"equals":"2"}}}})",
         "filter.properties: takes one key; join several with \"and\""},
        {R"({"filter":{"left":"all","operator":"xor","right":"all"}})",
         R"(filter.operator: unknown value "xor"; did you mean "or"?)"},
        {R"({"filter":{"left":"all","operator":"AND","right":"all"}})",
         R"(filter.operator: unknown value "AND"; did you mean "and"?)"},
        {R"({"filter":{"left":"all","operator":"unless","right":"all"}})",
         R"(filter.operator: unknown value "unless"; expected "or" or "and")"},
        {R"({"filter":{"left":"all","operator":null,"right":"all"}})", "filter.operator: expected a string, got null"},
        {R"({"filter":{"left":"all","right":"all"}})", "filter.operator: is required"},
        {R"({"filter":{"left":"all","operator":"and"}})", "filter.right: is required"},
        {R"({"filter":{"left":"all","operator":"and","right":"all","middle":"all"}})",
         R"(filter.middle: unknown field; expected "left", "operator" or "right")"},
        {R"({"filter":{"left":"all","operator":"and","right":{"left":"all","operator":"or","right":"all","rest":{}}}})",
         R"(filter.right.rest: unknown field; expected "left", "operator" or "right")"},
        {R"({"filter":"all","sort":{"random":false}})", "sort.random: must be true or left out"},
        {R"({"filter":"all","sort":{"created_at":"down"}})",
         R"(sort.created_at: unknown value "down"; expected "asc" or "desc")"},
        {R"({"filter")", "body: is not valid JSON at byte 9: incomplete JSON"},
    };
    for (auto const& c : cases) BOOST_TEST_CONTEXT(c.body)
        {
            auto const said = query(c.body);
            BOOST_TEST(said.status == 400);
            BOOST_TEST(error_of(said) == c.expected);
        }
}

BOOST_AUTO_TEST_CASE(filters_are_bounded_in_depth_and_number)
{
    std::string const one = R"({"request":{"user_id":{"not-equals":"nobody"}}})";
    auto const deep = [&one](int branches) {
        std::string all = one;
        for (int i = 0; i < branches; ++i) all = R"({"left":)" + all + R"(,"operator":"and","right":)" + one + "}";
        return R"({"filter":)" + all + "}";
    };
    BOOST_TEST(order(deep(60)) == "321");
    BOOST_TEST(query(deep(1000)).status == 400);

    auto const broad = [&one](int conditions) { // as a balanced tree
        std::vector<std::string> nodes(static_cast<std::size_t>(conditions), one);
        while (nodes.size() > 1) {
            std::vector<std::string> joined;
            for (std::size_t i = 0; i + 1 < nodes.size(); i += 2)
                joined.push_back(R"({"left":)" + nodes[i] + R"(,"operator":"or","right":)" + nodes[i + 1] + "}");
            if (nodes.size() % 2 != 0) joined.push_back(nodes.back());
            nodes = std::move(joined);
        }
        return R"({"filter":)" + nodes.front() + "}";
    };
    BOOST_TEST(order(broad(250)) == "321");
    auto const refused = query(broad(251));
    BOOST_TEST(refused.status == 400);
    BOOST_TEST(error_of(refused) == "the filter has more than 250 conditions");
}

BOOST_AUTO_TEST_CASE(null_is_false_where_a_filter_takes_a_boolean)
{
    BOOST_TEST(order(R"({"filter":{"request_response_rmt":{"cache_enabled":{"equals":null}}}})") == "321");
}

BOOST_AUTO_TEST_CASE(a_body_of_another_type_is_400_and_named)
{
    auto const said = ask(with, "POST", "/v1/request/query", "filter=all", "application/x-www-form-urlencoded");
    BOOST_TEST(said.status == 400);
    BOOST_TEST(error_of(said).starts_with("Content-Type: must be application/json"));

    BOOST_TEST(ask(with, "POST", "/v1/request/query", R"({"filter":"all"})", "").status == 400);
    BOOST_TEST(
        ask(with, "POST", "/v1/request/query", R"({"filter":"all"})", "Application/JSON; charset=utf-8").status == 200);
}

BOOST_AUTO_TEST_CASE(one_request_is_found_by_its_id)
{
    auto const said = ask(with, "GET", "/v1/request/00000000-0000-7000-8000-000000000002");

    BOOST_TEST(said.status == 200);
    auto const data = json::parse(said.body).at("data");
    BOOST_TEST(data.at("request_id").as_string() == "00000000-0000-7000-8000-000000000002");
    BOOST_TEST(data.at("scores").as_object().empty());
    BOOST_TEST(data.at("request_body").as_object().contains("helicone_message"));
}

BOOST_AUTO_TEST_CASE(bodies_come_when_asked_for_and_a_streams_events_do_not)
{
    auto const said = ask(with, "GET", "/v1/request/00000000-0000-7000-8000-000000000002?includeBody=true");

    BOOST_TEST(said.body.find(R"("request_body":{"model": "gpt-4o"},)") != std::string::npos);
    BOOST_TEST(said.body.find(R"("response_body":"not JSON",)") != std::string::npos);
    BOOST_TEST(said.body.find("events") == std::string::npos);
}

BOOST_AUTO_TEST_CASE(a_body_that_was_not_kept_is_named_as_such)
{
    auto lost = row(4);
    lost.has_body = false;
    lost.body_missing = "memory";
    add({lost});

    auto const said = ask(with, "GET", "/v1/request/00000000-0000-7000-8000-000000000004?includeBody=true");

    BOOST_TEST(said.status == 200);
    BOOST_TEST(json::parse(said.body).at("data").at("request_body").at("helicone_message").as_string() ==
               "the body was not recorded: memory");
}

BOOST_AUTO_TEST_CASE(why_there_was_no_answer_stands_in_place_of_the_answers_body)
{
    auto const answer = [&](unsigned n, bool has_body, std::string const& response) {
        auto failed = row(n);
        failed.error_type = "upstream_unreachable";
        failed.error_message = "cannot reach \"it\"";
        failed.has_body = has_body;
        add({failed}, {.request = "{}", .response = response, .raw_stream = ""});
        auto const said = ask(with, "GET", "/v1/request/" + failed.request_id.text() + "?includeBody=true");
        return json::serialize(json::parse(said.body).at("data").at("response_body"));
    };
    std::string const error = R"({"error":{"type":"upstream_unreachable","message":"cannot reach \"it\""}})";

    BOOST_TEST(answer(4, true, "not JSON") == R"("not JSON")"); // the provider's own stays
    BOOST_TEST(answer(5, true, "") == error);
    BOOST_TEST(answer(6, false, "") == error);
}

BOOST_AUTO_TEST_CASE(what_is_not_there_is_404)
{
    for (auto const* id : {"00000000-0000-7000-8000-000000000009", "nonsense", "0"}) {
        auto const said = ask(with, "GET", std::string("/v1/request/") + id);
        BOOST_TEST(said.status == 404);
        BOOST_TEST(said.body == R"({"data":null,"error":"Request not found"})");
    }
    with.organization = storage::organization_id{2};
    BOOST_TEST(ask(with, "GET", "/v1/request/00000000-0000-7000-8000-000000000002").status == 404);
}

BOOST_AUTO_TEST_CASE(a_wrong_query_parameter_is_400)
{
    std::string const one = "/v1/request/00000000-0000-7000-8000-000000000002?";
    auto const said = ask(with, "GET", one + "includeBody=perhaps");
    BOOST_TEST(said.status == 400);
    BOOST_TEST(error_of(said) == "includeBody: expected a boolean, got a string");

    for (auto const* mistyped : {"includebody=true", "includeBody=true&IncludeBody=true", "includeBdoy=true"}) {
        BOOST_TEST_CONTEXT(mistyped)
        {
            auto const near = ask(with, "GET", one + mistyped);
            BOOST_TEST(near.status == 400);
            BOOST_TEST(error_of(near).ends_with(R"(: unknown parameter; did you mean "includeBody"?)"));
        }
    }
    BOOST_TEST(ask(with, "GET", one + "other=1").status == 200);
}

BOOST_AUTO_TEST_CASE(a_fault_of_the_store_keeps_its_text_inside)
{
    using storage::connection;
    storage::query_threads full(path, connection::mode::read_only, 1, 0);
    storage::query_threads broken(folder.write("broken.db", std::string(10'000, 'x')), connection::mode::read_only, 1,
                                  9);
    struct {
        storage::query_threads& readers;
        int expected;
        std::string_view text;
    } const cases[] = {{full, 503, "the store is busy or unavailable; try again"},
                       {broken, 500, "internal error; the log says more"}};
    for (auto const& c : cases) {
        with.store = store(c.readers, writer, std::chrono::seconds(20));
        for (auto const& said : {query(R"({"filter":"all"})"), ask(with, "GET", "/v1/request/" + numbered(1).text())}) {
            BOOST_TEST(said.status == c.expected);
            BOOST_TEST(error_of(said) == c.text);
        }
    }
}

BOOST_AUTO_TEST_SUITE_END()

} // namespace weir::api::test
