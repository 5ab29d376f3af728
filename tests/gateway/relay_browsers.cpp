#include "tests/support/running_gateway.hpp"

#include <boost/test/unit_test.hpp>

namespace weir::test
{
BOOST_AUTO_TEST_SUITE(relay_browsers)

namespace
{

constexpr std::string_view preflight =
    "OPTIONS /openai/v1/models HTTP/1.1\r\nHost: w\r\nOrigin: https://app.example\r\n"
    "Access-Control-Request-Method: POST\r\n\r\n";

void allow_app(config::settings& s) { s.gateway.allowed_origins = {"https://app.example"}; }

} // namespace

BOOST_AUTO_TEST_CASE(a_web_page_from_anywhere_is_403_and_the_provider_never_called)
{
    running_gateway weir;
    for (auto const& request : {get("/openai/v1/models", "Origin: https://evil.example\r\n"), std::string(preflight),
                                get("/openai/v1/models", "Origin: null\r\n")}) {
        auto const response = weir.refusal_of(request);
        BOOST_TEST(response.status() == 403U);
        BOOST_TEST(response.fields("Access-Control-Allow-Origin").empty());
        BOOST_TEST(!weir.provider.is_called());
    }
}

BOOST_AUTO_TEST_CASE(a_web_page_is_refused_in_the_shape_of_its_target)
{
    running_gateway weir;
    auto const refused =
        weir.refusal_of(post("/gemini/v1beta/models/m:generateContent", "{}", "Origin: https://evil.example\r\n"));
    BOOST_TEST(refused.status() == 403U);
    BOOST_TEST(refused.body.find("\"status\":\"PERMISSION_DENIED\"") != std::string::npos, refused.body);
}

BOOST_AUTO_TEST_CASE(an_allowed_pages_preflight_is_answered_by_weir_itself)
{
    running_gateway weir(allow_app);

    auto client = weir.client();
    client.send(preflight);
    auto const response = read_response(client);

    BOOST_TEST(response.status() == 204U);
    BOOST_TEST(response.field("Access-Control-Allow-Origin") == "https://app.example");
    BOOST_TEST(!weir.provider.is_called());
}

BOOST_AUTO_TEST_CASE(an_allowed_page_can_read_the_answer_whatever_the_provider_says_of_it)
{
    running_gateway weir(allow_app);

    auto const response = weir.ask(get("/openai/v1/models", "Origin: https://app.example\r\n"),
                                   ok("{}", "Access-Control-Allow-Origin: https://provider.example\r\n"));

    BOOST_TEST(response.status() == 200U);
    BOOST_TEST(response.field("Access-Control-Allow-Origin") == "https://app.example");
    BOOST_TEST(response.field("Access-Control-Expose-Headers") == "*");
}

BOOST_AUTO_TEST_SUITE_END()

} // namespace weir::test
