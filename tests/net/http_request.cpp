#include "net/http_message.hpp"

#include <boost/test/unit_test.hpp>

namespace weir::net
{
BOOST_AUTO_TEST_SUITE(http_request_heads)

namespace
{

constexpr std::uint32_t limit = 8192;

struct parsed {
    boost::system::error_code error;
    std::size_t used = 0;
    request_head head;
};

parsed parse(std::string_view bytes, std::uint32_t header_limit = limit)
{
    request_parser parser(header_limit);
    parsed p;
    p.used = parser.parse_head(bytes, p.error);
    p.head = std::move(parser.head());
    return p;
}

std::string const host = "Host: h\r\n";

} // namespace

BOOST_AUTO_TEST_CASE(a_heads_parts_are_read_and_fields_kept_in_order)
{
    std::string const head =
        "POST /v1/x?y=%20z HTTP/1.1\r\nhOsT: h\r\nA: 1\r\na:  2 \t\r\nEmpty:\r\nContent-Length: 5\r\n\r\n";
    auto p = parse(head + "hello");

    BOOST_TEST(!p.error);
    BOOST_TEST(p.used == head.size());
    BOOST_TEST(p.head.method == "POST");
    BOOST_TEST(p.head.target == "/v1/x?y=%20z");
    BOOST_TEST(p.head.version == 11U);
    BOOST_TEST(p.head.keep_alive);
    BOOST_TEST(!p.head.chunked);
    BOOST_TEST(p.head.content_length.value_or(0) == 5U);
    BOOST_REQUIRE(p.head.fields.size() == 5U);
    BOOST_TEST(p.head.fields[1].name == "A");
    BOOST_TEST(p.head.fields[2].name == "a");
    BOOST_TEST(p.head.fields[2].value == "2");
    BOOST_TEST(p.head.fields[3].value == "");
    BOOST_TEST(p.head.find("HOST").value_or("") == "h");
    BOOST_TEST(p.head.find("a").value_or("") == "1");
    BOOST_TEST(!p.head.find("b").has_value());
}

BOOST_AUTO_TEST_CASE(a_head_is_found_whatever_the_pieces_it_comes_in)
{
    std::string const head = "PUT /a HTTP/1.1\r\nHost: h\r\nTransfer-Encoding: chunked\r\nX: y\r\n\r\n";
    for (std::size_t split = 0; split <= head.size(); ++split) {
        request_parser parser(limit);
        boost::system::error_code error;
        if (split < head.size() && split > 0) {
            BOOST_TEST(parser.parse_head(std::string(head.substr(0, split)), error) == 0U);
            BOOST_TEST(!error);
        }
        BOOST_TEST_REQUIRE(parser.parse_head(std::string(head), error) == head.size());
        BOOST_TEST(!error);
        BOOST_TEST(parser.head().chunked);
        BOOST_TEST(parser.head().find("X").value_or("") == "y");
        BOOST_TEST(parser.head().fields.size() == 3U);
    }
}

BOOST_AUTO_TEST_CASE(a_head_is_found_byte_by_byte_in_a_buffer_that_moves)
{
    std::string const head = "GET /v1/models HTTP/1.1\r\nHost: h\r\nUser-Agent: x y\r\n\r\n";
    request_parser parser(limit);
    boost::system::error_code error;
    for (std::size_t n = 1; n < head.size(); ++n) {
        auto const moved = std::make_unique<std::string>(head.substr(0, n)); // at another place each time
        BOOST_TEST_REQUIRE(parser.parse_head(*moved, error) == 0U);
        BOOST_TEST_REQUIRE(!error);
    }
    BOOST_TEST_REQUIRE(parser.parse_head(std::string(head), error) == head.size());
    BOOST_TEST(parser.head().target == "/v1/models");
    BOOST_TEST(parser.head().find("User-Agent").value_or("") == "x y");
}

BOOST_AUTO_TEST_CASE(versions_and_connection_fields_say_whether_the_connection_is_kept)
{
    struct {
        std::string given;
        bool expected;
    } const cases[] = {
        {"GET / HTTP/1.1\r\nHost: h\r\n\r\n", true},
        {"GET / HTTP/1.1\r\nHost: h\r\nConnection: close\r\n\r\n", false},
        {"GET / HTTP/1.1\r\nHost: h\r\nConnection: x, Close\r\n\r\n", false},
        {"GET / HTTP/1.0\r\n\r\n", false},
        {"GET / HTTP/1.0\r\nConnection: keep-alive\r\n\r\n", true},
    };
    for (auto const& c : cases) {
        auto const p = parse(c.given);
        BOOST_TEST_CONTEXT(c.given)
        {
            BOOST_TEST(!p.error);
            BOOST_TEST(p.head.keep_alive == c.expected);
        }
    }
}

BOOST_AUTO_TEST_CASE(expectations_are_noticed)
{
    BOOST_TEST(
        parse("POST / HTTP/1.1\r\nHost: h\r\nExpect: 100-Continue\r\nContent-Length: 1\r\n\r\n").head.expects_continue);
    BOOST_TEST(!parse("POST / HTTP/1.1\r\nHost: h\r\nContent-Length: 1\r\n\r\n").head.expects_continue);
}

BOOST_AUTO_TEST_CASE(forms_that_clients_use_are_accepted)
{
    for (std::string const& given : std::vector<std::string>{
             "GET /a%2Fb?x=[1]&y={z}|^` HTTP/1.1\r\n" + host + "\r\n",
             "GET /v1/models/m:generateContent HTTP/1.1\r\n" + host + "\r\n",
             "GET // HTTP/1.1\r\n" + host + "\r\n",
             "DELETE /a HTTP/1.1\r\n" + host + "Content-Length: 005\r\n\r\n",
             "PATCH /a HTTP/1.1\r\n" + host + "Content-Length: 18446744073709551615\r\n\r\n",
             "OPTIONS /a HTTP/1.1\r\n" + host + "transfer-encoding: CHUNKED\r\n\r\n",
             "HEAD /a HTTP/1.1\r\nHost:\r\n\r\n",
             "GET /a HTTP/1.1\r\n" + host + "X: caf\xc3\xa9 \xe9\r\n\r\n",
             "GET /a HTTP/1.1\r\n" + host + "X: a\tb\r\n\r\n",
             "GET /a HTTP/1.0\r\n\r\n",
         }) {
        auto const p = parse(given);
        BOOST_TEST_CONTEXT(given)
        {
            BOOST_TEST(!p.error);
            BOOST_TEST(p.used == given.size());
        }
    }
}

BOOST_AUTO_TEST_CASE(folded_lines_are_refused_wherever_the_pieces_end)
{
    for (std::string const& fold : std::vector<std::string>{"\r\n ", "\r\n\t"}) {
        for (std::string const& given :
             std::vector<std::string>{"GET / HTTP/1.1\r\nHost: h\r\nX: a" + fold + "b\r\n\r\n",
                                      "GET / HTTP/1.1\r\nHost: h\r\nX:" + fold + "b\r\nY: z\r\n\r\n",
                                      "GET / HTTP/1.1\r\nHost: h\r\nX: a" + fold + "\r\n\r\n",
                                      "POST / HTTP/1.1\r\nHost: h\r\nTransfer-Encoding:" + fold + "chunked\r\n\r\n"}) {
            for (std::size_t split = 1; split < given.size(); ++split) {
                request_parser parser(limit);
                boost::system::error_code error;
                auto n = parser.parse_head(std::string(given.substr(0, split)), error);
                if (!error) n = parser.parse_head(std::string(given), error);
                BOOST_TEST_CONTEXT(given << " split at " << split) BOOST_TEST(!!error);
                static_cast<void>(n);
            }
        }
    }
}

BOOST_AUTO_TEST_CASE(the_head_is_bounded_also_before_its_end_came)
{
    auto const fits = "GET / HTTP/1.1\r\nHost: h\r\nX: " + std::string(1900, 'x') + "\r\n\r\n";
    auto const large = "GET / HTTP/1.1\r\nHost: h\r\nX: " + std::string(2100, 'x') + "\r\n\r\n";

    BOOST_TEST(!parse(fits, 2048).error);
    BOOST_TEST((parse(large, 2048).error == http_error::header_too_large));
    BOOST_TEST((parse(large.substr(0, 2060), 2048).error == http_error::header_too_large));
    BOOST_TEST((parse("GET /" + std::string(3000, 'x'), 2048).error == http_error::header_too_large));

    std::string many = "GET / HTTP/1.1\r\nHost: h\r\n";
    while (many.size() < 3000) many += "X: y\r\n";
    BOOST_TEST((parse(many + "\r\n", 2048).error == http_error::header_too_large));
}

BOOST_AUTO_TEST_CASE(unknown_methods_are_told_from_malformed_heads)
{
    BOOST_TEST((parse("CONNECT h:443 HTTP/1.1\r\nHost: h\r\n\r\n").error == http_error::bad_method));
    BOOST_TEST((parse("BREW / HTTP/1.1\r\nHost: h\r\n\r\n").error == http_error::bad_method));
    BOOST_TEST((parse("!get / HTTP/1.1\r\nHost: h\r\n\r\n").error == http_error::bad_method));
    BOOST_TEST((parse("GET x HTTP/1.1\r\nHost: h\r\n\r\n").error == http_error::malformed));
}

BOOST_AUTO_TEST_CASE(a_host_is_a_name_or_an_address_with_at_most_a_port)
{
    for (std::string const good : {"h", "a-b.example.com", "h:", "h:8787", "127.0.0.1:65535", "[::1]", "[::1]:80",
                                   "[::ffff:1.2.3.4]", "x_y", ""})
        BOOST_TEST_CONTEXT(good) BOOST_TEST(!parse("GET / HTTP/1.1\r\nHost: " + good + "\r\n\r\n").error);
    for (std::string const bad :
         {"x@h",  "h evil", "h, evil", "h/x", "h:99999", "h:1:2", "h:-1",  "h:+1", "h:x",      "[::1",       "[]",
          "::1]", "[::1]x", "[g]",     "h?x", "h#x",     "h%0d",  "\"h\"", "h\\x", "http://h", "caf\xc3\xa9"})
        BOOST_TEST_CONTEXT(bad)
    BOOST_TEST((parse("GET / HTTP/1.1\r\nHost: " + bad + "\r\n\r\n").error == http_error::malformed));
}

BOOST_AUTO_TEST_CASE(an_absolute_target_is_understood_when_it_names_the_requests_own_host)
{
    auto const p = parse("GET http://H:80/a?b HTTP/1.1\r\nHost: h:80\r\n\r\n");
    BOOST_TEST(!p.error);
    BOOST_TEST(p.head.target == "/a?b");
    for (std::string const target : {"http://other/a", "http://h:801/a", "http://h:80", "https://h:80/a", "http:///a",
                                     "http://h:80@other/a", "http://h:80.other/a"})
        BOOST_TEST_CONTEXT(target)
    BOOST_TEST((parse("GET " + target + " HTTP/1.1\r\nHost: h:80\r\n\r\n").error == http_error::malformed));
}

BOOST_AUTO_TEST_CASE(the_fields_are_counted)
{
    std::string head = "GET / HTTP/1.1\r\nHost: h\r\n";
    for (int i = 1; i < 500; ++i) head += "x:\r\n";
    BOOST_TEST(!parse(head + "\r\n").error);
    BOOST_TEST((parse(head + "x:\r\n\r\n").error == http_error::header_too_large));
}

BOOST_AUTO_TEST_SUITE_END()

} // namespace weir::net
