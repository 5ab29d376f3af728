#include "promptlayer_support.hpp"

#include <boost/json/parse.hpp>
#include <boost/json/serialize.hpp>
#include <boost/test/unit_test.hpp>

namespace json = boost::json;

namespace weir::api::test
{
namespace
{

/// A tracked call with some members other than usual.
std::string tracked(std::string_view more = {}, std::string_view response = R"({"id":"r-1","model":"gpt-4o"})",
                    std::string_view times = R"("request_start_time":1705320000.5,"request_end_time":1705320001.75)")
{
    return R"({"function_name":"openai.chat.completions.create","kwargs":{"model":"gpt-4o","messages":[]},)"
           R"("request_response":)" +
           std::string(response) + "," + std::string(times) + (more.empty() ? "" : ",") + std::string(more) + "}";
}

constexpr std::string_view blueprints =
    R"("input":{"type":"chat","messages":[{"role":"system","content":[{"type":"text","text":"Be kind"}]},)"
    R"({"role":"user","content":[{"type":"text","text":"Hi"},{"type":"image_url","image_url":{"url":"u"}}]}]},)"
    R"("output":{"type":"chat","messages":[{"role":"assistant","content":[{"type":"text","text":"Ho"}]}]})";

std::string logged_body(std::string_view more = {}, std::string_view said = blueprints)
{
    return R"({"provider":"openai","model":"gpt-4o","request_start_time":"2024-01-15T12:00:00Z",)"
           R"("request_end_time":"2024-01-15T12:00:01Z",)" +
           std::string(said) + (more.empty() ? "" : ",") + std::string(more) + "}";
}

} // namespace

BOOST_FIXTURE_TEST_SUITE(promptlayer_tracking, tracked_record)

BOOST_AUTO_TEST_CASE(a_tracked_call_is_logged_in_its_provider_s_form)
{
    auto const said =
        post("/track-request", tracked(R"("provider_type":"openai","metadata":{"user":"ann","a b":"\"x\""},)"
                                       R"("tags":["prod","dev","prod"],"args":[],"return_pl_id":true)"));

    BOOST_TEST(said.at("success") == true);
    BOOST_TEST(said.at("request_id") == 1);
    BOOST_TEST(!said.as_object().contains("prompt_blueprint"));
    BOOST_REQUIRE(logged.size() == 1U);
    auto const& log = logged.front();
    BOOST_TEST(log.at("provider") == "openai");
    BOOST_TEST(log.at("providerRequest").at("json") == json::parse(R"({"model":"gpt-4o","messages":[]})"));
    BOOST_TEST(log.at("providerRequest").at("meta") ==
               json::parse(R"({"Helicone-Property-user":"ann","Helicone-Property-a b":"\"x\""})"));
    BOOST_TEST(log.at("providerResponse").at("status") == 200);
    BOOST_TEST(log.at("providerResponse").at("json") == json::parse(R"({"id":"r-1","model":"gpt-4o"})"));
    BOOST_TEST(log.at("timing") == json::parse(R"({"startTime":{"seconds":1705320000,"milliseconds":5E2},)"
                                               R"("endTime":{"seconds":1705320001,"milliseconds":7.5E2}})"));
    BOOST_TEST(
        value_of("SELECT group_concat(tag) FROM (SELECT tag FROM tag WHERE entity_type='request' ORDER BY id)") ==
        "prod,dev");
    BOOST_TEST(value_of("SELECT status||function_name FROM tracked_request") ==
               "SUCCESSopenai.chat.completions.create");
}

BOOST_AUTO_TEST_CASE(the_older_path_and_times_as_text_are_taken)
{
    for (auto const* times :
         {R"("request_start_time":"2024-01-15T12:00:00.123456789Z","request_end_time":"1705320001")",
          R"("request_start_time":"2024-01-15 12:00:00","request_end_time":1705320001000)",
          R"("request_start_time":"2024-01-15T14:00:00+02:00","request_end_time":1705320001)"})
        BOOST_TEST_CONTEXT(times)
        {
            post("/rest/track-request", tracked({}, "{}", times));
            auto const& timing = logged.back().at("timing");
            BOOST_TEST(timing.at("startTime").at("seconds") == 1705320000);
            BOOST_TEST(timing.at("endTime").at("seconds") == 1705320001);
        }
}

BOOST_AUTO_TEST_CASE(the_function_says_the_provider_where_nothing_else_does)
{
    struct {
        std::string_view function, type, provider;
    } const cases[] = {
        {"anthropic.messages.create", "null", "anthropic"},
        {"openai.OpenAI.chat", "\"\"", "openai"},
        {"my.function", "null", ""},
        {"openai.x", "\"openai.azure\"", "azure"},
        {"x", "\"Gemini\"", "google"},
    };
    for (auto const& c : cases) BOOST_TEST_CONTEXT(c.function)
        {
            post("/track-request", R"({"kwargs":{},"request_response":{},"request_start_time":1,"request_end_time":2,)"
                                   R"("function_name":")" +
                                       std::string(c.function) + R"(","provider_type":)" + std::string(c.type) + "}");
            auto const* provider = logged.back().as_object().if_contains("provider");
            BOOST_TEST((provider ? std::string(provider->as_string()) : std::string()) == c.provider);
        }
}

BOOST_AUTO_TEST_CASE(a_failed_call_has_an_honest_status)
{
    struct {
        std::string_view more;
        int status;
    } const cases[] = {
        {R"("status":"ERROR","error_type":"PROVIDER_TIMEOUT","error_message":"late")", -1},
        {R"("status":"ERROR","error_type":"PROVIDER_RATE_LIMIT")", 429},
        {R"("status":"ERROR","error_type":"PROVIDER_QUOTA_LIMIT")", 429},
        {R"("status":"ERROR","error_type":"PROVIDER_AUTH_ERROR")", 401},
        {R"("status":"ERROR","error_type":"UNKNOWN_ERROR")", -100},
        {R"("status":"ERROR")", -100},
        {R"("status":"WARNING")", 200},
    };
    for (auto const& c : cases) BOOST_TEST_CONTEXT(c.more)
        {
            post("/track-request", tracked(c.more, "{}"));
            auto const& response = logged.back().at("providerResponse");
            BOOST_TEST(response.at("status") == c.status);
            BOOST_TEST(!response.as_object().contains("json"));
        }
    BOOST_TEST(logged.front().at("providerResponse").at("error") ==
               json::parse(R"({"type":"PROVIDER_TIMEOUT","message":"late"})"));
    BOOST_TEST(value_of("SELECT group_concat(DISTINCT status) FROM tracked_request") == "ERROR,WARNING");
}

BOOST_AUTO_TEST_CASE(a_blueprint_is_returned_where_it_is_asked_for)
{
    auto const said =
        post("/track-request", tracked(R"("return_prompt_blueprint":true)",
                                       R"({"choices":[{"message":{"role":"assistant","content":"Ho"}}]})"));

    auto const& prompt = said.at("prompt_blueprint").at("prompt_template");
    BOOST_TEST(prompt.at("type") == "chat");
    BOOST_TEST(prompt.at("messages").at(0).at("role") == "assistant");
    BOOST_TEST(prompt.at("messages").at(0).at("content").at(0).at("text") == "Ho");
    BOOST_TEST(said.at("prompt_blueprint").at("metadata").at("model").at("name") == "gpt-4o");
}

BOOST_AUTO_TEST_CASE(a_call_through_the_gateway_that_is_tracked_is_one_row)
{
    auto row = storage::minimal_at(noon_us + second_us);
    row.organization = storage::default_organization;
    row.response_model = "gpt-4o";
    row.properties = {{"user", "bob"}, {"kept", "1"}};
    row.has_body = true;
    add({row}, {.request = "{}", .response = R"({"id":"r-1","model":"gpt-4o"})", .raw_stream = {}});

    auto const first = post("/track-request", tracked(R"("metadata":{"user":"ann"},"tags":["t"])"));

    BOOST_TEST(logged.empty());
    BOOST_TEST(value_of("SELECT count(*) FROM request") == "1");
    BOOST_TEST(value_of("SELECT properties FROM request") == R"({"user":"ann","kept":"1"})");
    BOOST_TEST(value_of("SELECT entity_id FROM tag") == row.request_id.text());
    // Another call of the same id is another one: nobody can say that it went through the gateway.
    auto const second = post("/track-request", tracked());
    BOOST_TEST(logged.size() == 1U);
    BOOST_TEST(first.at("request_id") != second.at("request_id"));
}

BOOST_AUTO_TEST_CASE(only_a_call_of_that_time_model_and_id_is_the_same)
{
    struct {
        std::int64_t at_us;
        std::string model, response;
        storage::organization_id whose;
    } const others[] = {
        {noon_us + 60 * second_us, "gpt-4o", R"({"id":"r-1"})", storage::default_organization},
        {noon_us + second_us, "gpt-5", R"({"id":"r-1"})", storage::default_organization},
        {noon_us + second_us, "gpt-4o", R"({"id":"r-2"})", storage::default_organization},
        {noon_us + second_us, "gpt-4o", R"({"id":)", storage::default_organization},
        {noon_us + second_us, "gpt-4o", R"({"id":"r-1"})", other_organization},
    };
    std::int64_t n = 0;
    for (auto const& other : others) {
        auto row = storage::minimal_at(other.at_us, ++n);
        row.response_model = other.model;
        row.organization = other.whose;
        row.has_body = true;
        add({row}, {.request = "{}", .response = other.response, .raw_stream = {}});
    }

    post("/track-request", tracked());

    BOOST_TEST(logged.size() == 1U);
}

BOOST_AUTO_TEST_CASE(a_call_names_its_prompt_and_group)
{
    add_prompt("greeting", 3);
    auto const group = post("/create-group", "{}").at("id").to_number<int>();
    auto const prompt = [this](std::string_view more) {
        auto const said = post("/log-request", logged_body(more), 201);
        return said.at("prompt_version");
    };

    auto const newest = prompt(R"("prompt_name":"greeting","prompt_input_variables":{"name":"Ann"})");
    BOOST_TEST(newest.at("number") == 3);
    BOOST_TEST(newest.at("prompt_name") == "greeting");
    BOOST_TEST(prompt(R"("prompt_name":"greeting","prompt_version_number":2)").at("number") == 2);
    auto const id = json::serialize(newest.at("prompt_id"));
    BOOST_TEST(prompt(R"("prompt_version_number":1,"prompt_id":)" + id).at("number") == 1);
    BOOST_TEST(prompt("").is_null());
    BOOST_TEST(value_of("SELECT inputs FROM tracked_request WHERE inputs IS NOT NULL") == R"({"name":"Ann"})");
    BOOST_TEST(value_of("SELECT prompt_id||prompt_version FROM request ORDER BY id LIMIT 1") == "greeting3.0");

    auto const said = post("/track-request", tracked(R"("prompt_version":2,"group_id":)" + std::to_string(group) +
                                                     R"(,"prompt_id":)" + id));
    BOOST_TEST(said.at("message") == "Request tracked successfully");
    BOOST_TEST(value_of("SELECT count(*) FROM request_group_member") == "1");
    auto const unknown = post("/track-request", tracked(R"("prompt_id":999)"));
    BOOST_TEST(unknown.at("message").as_string().starts_with("Tracked without its prompt"));
}

BOOST_AUTO_TEST_CASE(what_is_wrong_with_a_tracked_call_is_named)
{
    expect_refused(
        with, "POST", "/track-request",
        {
            {"{}", 422, "function_name: is required"},
            {R"({"function_name":"f"})", 422, "kwargs: is required"},
            {tracked(R"("tags":"x","metadata":{"a":1})"), 422, "metadata.a: expected a string"},
            {tracked(R"("tags":[""])"), 422, "tags[0]: is empty"},
            {tracked(R"("tags":["a\u0000"])"), 422, "tags[0]: contains a NUL"},
            {tracked(R"("tags":[")" + std::string(513, 'x') + "\"]"), 422, "tags[0]: is longer than 512"},
            {tracked(R"("metadata":{"a b":"\u0000"})"), 422, R"(metadata["a b"]: contains a NUL)"},
            {tracked(R"("metadata":{")" + std::string(1025, 'x') + R"(":"v"})"), 422, "metadata: is longer"},
            {tracked({}, "[]"), 422, "request_response: expected an object"},
            {tracked({}, "{}", R"("request_start_time":"soon","request_end_time":1)"), 422, "request_start_time: must"},
            {tracked({}, "{}", R"("request_start_time":1,"request_end_time":-5)"), 422, "request_end_time: must be"},
            {tracked({}, "{}", R"("request_start_time":1,"request_end_time":1e300)"), 422, "request_end_time: must"},
            {tracked(R"("status":"OK")"), 422, "status: unknown value"},
            {tracked(R"("error_type":"X")"), 422, "error_type: unknown value"},
            {tracked(R"("group_id":77)"), 400, "group_id: there is no such group"},
            {tracked(R"("prompt_input_variables":"x")"), 422, "prompt_input_variables: expected an object"},
            {"[1]", 422, "body: expected an object"},
            {"{\"function_name\"", 422, "body: is not valid JSON"},
            {std::string(200, '[') + std::string(200, ']'), 422, "body: is not valid JSON"},
        });
    BOOST_TEST(logged.empty());
}

BOOST_AUTO_TEST_CASE(blueprints_become_a_chat_with_its_usage_and_cost)
{
    auto const said = post("/log-request",
                           logged_body(R"("parameters":{"temperature":0.5},"input_tokens":7,"output_tokens":2,)"
                                       R"("price":0.25,"score":80,"tags":["t"],"metadata":{"k":"v"})"),
                           201);

    BOOST_TEST(said == json::parse(R"({"id":1,"prompt_version":null,"status":"SUCCESS","error_type":null,)"
                                   R"("error_message":null})"));
    auto const& log = logged.front();
    BOOST_TEST(log.at("providerRequest").at("json") ==
               json::parse(R"({"temperature":0.5,"model":"gpt-4o","messages":[{"role":"system","content":"Be kind"},)"
                           R"({"role":"user","content":[{"type":"text","text":"Hi"},{"type":"image_url",)"
                           R"("image_url":{"url":"u"}}]}]})"));
    BOOST_TEST(log.at("providerResponse").at("json") ==
               json::parse(R"({"object":"chat.completion","model":"gpt-4o","choices":[{"index":0,"message":)"
                           R"({"role":"assistant","content":"Ho"},"finish_reason":"stop"}],)"
                           R"("usage":{"prompt_tokens":7,"completion_tokens":2,"total_tokens":9}})"));
    BOOST_TEST(log.at("providerResponse").at("cost") == 0.25);
    BOOST_TEST(value_of("SELECT a.score_key||s.int_value FROM score_value AS s JOIN score_attribute AS a"
                        " ON a.id=s.attribute_id") == "default80");
}

BOOST_AUTO_TEST_CASE(a_completion_and_a_failure_are_logged_too)
{
    post("/log-request",
         logged_body({}, R"("input":{"type":"completion","content":[{"type":"text","text":"Once"}]},)"
                         R"("output":{"type":"completion","content":[{"type":"text","text":"upon"}]})"),
         201);
    BOOST_TEST(logged.back().at("providerRequest").at("json").at("prompt") == "Once");
    BOOST_TEST(logged.back().at("providerResponse").at("json").at("choices").at(0).at("text") == "upon");
    BOOST_TEST(!logged.back().at("providerResponse").at("json").as_object().contains("usage"));

    auto const said =
        post("/log-request",
             logged_body(R"("status":"ERROR","error_type":"PROVIDER_ERROR","error_message":"no")",
                         R"("input":{"type":"chat","messages":[]},"output":{"type":"chat","messages":[]})"),
             201);
    BOOST_TEST(said.at("error_type") == "PROVIDER_ERROR");
    BOOST_TEST(said.at("error_message") == "no");
    BOOST_TEST(!logged.back().at("providerResponse").as_object().contains("json"));
    BOOST_TEST(value_of("SELECT count(*) FROM score_value") == "0"); // none was sent
}

BOOST_AUTO_TEST_CASE(what_is_wrong_with_a_logged_call_is_named)
{
    auto const chat = [](std::string_view messages) {
        return logged_body({}, R"("output":{"type":"chat","messages":[]},"input":{"type":"chat","messages":)" +
                                   std::string(messages) + "}");
    };
    expect_refused(
        with, "POST", "/log-request",
        {
            {"{}", 422, "provider: is required"},
            {chat("7"), 422, "input.messages: expected an array"},
            {chat("[7]"), 422, "input.messages[0]: expected an object"},
            {chat("[{}]"), 422, "input.messages[0].role: expected a string"},
            {chat(R"([{"role":"user","content":"text"}])"), 422, "input.messages[0].content: expected an array"},
            {chat(R"([{"role":"user","content":[{}]}])"), 422, "input.messages[0].content[0].type: expected"},
            {logged_body({}, R"("input":{"type":"x"},"output":{})"), 422, "input.type: expected"},
            {logged_body(R"("score":101)"), 422, "score: must be a whole number"},
            {logged_body(R"("score":1.5)"), 422, "score: must be a whole number"},
            {logged_body(R"("price":-1)"), 422, "price: must be"},
            {logged_body(R"("input_tokens":-1)"), 422, "input_tokens: must be"},
            {logged_body(R"("prompt_version_number":0)"), 422, "prompt_version_number: must be"},
            {logged_body(R"("error_message":")" + std::string(1025, 'x') + "\""), 422, "error_message: is"},
            {logged_body(R"("prompt_name":"nobody's")"), 404, "there is no such prompt"},
        });
    BOOST_TEST(logged.empty());
}

BOOST_AUTO_TEST_CASE(what_cannot_be_recorded_now_is_503)
{
    with.log_call = nullptr;

    auto const said = ask(with, "POST", "/track-request", tracked());

    BOOST_TEST(said.status == 503);
    BOOST_TEST(message_of(said) == "nothing records calls here");
}

BOOST_AUTO_TEST_SUITE_END()

} // namespace weir::api::test
