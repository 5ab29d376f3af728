#include "gateway/error_reply.hpp"

#include <boost/json/parse.hpp>
#include <boost/test/unit_test.hpp>

#include <algorithm>
#include <iterator>

namespace weir::gateway
{
BOOST_AUTO_TEST_SUITE(errors_that_weir_makes)

namespace
{

namespace json = boost::json;
using config::wire_format;

constexpr auto last_code = errc::internal;

constexpr std::string_view hostile = "a \"quote\"\nand \x01 and \\";

} // namespace

BOOST_AUTO_TEST_CASE(the_body_reads_well_in_every_sdk_that_is_not_googles)
{
    for (auto const format : {wire_format::openai, wire_format::anthropic}) {
        auto const body =
            json::parse(error_body({errc::upstream_unreachable, std::string(hostile)}, format, "id")).as_object();

        BOOST_TEST(body.at("type") == "error");
        BOOST_TEST(body.at("message") == json::value("weir: " + std::string(hostile)));
        BOOST_TEST(body.at("request_id") == "id");
        auto const& error = body.at("error").as_object();
        BOOST_TEST(error.at("type") == "weir_error");
        BOOST_TEST(error.at("code") == "upstream_unreachable");
        BOOST_TEST(error.at("message") == body.at("message"));
        BOOST_TEST(error.at("param").is_null());
    }
}

BOOST_AUTO_TEST_CASE(google_clients_get_googles_shape)
{
    struct {
        errc code;
        int status;
        std::string_view word;
    } const cases[] = {
        {errc::malformed_request, 400, "INVALID_ARGUMENT"},
        {errc::invalid_gateway_key, 401, "UNAUTHENTICATED"},
        {errc::target_not_allowed, 403, "PERMISSION_DENIED"},
        {errc::unknown_provider, 404, "NOT_FOUND"},
        {errc::request_timeout, 408, "INVALID_ARGUMENT"},
        {errc::request_too_large, 413, "INVALID_ARGUMENT"},
        {errc::unsupported_websocket, 426, "INVALID_ARGUMENT"},
        {errc::header_too_large, 431, "INVALID_ARGUMENT"},
        {errc::internal, 500, "INTERNAL"},
        {errc::unsupported_method, 501, "UNIMPLEMENTED"},
        {errc::upstream_unreachable, 502, "UNAVAILABLE"},
        {errc::overloaded, 503, "UNAVAILABLE"},
        {errc::upstream_timeout, 504, "DEADLINE_EXCEEDED"},
    };
    for (int code = 1; code <= static_cast<int>(last_code); ++code) {
        auto const status = static_cast<int>(status_of(static_cast<errc>(code)));
        BOOST_TEST(std::any_of(std::begin(cases), std::end(cases), [&](auto const& c) { return c.status == status; }),
                   "no case has status " << status);
    }
    for (auto const& c : cases) {
        auto const body = json::parse(error_body({c.code, "text"}, wire_format::google, "id"));
        auto const& error = body.at("error").as_object();
        BOOST_TEST(error.at("code").as_int64() == c.status);
        BOOST_TEST(error.at("status").as_string() == c.word);
        BOOST_TEST(error.at("message").as_string() == "weir: text");
    }
}

BOOST_AUTO_TEST_CASE(each_code_has_its_status_and_retry_hint)
{
    struct {
        errc code;
        unsigned status;
        std::string_view name;
        bool retry;
    } const cases[] = {
        {errc::missing_target, 400, "missing_target", false},
        {errc::invalid_target, 400, "invalid_target", false},
        {errc::target_not_allowed, 403, "target_not_allowed", false},
        {errc::unknown_provider, 404, "unknown_provider", false},
        {errc::not_found, 404, "not_found", false},
        {errc::origin_not_allowed, 403, "origin_not_allowed", false},
        {errc::conflicting_auth, 400, "conflicting_auth", false},
        {errc::invalid_gateway_key, 401, "invalid_gateway_key", false},
        {errc::unknown_proxy_key, 401, "unknown_proxy_key", false},
        {errc::missing_provider_key, 401, "missing_provider_key", false},
        {errc::upstream_unreachable, 502, "upstream_unreachable", true},
        {errc::upstream_malformed, 502, "upstream_malformed", true},
        {errc::upstream_timeout, 504, "upstream_timeout", true},
        {errc::request_too_large, 413, "request_too_large", false},
        {errc::header_too_large, 431, "header_too_large", false},
        {errc::malformed_request, 400, "malformed_request", false},
        {errc::unsupported_method, 501, "unsupported_method", false},
        {errc::unsupported_websocket, 426, "unsupported_websocket", false},
        {errc::request_timeout, 408, "request_timeout", true},
        {errc::overloaded, 503, "overloaded", true},
        {errc::internal, 500, "internal", true},
    };
    static_assert(std::size(cases) == static_cast<std::size_t>(last_code), "each code but none has a case");
    for (auto const& c : cases) {
        BOOST_TEST_CONTEXT(c.name)
        {
            auto const text = error_response({c.code, "x"}, {.request_id = "id"});
            BOOST_TEST(status_of(c.code) == c.status);
            BOOST_TEST(name_of(c.code) == c.name);
            BOOST_TEST(text.starts_with("HTTP/1.1 " + std::to_string(c.status) + " "));
            BOOST_TEST((text.find("x-weir-error: " + std::string(c.name) + "\r\n") != text.npos));
            BOOST_TEST((text.find("x-should-retry: false\r\n") == text.npos) == c.retry);
            BOOST_TEST((text.find("Retry-After: 1\r\n") != text.npos) == (c.code == errc::overloaded));
            BOOST_TEST((text.find("Sec-WebSocket-Version: 13\r\n") != text.npos) == (c.status == 426));
            BOOST_TEST((text.find("WWW-Authenticate: Bearer\r\n") != text.npos) == (c.status == 401));
        }
    }
}

BOOST_AUTO_TEST_CASE(a_response_has_its_length_its_id_and_says_when_it_closes)
{
    auto const open = error_response({errc::internal, "x"}, {.request_id = "the-id", .extra_fields = "X-More: 1\r\n"});
    auto const closing = error_response({errc::internal, "x"}, {.closes = true});
    auto const head_only = error_response({errc::internal, "x"},
                                          {.request_id = "the-id", .extra_fields = "X-More: 1\r\n", .head_only = true});
    auto const body_at = open.find("\r\n\r\n") + 4;

    BOOST_TEST((open.find("Content-Length: " + std::to_string(open.size() - body_at) + "\r\n") != open.npos));
    BOOST_TEST((open.find("Content-Type: application/json\r\n") != open.npos));
    BOOST_TEST((open.find("helicone-id: the-id\r\n") != open.npos));
    BOOST_TEST((open.find("helicone-status: failed\r\n") != open.npos));
    BOOST_TEST((open.find("X-More: 1\r\n") != open.npos));
    BOOST_TEST((open.find("Connection:") == open.npos));
    BOOST_TEST((closing.find("Connection: close\r\n") != closing.npos));
    BOOST_TEST((closing.find("helicone-id") == closing.npos));
    BOOST_TEST(head_only == open.substr(0, body_at));
}

BOOST_AUTO_TEST_CASE(an_error_in_a_stream_is_an_event_of_its_own_in_the_vendors_form)
{
    struct {
        wire_format format;
        std::string_view begins, data;
    } const cases[] = {
        {wire_format::openai, "\n\ndata: ", "data: "},
        {wire_format::anthropic, "\n\nevent: error\ndata: ", "data: "},
        {wire_format::google, "\r\n\r\ndata: ", "data: "},
    };
    for (auto const& c : cases) {
        auto const event = error_event(hostile, c.format);
        BOOST_TEST(event.starts_with(c.begins)); // whatever stood on the line before
        auto const at = event.find(c.data) + c.data.size();
        auto const value = json::parse(event.substr(at, event.find_first_of("\r\n", at) - at));
        BOOST_TEST(value.at("error").at("message") == json::value("weir: " + std::string(hostile)));
        BOOST_TEST((event.ends_with("\n\n") || event.ends_with("\r\n\r\n")));
    }
}

BOOST_AUTO_TEST_SUITE_END()

} // namespace weir::gateway
