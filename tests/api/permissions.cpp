// What an API key must allow for each endpoint.
#include "api/endpoints.hpp"
#include "tests/api/support.hpp"

#include <boost/test/unit_test.hpp>

#include <set>
#include <string>

namespace weir::api::test
{
namespace
{

template <class Use>
void for_each_with_key(Use use)
{
    for (auto const& g : all_endpoints())
        if (!g.is_open)
            for (auto const& e : g.endpoints) use(g, e);
}

} // namespace

BOOST_FIXTURE_TEST_SUITE(permissions, stored_record)

BOOST_AUTO_TEST_CASE(a_post_that_only_asks_says_so_by_its_path)
{
    std::set<std::string_view> const asking{"/v1/request/query-clickhouse",
                                            "/v1/request/query-ids",
                                            "/v1/property/{propertyKey}/search",
                                            "/v1/helicone-sql/execute",
                                            "/v1/request/{requestId}/assets/{assetId}",
                                            "/v1/prompt/{user_defined_id}/compile",
                                            "/v1/prompt/{user_defined_id}/template",
                                            "/v1/public/compare/models",
                                            "/v1/evaluator/check/test",
                                            "/v1/helicone-dataset/{datasetId}/count",
                                            "/prompt-templates/{identifier...}",
                                            "/api/public/v2/requests/search",
                                            "/api/public/v2/requests/analytics"};
    for_each_with_key([&](group const&, endpoint const& e) {
        if (e.method == verb::get) BOOST_TEST((e.needs == access::read), e.path);
        if (e.method != verb::post) return;
        bool const asks = e.path.ends_with("/query") || asking.contains(e.path);
        BOOST_TEST((e.needs == access::read) == asks, e.path << " needs to be marked by changes() or logs()");
    });
}

BOOST_AUTO_TEST_CASE(a_key_that_may_only_read_changes_nothing)
{
    with.permissions = storage::key_permissions::read;
    for_each_with_key([&](group const&, endpoint const& e) {
        auto const said = ask(with, name_of(e.method), concrete(e.path), e.method == verb::get ? "" : "{}");
        BOOST_TEST((said.status == 403) == (e.needs != access::read), name_of(e.method) << " " << e.path);
    });
}

BOOST_AUTO_TEST_CASE(a_key_that_may_only_write_logs_and_does_nothing_else)
{
    with.permissions = storage::key_permissions::write;
    for_each_with_key([&](group const& g, endpoint const& e) {
        auto const said = ask(with, name_of(e.method), concrete(e.path), e.method == verb::get ? "" : "{}");
        int const refused = g.speaks == dialect::promptlayer ? 403 : 401;
        BOOST_TEST((said.status == refused) == (e.needs != access::log), name_of(e.method) << " " << e.path);
    });
}

BOOST_AUTO_TEST_SUITE_END()

} // namespace weir::api::test
