#include "gateway/browser.hpp"

#include <boost/test/unit_test.hpp>

namespace weir::gateway
{
BOOST_AUTO_TEST_SUITE(browsers)

namespace
{

net::request_head head_of(std::string_view method, std::vector<net::field> fields)
{
    net::request_head head;
    head.method = method;
    head.fields = std::move(fields);
    return head;
}

} // namespace

BOOST_AUTO_TEST_CASE(only_pages_that_are_allowed_may_call_and_programs_may)
{
    std::vector<std::string> const allowed{"https://app.example", "http://localhost:3000"};
    struct {
        std::vector<net::field> fields;
        bool foreign;
    } const cases[] = {
        {{}, false},
        {{{"Origin", "https://app.example"}}, false},
        {{{"origin", "http://localhost:3000"}}, false},
        {{{"Origin", "https://app.example.evil"}}, true},
        {{{"Origin", "http://app.example"}}, true},
        {{{"Origin", "http://localhost:3001"}}, true},
        {{{"Origin", "null"}}, true},
        {{{"Origin", ""}}, true},
    };
    for (auto const& c : cases) BOOST_TEST_CONTEXT((c.fields.empty() ? "none" : c.fields[0].value))
    BOOST_TEST(is_foreign_page(head_of("POST", c.fields), allowed) == c.foreign);
    BOOST_TEST(is_foreign_page(head_of("POST", {{"Origin", "https://x"}}), {}));
    BOOST_TEST(!is_foreign_page(head_of("POST", {{"Origin", "https://x"}}), {"*"}));
}

BOOST_AUTO_TEST_CASE(a_preflight_is_an_options_request_that_asks_for_a_method)
{
    BOOST_TEST(is_preflight(head_of("OPTIONS", {{"Origin", "x"}, {"Access-Control-Request-Method", "POST"}})));
    BOOST_TEST(!is_preflight(head_of("OPTIONS", {{"Origin", "x"}})));
    BOOST_TEST(!is_preflight(head_of("OPTIONS", {{"Access-Control-Request-Method", "POST"}})));
    BOOST_TEST(!is_preflight(head_of("POST", {{"Origin", "x"}, {"Access-Control-Request-Method", "POST"}})));
}

BOOST_AUTO_TEST_CASE(a_preflights_answer_allows_what_was_asked)
{
    auto const answer =
        preflight_response(head_of("OPTIONS", {{"Origin", "https://app.example"},
                                               {"Access-Control-Request-Method", "POST"},
                                               {"Access-Control-Request-Headers", "authorization,x-y"}}));

    BOOST_TEST(answer.starts_with("HTTP/1.1 204 No Content\r\n"));
    BOOST_TEST(answer.ends_with("\r\n\r\n"));
    for (std::string const line : {"Access-Control-Allow-Origin: https://app.example", "Vary: Origin",
                                   "Access-Control-Allow-Headers: authorization,x-y"})
        BOOST_TEST_CONTEXT(line) BOOST_TEST((answer.find("\r\n" + line + "\r\n") != answer.npos));
}

BOOST_AUTO_TEST_CASE(programs_get_no_cross_origin_fields)
{
    BOOST_TEST(cross_origin_fields(head_of("GET", {})) == "");
    BOOST_TEST(is_cross_origin_field("access-control-allow-origin"));
    BOOST_TEST(!is_cross_origin_field("X-Access"));
}

BOOST_AUTO_TEST_SUITE_END()

} // namespace weir::gateway
