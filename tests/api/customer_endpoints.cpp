#include "support.hpp"

#include <boost/test/unit_test.hpp>

namespace weir::api::test
{
namespace
{

struct customers_of_calls : stored_record {
    unsigned calls = 0;

    void call(std::string user, std::string model = "m",
              storage::organization_id organization = storage::default_organization)
    {
        auto made = storage::minimal_at(noon_us, calls++);
        made.user_id = std::move(user);
        made.model = std::move(model);
        made.organization = organization;
        made.used.prompt = 3;
        made.used.completion = 4;
        made.cost.nanos = 250'000'000;
        add({made});
    }

    answered usage(std::string const& id, std::string_view body = "{}")
    {
        return ask(with, "POST", "/v1/customer/" + id + "/usage/query", body);
    }
};

} // namespace

BOOST_FIXTURE_TEST_SUITE(customer_endpoints_, customers_of_calls)

BOOST_AUTO_TEST_CASE(the_users_whom_calls_name_are_the_customers)
{
    BOOST_TEST(ask(with, "POST", "/v1/customer/query", "{}").body == "[]");
    for (auto const* user : {"bob", "", "ann", "bob"}) call(user);
    call("eve", "m", other_organization);

    for (auto const* body : {"", "{}"})
        BOOST_TEST(ask(with, "POST", "/v1/customer/query", body).body ==
                   R"([{"id":"ann","name":"ann"},{"id":"bob","name":"bob"}])");
}

BOOST_AUTO_TEST_CASE(a_customer_s_usage_is_what_their_calls_add_up_to)
{
    for (auto const* user : {"ann", "ann", "bob", "null", "a/b c"}) call(user);
    call("eve", "m", other_organization);

    BOOST_TEST(usage("ann").body ==
               R"({"id":"ann","name":"ann","cost":0.5,"count":2,"prompt_tokens":6,"completion_tokens":8})");
    BOOST_TEST(usage("null").body == // a name like any other
               R"({"id":"null","name":"null","cost":0.25,"count":1,"prompt_tokens":3,"completion_tokens":4})");
    BOOST_TEST(usage("a%2Fb%20c").status == 200);
    for (auto const* unknown : {"eve", "Ann", "nobody"}) {
        auto const said = usage(unknown);
        BOOST_TEST(said.status == 404);
        BOOST_TEST(error_of(said) == "Customer not found");
    }
}

BOOST_AUTO_TEST_CASE(the_models_used_are_listed_the_most_used_first)
{
    BOOST_TEST(ask(with, "GET", "/v1/models").body == R"({"data":[],"error":null})");
    for (auto const* model : {"b", "c", "a", "", "c"}) call("ann", model);
    call("eve", "theirs", other_organization);

    BOOST_TEST(ask(with, "GET", "/v1/models").body ==
               R"({"data":[{"model":"c"},{"model":"a"},{"model":"b"}],"error":null})");
}

BOOST_AUTO_TEST_CASE(what_is_wrong_with_a_body_is_named)
{
    for (auto const* target : {"/v1/customer/query", "/v1/customer/ann/usage/query"})
        expect_each_refused(with, "POST", target,
                            {{R"({"x":1})", "x: unknown field"},
                             {"[]", "body: expected an object, got an array"},
                             {"{", "body: is not valid JSON at byte 1: incomplete JSON"}});
}

BOOST_AUTO_TEST_SUITE_END()

} // namespace weir::api::test
