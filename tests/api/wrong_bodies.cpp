// What every endpoint says of a body that is not its own. Endpoints in PromptLayer's dialect have theirs in
// promptlayer_frame.cpp.
#include "api/endpoints.hpp"
#include "support.hpp"

#include <boost/test/unit_test.hpp>

#include <algorithm>
#include <string>
#include <string_view>

namespace weir::api::test
{
namespace
{

/// What stands inside of `std::optional` and its like.
shape const& inside(shape const& what)
{
    bool const is_wrapper = what.is == kind::optional || what.is == kind::nullable || what.is == kind::boxed;
    return is_wrapper ? inside(*what.inner) : what;
}

/// A value that none of a shape is; empty where there may be one.
std::string_view misfit(shape const& what)
{
    switch (what.is) {
    case kind::boolean:
    case kind::integer:
    case kind::number:
    case kind::string:
    case kind::word: return "{}";
    case kind::map:
    case kind::object: return "7";
    case kind::array: return misfit(inside(*what.inner)); // a single value stands for an array of one
    default: return "";
    }
}

/// Calls `use` with each endpoint that reads an object, a path to it, and the object's shape.
template <class Use>
void for_each_with_object(Use use)
{
    for (auto const& g : all_endpoints())
        if (g.speaks == dialect::helicone)
            for (auto const& e : g.endpoints)
                for (auto const& member : e.request->fields) {
                    auto const& body = inside(*member.of);
                    if (part_of(e, member) == request_part::body && body.is == kind::object)
                        use(e, concrete(e.path), body);
                }
}

struct faulty_body {
    std::string_view method, target;
    std::string body, error;
};

} // namespace

BOOST_FIXTURE_TEST_SUITE(wrong_bodies, stored_record)

BOOST_AUTO_TEST_CASE(every_endpoint_refuses_a_member_that_it_does_not_know)
{
    int endpoints = 0;
    for_each_with_object([&](endpoint const& e, std::string const& target, shape const& body) {
        if (body.is_open) return;
        ++endpoints;
        expect_each_refused(with, name_of(e.method), target,
                            {{R"({"no_such_member":1})", "no_such_member: unknown field"}});
    });
    BOOST_TEST(endpoints > 80);
}

BOOST_AUTO_TEST_CASE(every_endpoint_names_what_its_body_lacks)
{
    int endpoints = 0;
    for_each_with_object([&](endpoint const& e, std::string const& target, shape const& body) {
        auto const first = std::ranges::find_if(body.fields, [](field const& f) { return f.required; });
        if (first == body.fields.end()) return;
        ++endpoints;
        expect_each_refused(with, name_of(e.method), target, {{"{}", std::string(first->name) + ": is required"}});
    });
    BOOST_TEST(endpoints > 60);
}

BOOST_AUTO_TEST_CASE(every_endpoint_names_a_member_of_another_type)
{
    int members = 0;
    for_each_with_object([&](endpoint const& e, std::string const& target, shape const& body) {
        for (auto const& member : body.fields) {
            auto const wrong = misfit(inside(*member.of));
            if (wrong.empty()) continue;
            ++members;
            auto const given = R"({")" + std::string(member.name) + R"(":)" + std::string(wrong) + '}';
            auto const said = ask(with, name_of(e.method), target, given);
            BOOST_TEST_CONTEXT(name_of(e.method) << " " << target << " " << given)
            {
                BOOST_TEST(said.status == 400);
                BOOST_TEST(error_of(said).starts_with(std::string(member.name) + ": expected "), error_of(said));
            }
        }
    });
    BOOST_TEST(members > 150);
}

BOOST_AUTO_TEST_CASE(what_is_wrong_is_named_and_where)
{
    faulty_body const cases[] = {
        {"POST", "/v1/request/query-ids", "", "requestIds: is required"},
        {"POST", "/v1/request/query-ids", R"({"requestIds":{}})", "requestIds: expected an array, got an object"},
        {"POST", "/v1/request/query-ids", R"({"requestIds":null})", "requestIds: expected an array, got null"},
        {"POST", "/v1/request/query-ids", R"({"requestIds":["a",1]})",
         "requestIds[1]: expected a string, got a number"},
        {"POST", "/v1/request/query-ids", R"({"requestIds":[],"limit":1})", "limit: unknown field"},

        {"POST", "/v1/request/count/query", "", "filter: is required"},
        {"POST", "/v1/request/count/query", R"({"filter":7})", "filter: expected an object, got a number"},
        {"POST", "/v1/request/count/query", R"({"filter":{"request":{"modle":{"equals":"x"}}}})",
         R"(filter.request.modle: unknown field; did you mean "model"?)"},
        {"POST", "/v1/request/count/query", R"({"filter":"all","isScored":7})",
         "isScored: expected a boolean, got a number"},
        {"POST", "/v1/request/count/query", R"({"filter":"all","isCounted":true})", "isCounted: unknown field"},

        {"POST", "/v1/request/query-clickhouse", "", "filter: is required"},
        {"POST", "/v1/request/query-clickhouse", R"({"filter":[]})", "filter: expected an object, got an array"},
        {"POST", "/v1/request/query-clickhouse", R"({"filter":"all","limit":"many"})",
         "limit: expected a number, got a string"},
        {"POST", "/v1/request/query-clickhouse", R"({"filter":"all","limit":1001})",
         "invalid limit: limit must be 0 to 1000"},
        {"POST", "/v1/request/query-clickhouse", R"({"filter":"all","limt":5})",
         R"(limt: unknown field; did you mean "limit"?)"},

        {"PUT", "/v1/helicone-sql/saved-query", R"({"id":"x","sql":"SELECT 1"})", "name: is required"},
        {"PUT", "/v1/helicone-sql/saved-query", R"({"id":"x","name":"a"})", "sql: is required"},
        {"PUT", "/v1/helicone-sql/saved-query", R"({"name":"a","sql":"SELECT 1"})", "id: is required"},
        {"PUT", "/v1/helicone-sql/saved-query", R"({"id":1,"name":"a","sql":"SELECT 1"})",
         "id: expected a string, got a number"},
        {"PUT", "/v1/helicone-sql/saved-query", R"({"id":"x","name":"a","sql":["SELECT 1"]})",
         "sql: expected a string, got an array"},
        {"PUT", "/v1/helicone-sql/saved-query", R"({"id":"x","name":"a","sql":"SELECT 1","tags":1})",
         "tags: unknown field"},

        {"POST", "/v1/api-keys/proxy-key", R"({"proxyKeyName":"n"})", "providerKeyId: is required"},
        {"POST", "/v1/api-keys/proxy-key", R"({"providerKeyId":"x"})", "proxyKeyName: is required"},
        {"POST", "/v1/api-keys/proxy-key", R"({"providerKeyId":1,"proxyKeyName":"n"})",
         "providerKeyId: expected a string, got a number"},
        {"POST", "/v1/api-keys/proxy-key", R"({"providerKeyId":"x","proxyKeyName":null})",
         "proxyKeyName: expected a string, got null"},
        {"POST", "/v1/api-keys/proxy-key", R"({"providerKeyId":"x","proxyKeyName":"n","limits":[]})",
         "limits: unknown field"},

        {"POST", "/v1/api-keys/provider-key", R"({"providerName":"a","providerKey":"k","config":{}})",
         "providerKeyName: is required"},
        {"POST", "/v1/api-keys/provider-key",
         R"({"providerName":1,"providerKeyName":"n","providerKey":"k","config":{}})",
         "providerName: expected a string, got a number"},
        {"POST", "/v1/api-keys/provider-key",
         R"({"providerName":"a","providerKeyName":"n","providerKey":{},"config":{}})",
         "providerKey: expected a string, got an object"},
        {"POST", "/v1/api-keys/provider-key",
         R"({"providerName":"a","providerKeyName":"n","providerKey":"k","config":{"a":1}})",
         "config.a: expected a string, got a number"},
        {"POST", "/v1/api-keys/provider-key",
         R"({"providerName":"a","providerKeyName":"n","providerKey":"k","config":{},"cuid":1})", "cuid: unknown field"},

        {"PATCH", "/v1/vault/update/1", "", "No fields to update"},
        {"PATCH", "/v1/vault/update/1", R"({"key":1})", "key: expected a string, got a number"},
        {"PATCH", "/v1/vault/update/1", R"({"name":["a"]})", "name: expected a string, got an array"},
        {"PATCH", "/v1/vault/update/1", R"({"active":1})", "active: expected a boolean, got a number"},
        {"PATCH", "/v1/vault/update/1", R"({"name":"n","nmae":"n"})", R"(nmae: unknown field; did you mean "name"?)"},

        {"POST", "/v1/user/metrics/query", R"({"filter":"all","offset":0})", "limit: is required"},
        {"POST", "/v1/user/metrics/query", R"({"filter":1,"offset":0,"limit":10})",
         "filter: expected an object, got a number"},
        {"POST", "/v1/user/metrics/query", R"({"filter":"all","offset":0,"limit":10,"sort":"cost"})",
         "sort: expected an object, got a string"},
        {"POST", "/v1/user/metrics/query", R"({"filter":"all","offset":0,"limit":10,"timeFilter":[]})",
         "timeFilter: expected an object, got an array"},
        {"POST", "/v1/user/metrics/query", R"({"filter":"all","offset":0,"limit":10,"userIds":[]})",
         "userIds: unknown field"},

        {"POST", "/v1/user/metrics-overview/query", R"({"filter":"all","pSize":"p75"})",
         "useInterquartile: is required"},
        {"POST", "/v1/user/metrics-overview/query", R"({"filter":"all","pSize":"p75","useInterquartile":"often"})",
         "useInterquartile: expected a boolean, got a string"},
        {"POST", "/v1/user/metrics-overview/query", R"({"filter":"all","pSize":"p10","useInterquartile":true})",
         R"(pSize: unknown value "p10"; did you mean "p50"?)"},
        {"POST", "/v1/user/metrics-overview/query",
         R"({"filter":"all","pSize":"p75","useInterquartile":true,"limit":10})", "limit: unknown field"},

        {"POST", "/v1/session/s/feedback", "{}", "rating: is required"},
        {"POST", "/v1/session/s/feedback", R"({"rating":null})", "rating: expected a boolean, got null"},
        {"POST", "/v1/session/s/feedback", R"({"rating":"good"})", "rating: expected a boolean, got a string"},
        {"POST", "/v1/session/s/feedback", R"({"rating":true,"comment":"x"})", "comment: unknown field"},
    };
    for (auto const& c : cases) expect_each_refused(with, c.method, c.target, {{c.body, c.error}});
}

BOOST_AUTO_TEST_SUITE_END()

} // namespace weir::api::test
