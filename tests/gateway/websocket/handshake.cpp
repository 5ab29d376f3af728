#include "gateway/websocket/handshake.hpp"

#include <boost/test/unit_test.hpp>

namespace weir::gateway::websocket
{
BOOST_AUTO_TEST_SUITE(websocket_handshake)

namespace
{

template <class Parser>
std::unique_ptr<Parser> parsed(std::string const& head)
{
    auto parser = std::make_unique<Parser>(16384);
    boost::system::error_code error;
    BOOST_REQUIRE(parser->parse_head(head, error) == head.size());
    BOOST_REQUIRE(!error);
    return parser;
}

std::string request(std::string_view fields, std::string_view line = "GET /v1/realtime HTTP/1.1")
{
    return std::string(line) + "\r\nHost: weir\r\n" + std::string(fields) + "\r\n";
}

constexpr std::string_view upgrade = "Connection: Upgrade\r\nUpgrade: websocket\r\n";
constexpr std::string_view version = "Sec-WebSocket-Version: 13\r\n";
constexpr std::string_view key = "Sec-WebSocket-Key: dGhlIHNhbXBsZSBub25jZQ==\r\n";
constexpr std::string_view accept = "Sec-WebSocket-Accept: s3pPLMBiTxaQ9kYGzzhZRbK+xOo=\r\n"; // of the RFC's example

std::string joined(std::initializer_list<std::string_view> parts)
{
    std::string all;
    for (auto const part : parts) all += part;
    return all;
}

} // namespace

BOOST_AUTO_TEST_CASE(which_requests_ask_for_a_websocket)
{
    struct {
        std::string head;
        bool asks;
    } const cases[] = {
        {request(upgrade), true},
        {request("Connection: keep-alive, Upgrade\r\nupgrade: WebSocket\r\n"), true},
        {request("Connection: keep-alive\r\nConnection: upgrade\r\nUpgrade: h2c, websocket\r\n"), true},
        {request(upgrade, "POST /v1/realtime HTTP/1.1"), false},
        {request(upgrade, "GET /v1/realtime HTTP/1.0"), false},
        {request("Upgrade: websocket\r\n"), false},
        {request("Connection: Upgrade\r\n"), false},
        {request("Connection: Upgrade\r\nUpgrade: h2c\r\n"), false},
        {request("Connection: Upgrade\r\nUpgrade: websocketx\r\n"), false},
    };
    for (auto const& c : cases) BOOST_TEST_CONTEXT(c.head)
    BOOST_TEST(is_asked_for(parsed<net::request_parser>(c.head)->head()) == c.asks);
}

BOOST_AUTO_TEST_CASE(which_of_them_can_be_taken_on)
{
    struct {
        std::string fields;
        errc expected;
    } const cases[] = {
        {joined({upgrade, version, key}), errc::none},
        {joined({upgrade, version, key, "Content-Length: 0\r\n"}), errc::none},
        {joined({upgrade, key}), errc::unsupported_websocket},
        {joined({upgrade, key, "Sec-WebSocket-Version: 8\r\n"}), errc::unsupported_websocket},
        {joined({upgrade, key, version, version}), errc::unsupported_websocket},
        {joined({upgrade, version}), errc::malformed_request},
        {joined({upgrade, version, key, key}), errc::malformed_request},
        {joined({upgrade, version, "Sec-WebSocket-Key: \r\n"}), errc::malformed_request},
        {joined({upgrade, version, "Sec-WebSocket-Key: dGhlIHNhbXBsZSBub25jZQ\r\n"}), errc::malformed_request},
        {joined({upgrade, version, "Sec-WebSocket-Key: dGhlIHNhbXBsZSBub25j ZQ=\r\n"}), errc::malformed_request},
        {joined({upgrade, version, key, "Content-Length: 2\r\n"}), errc::malformed_request},
        {joined({upgrade, version, key, "Transfer-Encoding: chunked\r\n"}), errc::malformed_request},
    };
    for (auto const& c : cases) BOOST_TEST_CONTEXT(c.fields)
    BOOST_TEST(name_of(why_not(parsed<net::request_parser>(request(c.fields))->head()).code) == name_of(c.expected));
}

BOOST_AUTO_TEST_CASE(the_accept_is_that_of_the_rfcs_example)
{
    BOOST_TEST(accept_of("dGhlIHNhbXBsZSBub25jZQ==") == "s3pPLMBiTxaQ9kYGzzhZRbK+xOo=");
}

BOOST_AUTO_TEST_CASE(which_answers_open_a_websocket)
{
    auto const asked = parsed<net::request_parser>(
        request(joined({upgrade, version, key, "Sec-WebSocket-Protocol: realtime, other\r\n"})));
    struct {
        std::string fields;
        bool good;
    } const cases[] = {
        {joined({upgrade, accept}), true},
        {joined({"connection: upgrade\r\nupgrade: WebSocket\r\n", accept}), true},
        {joined({upgrade, accept, "Sec-WebSocket-Protocol: other\r\n"}), true},
        {joined({upgrade, accept, "Sec-WebSocket-Protocol: third\r\n"}), false},
        {joined({upgrade, accept, "Sec-WebSocket-Protocol: Other\r\n"}), false},
        {joined({upgrade, accept, "Sec-WebSocket-Extensions: permessage-deflate\r\n"}), false},
        {joined({upgrade}), false},
        {joined({upgrade, accept, accept}), false},
        {joined({upgrade, "Sec-WebSocket-Accept: AAAAAAAAAAAAAAAAAAAAAAAAAAA=\r\n"}), false},
        {joined({"Connection: Upgrade\r\nUpgrade: h2c\r\n", accept}), false},
        {joined({"Upgrade: websocket\r\n", accept}), false},
    };
    for (auto const& c : cases) {
        auto const answer = parsed<net::response_parser>("HTTP/1.1 101 Switching Protocols\r\n" + c.fields + "\r\n");
        BOOST_TEST_CONTEXT(c.fields) BOOST_TEST(wrong_with(asked->head(), answer->head()).empty() == c.good);
    }
}

BOOST_AUTO_TEST_SUITE_END()

} // namespace weir::gateway::websocket
