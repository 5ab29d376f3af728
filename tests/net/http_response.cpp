#include "net/http_message.hpp"

#include <boost/test/unit_test.hpp>

namespace weir::net
{
BOOST_AUTO_TEST_SUITE(http_responses)

namespace
{

struct read_response {
    boost::system::error_code error, at_end;
    std::string body;
    bool done = false;
    std::size_t left = 0; ///< bytes behind the message
};

/// Reads a response as a relay does; `ends`: the connection ends behind it.
read_response read(std::string_view bytes, bool ends = false, bool no_body = false)
{
    response_parser parser(8192);
    if (no_body) parser.expect_no_body();
    read_response r;
    auto used = parser.parse_head(bytes, r.error);
    if (r.error || used == 0) return r;
    auto const n = parser.parse_body(bytes.substr(used), r.error);
    for (auto const piece : parser.body_pieces()) r.body += piece;
    used += n;
    if (ends && !r.error) parser.parse_end(r.at_end);
    r.done = parser.is_done();
    r.left = bytes.size() - used;
    return r;
}

} // namespace

BOOST_AUTO_TEST_CASE(a_response_is_framed_by_its_head)
{
    struct {
        std::string_view given, body;
        bool done;
    } const cases[] = {
        {"HTTP/1.1 200 OK\r\nContent-Length: 5\r\n\r\nhello", "hello", true},
        {"HTTP/1.1 200 OK\r\nContent-Length: 0\r\n\r\n", "", true},
        {"HTTP/1.1 200 OK\r\nContent-Length: 6\r\n\r\nhello", "hello", false},
        {"HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n5\r\nhello\r\n0\r\n\r\n", "hello", true},
        {"HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n5\r\nhello\r\n", "hello", false},
        {"HTTP/1.1 200 OK\r\n\r\nto the end", "to the end", false},
        {"HTTP/1.1 200 \r\nContent-Length: 2\r\n\r\nok", "ok", true},
        {"HTTP/1.1 204 No Content\r\n\r\n", "", true},
        {"HTTP/1.1 304 Not Modified\r\nContent-Length: 10\r\n\r\n", "", true},
        {"HTTP/1.1 103 Early Hints\r\nLink: x\r\n\r\n", "", true},
    };
    for (auto const& c : cases) {
        BOOST_TEST_CONTEXT(c.given)
        {
            auto const r = read(c.given);
            BOOST_TEST(!r.error);
            BOOST_TEST(r.body == c.body);
            BOOST_TEST(r.done == c.done);
        }
    }
}

BOOST_AUTO_TEST_CASE(the_end_of_the_connection_ends_only_a_body_without_other_framing)
{
    struct {
        std::string_view given;
        bool good;
    } const cases[] = {
        {"HTTP/1.1 200 OK\r\n\r\ntext", true},
        {"HTTP/1.0 200 OK\r\n\r\n", true},
        {"HTTP/1.1 200 OK\r\nContent-Length: 5\r\n\r\ntext", false},
        {"HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n4\r\ntext\r\n", false},
        {"HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n4\r\nte", false},
        {"HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n4\r\ntext\r\n0\r\n", false},
    };
    for (auto const& c : cases) {
        BOOST_TEST_CONTEXT(c.given)
        {
            auto const r = read(c.given, true);
            BOOST_TEST(!r.error);
            BOOST_TEST(!r.at_end == c.good);
        }
    }
}

BOOST_AUTO_TEST_CASE(the_answer_to_head_has_no_body_whatever_its_head_says)
{
    for (std::string_view const given :
         {"HTTP/1.1 200 OK\r\nContent-Length: 100\r\n\r\n", "HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n",
          "HTTP/1.1 200 OK\r\n\r\n"}) {
        auto const r = read(given, false, true);
        BOOST_TEST_CONTEXT(given)
        {
            BOOST_TEST(!r.error);
            BOOST_TEST(r.done);
        }
    }
}

BOOST_AUTO_TEST_CASE(bytes_behind_the_message_are_not_its_own)
{
    BOOST_TEST(read("HTTP/1.1 200 OK\r\nContent-Length: 2\r\n\r\nokHTTP/1.1 200 OK").left == 15U);
    BOOST_TEST(read("HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n0\r\n\r\nmore").left == 4U);
}

BOOST_AUTO_TEST_CASE(heads_that_readers_of_http_disagree_on_are_refused)
{
    std::string const line = "HTTP/1.1 200 OK\r\n";
    for (auto const& given : {
             line + "Content-Length: 5\r\nTransfer-Encoding: chunked\r\n\r\n",
             line + "Transfer-Encoding: chunked\r\nContent-Length: 5\r\n\r\n",
             line + "Content-Length: 5\r\nContent-Length: 5\r\n\r\n",
             line + "Content-Length: 5\r\nContent-Length: 6\r\n\r\n",
             line + "Content-Length: 5, 5\r\n\r\n",
             line + "Content-Length: -5\r\n\r\n",
             line + "Content-Length: \r\n\r\n",
             line + "Transfer-Encoding: gzip\r\n\r\n",
             line + "Transfer-Encoding: identity\r\n\r\n",
             line + "Transfer-Encoding: chunked, gzip\r\n\r\n",
             line + "Transfer-Encoding: gzip, chunked\r\n\r\n",
             line + "Transfer-Encoding: chunked\r\nTransfer-Encoding: chunked\r\n\r\n",
             line + "X: a\r\n b\r\n\r\n",
             line + "X : a\r\n\r\n",
             line + "no colon\r\n\r\n",
             std::string("HTTP/1.1 099 Odd\r\n\r\n"),
             std::string("HTTP/1.1 600 Odd\r\n\r\n"),
             std::string("HTTP/1.1 999 Odd\r\n\r\n"),
             std::string("HTTP/1.1 20 OK\r\n\r\n"),
             std::string("HTTP/1.1 2000 OK\r\n\r\n"),
             std::string("HTTP/2.0 200 OK\r\n\r\n"),
             std::string("ICY 200 OK\r\n\r\n"),
             std::string("SSH-2.0-OpenSSH_9.2\r\n\r\n"),
         }) {
        BOOST_TEST_CONTEXT(given) BOOST_TEST(!!read(given).error);
    }
}

BOOST_AUTO_TEST_CASE(trailers_are_not_fields_of_the_head)
{
    response_parser parser(8192);
    boost::system::error_code error;
    std::string const head = "HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\nA: 1\r\n\r\n";
    std::string const body = "1\r\nx\r\n0\r\nB: 2\r\nConnection: close\r\n\r\n";
    BOOST_TEST(parser.parse_head(head, error) == head.size());

    BOOST_TEST(parser.parse_body(body, error) == body.size());

    BOOST_TEST(!error);
    BOOST_TEST(parser.is_done());
    BOOST_TEST(parser.head().fields.size() == 2U);
    BOOST_TEST(parser.head().keep_alive);
}

BOOST_AUTO_TEST_SUITE_END()

} // namespace weir::net
