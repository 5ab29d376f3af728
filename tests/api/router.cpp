#include "api/router.hpp"

#include "api/endpoints.hpp"

#include <boost/test/unit_test.hpp>

namespace asio = boost::asio;

namespace weir::api::test
{

struct with_id {
    std::string id;
};
BOOST_DESCRIBE_STRUCT(with_id, (), (id))

struct with_two {
    std::string id, other;
};
BOOST_DESCRIBE_STRUCT(with_two, (), (id, other))

BOOST_AUTO_TEST_SUITE(router_)

namespace
{

asio::awaitable<result<null>> plain(nothing, services&) { co_return null{}; }

asio::awaitable<result<null>> by_id(with_id, services&) { co_return null{}; }

asio::awaitable<result<null>> by_two(with_two, services&) { co_return null{}; }

constexpr endpoint table[] = {
    get<plain>("/v1/thing", "list", ""),
    post<plain>("/v1/thing/query", "query", ""),
    get<by_id>("/v1/thing/{id}", "one", ""),
    delete_<by_id>("/v1/thing/{id}", "remove", ""),
    put<by_two>("/v1/thing/{id}/part/{other}", "part", ""),
    post<by_id>("/v1/thing/query/{id}", "query_one", ""),
    patch<by_two>("/v1/thing/{other}/{id}", "mixed", ""),
    get<by_id>("/v1/thing/{id}/list", "list_of", ""),
    get<by_id>("/v1/thing/query/{id}", "get_query_one", ""),
};
static_assert(each_is_unique(table));

constexpr endpoint same_path_twice[] = {
    get<by_id>("/v1/thing/{id}", "a", ""),
    get<by_two>("/v1/thing/{other}", "b", ""),
};
static_assert(!each_is_unique(same_path_twice));

constexpr endpoint same_name_twice[] = {
    get<plain>("/a", "a", ""),
    get<plain>("/b", "a", ""),
};
static_assert(!each_is_unique(same_name_twice));

std::string found(router const& routes, std::string_view method, std::string_view path)
{
    auto const match = routes.find(method, path);
    if (!match.found) return match.allow.empty() ? "none" : "allow " + match.allow;
    auto text = std::string(match.found->operation);
    for (auto const& [name, value] : match.path) text += " " + name + "=" + value;
    return text;
}

} // namespace

BOOST_AUTO_TEST_CASE(paths_find_their_endpoints)
{
    group const groups[] = {{"test", table}};
    router const routes(groups);
    struct {
        std::string_view method, path, expected;
    } const cases[] = {
        {"GET", "/v1/thing", "list"},
        {"HEAD", "/v1/thing", "list"},
        {"GET", "/v1/thing/", "list"},
        {"GET", "/v1/thing/7", "one id=7"},
        {"GET", "/v1/thing/7/", "one id=7"},
        {"GET", "/v1/thing/a%2Fb%20c", "one id=a/b c"},
        {"GET", "/v1/thing/a+b", "one id=a+b"},
        {"GET", "/v1/%74hing/7", "one id=7"},
        {"GET", "/v1/thing/%ff", "one id=\xc3\xbf"},
        {"DELETE", "/v1/thing/7", "remove id=7"},
        {"PUT", "/v1/thing/7/part/8", "part id=7 other=8"},
        {"POST", "/v1/thing/query", "query"},
        {"POST", "/v1/thing/query/9", "query_one id=9"},
        {"PATCH", "/v1/thing/a/b", "mixed other=a id=b"},
        {"GET", "/v1/thing/query/9", "get_query_one id=9"},
        {"GET", "/v1/thing/query/list", "list_of id=query"}, // the last segment counts most
        {"POST", "/v1/thing/query/list", "allow GET, HEAD"},
        {"PUT", "/v1/thing/query/part/8", "part id=query other=8"}, // the literal leads nowhere
        {"GET", "/v1/thing/query", "allow POST"},                   // it is the literal's path
        {"POST", "/v1/thing", "allow GET, HEAD"},
        {"PUT", "/v1/thing/7", "allow GET, HEAD, DELETE"},
        {"get", "/v1/thing", "allow GET, HEAD"}, // methods are case-sensitive
        {"GET", "/", "none"},
        {"GET", "", "none"},
        {"GET", "*", "none"},
        {"GET", "/v1", "none"},
        {"GET", "/v1//thing", "none"},
        {"GET", "/v1/thing//", "none"},
        {"GET", "/V1/thing", "none"},
        {"GET", "/v1/thing/7/part", "allow PATCH"},
        {"GET", "/v1/thing/7/part/8/9", "none"},
    };
    for (auto const& c : cases)
        BOOST_TEST_CONTEXT(c.method << " " << c.path) BOOST_TEST(found(routes, c.method, c.path) == c.expected);
}

BOOST_AUTO_TEST_CASE(endpoints_of_two_groups_must_differ)
{
    group const twice[] = {{"one", table}, {"two", table}};

    BOOST_CHECK_THROW(router{twice}, std::logic_error);
    BOOST_CHECK_NO_THROW(router{all_endpoints()});
}

BOOST_AUTO_TEST_CASE(a_query_is_decoded)
{
    auto const got = parse_query("a=1&b=x+y%21&&c&a=2&=z&d=1=2");

    incoming::parameters const expected = {{"a", "1"}, {"b", "x y!"}, {"c", ""}, {"a", "2"}, {"", "z"}, {"d", "1=2"}};
    BOOST_TEST((got == expected));
}

BOOST_AUTO_TEST_CASE(each_error_has_its_status)
{
    using boost::system::error_code;
    struct {
        error_code given;
        int expected;
        std::string_view text;
    } const cases[] = {
        {errc::invalid, 400, "the request is not valid"},
        {errc::unauthorized, 401, "the API key is missing or wrong"},
        {errc::forbidden, 403, "requests from other web pages are refused"},
        {errc::no_route, 404, "no such path"},
        {errc::not_found, 404, "not found"},
        {errc::wrong_method, 405, "this path does not have that method"},
        {errc::conflict, 409, "conflicts with what there is"},
        {errc::too_large, 413, "the body is too large"},
        {errc::misdirected, 421, "this Host is not served here; see admin.public_url"},
        {errc::head_too_large, 431, "the request's head is too large"},
        {errc::not_ready, 503, "not ready"},
        {storage::errc::not_found, 404, "not found"},
        {storage::errc::conflict, 409, "conflicts with what there is"},
        {storage::errc::busy, 503, "the store is busy or unavailable; try again"},
        {storage::errc::timed_out, 503, "the store is busy or unavailable; try again"},
        {storage::errc::damaged, 500, "internal error; the log says more"},
        {storage::errc::failed, 500, "internal error; the log says more"},
        {make_error_code(boost::system::errc::io_error), 500, "internal error; the log says more"},
    };
    for (auto const& c : cases) BOOST_TEST_CONTEXT("given " << c.given)
        {
            BOOST_TEST(status_for(c.given) == c.expected);
            BOOST_TEST(text_for(failure(c.given)) == c.text);
        }
}

BOOST_AUTO_TEST_SUITE_END()

} // namespace weir::api::test
