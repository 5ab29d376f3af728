// POST /dataset-from-filter-params: which calls it takes, and what it makes of them.
#include "promptlayer_support.hpp"

#include <boost/json/parse.hpp>
#include <boost/json/serialize.hpp>
#include <boost/test/unit_test.hpp>

#include <algorithm>

namespace json = boost::json;

namespace weir::api::test
{
namespace
{

constexpr std::string_view its_path = "/dataset-from-filter-params";

struct history : tracked_record {
    json::value make(std::string_view filter = {}, int status = 200)
    {
        return post(its_path,
                    R"({"name":"d","workspace_id":1)" + std::string(filter.empty() ? "" : ",") + std::string(filter) +
                        "}",
                    status);
    }

    json::value rows_of(json::value const& made)
    {
        return get("/api/public/v2/datasets/" + json::serialize(made.at("dataset_id")) + "/rows?per_page=100");
    }

    /// The numbers of the calls that a filter takes, in the order of the rows: "3 1".
    std::string taken(std::string_view filter = {})
    {
        auto const listed = rows_of(make(filter));
        std::string numbers;
        for (auto const& row : listed.at("rows").as_array())
            numbers += (numbers.empty() ? "" : " ") + json::serialize(row.at(0).at("value"));
        return numbers;
    }

    void score(std::int64_t id, int value, std::string_view name = {})
    {
        post("/rest/track-score", R"({"request_id":)" + std::to_string(id) + R"(,"score":)" + std::to_string(value) +
                                      (name.empty() ? "" : R"(,"name":")" + std::string(name) + "\"") + "}");
    }

    std::string refusal(std::string_view filter)
    {
        return message_of(ask(with, "POST", its_path, R"({"name":"d","workspace_id":1,)" + std::string(filter) + "}"));
    }
};

} // namespace

BOOST_FIXTURE_TEST_SUITE(promptlayer_history_dataset, history)

BOOST_AUTO_TEST_CASE(the_published_example_makes_a_dataset_that_can_be_read)
{
    add_prompt("recipe_template", 51);
    auto const more = [](int version) {
        return R"("tags":["prod"],"metadata":{"user_id":"abc123","is_successful":"true"},)"
               R"("prompt_input_variables":{"dish":"soup"},"prompt_id":1,"prompt_version":)" +
               std::to_string(version);
    };
    post("/log-request",
         R"({"provider":"openai","model":"m","request_start_time":1,"request_end_time":2,)"
         R"("input":{"type":"chat","messages":[]},"output":{"type":"chat","messages":[]},)"
         R"("prompt_name":"recipe_template"})",
         201); // gives the prompt its number
    auto const prompt = value_of("SELECT number FROM number WHERE kind='prompt'");
    auto with_prompt = [&](int version) {
        auto text = more(version);
        text.replace(text.find("\"prompt_id\":1"), 13, "\"prompt_id\":" + prompt);
        return text;
    };
    auto const one = track(0, with_prompt(50), "How do I make soup, chef?", "Boil water");
    score(one, 90, "tasty");
    auto const two = track(10, with_prompt(51), "chef", "Cut the onions");
    score(two, 81, "tasty");
    score(track(20, with_prompt(7), "chef"), 99, "tasty");

    auto const made =
        post(its_path, R"({"name":"recipes","workspace_id":1,"q":"chef",)"
                       R"("start_time":"2024-01-15 11:59:00.000000","end_time":"2024-01-16 00:00:00.000000",)"
                       R"("tags":["prod","dev"],"metadata":[{"key":"user_id","value":"abc123"},)"
                       R"({"key":"is_successful","value":"true"}],)"
                       R"("scores":[{"name":"tasty","operator":">","value":80}],"starred":false,)"
                       R"("prompt_template":{"name":"recipe_template","version_numbers":[50,51]},"limit":10})");

    BOOST_TEST(made.as_object().size() == 3U);
    BOOST_TEST(made.at("success") == true);
    BOOST_TEST(made.at("message") == "Dataset created with 2 rows");
    BOOST_TEST(made.at("dataset_id").is_int64());
    auto const rows = rows_of(made);
    BOOST_TEST(rows.at("columns") ==
               json::parse(R"(["request_id","input","output","tags","metadata","variable.dish"])"));
    BOOST_TEST(rows.at("total") == 2);
    BOOST_TEST(rows.at("rows").at(1) ==
               json::parse(R"([{"type":"dataset","value":)" + std::to_string(one) +
                           R"(},{"type":"dataset","value":"[user]: How do I make soup, chef?"},)"
                           R"({"type":"dataset","value":"Boil water"},{"type":"dataset","value":["prod"]},)"
                           R"({"type":"dataset","value":{"user_id":"abc123","is_successful":"true"}},)"
                           R"({"type":"dataset","value":"soup"}])"));
    auto const listed = get("/api/public/v2/datasets").at("datasets").at(0);
    BOOST_TEST(listed.at("id") == made.at("dataset_id"));
    BOOST_TEST(listed.at("version_number") == 1);
    BOOST_TEST(listed.at("dataset_group").at("name") == "recipes");
    BOOST_TEST(listed.at("filter_params").at("q") == "chef");
}

BOOST_AUTO_TEST_CASE(each_filter_narrows_and_several_narrow_more)
{
    auto const a =
        std::to_string(track(0, R"("tags":["prod","eu"],"metadata":{"u":"1","v":"2"})", "blue sky", "green"));
    auto const b = std::to_string(track(1, R"("tags":["dev"],"metadata":{"u":"1"})", "red sky"));
    auto const c = std::to_string(track(2, R"("tags":["eu"])"));
    auto const star = value_of("SELECT lower(substr(hex(thing),1,8)||'-'||substr(hex(thing),9,4)||'-'||"
                               "substr(hex(thing),13,4)||'-'||substr(hex(thing),17,4)||'-'||substr(hex(thing),21))"
                               " FROM number WHERE kind='request' AND number=" +
                               b);
    BOOST_TEST(ask(with, "PUT", "/v1/request/" + star + "/star").status == 200);
    struct {
        std::string_view filter;
        std::string expected;
    } const cases[] = {
        {"", c + " " + b + " " + a},
        {R"("tags":["prod","dev"])", b + " " + a}, // any
        {R"("tags":[])", c + " " + b + " " + a},
        {R"("tags_and":["prod","eu"])", a},
        {R"("tags_and":["prod","dev"])", ""},
        {R"("tags_or":["eu"])", c + " " + a},
        {R"("metadata":[{"key":"u","value":"1"}])", b + " " + a},
        {R"("metadata":[{"key":"u","value":"1"},{"key":"v","value":"2"}])", a}, // all
        {R"("metadata_and":[{"key":"u","value":"1"},{"key":"v","value":"3"}])", ""},
        {R"("metadata_or":[{"key":"u","value":"1"},{"key":"v","value":"2"}])", b + " " + a},
        {R"("metadata":[{"key":"u","value":1}])", b + " " + a}, // compared by its JSON text
        {R"("metadata":[{"key":"U","value":"1"}])", ""},
        {R"("starred":true)", b},
        {R"("starred":false)", c + " " + b + " " + a},
        {R"("q":"sky")", b + " " + a},
        {R"("q":"SKY blu")", a}, // the last word may be only begun
        {R"("q":"blu sky")", ""},
        {R"("q":"green")", a},
        {R"("q":"")", c + " " + b + " " + a},
        {R"("tags":["dev"],"q":"blue")", ""},
        {R"("tags":["eu"],"metadata":[{"key":"u","value":"1"}],"q":"sky")", a},
        {R"("unknown":{"deep":[1]})", c + " " + b + " " + a},
    };
    for (auto const& one : cases) BOOST_TEST_CONTEXT(one.filter) BOOST_TEST(taken(one.filter) == one.expected);
}

BOOST_AUTO_TEST_CASE(scores_are_compared_by_name)
{
    auto const low = track(0), high = track(1);
    track(2); // has none, and never passes
    score(low, 10);
    score(high, 90);
    score(low, 70, "tone");
    struct {
        std::string_view condition;
        std::string expected;
    } const cases[] = {
        {R"({"operator":">","value":10})", std::to_string(high)},
        {R"({"operator":"<","value":90})", std::to_string(low)},
        {R"({"operator":">=","value":10})", std::to_string(high) + " " + std::to_string(low)},
        {R"({"operator":"<=","value":10})", std::to_string(low)},
        {R"({"name":"default","operator":"=","value":90})", std::to_string(high)},
        {R"({"operator":"==","value":90})", std::to_string(high)},
        {R"({"operator":"!=","value":90})", std::to_string(low)},
        {R"({"operator":">","value":9.5})", std::to_string(high) + " " + std::to_string(low)},
        {R"({"operator":"<","value":50},{"name":"tone","operator":">","value":50})", std::to_string(low)},
        {R"({"name":"other","operator":">=","value":0})", ""},
    };
    for (auto const& one : cases) BOOST_TEST_CONTEXT(one.condition)
    BOOST_TEST(taken(R"("scores":[)" + std::string(one.condition) + "]") == one.expected);
    for (auto const* sign : {"=>", "eq", "", "LIKE"})
        BOOST_TEST(refusal(R"("scores":[{"operator":")" + std::string(sign) + R"(","value":1}])")
                       .starts_with("scores[0].operator: expected one of"));
    BOOST_TEST(refusal(R"("scores":[{"value":1}])") == "scores[0].operator: is required");
}

BOOST_AUTO_TEST_CASE(a_template_without_versions_is_its_latest)
{
    add_prompt("t", 3);
    post("/library-track-prompt",
         R"({"request_id":)" + std::to_string(track(0)) + R"(,"prompt_name":"t","version":1})");
    auto const two = track(1), three = track(2);
    post("/library-track-prompt", R"({"request_id":)" + std::to_string(two) + R"(,"prompt_name":"t","version":2})");
    post("/library-track-prompt", R"({"request_id":)" + std::to_string(three) + R"(,"prompt_name":"t"})");

    BOOST_TEST(taken(R"("prompt_template":{"name":"t"})") == std::to_string(three));
    BOOST_TEST(taken(R"("prompt_template":{"name":"t","version_numbers":[]})") == std::to_string(three));
    BOOST_TEST(taken(R"("prompt_template":{"name":"t","version_numbers":[2,3]})") ==
               std::to_string(three) + " " + std::to_string(two));
    BOOST_TEST(taken(R"("prompt_template":{"name":"t","version_numbers":[9]})") == "");
    BOOST_TEST(taken(R"("prompt_templates_exclude":[{"name":"t","version_numbers":[1,2]}])") == std::to_string(three));
    BOOST_REQUIRE(db.execute("INSERT INTO prompt_label (organization_id,prompt_id,prompt_version_id,name,created_us) "
                             "SELECT organization_id,prompt_id,id,'prod',0 FROM prompt_version WHERE number=2")
                      .has_value());
    BOOST_TEST(taken(R"("prompt_templates_include":[{"name":"t","labels":["prod"]}])") == std::to_string(two));
    BOOST_TEST(taken(R"("prompt_templates_include":[{"name":"t","labels":["none"]}])") == "");
    BOOST_TEST(taken(R"("prompt_templates_include":[{"name":"t","version_numbers":[3],"labels":["prod"]}])") ==
               std::to_string(three) + " " + std::to_string(two));
    auto const said = ask(with, "POST", its_path, R"({"name":"d","workspace_id":1,"prompt_template":{"name":"u"}})");
    BOOST_TEST(said.status == 404);
    BOOST_TEST(message_of(said) == "there is no such prompt template");
}

BOOST_AUTO_TEST_CASE(times_are_inclusive_and_take_several_forms)
{
    auto const early = std::to_string(track(0)), late = std::to_string(track(10));
    struct {
        std::string_view filter;
        std::string expected;
    } const cases[] = {
        {R"("start_time":"2024-01-15 12:00:00.000000","end_time":"2024-01-15 12:00:10.000000")", late + " " + early},
        {R"("start_time":"2024-01-15T12:00:00.000001Z")", late},
        {R"("end_time":"2024-01-15T12:00:09.999999999Z")", early},
        {R"("start_time":"2024-01-15T14:00:05+02:00")", late},
        {R"("start_time":"2024-01-15T12:00:11")", ""},
        {R"("end_time":1705320000)", early},
    };
    for (auto const& one : cases) BOOST_TEST_CONTEXT(one.filter) BOOST_TEST(taken(one.filter) == one.expected);
    for (auto const* bad : {"\"yesterday\"", "\"2024-13-01\"", "\"\"", "-1", "1e300"})
        BOOST_TEST(refusal(R"("start_time":)" + std::string(bad)).starts_with("start_time: must be"));
    BOOST_TEST(refusal(R"("end_time":{})").starts_with("end_time: expected"));
}

BOOST_AUTO_TEST_CASE(a_limit_takes_the_newest)
{
    auto const a = std::to_string(track(5)), b = std::to_string(track(0)), c = std::to_string(track(9));

    BOOST_TEST(taken() == c + " " + a + " " + b);
    BOOST_TEST(taken(R"("limit":1)") == c);
    BOOST_TEST(taken(R"("limit":50001)") == c + " " + a + " " + b);
    for (auto const* bad : {"0", "-1"})
        BOOST_TEST(refusal(R"("limit":)" + std::string(bad)) == "limit: must be greater than 0");
    BOOST_TEST(refusal(R"("limit":"x")") == "limit: expected a number, got a string");
}

BOOST_AUTO_TEST_CASE(what_is_missing_is_named)
{
    expect_refused(with, "POST", its_path,
                   {{R"({"workspace_id":1})", 422, "name: is required"},
                    {R"({"name":"","workspace_id":1})", 422, "name: is empty"},
                    {R"({"name":"a\u0000","workspace_id":1})", 422, "name: contains a NUL"},
                    {R"({"name":"a"})", 422, "workspace_id: is required"},
                    {R"({"name":"a","workspace_id":2})", 403, "workspace_id: the only workspace"},
                    {R"({"name":"a","workspace_id":"one"})", 422, "workspace_id: expected a number"},
                    {"", 422, "name: is required"},
                    {"null", 422, "body: expected an object"}});
}

BOOST_AUTO_TEST_CASE(any_text_can_be_asked_for)
{
    std::string const key(1024, 'k');
    auto const odd =
        R"("metadata":{"quote":"it's \"so\"","slash":"a\\b","snow":"☃","empty":"",")" + key + R"(":"long"})";
    auto const id = std::to_string(track(0, odd, "NEAR the bank - \"quoted\" * café ☃"));
    struct {
        std::string filter, expected;
    } const cases[] = {
        {R"("metadata":[{"key":"quote","value":"it's \"so\""}])", id},
        {R"("metadata":[{"key":"slash","value":"a\\b"}])", id},
        {R"("metadata":[{"key":"snow","value":"☃"}])", id},
        {R"("metadata":[{"key":"empty","value":""}])", id},
        {R"("metadata":[{"key":")" + key + R"(","value":"long"}])", id},
        {R"("q":"\"quoted\"")", id},
        {R"("q":"*")", id},
        {R"("q":"NEAR(")", id},
        {R"("q":"-bank")", id},
        {R"("q":"CAFÉ")", id},
        {R"("q":"bank OR river")", ""},
        {R"("q":"%")", id},
        {R"("q":"b_nk")", ""},
    };
    for (auto const& one : cases) BOOST_TEST_CONTEXT(one.filter) BOOST_TEST(taken(one.filter) == one.expected);
    BOOST_TEST(refusal(R"("metadata":[{"key":"a","value":"\u0000"}])") ==
               "metadata[0].value: contains a NUL character");
    BOOST_TEST(refusal(R"("q":"\u0000")") == "q: contains a NUL character");
    BOOST_TEST(refusal(R"("metadata":[{"key":")" + std::string(1025, 'k') + R"(","value":""}])")
                   .starts_with("metadata[0].key: is longer than 1024"));
}

BOOST_AUTO_TEST_CASE(names_may_repeat_and_no_match_is_an_empty_dataset)
{
    auto const first = make(R"("q":"nowhere")"), second = make(R"("q":"nowhere")");

    BOOST_TEST(first.at("message") == "Dataset created with 0 rows");
    BOOST_TEST(first.at("dataset_id") != second.at("dataset_id"));
    BOOST_TEST(rows_of(first).at("rows").as_array().empty());
    track(0, {}, "nowhere");
    BOOST_TEST(rows_of(first).at("total") == 0); // a snapshot
    BOOST_TEST(ask(with, "DELETE", "/datasets/name/d").body == R"({"success":true,"message":"2 datasets deleted"})");
    BOOST_TEST(ask(with, "DELETE", "/datasets/name/d").status == 404);
}

BOOST_AUTO_TEST_CASE(a_dataset_has_its_own_organisation_s_calls)
{
    track(0);
    with.organization = other_organization;

    auto const made = make();

    BOOST_TEST(rows_of(made).at("total") == 0);
    with.organization = storage::default_organization;
    BOOST_TEST(ask(with, "GET", "/api/public/v2/datasets/" + json::serialize(made.at("dataset_id")) + "/rows").status ==
               404);
}

BOOST_AUTO_TEST_SUITE_END()

} // namespace weir::api::test
