#include "gateway/formats/events.hpp"

#include <boost/test/unit_test.hpp>

namespace weir::gateway::formats
{
BOOST_AUTO_TEST_SUITE(events)

namespace
{

/// The events as `name|data|end;` each.
std::string read_all(event_reader reader)
{
    std::string text;
    for (event e; reader.next(e);)
        text.append(e.name).append("|").append(e.data).append("|").append(std::to_string(e.end)).append(";");
    return text;
}

} // namespace

BOOST_AUTO_TEST_CASE(server_sent_events_are_divided_by_the_standards_rules)
{
    struct {
        std::string_view what, given, expected;
    } const cases[] = {
        {"nothing", "", ""},
        {"LF", "data: a\n\ndata: b\n\n", "|a|9;|b|18;"},
        {"CRLF", "data: a\r\n\r\ndata: b\r\n\r\n", "|a|11;|b|22;"},
        {"CR", "data: a\r\rdata: b\r\r", "|a|9;|b|18;"},
        {"mixed", "data: a\r\n\ndata: b\n\r\n", "|a|10;|b|20;"},
        {"no space", "data:a\n\n", "|a|8;"},
        {"one space only", "data:  a\n\n", "| a|10;"},
        {"a name", "event: n\ndata: a\n\n", "n|a|18;"},
        {"a name of its own only", "event: n\ndata: a\n\ndata: b\n\n", "n|a|18;|b|27;"},
        {"a name without data", "event: n\n\ndata: b\n\n", "|b|19;"},
        {"several data lines", "data: a\ndata: b\ndata:c\n\n", "|a\nb\nc|24;"},
        {"an empty data line", "data\n\n", "||6;"},
        {"comments", ": hi\n\n:\ndata: a\n: there\n\n", "|a|25;"},
        {"unknown fields", "id: 1\nretry: 5\nwhat: x\ndata: a\n\n", "|a|32;"},
        {"a byte order mark",
         "\xEF\xBB\xBF"
         "data: a\n\n",
         "|a|12;"},
        {"an unfinished last event", "data: a\n\ndata: b", "|a|9;|b|16;"},
        {"an unfinished last line end", "data: a\n", "|a|8;"},
        {"blank lines before", "\n\n\ndata: a\n\n", "|a|12;"},
    };
    for (auto const& c : cases) BOOST_TEST_CONTEXT(c.what) BOOST_TEST(read_all({framing::sse, c.given}) == c.expected);
}

BOOST_AUTO_TEST_CASE(an_array_is_divided_into_its_elements)
{
    struct {
        std::string_view what, given, expected;
        bool closed;
    } const cases[] = {
        {"nothing", "", "", false},
        {"empty", "[]", "", true},
        {"one", "[{}]", "|{}|3;", true},
        {"as Google streams it", "[{\"a\":1}\n,\r\n{\"b\":[2]}\n]", "|{\"a\":1}|8;|{\"b\":[2]}|21;", true},
        {"brackets in strings", R"([{"a":"]}[{\"}"},{}])", R"(|{"a":"]}[{\"}"}|16;|{}|19;)", true},
        {"cut in an element", R"([{"a":1},{"b":)", R"(|{"a":1}|8;)", false},
        {"cut in a string", R"([{"a":1},{"b":"\)", R"(|{"a":1}|8;)", false},
        {"elements that are no objects", R"([1,null,{}])", "|{}|10;", true},
    };
    for (auto const& c : cases) BOOST_TEST_CONTEXT(c.what)
        {
            event_reader reader{framing::json_array, c.given};
            std::string got;
            for (event e; reader.next(e);)
                got.append("|").append(e.data).append("|").append(std::to_string(e.end)).append(";");
            BOOST_TEST(got == c.expected);
            BOOST_TEST(reader.array_closed() == c.closed);
        }
}

BOOST_AUTO_TEST_CASE(lines_are_events)
{
    BOOST_TEST(read_all({framing::lines, "{\"a\":1}\n\n {\"b\":2}\r\n{\"c\""}) ==
               "|{\"a\":1}|8;|{\"b\":2}|19;|{\"c\"|23;");
}

BOOST_AUTO_TEST_CASE(a_tail_is_read_from_the_first_place_where_an_event_must_begin)
{
    BOOST_TEST(read_all(event_reader::from_middle(framing::sse, "ta: a\n\ndata: b\n\n")) == "|b|16;");
    BOOST_TEST(read_all(event_reader::from_middle(framing::sse, "a: x\r\n\r\ndata: b\r\n\r\n")) == "|b|19;");
    BOOST_TEST(read_all(event_reader::from_middle(framing::sse, "no end")) == "");
    BOOST_TEST(read_all(event_reader::from_middle(framing::json_array, "}\"}\n,\r\n{\"b\":2}]")) == "|{\"b\":2}|14;");
    BOOST_TEST(read_all(event_reader::from_middle(framing::lines, "1}\n{\"b\":2}\n")) == "|{\"b\":2}|11;");
}

BOOST_AUTO_TEST_SUITE_END()

} // namespace weir::gateway::formats
