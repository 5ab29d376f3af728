#include "api/server.hpp"

#include "server_support.hpp"
#include "storage/datasets.hpp"

#include <boost/json/parse.hpp>
#include <boost/json/value.hpp>
#include <boost/test/unit_test.hpp>

#include <filesystem>
#include <optional>
#include <stdexcept>

using namespace std::chrono_literals;

namespace asio = boost::asio;

namespace weir::api::test
{

namespace
{

std::string post(std::string_view path, std::string_view body, std::string_view fields = {})
{
    return "POST " + std::string(path) +
           " HTTP/1.1\r\nHost: localhost\r\nConnection: close\r\nContent-Type: application/json\r\nContent-Length: " +
           std::to_string(body.size()) + "\r\n" + std::string(fields) + "\r\n" + std::string(body);
}

constexpr std::string_view everything_asked = R"({"filter":"all"})";

} // namespace

BOOST_FIXTURE_TEST_SUITE(server_, server_fixture)

BOOST_AUTO_TEST_CASE(the_process_s_own_endpoints_answer)
{
    auto const port = start();

    BOOST_TEST(body_of(exchange_raw(port, get("/healthz"))) == R"({"status":"ok"})");
    BOOST_TEST(body_of(exchange_raw(port, get("/healthcheck"))) == R"x({"status":"healthy :)"})x");
    BOOST_TEST(body_of(exchange_raw(port, get("/readyz"))) == R"({"status":"ready"})");
    auto const metrics = exchange_raw(port, get("/metrics"));
    BOOST_TEST(body_of(metrics) == "weir_up 1\n");
    BOOST_TEST(count(metrics, "Content-Type: text/plain; version=0.0.4") == 1);
    auto const described = boost::json::parse(body_of(exchange_raw(port, get("/openapi.json"))));
    BOOST_TEST(described.at("paths").as_object().contains("/v1/request/query"));
    BOOST_TEST((boost::json::parse(body_of(exchange_raw(port, get("/download/swagger.json")))) == described));
}

BOOST_AUTO_TEST_CASE(what_is_not_ready_says_why)
{
    with.not_ready = []() -> asio::awaitable<std::string> { co_return "the disk is full"; };

    auto const said = exchange_raw(start(), get("/readyz"));

    BOOST_TEST(status_of(said) == "503");
    BOOST_TEST(body_of(said) == R"({"data":null,"error":"the disk is full"})");
}

BOOST_AUTO_TEST_CASE(links_begin_with_the_public_url_or_with_the_host_that_was_asked)
{
    with.links = std::make_shared<signed_links const>("secret");
    auto const link_in = [](std::uint16_t port) {
        auto const said = boost::json::parse(body_of(exchange_raw(port, post("/v1/request/query", everything_asked))));
        return std::string(said.at("data").at(0).at("signed_body_url").as_string());
    };

    for (auto const* url : {"https://weir.example.com", "https://weir.example.com/"}) {
        options.public_url = url;
        BOOST_TEST(link_in(start()).starts_with("https://weir.example.com/v1/"));
    }
    options.public_url.clear();
    BOOST_TEST(link_in(start()).starts_with("http://localhost/v1/"));
}

BOOST_AUTO_TEST_CASE(endpoints_answer_over_the_wire)
{
    auto const port = start();

    auto const listed = exchange_raw(port, post("/v1/request/query", everything_asked));
    BOOST_TEST(status_of(listed) == "200");
    BOOST_TEST(boost::json::parse(body_of(listed)).at("data").as_array().size() == 1);
    BOOST_TEST(status_of(exchange_raw(port, get(row_path))) == "200");
    BOOST_TEST(status_of(exchange_raw(port, get(std::string(row_path) + "/"))) == "200");
}

BOOST_AUTO_TEST_CASE(a_body_that_is_kept_in_a_file_has_a_limit_of_its_own_and_leaves_no_file)
{
    options.max_body = 100;
    options.max_bodies = 200;
    options.max_upload = 1000;
    auto const spool = folder.file("spool");
    std::filesystem::create_directory(spool);
    options.spool_folder = spool;
    auto const port = start();
    auto const dataset = storage::create_dataset(db, storage::default_organization, {"d", "helicone", {}}, 1);
    auto const target = "/v1/helicone-dataset/" + dataset.value().text() + "/import";
    std::string const line = R"({"messages":[{"role":"user","content":"a"},{"role":"assistant","content":"b"}]})";

    BOOST_TEST(body_of(exchange_raw(port, post(target, line + std::string(800, '\n') + line))) ==
               R"({"data":{"imported":2},"error":null})");
    BOOST_TEST(body_of(exchange_raw(port, post(target, ""))) == R"({"data":{"imported":0},"error":null})");
    BOOST_TEST(status_of(exchange_raw(port, post(target, std::string(1001, '\n')))) == "413");
    BOOST_TEST(std::filesystem::is_empty(spool));
}

BOOST_AUTO_TEST_CASE(a_body_that_cannot_be_kept_is_refused)
{
    options.spool_folder = folder.file("none");
    auto const port = start();

    auto const said = exchange_raw(port, post("/v1/helicone-dataset/" + storage::uuid().text() + "/import", "{}"));

    BOOST_TEST(status_of(said) == "500");
    BOOST_TEST(body_of(said) == R"({"data":null,"error":"the body cannot be kept"})");
}

BOOST_AUTO_TEST_CASE(each_refusal_has_its_status_and_is_json)
{
    options.max_body = 1000;
    options.max_header_bytes = 4000;
    auto const port = start();
    auto const head = [](std::string_view fields) {
        return "GET /healthz HTTP/1.1\r\n" + std::string(fields) + "\r\n";
    };
    struct {
        std::string request, expected;
    } const cases[] = {
        {get("/nowhere"), "404"},
        {get("/v1/request/query"), "405"},
        {post("/healthz", "{}"), "405"},
        {"BREW /healthz HTTP/1.1\r\nHost: localhost\r\n\r\n", "405"},
        {"OPTIONS /healthz HTTP/1.1\r\nHost: localhost\r\n\r\n", "405"},
        {"OPTIONS * HTTP/1.1\r\nHost: localhost\r\n\r\n", "400"},
        {post("/v1/request/query", "{"), "400"},
        {post("/v1/request/query", ""), "400"},
        {post("/v1/request/query", std::string(1001, ' ')), "413"},
        {"POST /v1/request/query HTTP/1.1\r\nHost: localhost\r\nContent-Type: application/json\r\nTransfer-Encoding: "
         "chunked\r\n\r\n7d0\r\n" +
             std::string(2000, ' ') + "\r\n0\r\n\r\n",
         "413"},
        {"POST /v1/request/query HTTP/1.1\r\nHost: localhost\r\nContent-Type: application/json\r\n"
         "Content-Length: 99999999999\r\n\r\n",
         "413"},
        {"POST /v1/request/query HTTP/1.1\r\nHost: localhost\r\nContent-Type: text/plain\r\nContent-Length: "
         "2\r\n\r\n{}",
         "400"},
        {get("/healthz", "X: " + std::string(5000, 'x') + "\r\n"), "431"},
        {get("/healthz", "X: " + std::string(50'000, 'x') + "\r\n"), "431"},
        {head("Host: attacker.example\r\n"), "421"},
        {head("Host: localhost\r\nHost: localhost\r\n"), "400"},
        {head(""), "400"},
        {"GET http://attacker.example/healthz HTTP/1.1\r\nHost: localhost\r\n\r\n", "400"},
        {"GET http://attacker.example/healthz HTTP/1.1\r\nHost: attacker.example\r\n\r\n", "421"},
        {head("Host: localhost\r\nOrigin: http://attacker.example\r\n"), "403"},
        {head("Host: localhost\r\nOrigin: null\r\n"), "403"},
        {head("Host: localhost\r\nSec-Fetch-Site: cross-site\r\n"), "403"},
        {post("/v1/request/query", everything_asked, "Origin: http://localhost:3000\r\n"), "403"},
        {"GARBAGE\r\n\r\n", "400"},
        {"GET /healthz HTTP/1.1\r\nHost: localhost\r\nno colon here\r\n\r\n", "400"},
        {"POST /v1/request/query HTTP/1.1\r\nHost: localhost\r\nContent-Length: 2\r\nTransfer-Encoding: "
         "chunked\r\n\r\n0\r\n\r\n",
         "400"},
        {"POST /v1/request/query HTTP/1.1\r\nHost: localhost\r\nContent-Length: 2\r\nContent-Length: 3\r\n\r\n{}",
         "400"},
        {"\x16\x03\x01 TLS, as it were\r\n\r\n", "400"},
    };
    for (auto const& c : cases) BOOST_TEST_CONTEXT(c.request.substr(0, 200))
        {
            auto const said = exchange_raw(port, c.request);
            BOOST_TEST(status_of(said) == c.expected);
            BOOST_TEST(count(said, "Content-Type: application/json\r\n") == 1);
            BOOST_TEST(count(said, "Access-Control-") == 0);
            auto const body = boost::json::parse(body_of(said)).as_object();
            BOOST_TEST(body.at("data").is_null());
            BOOST_TEST(!body.at("error").as_string().empty());
        }
    BOOST_TEST(count(exchange_raw(port, post("/healthz", "{}")), "Allow: GET, HEAD\r\n") == 1);
}

BOOST_AUTO_TEST_CASE(own_pages_and_names_are_served)
{
    auto const port = start();
    std::string const cases[] = {
        "GET /healthz HTTP/1.1\r\nHost: weir.example.com\r\nOrigin: https://weir.example.com\r\n\r\n",
        "GET /healthz HTTP/1.1\r\nHost: localhost:81\r\nOrigin: http://localhost:81\r\n\r\n",
        "GET /healthz HTTP/1.1\r\nHost: [::1]:81\r\nSec-Fetch-Site: same-origin\r\n\r\n",
        "GET http://localhost/healthz?x=1 HTTP/1.1\r\nHost: localhost\r\n\r\n",
        "GET /healthz HTTP/1.0\r\nHost: localhost\r\n\r\n",
    };
    for (auto const& c : cases) BOOST_TEST_CONTEXT(c) BOOST_TEST(status_of(exchange_raw(port, c)) == "200");
}

BOOST_AUTO_TEST_CASE(pipelined_requests_are_answered_in_their_order)
{
    raw_client client(start());

    client.send("GET /healthz HTTP/1.1\r\nHost: localhost\r\n\r\n"
                "POST /nowhere HTTP/1.1\r\nHost: localhost\r\n\r\n"
                "GET /healthcheck HTTP/1.1\r\nHost: localhost\r\nConnection: close\r\n\r\n");

    auto const said = client.read_all();
    BOOST_TEST(count(said, "HTTP/1.1 ") == 3);
    BOOST_TEST(said.find(R"("ok")") < said.find("404"));
    BOOST_TEST(said.find("404") < said.find("healthy"));
}

BOOST_AUTO_TEST_CASE(head_is_get_without_the_body)
{
    auto const port = start();
    raw_client client(port);

    client.send("HEAD /healthz HTTP/1.1\r\nHost: localhost\r\n\r\n"
                "HEAD /nowhere HTTP/1.1\r\nHost: localhost\r\nConnection: close\r\n\r\n");

    auto const said = client.read_all();
    BOOST_TEST(count(said, "Content-Length: 15\r\n") == 1);
    BOOST_TEST(count(said, "HTTP/1.1 404") == 1);
    BOOST_TEST(count(said, "{") == 0);
}

BOOST_AUTO_TEST_CASE(a_body_is_asked_for_only_when_it_will_be_read)
{
    options.max_body = 1000;
    auto const port = start();
    std::string const head = "POST /v1/request/query HTTP/1.1\r\nHost: localhost\r\nContent-Type: application/json\r\n"
                             "Expect: 100-continue\r\nConnection: close\r\nContent-Length: ";
    {
        raw_client client(port);
        client.send(head + "16\r\n\r\n");
        BOOST_TEST(client.read_until("\r\n\r\n") == "HTTP/1.1 100 Continue\r\n\r\n");
        client.send(everything_asked);
        BOOST_TEST(status_of(client.read_all()) == "200");
    }
    raw_client client(port);
    client.send(head + "1001\r\n\r\n");
    client.finish();
    BOOST_TEST(status_of(client.read_all()) == "413");
}

BOOST_AUTO_TEST_CASE(all_bodies_under_way_together_have_a_limit)
{
    options.max_bodies = 1000;
    auto const port = start();
    std::string const head = "POST /v1/request/query HTTP/1.1\r\nHost: localhost\r\nContent-Type: application/json\r\n"
                             "Connection: close\r\nContent-Length: 900\r\n";
    raw_client first(port);
    first.send(head + "Expect: 100-continue\r\n\r\n" + std::string(800, ' '));
    // What has come with the head is counted before more is asked for.
    BOOST_TEST(first.read_until("\r\n\r\n") == "HTTP/1.1 100 Continue\r\n\r\n");
    {
        raw_client second(port);
        second.send(head + "\r\n" + std::string(800, ' '));
        auto const refused = second.read_all();
        BOOST_TEST(status_of(refused) == "503");
        BOOST_TEST(body_of(refused).find("too many large bodies") != std::string::npos);
    }
    first.send(std::string(100, ' '));
    BOOST_TEST(status_of(first.read_all()) == "400"); // 900 spaces are no JSON
}

BOOST_AUTO_TEST_CASE(a_handler_that_throws_is_500_and_tells_only_the_log)
{
    with.metrics = []() -> std::string { throw std::runtime_error("secret detail"); };

    auto const said = exchange_raw(start(), get("/metrics"));
    running->stop(1s);

    BOOST_TEST(status_of(said) == "500");
    BOOST_TEST(body_of(said) == R"({"data":null,"error":"internal error; the log says more"})");
    BOOST_TEST(reported == "GET /metrics: secret detail");
}

BOOST_AUTO_TEST_CASE(keys_are_asked_for_where_somebody_tells_whose_they_are)
{
    with.identify = [](std::string authorization) -> asio::awaitable<result<caller>> {
        if (authorization != "Bearer right") co_return failure(errc::unauthorized, "No API key found");
        caller const other{.organization = storage::organization_id{7}};
        co_return other;
    };
    auto const port = start();

    auto const refused = exchange_raw(port, post("/v1/request/query", everything_asked));
    BOOST_TEST(status_of(refused) == "401");
    BOOST_TEST(body_of(refused) == R"({"data":null,"error":"No API key found","trace":"isAuthenticated.error"})");
    BOOST_TEST(status_of(exchange_raw(port, get("/healthz"))) == "200");
    auto const answered =
        exchange_raw(port, post("/v1/request/query", everything_asked, "Authorization: Bearer right\r\n"));
    BOOST_TEST(status_of(answered) == "200");
    BOOST_TEST(body_of(answered) == R"({"data":[],"error":null})"); // the rows are another organisation's
}

BOOST_AUTO_TEST_CASE(the_body_of_a_stranger_is_not_read)
{
    with.identify = [](std::string) -> asio::awaitable<result<caller>> {
        co_return failure(errc::unauthorized, "No API key found");
    };
    raw_client client(start());
    client.send("POST /v1/request/query HTTP/1.1\r\nHost: localhost\r\nContent-Type: application/json\r\n"
                "Content-Length: 1000000\r\nExpect: 100-continue\r\n\r\n");

    auto const said = client.read_all();

    BOOST_TEST(status_of(said) == "401");
    BOOST_TEST(count(said, "Connection: close\r\n") == 1);
}

BOOST_AUTO_TEST_CASE(a_fault_in_telling_whose_a_call_is_is_500)
{
    with.identify = [](std::string) -> asio::awaitable<result<caller>> {
        throw std::runtime_error("secret detail");
        caller const other{.organization = storage::organization_id{7}};
        co_return other;
    };

    auto const said = exchange_raw(start(), post("/v1/request/query", everything_asked));
    running->stop(1s);

    BOOST_TEST(status_of(said) == "500");
    BOOST_TEST(reported == "POST /v1/request/query: secret detail");
}

BOOST_AUTO_TEST_CASE(a_taken_port_is_named)
{
    auto const port = start();
    options.port = port;

    BOOST_CHECK_EXCEPTION(server(options, with), std::runtime_error, [port](std::runtime_error const& e) {
        return std::string(e.what()) ==
               "cannot listen on 127.0.0.1:" + std::to_string(port) +
                   " for the admin side (Address already in use): choose another address with admin.listen";
    });
}

BOOST_AUTO_TEST_CASE(a_server_that_never_started_can_go)
{
    server const unused(options, with);

    BOOST_TEST(unused.port() != 0);
}

BOOST_AUTO_TEST_SUITE_END()

} // namespace weir::api::test
