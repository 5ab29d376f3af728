#include "gateway/content_type.hpp"

#include <boost/test/unit_test.hpp>

namespace weir::gateway
{

BOOST_AUTO_TEST_SUITE(content_types)

BOOST_AUTO_TEST_CASE(types_are_text_forms_or_binary)
{
    struct {
        std::string_view given;
        body_kind expected;
    } const cases[] = {
        {"", body_kind::text},
        {"application/json", body_kind::text},
        {"Application/JSON; charset=utf-8", body_kind::text},
        {"application/problem+json", body_kind::text},
        {"application/vnd.api+json", body_kind::text},
        {"text/event-stream", body_kind::text},
        {"text/html; charset=x", body_kind::text},
        {"application/x-ndjson", body_kind::text},
        {"application/jsonl", body_kind::text},
        {"application/x-www-form-urlencoded", body_kind::text},
        {"image/svg+xml", body_kind::text},
        {"multipart/form-data; boundary=x", body_kind::multipart},
        {"Multipart/Mixed", body_kind::multipart},
        {"application/octet-stream", body_kind::binary},
        {"audio/mpeg", body_kind::binary},
        {"image/png", body_kind::binary},
        {"application/vnd.amazon.eventstream", body_kind::binary},
        {"application/pdf", body_kind::binary},
    };
    for (auto const& c : cases) BOOST_TEST_CONTEXT(c.given) BOOST_TEST((kind_of_body(c.given) == c.expected));
}

BOOST_AUTO_TEST_CASE(streams_are_told_by_their_type)
{
    for (std::string_view const yes :
         {"text/event-stream", "TEXT/Event-Stream;charset=utf-8", "application/x-ndjson", "application/jsonl"})
        BOOST_TEST_CONTEXT(yes) BOOST_TEST(is_event_stream(yes));
    for (std::string_view const no : {"", "application/json", "text/event-streams", "text/plain"})
        BOOST_TEST_CONTEXT(no) BOOST_TEST(!is_event_stream(no));
}

BOOST_AUTO_TEST_CASE(parameters_are_read_with_and_without_quotes)
{
    struct {
        std::string_view given, name, expected;
    } const cases[] = {
        {"multipart/form-data; boundary=abc", "boundary", "abc"},
        {"multipart/form-data; boundary=\"a b\"", "boundary", "a b"},
        {"multipart/form-data;charset=x;BOUNDARY=abc", "boundary", "abc"},
        {"multipart/form-data; xboundary=no; boundary=yes", "boundary", "yes"},
        {"multipart/form-data; boundary=a=b", "boundary", "a=b"},
        {"multipart/form-data; boundary=", "boundary", ""},
        {"multipart/form-data", "boundary", ""},
        {"form-data; name=\"a\"; filename=\"b.txt\"", "filename", "b.txt"},
        {"form-data; name=\"semi;colon\"; filename=\"b;c.txt\"", "name", "semi;colon"},
        {"form-data; name=\"semi;colon\"; filename=\"b;c.txt\"", "filename", "b;c.txt"},
        {"form-data; name=\"x; filename=no\"; filename=\"yes\"", "filename", "yes"},
        {"", "x", ""},
        {";;;", "x", ""},
    };
    for (auto const& c : cases) BOOST_TEST_CONTEXT(c.given) BOOST_TEST(type_parameter(c.given, c.name) == c.expected);
}

BOOST_AUTO_TEST_SUITE_END()

} // namespace weir::gateway
