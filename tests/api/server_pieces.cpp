#include "api/server.hpp"

#include "support.hpp"

#include <boost/test/unit_test.hpp>

#include <algorithm>
#include <chrono>
#include <mutex>
#include <optional>

using namespace std::chrono_literals;

/// Answers of any length, over the wire: an export of more than the sockets between hold.
namespace weir::api::test
{

namespace
{

constexpr unsigned calls = 24;
constexpr std::size_t body_size = 1 << 20;

struct long_answer : served_record {
    long_answer()
    {
        for (unsigned n = 1; n <= calls; ++n) {
            auto row = full_row();
            row.id = storage::row_id{n};
            row.request_id = numbered(n);
            add({row}, {.request = '"' + std::string(body_size, 'x') + '"', .response = "{}", .raw_stream = {}});
        }
    }
};

std::string request(std::string_view method = "GET", std::string_view version = "1.1", std::string_view query = "")
{
    return std::string(method) + " /v1/request/export" + std::string(query) + " HTTP/" + std::string(version) +
           "\r\nHost: localhost\r\n\r\n";
}

/// What a chunked body says; nothing when its end is not there.
std::optional<std::string> unchunked(std::string_view body)
{
    std::string text;
    for (;;) {
        auto const line = body.find("\r\n");
        if (line == body.npos) return std::nullopt;
        auto const size = std::stoul(std::string(body.substr(0, line)), nullptr, 16);
        body.remove_prefix(line + 2);
        if (body.size() < size + 2) return std::nullopt;
        if (body.substr(size, 2) != "\r\n") return std::nullopt;
        if (size == 0) return body.size() == 2 ? std::optional(text) : std::nullopt;
        text += body.substr(0, size);
        body.remove_prefix(size + 2);
    }
}

} // namespace

BOOST_FIXTURE_TEST_SUITE(server_pieces_, long_answer)

BOOST_AUTO_TEST_CASE(pieces_are_chunks_and_the_connection_carries_another_request)
{
    raw_client client(start());

    client.send(request());
    client.send("GET /healthz HTTP/1.1\r\nHost: localhost\r\nConnection: close\r\n\r\n");

    auto const said = client.read_all();
    BOOST_TEST(status_of(said) == "200");
    auto const head = said.substr(0, said.find("\r\n\r\n"));
    BOOST_TEST(head.find("Transfer-Encoding: chunked") != head.npos);
    BOOST_TEST(head.find("Content-Length") == head.npos);
    BOOST_TEST(head.find("Content-Type: application/x-ndjson") != head.npos);
    auto const next = said.rfind("HTTP/1.1 200");
    BOOST_TEST_REQUIRE(next > 0U);
    auto const text = unchunked(body_of(said.substr(0, next)));
    BOOST_REQUIRE(text.has_value());
    BOOST_TEST(std::count(text->begin(), text->end(), '\n') == calls);
    BOOST_TEST(text->size() > calls * body_size);
}

BOOST_AUTO_TEST_CASE(a_client_of_http_1_0_gets_it_up_to_the_end_of_the_connection)
{
    raw_client client(start());

    client.send(request("GET", "1.0"));

    auto const said = client.read_all();
    BOOST_TEST(said.find("Transfer-Encoding") == said.npos);
    BOOST_TEST(said.find("Connection: close\r\n") != said.npos);
    auto const body = body_of(said);
    BOOST_TEST(std::count(body.begin(), body.end(), '\n') == calls);
    BOOST_TEST(body.back() == '\n');
}

BOOST_AUTO_TEST_CASE(nothing_is_a_body_too_and_head_has_none)
{
    auto const port = start();
    raw_client none(port), head(port);

    none.send(request("GET", "1.1", "?filter=%7B%22request%22:%7B%22user_id%22:%7B%22equals%22:%22nobody%22%7D%7D%7D"));
    BOOST_TEST(none.read_until("0\r\n\r\n").ends_with("\r\n\r\n0\r\n\r\n"));

    head.send(request("HEAD"));
    head.send("GET /healthz HTTP/1.1\r\nHost: localhost\r\nConnection: close\r\n\r\n");
    auto const said = head.read_all();
    BOOST_TEST(said.size() < 1000U);
    BOOST_TEST(said.find(R"({"status":"ok"})") != said.npos);
}

BOOST_AUTO_TEST_CASE(a_wrong_question_has_an_answer_as_ever)
{
    raw_client client(start());

    client.send(request("GET", "1.1", "?format=xml"));

    BOOST_TEST(status_of(client.read_until("}")) == "400");
}

BOOST_AUTO_TEST_CASE(what_fails_in_the_middle_breaks_the_connection_off)
{
    for (std::string const version : {"1.1", "1.0"}) BOOST_TEST_CONTEXT(version)
        {
            auto const port = start();
            raw_client client(port);
            client.send(request("GET", version));
            auto const begun = client.read_until("request_id"); // the sockets hold some more, and then it waits
            BOOST_TEST(status_of(begun) == "200");
            BOOST_REQUIRE(db.execute("ALTER TABLE request RENAME TO gone").has_value());

            auto const rest = client.read_all();

            BOOST_TEST(!rest.ends_with("0\r\n\r\n"));
            BOOST_TEST(rest.size() < calls * body_size);
            running->stop(1s);
            BOOST_TEST(reported.find("an answer was broken off: ") == 0U);
            reported.clear();
            BOOST_REQUIRE(db.execute("ALTER TABLE gone RENAME TO request").has_value());
        }
}

BOOST_AUTO_TEST_CASE(a_client_that_does_not_read_is_cut)
{
    options.write_timeout = 100ms;
    raw_client client(start());
    client.send(request());
    BOOST_TEST(status_of(client.read_until("request_id")) == "200");
    auto const begun = std::chrono::steady_clock::now();

    running->stop(30s); // lets calls end

    BOOST_TEST((std::chrono::steady_clock::now() - begun < 20s));
    BOOST_TEST(!client.read_all().ends_with("0\r\n\r\n"));
}

BOOST_AUTO_TEST_CASE(a_client_that_goes_ends_it)
{
    auto const port = start();
    std::optional<raw_client> client(port);
    client->send(request());
    BOOST_TEST(status_of(client->read_until("request_id")) == "200");
    client.reset();

    running->stop(30s);

    BOOST_TEST(reported == "");
}

BOOST_AUTO_TEST_SUITE_END()

} // namespace weir::api::test
