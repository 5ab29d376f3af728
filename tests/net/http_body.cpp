#include "net/http_message.hpp"

#include <boost/test/unit_test.hpp>

namespace weir::net
{
BOOST_AUTO_TEST_SUITE(http_bodies)

namespace
{

constexpr std::uint32_t limit = 1024;
constexpr std::string_view chunked_head = "POST / HTTP/1.1\r\nHost: h\r\nTransfer-Encoding: chunked\r\n\r\n";

struct outcome {
    std::string content;
    bool done = false, refused = false;
    std::size_t most_held = 0; ///< bytes that had to be presented again
    std::size_t unused = 0;
};

/// Presents a body in the given pieces, what was not understood in front of what comes next.
outcome read_body(std::string_view head, std::vector<std::string_view> const& pieces)
{
    request_parser parser(limit);
    boost::system::error_code error;
    parser.parse_head(head, error);
    outcome o;
    std::string held;
    for (auto const piece : pieces) {
        held += piece;
        std::string const presented = held; // at another place each time
        auto const used = parser.parse_body(presented, error);
        for (auto const part : parser.body_pieces()) o.content += part;
        held.erase(0, used);
        o.most_held = std::max(o.most_held, held.size());
        if (error) break;
    }
    o.refused = !!error;
    o.done = parser.is_done();
    o.unused = held.size();
    return o;
}

outcome read_chunks(std::string_view body) { return read_body(chunked_head, {body}); }

} // namespace

BOOST_AUTO_TEST_CASE(a_chunked_body_means_the_same_whatever_the_pieces_it_comes_in)
{
    struct {
        std::string_view body, content;
    } const cases[] = {
        {"0\r\n\r\n", ""},
        {"5\r\nhello\r\n0\r\n\r\n", "hello"},
        {"5;a=b;c=\"d;e\"\r\nhello\r\n6\r\n world\r\n0\r\n\r\n", "hello world"},
        {"00005\r\nhello\r\n0\r\nX: y\r\nHost: forged\r\n\r\n", "hello"},
        {"A\r\n0123456789\r\na\r\n0\r\n\r\n56789\r\n0;x\r\n\r\n", "01234567890\r\n\r\n56789"},
    };
    for (auto const& c : cases) {
        for (std::size_t a = 0; a <= c.body.size(); ++a) {
            for (std::size_t b = a; b <= c.body.size(); ++b) {
                auto const o =
                    read_body(chunked_head, {c.body.substr(0, a), c.body.substr(a, b - a), c.body.substr(b)});
                if (o.refused || !o.done || o.content != c.content || o.unused != 0)
                    BOOST_ERROR(c.body << " split at " << a << " and " << b);
            }
        }
        std::vector<std::string_view> bytes;
        for (std::size_t i = 0; i < c.body.size(); ++i) bytes.push_back(c.body.substr(i, 1));
        auto const o = read_body(chunked_head, bytes);
        BOOST_TEST((o.done && o.content == c.content));
    }
}

BOOST_AUTO_TEST_CASE(an_empty_chunked_body_that_stops_behind_its_size_line_just_waits)
{
    for (auto const& pieces : std::vector<std::vector<std::string_view>>{
             {"0\r\n"}, {"0\r\n", "\r"}, {"0", "\r", "\n"}, {"0\r", "\n\r"}, {"0\r\n", "X"}, {"0\r\n", "X", ":"}}) {
        auto const o = read_body(chunked_head, pieces); // basic_parser alone aborts here
        BOOST_TEST(!o.done);
        BOOST_TEST(!o.refused);
    }
    BOOST_TEST(read_body(chunked_head, {"0\r\n", "\r\n"}).done);
}

BOOST_AUTO_TEST_CASE(chunks_that_readers_of_http_disagree_on_are_refused_or_never_understood)
{
    for (std::string_view const given :
         {"-5\r\nhello\r\n0\r\n\r\n", "+5\r\nhello\r\n0\r\n\r\n", "0x5\r\nhello\r\n0\r\n\r\n",
          " 5\r\nhello\r\n0\r\n\r\n", "5 \r\nhello\r\n0\r\n\r\n", "\r\nhello\r\n0\r\n\r\n",
          "11111111111111111\r\nhello\r\n0\r\n\r\n", "5\nhello\n0\n\n", "5\rhello\r0\r\r", "5\r\nhello!\r\n0\r\n\r\n",
          "5;x=\"a\nb\"\r\nhello\r\n0\r\n\r\n", "5;x=\r\r\nhello\r\n0\r\n\r\n", "0\r\nX : y\r\n\r\n",
          "0\r\n folded\r\n\r\n", "0\r\nContent-Length: 5\r\n\r\n", "0\r\ntransfer-encoding: chunked\r\n\r\n",
          "5\r\nhello\n0\r\n\r\n", "5\r\nhell\r\n0\r\n\r\n", "g\r\nhello\r\n0\r\n\r\n"}) {
        BOOST_TEST_CONTEXT(given)
        {
            auto const o = read_chunks(given);
            BOOST_TEST(!o.done);
            BOOST_TEST(
                (o.refused || o.content.empty())); // without a CRLF it waits for one: the bound is another's test
        }
    }
}

BOOST_AUTO_TEST_CASE(a_frame_that_never_ends_is_refused_once_it_passes_the_limit)
{
    struct {
        std::string_view name;
        std::string given;
    } const cases[] = {
        {"an extension with an open quote", "5;x=\"" + std::string(5000, 'a')},
        {"an endless extension", "5;" + std::string(5000, 'a')},
        {"endless trailers", "0\r\n" +
                                 [] {
                                     std::string all;
                                     for (int i = 0; i < 1000; ++i) all += "X: y\r\n";
                                     return all;
                                 }()},
        {"an endless trailer", "0\r\nX: " + std::string(5000, 'a')},
        {"leading zeros", std::string(5000, '0')},
    };
    for (auto const& c : cases) {
        BOOST_TEST_CONTEXT(c.name)
        {
            std::vector<std::string_view> pieces;
            for (std::size_t i = 0; i < c.given.size(); i += 100)
                pieces.push_back(std::string_view(c.given).substr(i, 100));
            auto const o = read_body(chunked_head, pieces);
            BOOST_TEST(o.refused);
            BOOST_TEST(o.most_held <= limit + 200U);
        }
    }
}

BOOST_AUTO_TEST_CASE(a_body_with_a_length_takes_just_that_many_bytes)
{
    std::string_view const head = "POST / HTTP/1.1\r\nHost: h\r\nContent-Length: 5\r\n\r\n";
    for (std::size_t split = 0; split <= 8; ++split) {
        std::string_view const bytes = "helloGET";
        auto const o = read_body(head, {bytes.substr(0, split), bytes.substr(split)});
        BOOST_TEST(o.content == "hello");
        BOOST_TEST(o.done);
        BOOST_TEST(o.unused == 3U);
    }
}

BOOST_AUTO_TEST_CASE(a_request_without_framing_has_no_body)
{
    auto const o = read_body("GET / HTTP/1.1\r\nHost: h\r\n\r\n", {"GET /next HTTP/1.1\r\n"});

    BOOST_TEST(o.done);
    BOOST_TEST(o.content == "");
    BOOST_TEST(o.unused == 20U);
}

BOOST_AUTO_TEST_CASE(bodies_have_no_limit_of_their_own)
{
    std::string const piece(1'000'000, 'x');
    request_parser parser(limit);
    boost::system::error_code error;
    parser.parse_head("POST / HTTP/1.1\r\nHost: h\r\nContent-Length: 20000000\r\n\r\n", error);
    std::size_t got = 0;
    for (int i = 0; i < 20; ++i) {
        BOOST_REQUIRE(parser.parse_body(piece, error) == piece.size());
        for (auto const part : parser.body_pieces()) got += part.size();
    }
    BOOST_TEST(!error);
    BOOST_TEST(got == 20'000'000U);
    BOOST_TEST(parser.is_done());
}

BOOST_AUTO_TEST_SUITE_END()

} // namespace weir::net
