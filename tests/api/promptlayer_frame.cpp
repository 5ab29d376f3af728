// What all of PromptLayer's endpoints have in common: whose calls they are, how bodies are read, what failures say.
#include "api/router.hpp"
#include "support.hpp"

#include <boost/asio/co_spawn.hpp>
#include <boost/asio/io_context.hpp>
#include <boost/json/parse.hpp>
#include <boost/json/serialize.hpp>
#include <boost/json/value.hpp>
#include <boost/test/unit_test.hpp>

namespace asio = boost::asio;
namespace json = boost::json;

namespace weir::api::test
{

struct frame_part {
    std::string name;
    std::optional<std::int64_t> size;
};
BOOST_DESCRIBE_STRUCT(frame_part, (), (name, size))

struct frame_body {
    std::string name;
    std::vector<frame_part> parts;
    std::map<std::string, std::string> metadata;
};
BOOST_DESCRIBE_STRUCT(frame_body, (), (name, parts, metadata))

struct frame_request {
    std::string identifier;
    std::optional<std::int64_t> page;
    frame_body body;
};
BOOST_DESCRIBE_STRUCT(frame_request, (), (identifier, page, body))

struct named_frame_request {
    std::string identifier;
};
BOOST_DESCRIBE_STRUCT(named_frame_request, (), (identifier))

BOOST_AUTO_TEST_SUITE(promptlayer_frame)

namespace
{

asio::awaitable<result<created<frame_body>>> make(frame_request asked, services&)
{
    if (asked.body.name == "taken") co_return conflict("name: is another's");
    if (asked.body.name == "broken") co_return boost::system::errc::make_error_code(boost::system::errc::io_error);
    if (asked.body.name == "odd") co_return invalid("name: is odd");
    co_return created<frame_body>{std::move(asked.body)};
}

asio::awaitable<result<sent_with_one_of<null, 201, 202>>> queue(named_frame_request asked, services&)
{
    co_return sent_with_one_of<null, 201, 202>{{}, asked.identifier == "later" ? 202 : 201};
}

asio::awaitable<result<no_content>> remove(named_frame_request, services&) { co_return no_content{}; }

constexpr endpoint table[] = {
    post<make>("/made/{identifier...}", "Make", ""),
    get<queue>("/made/{identifier...}", "Look", ""),
    get<queue>("/made/{identifier...}/labels", "Labels", ""),
    get<queue>("/made/{identifier...}/x/labels", "OtherLabels", ""),
    delete_<remove>("/made/{identifier...}", "Remove", ""),
    get<queue>("/queued/{identifier}", "Queue", ""),
    get<queue>("/made", "List", ""),
};

endpoint const& entry_named(std::string_view operation)
{
    for (auto const& e : table)
        if (e.operation == operation) return e;
    throw std::logic_error("no such entry");
}

answered run(std::string_view operation, std::string body, incoming::parameters query = {}, std::string name = "n")
{
    incoming came;
    came.speaks = dialect::promptlayer;
    came.path = {{"identifier", std::move(name)}};
    came.query = std::move(query);
    came.content_type = "application/json";
    came.body = std::move(body);
    answered said;
    services with;
    asio::io_context io;
    auto const& asked = entry_named(operation);
    asio::co_spawn(io, asked.run(asked, std::move(came), with), [&said](std::exception_ptr fault, reply made) {
        BOOST_REQUIRE(!fault);
        said = {made.status, made.body, made.request_id};
    });
    io.run();
    return said;
}

std::string found(router const& routes, std::string_view method, std::string_view path)
{
    auto const match = routes.find(method, path);
    if (!match.found) return match.allow.empty() ? "none" : "allow " + match.allow;
    auto text = std::string(match.found->operation);
    for (auto const& [name, value] : match.path) text += " " + name + "=" + value;
    return text;
}

constexpr std::string_view name_is_required = R"({"success":false,"message":"name: is required","error":)"
                                              R"("the request is not valid","detail":[{"loc":["body","name"],)"
                                              R"("msg":"is required","type":"missing"}]})";

std::string post_to(std::string_view path, std::string_view body, std::string_view fields = {})
{
    return "POST " + std::string(path) +
           " HTTP/1.1\r\nHost: localhost\r\nConnection: close\r\nContent-Type: application/json\r\nContent-Length: " +
           std::to_string(body.size()) + "\r\n" + std::string(fields) + "\r\n" + std::string(body);
}

struct keyed_server : served_record {
    /// Knows one key. None is needed, or one is.
    void know(std::string key, bool required)
    {
        with.identify = [key, required](std::string given) -> asio::awaitable<result<caller>> {
            caller who;
            if (given.empty() && !required) co_return who;
            if (given != key && given != "Bearer " + key) co_return failure(errc::unauthorized, "No API key found");
            who.organization = storage::organization_id{7};
            co_return who;
        };
    }

    std::string organization_of_newest_group()
    {
        return value_of("SELECT organization_id FROM request_group ORDER BY id DESC LIMIT 1");
    }
};

} // namespace

BOOST_AUTO_TEST_CASE(a_name_in_a_path_may_have_slashes)
{
    group const groups[] = {{"test", table, false, dialect::promptlayer}};
    router const routes(groups);
    struct {
        std::string_view method, path, expected;
    } const cases[] = {
        {"POST", "/made/a", "Make identifier=a"},
        {"POST", "/made/a/b", "Make identifier=a/b"},
        {"POST", "/made/a%2Fb%20c", "Make identifier=a/b c"},
        {"POST", "/made/my%20prompt/x", "Make identifier=my prompt/x"},
        {"POST", "/made/a/labels", "Make identifier=a/labels"},
        {"GET", "/made/a/labels", "Labels identifier=a"},
        {"HEAD", "/made/a/labels", "Labels identifier=a"},
        {"GET", "/made/a/b/labels", "Labels identifier=a/b"},
        {"GET", "/made/a/x/labels", "OtherLabels identifier=a"},
        {"GET", "/made/labels", "Look identifier=labels"},
        {"GET", "/made/a/", "Look identifier=a"},
        {"DELETE", "/made/a/labels", "Remove identifier=a/labels"},
        {"GET", "/made", "List"},
        {"GET", "/made/", "List"},
        {"GET", "//made/a", "Look identifier=a"},
        {"GET", "///made", "List"},
        {"GET", "/made/a%00b", "none"},
        {"GET", "/makes/a", "none"},
        {"GET", "//", "none"},
        {"GET", "//nowhere", "none"},
        {"POST", "/made", "allow GET, HEAD"},
    };
    for (auto const& c : cases)
        BOOST_TEST_CONTEXT(c.method << " " << c.path) BOOST_TEST(found(routes, c.method, c.path) == c.expected);

    auto const refused = routes.find("PUT", "/made/a");
    BOOST_TEST(!refused.found);
    BOOST_TEST((refused.speaks == dialect::promptlayer));
    BOOST_TEST(refused.allow == "POST, GET, HEAD, DELETE");
}

BOOST_AUTO_TEST_CASE(the_document_has_such_a_path_without_its_mark)
{
    BOOST_TEST(described_path(entry_named("Labels")) == "/made/{identifier}/labels");
    BOOST_TEST(described_path(entry_named("List")) == "/made");
}

BOOST_AUTO_TEST_CASE(unknown_members_are_ignored_at_every_level)
{
    auto const said =
        run("Make", R"({"name":"n","more":1,"parts":[{"name":"p","odd":{}}],"metadata":{"a":"b"}})", {{"pagee", "1"}});

    BOOST_TEST(said.status == 201);
    BOOST_TEST(said.body == R"({"name":"n","parts":[{"name":"p"}],"metadata":{"a":"b"}})");
}

BOOST_AUTO_TEST_CASE(what_cannot_be_read_is_422_with_its_place)
{
    struct {
        std::string body;
        incoming::parameters query;
        std::string_view message, where;
    } const cases[] = {
        {"{}", {}, "name: is required", R"(["body","name"])"},
        {R"({"name":1})", {}, "name: expected a string, got a number", R"(["body","name"])"},
        {R"({"name":"n","parts":[{"name":"p"},{"name":[]}],"metadata":{}})",
         {},
         "parts[1].name: expected a string, got an array",
         R"(["body","parts",1,"name"])"},
        {R"({"name":"n","parts":[],"metadata":{"a.b]c":1}})",
         {},
         R"(metadata["a.b]c"]: expected a string, got a number)",
         R"(["body","metadata","a.b]c"])"},
        {"[]", {}, "body: expected an object, got an array", R"(["body"])"},
        {R"({"name":"n","parts":[],"metadata":{}})",
         {{"page", "x"}},
         "page: expected a number, got a string",
         R"(["query","page"])"},
    };
    for (auto const& c : cases) BOOST_TEST_CONTEXT(c.body)
        {
            auto const said = run("Make", c.body, c.query);
            BOOST_TEST(said.status == 422);
            auto const body = json::parse(said.body);
            BOOST_TEST(body.at("success") == false);
            BOOST_TEST(std::string(body.at("message").as_string()) == c.message);
            BOOST_TEST(json::serialize(body.at("detail").at(0).at("loc")) == c.where);
        }
    BOOST_TEST(run("Make", "{}").body == name_is_required);
    BOOST_TEST(run("Make", "{").status == 422);
    BOOST_TEST(run("Make", std::string(100, '[')).status == 422);
}

BOOST_AUTO_TEST_CASE(other_failures_have_their_status_and_a_message)
{
    struct {
        std::string_view name;
        int status;
        std::string_view body;
    } const cases[] = {
        {"taken", 409, R"({"success":false,"message":"name: is another's","error":"conflicts with what there is"})"},
        {"odd", 400, R"({"success":false,"message":"name: is odd","error":"the request is not valid"})"},
        {"broken", 500,
         R"({"success":false,"message":"internal error; the log says more","error":"internal error; the log says more"})"},
    };
    for (auto const& c : cases) BOOST_TEST_CONTEXT(c.name)
        {
            auto const said = run("Make", R"({"parts":[],"metadata":{},"name":")" + std::string(c.name) + "\"}");
            BOOST_TEST(said.status == c.status);
            BOOST_TEST(said.body == c.body);
        }
}

BOOST_AUTO_TEST_CASE(an_answer_has_the_status_of_its_type)
{
    BOOST_TEST(run("Queue", "", {}, "now").status == 201);
    BOOST_TEST(run("Queue", "", {}, "later").status == 202);
    BOOST_TEST(run("Remove", "").status == 204);
}

BOOST_FIXTURE_TEST_CASE(a_key_is_in_the_head_or_in_the_body, keyed_server)
{
    know("pl_right", true);
    auto const port = start();
    for (auto const* field : {"X-API-KEY: pl_right\r\n", "x-api-key: pl_right\r\n", "X-Api-Key:  pl_right \r\n",
                              "Authorization: Bearer pl_right\r\n"})
        BOOST_TEST_CONTEXT(field)
        {
            auto const said = exchange_raw(port, post_to("/create-group", "{}", field));
            BOOST_TEST(status_of(said) == "200");
            BOOST_TEST(organization_of_newest_group() == "7");
        }
    auto const said = exchange_raw(port, post_to("/create-group", R"({"api_key":"pl_right"})"));
    BOOST_TEST(status_of(said) == "200");
    auto const body = json::parse(body_of(said));
    BOOST_TEST(body.at("success") == true);
    BOOST_TEST(body.at("id") == 5);
    BOOST_TEST(status_of(exchange_raw(port, post_to("//create-group", R"({"api_key":"pl_right"})"))) == "200");
    // An empty field is none.
    BOOST_TEST(status_of(exchange_raw(
                   port, post_to("/create-group", R"({"api_key":"pl_right"})", "X-API-KEY: \r\n"))) == "200");
}

BOOST_FIXTURE_TEST_CASE(a_wrong_key_is_refused_always_and_a_missing_one_where_keys_are_required, keyed_server)
{
    for (bool const required : {true, false}) BOOST_TEST_CONTEXT("required " << required)
        {
            know("pl_right", required);
            auto const port = start();
            struct {
                std::string body, field;
                bool is_missing;
            } const cases[] = {
                {"{}", "X-API-KEY: pl_wrong\r\n", false},
                {R"({"api_key":"pl_right"})", "X-API-KEY: pl_wrong\r\n", false}, // the field is asked first
                {R"({"api_key":"pl_wrong"})", "", false},
                {R"({"api_key":7})", "", false},
                {R"({"api_key":["pl_right"]})", "", false},
                {"{}", "", true},
                {R"({"api_key":null})", "", true},
                {R"({"x":{"api_key":"pl_right"}})", "", true},
                {"{\"api_key\":", "", true},
                {"", "", true},
            };
            for (auto const& c : cases) BOOST_TEST_CONTEXT(c.body << " " << c.field)
                {
                    auto const said = exchange_raw(port, post_to("/create-group", c.body, c.field));
                    bool const is_refused = !c.is_missing || required;
                    BOOST_TEST(status_of(said) == (is_refused ? "401" : "200"));
                    if (!is_refused) continue;
                    auto const body = json::parse(body_of(said));
                    BOOST_TEST(body.at("success") == false);
                    BOOST_TEST(body.at("message") == "No API key found");
                    BOOST_TEST(said.find("pl_") == std::string::npos);
                }
            running.reset();
        }
}

BOOST_FIXTURE_TEST_CASE(each_refusal_of_a_path_of_promptlayer_s_is_in_its_form, keyed_server)
{
    auto const port = start();
    struct {
        std::string request, status;
    } const cases[] = {
        {"GET /create-group HTTP/1.1\r\nHost: localhost\r\nConnection: close\r\n\r\n", "405"},
        {post_to("/create-group", "{}", "Origin: http://attacker.example\r\n"), "403"},
        {"POST /create-group HTTP/1.1\r\nHost: attacker.example\r\nConnection: close\r\n\r\n", "421"},
        {post_to("/create-group", std::string(70'000, ' ')), "413"},
    };
    for (auto const& c : cases) BOOST_TEST_CONTEXT(c.request.substr(0, 100))
        {
            auto const said = exchange_raw(port, c.request);
            BOOST_TEST(status_of(said) == c.status);
            auto const body = json::parse(body_of(said)).as_object();
            BOOST_TEST(body.at("success") == false);
            BOOST_TEST(!body.at("message").as_string().empty());
            BOOST_TEST(!body.contains("data"));
        }
}

BOOST_FIXTURE_TEST_CASE(a_path_that_is_not_there_says_so_in_both_forms, keyed_server)
{
    auto const port = start();
    for (auto const* target :
         {"/workflows/7/run", "/ws-token-request-library?capability=x", "/api/public/v2/nothing"}) {
        auto const said = exchange_raw(port, post_to(target, "{}"));
        BOOST_TEST(status_of(said) == "404");
        BOOST_TEST(body_of(said) == R"({"data":null,"error":"no such path","message":"no such path"})");
    }
    BOOST_TEST(body_of(exchange_raw(port, post_to("/v1/nothing", "{}"))) == R"({"data":null,"error":"no such path"})");
}

BOOST_FIXTURE_TEST_CASE(keys_that_may_not_do_it_are_403, stored_record)
{
    with.permissions = storage::key_permissions::read;
    auto const said = ask(with, "POST", "/create-group", "{}");
    BOOST_TEST(said.status == 403);
    BOOST_TEST(json::parse(said.body).at("message").as_string().starts_with("this API key may only read"));

    with.permissions = storage::key_permissions::write;
    BOOST_TEST(ask(with, "POST", "/create-group", "{}").status == 200);
}

BOOST_AUTO_TEST_SUITE_END()

} // namespace weir::api::test
