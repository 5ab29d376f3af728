#include "promptlayer_support.hpp"

#include <boost/json/parse.hpp>
#include <boost/json/serialize.hpp>
#include <boost/test/unit_test.hpp>

namespace json = boost::json;

namespace weir::api::test
{
namespace
{

struct reading : tracked_record {
    std::string search(std::string_view filters, std::string_view logic = "AND")
    {
        auto const found =
            post("/api/public/v2/requests/search", R"({"filter_group":{"logic":")" + std::string(logic) +
                                                       R"(","filters":[)" + std::string(filters) + "]}}");
        return ids_of(found);
    }

    static std::string ids_of(json::value const& found)
    {
        std::string ids;
        for (auto const& item : found.at("items").as_array())
            ids += (ids.empty() ? "" : " ") + json::serialize(item.at("id"));
        return ids;
    }

    std::string suggested(std::string_view query)
    {
        std::string values;
        auto const said = get("/api/public/v2/requests/suggestions?" + std::string(query));
        for (auto const& value : said.at("values").as_array())
            values += (values.empty() ? "" : " ") + std::string(value.as_string());
        return values;
    }
};

std::string filter(std::string_view field, std::string_view operation, std::string_view value,
                   std::string_view key = {})
{
    return R"({"field":")" + std::string(field) + R"(","operator":")" + std::string(operation) + "\"" +
           (value.empty() ? "" : ",\"value\":" + std::string(value)) +
           (key.empty() ? "" : ",\"nested_key\":\"" + std::string(key) + "\"") + "}";
}

} // namespace

BOOST_FIXTURE_TEST_SUITE(promptlayer_requests, reading)

BOOST_AUTO_TEST_CASE(one_call_is_read_with_what_was_said_of_it)
{
    auto const id = track(0, R"("provider_type":"openai","tags":["t"],"metadata":{"k":"v"},)"
                             R"("prompt_input_variables":{"x":1})");
    post("/rest/track-score", R"({"score":7,"request_id":)" + std::to_string(id) + "}");

    auto const said = get("/api/public/v2/requests/" + std::to_string(id));

    BOOST_TEST(said.at("success") == true);
    BOOST_TEST(said.at("request_id") == id);
    BOOST_TEST(said.at("provider") == "openai");
    BOOST_TEST(said.at("model") == "gpt-4o");
    BOOST_TEST(said.at("input_tokens") == 3);
    BOOST_TEST(said.at("output_tokens") == 5);
    BOOST_TEST(said.at("tokens") == 8);
    BOOST_TEST(said.at("price").is_null());
    BOOST_TEST(said.at("request_start_time") == "2024-01-15T12:00:00.000000Z");
    BOOST_TEST(said.at("request_end_time") == "2024-01-15T12:00:01.000000Z");
    BOOST_TEST(said.at("latency_ms").to_number<double>() == 1000);
    BOOST_TEST(said.at("status") == "SUCCESS");
    BOOST_TEST(said.at("tags") == json::parse(R"(["t"])"));
    BOOST_TEST(said.at("metadata") == json::parse(R"({"k":"v"})"));
    BOOST_TEST(said.at("scores") == json::parse(R"([{"name":"default","value":7}])"));
    BOOST_TEST(said.at("prompt_input_variables") == json::parse(R"({"x":1})"));
    auto const& messages = said.at("prompt_blueprint").at("prompt_template").at("messages");
    BOOST_TEST(messages.at(0).at("content").at(0).at("text") == "Hello");
    BOOST_TEST(messages.at(1).at("role") == "assistant");
    BOOST_TEST(messages.at(1).at("content").at(0).at("text") == "Hi there");
}

BOOST_AUTO_TEST_CASE(what_is_not_there_is_404)
{
    auto const id = track(0);
    for (auto const* other : {"99", "0", "-1"})
        BOOST_TEST(message_of(ask(with, "GET", "/api/public/v2/requests/" + std::string(other))) ==
                   "there is no such request");
    BOOST_TEST(ask(with, "GET", "/api/public/v2/requests/first").status == 422);
    with.organization = other_organization;
    BOOST_TEST(ask(with, "GET", "/api/public/v2/requests/" + std::to_string(id)).status == 404);
}

BOOST_AUTO_TEST_CASE(calls_come_by_page_newest_first)
{
    for (int i = 0; i < 5; ++i) track(i);
    auto const page = [this](std::string_view more) {
        return post("/api/public/v2/requests/search", R"({"per_page":2)" + std::string(more) + "}");
    };

    auto const first = page("");
    BOOST_TEST(ids_of(first) == "5 4");
    BOOST_TEST(first.at("total") == 5);
    BOOST_TEST(first.at("pages") == 3);
    BOOST_TEST(first.at("has_next") == true);
    BOOST_TEST(first.at("has_prev") == false);
    BOOST_TEST(first.at("next_num") == 2);
    BOOST_TEST(first.at("prev_num").is_null());
    auto const last = page(R"(,"page":3)");
    BOOST_TEST(ids_of(last) == "1");
    BOOST_TEST(last.at("next_num").is_null());
    BOOST_TEST(last.at("prev_num") == 2);
    BOOST_TEST(ids_of(page(R"(,"page":9)")) == "");
    BOOST_TEST(ids_of(page(R"(,"sort_by":"request_start_time","sort_order":"asc")")) == "1 2");
    BOOST_TEST(post("/api/public/v2/requests/search", "").at("total") == 5);
    auto const item = first.at("items").at(0).as_object();
    BOOST_TEST(item.at("latency").to_number<double>() == 1);
    BOOST_TEST(item.at("engine") == "gpt-4o");
    BOOST_TEST(!item.contains("prompt_name"));
    BOOST_TEST(page(R"(,"include_prompt_name":true)").at("items").at(0).at("prompt_name").is_null());
}

BOOST_AUTO_TEST_CASE(each_field_is_compared_in_its_ways)
{
    add_prompt("p", 2);
    track(0,
          R"("provider_type":"openai","tags":["x","y"],"metadata":{"user":"ann","n":"5"},)"
          R"("prompt_input_variables":{"who":{"name":"Ann"}})",
          "What is 100% of_it?", R"({"city":{"name":"Rome"},"tags":["a","b"]})");
    track(1, R"("provider_type":"anthropic","tags":["x"],"status":"ERROR","error_type":"PROVIDER_ERROR")", "Second",
          "plain text");
    track(2, R"("provider_type":"openai")", "Third", "[1,2]");
    post("/library-track-prompt", R"({"request_id":3,"prompt_name":"p","version":1})");
    auto const prompt = value_of("SELECT coalesce(max(number),0) FROM number WHERE kind='prompt'");
    BOOST_TEST(prompt == "0"); // a prompt has its number once somebody is told it
    struct {
        std::string filter, expected;
    } const cases[] = {
        {filter("pl_id", "is", "2"), "2"},
        {filter("pl_id", "is", "\"2\""), "2"},
        {filter("pl_id", "in", "[1,3,9]"), "3 1"},
        {filter("pl_id", "not_in", "[1,3]"), "2"},
        {filter("engine", "is", "\"gpt-4o\""), "3 2 1"},
        {filter("engine", "is_not", "\"gpt-4o\""), ""},
        {filter("provider_type", "in", R"(["anthropic","x"])"), "2"},
        {filter("provider_type", "is_not", "\"anthropic\""), "3 1"},
        {filter("status", "is", "\"ERROR\""), "2"},
        {filter("status", "is_not", "\"ERROR\""), "3 1"},
        {filter("input_text", "contains", "\"100% OF_IT\""), "1"},
        {filter("input_text", "contains", "\"100_ of\""), ""},
        {filter("input_text", "starts_with", "\"[user]: sec\""), "2"},
        {filter("output_text", "ends_with", "\"TEXT\""), "2"},
        {filter("output_text", "not_contains", "\"plain\""), "3 1"},
        {filter("input_tokens", "eq", "3"), "3 2 1"},
        {filter("input_tokens", "neq", "3"), ""},
        {filter("output_tokens", "between", "[5,6]"), "3 2 1"},
        {filter("output_tokens", "gt", "5"), ""},
        {filter("output_tokens", "gte", "5.0"), "3 2 1"},
        {filter("cost", "is_null", ""), "3 2 1"},
        {filter("cost", "is_not_null", ""), ""},
        {filter("latency_ms", "lte", "1000"), "3 2 1"},
        {filter("latency_ms", "lt", "1000"), ""},
        {filter("prompt_version_number", "eq", "1"), "3"},
        {filter("prompt_version_number", "is_null", ""), "2 1"},
        {filter("request_start_time", "after", "\"2024-01-15T12:00:00Z\""), "3 2"},
        {filter("request_start_time", "before", "\"2024-01-15T12:00:01Z\""), "1"},
        {filter("request_start_time", "is", "\"2024-01-15T12:00:01.000Z\""), "2"},
        {filter("request_end_time", "between", R"(["2024-01-15 12:00:01",1705320002])"), "2 1"},
        {filter("is_json", "is_true", ""), "3 1"},
        {filter("is_json", "is_false", ""), "2"},
        {filter("is_plain_text", "is_true", ""), "2"},
        {filter("is_tool_call", "is_true", ""), ""},
        {filter("tags", "contains", "\"x\""), "2 1"},
        {filter("tags", "contains", R"(["x","y"])"), "1"},
        {filter("tags", "not_contains", "\"y\""), "3 2"},
        {filter("tags", "in", R"(["y","z"])"), "1"},
        {filter("tags", "not_in", R"(["y","z"])"), "3 2"},
        {filter("tags", "is_empty", ""), "3"},
        {filter("tags", "is_not_empty", ""), "2 1"},
        {filter("metadata_keys", "contains", "\"user\""), "1"},
        {filter("metadata", "key_equals", "\"ann\"", "user"), "1"},
        {filter("metadata", "key_equals", "5", "n"), "1"},
        {filter("metadata", "key_not_equals", "\"ann\"", "user"), "3 2"},
        {filter("metadata", "key_contains", "\"AN\"", "user"), "1"},
        {filter("metadata", "in", R"(["bob","ann"])", "user"), "1"},
        {filter("metadata", "is_empty", "", "user"), "3 2"},
        {filter("metadata", "is_not_empty", "", "user"), "1"},
        {filter("output", "key_equals", "\"Rome\"", "city.name"), "1"},
        {filter("output", "key_equals", "\"b\"", "tags"), "1"}, // indices are dropped
        {filter("output_keys", "contains", "\"city.name\""), "1"},
        {filter("output_keys", "is_empty", ""), "3 2"}, // arrays and texts are not flattened
        {filter("input_variables", "key_equals", "\"Ann\"", "who.name"), "1"},
        {filter("input_variable_keys", "in", R"(["who.name"])"), "1"},
        {filter("tool_names", "is_empty", ""), "3 2 1"},
    };
    for (auto const& one : cases) BOOST_TEST_CONTEXT(one.filter) BOOST_TEST(search(one.filter) == one.expected);
}

BOOST_AUTO_TEST_CASE(groups_nest)
{
    track(0, R"("tags":["a"])");
    track(1, R"("tags":["b"])");
    track(2, R"("tags":["a","b"])");
    auto const a = filter("tags", "contains", "\"a\""), b = filter("tags", "contains", "\"b\"");
    auto const group = [](std::string const& logic, std::string const& filters) {
        return R"({"logic":")" + logic + R"(","filters":[)" + filters + "]}";
    };

    BOOST_TEST(search(a + "," + b) == "3");
    BOOST_TEST(search(a + "," + b, "OR") == "3 2 1");
    BOOST_TEST(search(group("OR", a + "," + b) + "," + filter("pl_id", "is_not", "3")) == "2 1");
    BOOST_TEST(search("") == "3 2 1");
    BOOST_TEST(search(group("OR", "")) == "3 2 1");
    auto deep = a;
    for (int i = 0; i < 25; ++i) deep = group("AND", deep);
    BOOST_TEST(search(deep) == "3 1");
    std::string many = a;
    for (int i = 1; i < 500; ++i) many += "," + a;
    BOOST_TEST(search(many) == "3 1");
}

BOOST_AUTO_TEST_CASE(what_is_wrong_with_a_filter_is_named)
{
    auto const body = [](std::string const& filters) { return R"({"filter_group":{"filters":[)" + filters + "]}}"; };
    std::string const at = "filter_group.filters[0]";
    std::string many = filter("pl_id", "is", "1");
    for (int i = 0; i < 500; ++i) many += "," + filter("pl_id", "is", "1");
    std::string texts = filter("output_text", "contains", "\"x\""), values = "[\"x\"";
    for (int i = 0; i < 50; ++i) texts += "," + filter("output_text", "contains", "\"x\"");
    for (int i = 0; i < 999; ++i) values += ",\"x\"";
    values += "]";
    auto broad = filter("engine", "in", values);
    for (int i = 0; i < 5; ++i) broad += "," + filter("engine", "in", values);
    expect_refused(with, "POST", "/api/public/v2/requests/search",
                   {
                       {R"({"filter_group":7})", 422, "filter_group: expected an object"},
                       {R"({"filter_group":{"logic":"XOR","filters":[]}})", 422, "filter_group.logic: expected"},
                       {R"({"filter_group":{"filters":{}}})", 422, "filter_group.filters: expected an array"},
                       {body("1"), 422, at + ": expected an object"},
                       {body("{}"), 422, at + ".field: is required"},
                       {body(filter("score", "gt", "1")), 422, at + ".field: unknown value"},
                       {body(filter("pl_id", "like", "1")), 422, at + ".operator: unknown value"},
                       {body(filter("pl_id", "gt", "1")), 422, at + ".operator: \"gt\" is none of the field \"pl_id\""},
                       {body(filter("pl_id", "is", "")), 422, at + ".value: is required"},
                       {body(filter("pl_id", "is", "\"x\"")), 422, at + ".value: expected a number"},
                       {body(filter("pl_id", "is", "1.5")), 422, at + ".value: must be a whole number"},
                       {body(filter("pl_id", "is", "[1]")), 422, at + ".value: expected one value"},
                       {body(filter("cost", "between", "[1]")), 422, at + ".value: expected an array of two"},
                       {body(filter("cost", "between", R"([1,"x"])")), 422, at + ".value[1]: expected a number"},
                       {body(filter("request_start_time", "is", "{}")), 422, at + ".value: expected a time"},
                       {body(filter("request_start_time", "is", "\"x\"")), 422, at + ".value: must be"},
                       {body(filter("metadata", "key_equals", "\"x\"")), 422, at + ".nested_key: is required"},
                       {body(filter("engine", "is", "\"\\u0000\"")), 422, at + ".value: contains a NUL"},
                       {body(many), 422, "filter_group.filters[500]: there are more than 500"},
                       {body(texts), 422, "filter_group.filters[50]: there are more than 50 filters of texts"},
                       {body(broad), 422, "filter_group.filters[5]: there are more than 5000 values"},
                       {R"({"page":0})", 422, "page: must be"},
                       {R"({"per_page":26})", 422, "per_page: must be from 1 to 25"},
                       {R"({"sort_order":"asc"})", 422, "sort_order: is only"},
                       {R"({"sort_by":"name"})", 422, "sort_by: unknown value"},
                   });
}

BOOST_AUTO_TEST_CASE(values_are_suggested_the_most_frequent_first)
{
    track(0, R"("tags":["prod","eu"],"metadata":{"user":"ann"},"provider_type":"openai")");
    track(1, R"("tags":["prod"],"metadata":{"user":"Andy","team":"x"},"provider_type":"google")");
    track(2, R"("tags":["prod"],"metadata":{"user":"ann"},"provider_type":"openai")");

    BOOST_TEST(suggested("field=tags") == "prod eu");
    BOOST_TEST(suggested("field=tags&prefix=E") == "eu");
    BOOST_TEST(suggested("field=tags&prefix=%25") == "");
    BOOST_TEST(suggested("field=metadata_keys") == "user team");
    BOOST_TEST(suggested("field=metadata_values&metadata_key=user&prefix=an") == "ann Andy");
    BOOST_TEST(suggested("field=provider_type") == "openai google");
    BOOST_TEST(suggested("field=status") == "SUCCESS");
    BOOST_TEST(suggested("field=tags&filter_group=%7B%22filters%22%3A%5B%7B%22field%22%3A%22provider_type%22%2C%22"
                         "operator%22%3A%22is%22%2C%22value%22%3A%22google%22%7D%5D%7D") == "prod");
    for (auto const* bad : {"", "field=x", "field=metadata_values", "field=tags&filter_group=%7B"})
        BOOST_TEST(ask(with, "GET", "/api/public/v2/requests/suggestions?" + std::string(bad)).status == 422, bad);
}

BOOST_AUTO_TEST_CASE(analytics_add_up)
{
    track(0, R"("provider_type":"openai","metadata":{"team":"a"})");
    track(1, R"("provider_type":"google","status":"ERROR","error_type":"PROVIDER_TIMEOUT","metadata":{"team":"b"})");
    track(24 * 3600, R"("provider_type":"openai")");

    auto const said = post("/api/public/v2/requests/analytics", R"({"metadata_cost_breakdown_key":"team"})");

    BOOST_TEST(said.at("totals").at("requests") == 3);
    BOOST_TEST(said.at("totals").at("errors") == 1);
    BOOST_TEST(said.at("totals").at("tokens") == 24);
    BOOST_TEST(said.at("totals").at("average_latency_ms").to_number<double>() == 1000);
    BOOST_TEST(said.at("stats").as_array().size() == 2U);
    BOOST_TEST(said.at("stats").at(0).at("timestamp") == "2024-01-15T00:00:00.000000Z");
    BOOST_TEST(said.at("stats").at(0).at("requests") == 2);
    BOOST_TEST(said.at("most_used_models").at(0).at("name") == "gpt-4o");
    BOOST_TEST(said.at("providers").at(0).at("name") == "openai");
    BOOST_TEST(said.at("latency_ms").at("p99").to_number<double>() == 1000);
    BOOST_TEST(said.at("metadata_cost_breakdown").as_array().size() == 2U);
    auto const none = post("/api/public/v2/requests/analytics", R"({"q":"nowhere"})");
    BOOST_TEST(none.at("totals").at("requests") == 0);
    BOOST_TEST(!none.as_object().contains("metadata_cost_breakdown"));
}

BOOST_AUTO_TEST_CASE(helicone_s_queries_show_tags_and_stars_where_there_are_any)
{
    track(0);
    track(1, R"("tags":["t","u"])");
    auto const query = [this](std::string_view filter) {
        return data_of(ask(with, "POST", "/v1/request/query", R"({"filter":)" + std::string(filter) + "}"));
    };
    auto const both = query("\"all\"");
    auto const id = std::string(both.at(0).at("request_id").as_string());
    BOOST_TEST(both.at(0).at("tags") == json::parse(R"(["t","u"])"));
    BOOST_TEST(!both.at(1).as_object().contains("tags"));
    BOOST_TEST(!both.at(0).as_object().contains("starred"));

    BOOST_TEST(ask(with, "PUT", "/v1/request/" + id + "/star").status == 200);
    BOOST_TEST(query(R"({"tracking":{"starred":{"equals":true}}})").at(0).at("starred") == true);
    BOOST_TEST(query(R"({"tracking":{"starred":{"equals":false}}})").as_array().size() == 1U);
    BOOST_TEST(query(R"({"tracking":{"tag":{"equals":"u"}}})").as_array().size() == 1U);
    BOOST_TEST(query(R"({"tracking":{"tag":{"equals":"x"}}})").as_array().empty());
    BOOST_TEST(ask(with, "DELETE", "/v1/request/" + id + "/star").status == 200);
    BOOST_TEST(query(R"({"tracking":{"starred":{"equals":true}}})").as_array().empty());
    BOOST_TEST(ask(with, "PUT", "/v1/request/" + numbered(9).text() + "/star").status == 404);
    BOOST_TEST(ask(with, "PUT", "/v1/request/x/star").status == 404);
}

BOOST_AUTO_TEST_SUITE_END()

} // namespace weir::api::test
