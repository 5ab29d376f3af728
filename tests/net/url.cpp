#include "net/url.hpp"

#include <boost/test/unit_test.hpp>

namespace weir::net
{

BOOST_AUTO_TEST_SUITE(urls)

BOOST_AUTO_TEST_CASE(absolute_http_urls_are_read_as_origin_and_path)
{
    struct {
        std::string_view given, origin, path;
    } const cases[] = {
        {"https://api.openai.com", "https://api.openai.com", ""},
        {"https://api.openai.com/", "https://api.openai.com", ""},
        {"https://api.openai.com/v1/", "https://api.openai.com", "/v1"},
        {"HTTPS://API.OpenAI.com:443/V1", "https://api.openai.com", "/V1"},
        {"https://api.openai.com:8443", "https://api.openai.com:8443", ""},
        {"http://localhost", "http://localhost", ""},
        {"http://localhost:80/a//b", "http://localhost", "/a//b"},
        {"http://127.0.0.1:8000", "http://127.0.0.1:8000", ""},
        {"http://[::1]:8000/x", "http://[::1]:8000", "/x"},
        {"https://[2001:DB8::1]", "https://[2001:db8::1]", ""},
        {"https://host.example.", "https://host.example", ""},
        {"https://host.example/a%2Fb?q=1#f", "https://host.example", "/a%2Fb"},
        {"https://host.example:/x", "https://host.example", "/x"},
    };
    for (auto const& c : cases) {
        BOOST_TEST_CONTEXT(c.given)
        {
            auto const got = parse_url(c.given);
            BOOST_REQUIRE(got.has_value());
            BOOST_TEST(got->at.text() == c.origin);
            BOOST_TEST(got->path == c.path);
        }
    }
}

BOOST_AUTO_TEST_CASE(what_is_no_absolute_http_url_without_credentials_is_refused)
{
    for (std::string_view const given : {"",
                                         "api.openai.com",
                                         "//api.openai.com",
                                         "/v1",
                                         "ftp://host",
                                         "file:///etc/passwd",
                                         "https:",
                                         "https://",
                                         "https:///path",
                                         "https://user@host",
                                         "https://user:pass@host",
                                         "https://host:0",
                                         "https://host:65536",
                                         "https://host:x",
                                         "https://a b",
                                         "https://ho%73t",
                                         "https://[::1",
                                         "javascript:alert(1)",
                                         "https://host\r\nX: y",
                                         "https://host\\@evil",
                                         " https://host"}) {
        BOOST_TEST_CONTEXT(given) BOOST_TEST(!parse_url(given).has_value());
    }
}

BOOST_AUTO_TEST_CASE(a_host_field_has_the_port_only_where_it_is_not_the_schemes_own)
{
    struct {
        origin given;
        std::string expected;
    } const cases[] = {
        {{true, "h", 443}, "h"},
        {{true, "h", 80}, "h:80"},
        {{false, "h", 80}, "h"},
        {{false, "h", 65535}, "h:65535"},
        {{false, "::1", 8080}, "[::1]:8080"},
    };
    for (auto const& c : cases) {
        std::string field;
        c.given.append_host_field(field);
        BOOST_TEST(field == c.expected);
    }
}

BOOST_AUTO_TEST_CASE(targets_of_urls)
{
    for (auto const& [given, target] : {std::pair{"https://a.example", "/"},
                                        {"https://a.example/", "/"},
                                        {"https://a.example?x=1", "/?x=1"},
                                        {"http://a.example:80/x/y?z=/#part", "/x/y?z=/"},
                                        {"https://a.example#/part", "/"}})
        BOOST_TEST(target_of_url(given) == target);
}

BOOST_AUTO_TEST_CASE(hosts_and_ports_to_listen_on)
{
    struct {
        std::string_view given, host;
        unsigned port;
    } const good[] = {{"127.0.0.1:8787", "127.0.0.1", 8787},
                      {"[::1]:80", "::1", 80},
                      {"localhost:0", "localhost", 0},
                      {"0.0.0.0:65535", "0.0.0.0", 65535}};
    for (auto const& c : good) {
        BOOST_TEST_CONTEXT(c.given)
        {
            auto const got = parse_host_port(c.given);
            BOOST_REQUIRE(got.has_value());
            BOOST_TEST(got->host == c.host);
            BOOST_TEST(got->port == c.port);
        }
    }
    for (std::string_view const given :
         {"", ":", ":80", "host", "host:", "host:x", "host:65536", "host:-1", "::1:80", "[]:80", "host: 80"})
        BOOST_TEST_CONTEXT(given) BOOST_TEST(!parse_host_port(given).has_value());
}

BOOST_AUTO_TEST_SUITE_END()

} // namespace weir::net
