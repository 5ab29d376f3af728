// What docs/filters.md says of filters beside single conditions: leaves with several of them, maps without a key, and
// times that are not whole seconds.
#include "support.hpp"

#include <boost/json/value.hpp>
#include <boost/test/unit_test.hpp>

#include <chrono>
#include <string>
#include <string_view>

namespace weir::api::test
{
namespace
{

/// Four calls of a second, of which each condition of the tests leaves others.
struct four_calls : stored_record {
    four_calls()
    {
        struct {
            unsigned n;
            int at_ms, status;
            char const *model, *user, *app, *stage;
        } const calls[] = {{1, 0, 200, "gpt-4o", "ann", "shop", "live"},
                           {2, 400, 500, "gpt-4o", "bob", "shop", "test"},
                           {3, 800, 300, "claude", "cid", "blog", "beta"},
                           {4, 1000, 400, "claude", "dan", "blog", "demo"}};
        for (auto const& call : calls) {
            auto row = storage::minimal_at(noon_us + call.at_ms * 1000, call.n);
            row.request_id = numbered(call.n);
            row.client_chose_id = true;
            row.request_model = row.model = call.model;
            row.status = call.status;
            row.user_id = call.user;
            row.properties = {{"App", call.app}, {"Stage", call.stage}};
            add({row});
        }
    }

    /// The last digits of the ids of the calls that pass, oldest first.
    std::string passing(std::string const& filter)
    {
        auto const found = data_of(
            ask(with, "POST", "/v1/request/query", R"({"filter":)" + filter + R"(,"sort":{"created_at":"asc"}})"));
        std::string digits;
        for (auto const& one : found.as_array()) digits += one.at("request_id").as_string().back();
        auto const count = data_of(ask(with, "POST", "/v1/request/count/query", R"({"filter":)" + filter + '}'));
        BOOST_TEST(count.to_number<std::size_t>() == digits.size());
        return digits;
    }
};

struct filter_case {
    std::string filter, expected;
};

} // namespace

BOOST_FIXTURE_TEST_SUITE(filter_quirks, four_calls)

BOOST_AUTO_TEST_CASE(all_tables_columns_and_operators_of_a_leaf_must_hold)
{
    std::string const of_gpt = R"("request":{"model":{"equals":"gpt-4o"}})",
                      good = R"("response":{"status":{"lt":400}})";
    filter_case const cases[] = {
        // Two tables, and each alone.
        {'{' + of_gpt + '}', "12"},
        {'{' + good + '}', "13"},
        {'{' + of_gpt + ',' + good + '}', "1"},
        {'{' + good + ',' + of_gpt + '}', "1"},
        // Three tables, of which two leave two calls.
        {R"({"request":{"user_id":{"not-equals":"bob"}},"response":{"status":{"not-equals":300}},)"
         R"("properties":{"Stage":{"not-equals":"demo"}}})",
         "1"},
        // Columns
        {R"({"request":{"user_id":{"not-equals":"bob"},"model":{"equals":"gpt-4o"}}})", "1"},
        {R"({"request_response_rmt":{"status":{"gte":300},"user_id":{"contains":"b"}}})", "2"},
        // Keys of a map that is a column
        {R"({"request_response_rmt":{"properties":{"App":{"equals":"shop"},"Stage":{"not-equals":"test"}}}})", "1"},
        // Operators
        {R"({"response":{"status":{"gt":200,"lt":500}}})", "34"},
        {R"({"response":{"status":{"gt":200,"lt":500,"not-equals":400}}})", "3"},
        {R"({"request":{"user_id":{"contains":"n","not-equals":"dan"}}})", "1"},
        {R"({"properties":{"Stage":{"contains":"e","not-contains":"est"}}})", "134"},
        // All of them at once
        {R"({"request":{"user_id":{"contains":"n","not-equals":"dan"},"model":{"equals":"gpt-4o"}},)" + good + '}',
         "1"},
        {R"({"request":{"user_id":{"contains":"n","not-equals":"dan"},"model":{"equals":"claude"}},)" + good + '}', ""},
    };
    for (auto const& c : cases) BOOST_TEST_CONTEXT(c.filter) BOOST_TEST(passing(c.filter) == c.expected);
}

BOOST_AUTO_TEST_CASE(a_leaf_s_conditions_stay_together_in_a_branch)
{
    std::string const leaf = R"({"request":{"model":{"equals":"claude"}},"response":{"status":{"gt":300}}})",
                      of_bob = R"({"request":{"user_id":{"equals":"bob"}}})";

    BOOST_TEST(passing(R"({"left":)" + leaf + R"(,"operator":"or","right":)" + of_bob + '}') == "24");
    BOOST_TEST(passing(R"({"left":)" + of_bob + R"(,"operator":"or","right":)" + leaf + '}') == "24");
    BOOST_TEST(passing(R"({"left":)" + leaf + R"(,"operator":"and","right":)" + of_bob + '}') == "");
}

BOOST_AUTO_TEST_CASE(a_map_without_a_key_and_a_table_without_a_column_are_true)
{
    for (std::string const empty :
         {R"({"properties":{}})", R"({"values":{}})", R"({"request_response_rmt":{"properties":{}}})",
          R"({"request_response_rmt":{"search_properties":{}}})", R"({"request_response_rmt":{"scores":{}}})",
          R"({"request_response_rmt":{}})", R"({"request":{}})", R"({"request":{},"properties":{}})"})
        BOOST_TEST_CONTEXT(empty)
        {
            std::string const failed = R"({"response":{"status":{"equals":500}}})";
            BOOST_TEST(passing(empty) == "1234");
            BOOST_TEST(passing(R"({"left":)" + empty + R"(,"operator":"and","right":)" + failed + '}') == "2");
            BOOST_TEST(passing(R"({"left":)" + failed + R"(,"operator":"or","right":)" + empty + '}') == "1234");
        }
    // Beside other conditions of the leaf they ask for nothing.
    BOOST_TEST(passing(R"({"properties":{},"response":{"status":{"equals":500}}})") == "2");
    BOOST_TEST(passing(R"({"request_response_rmt":{"properties":{},"status":{"equals":500}}})") == "2");
}

BOOST_AUTO_TEST_CASE(times_of_the_analytics_row_are_cut_to_whole_seconds_and_others_are_exact)
{
    for (unsigned n = 1; n <= 4; ++n) { // each is rated when it was made
        auto const made_us =
            value_of("SELECT created_us FROM request ORDER BY id LIMIT 1 OFFSET " + std::to_string(n - 1));
        with.now = [us = std::stoll(made_us)] {
            return std::chrono::system_clock::time_point(std::chrono::microseconds(us));
        };
        data_of(ask(with, "POST", "/v1/request/" + numbered(n).text() + "/feedback", R"({"rating":true})"));
    }
    struct {
        std::string_view test, exact, cut;
    } const cases[] = {{R"("gte":"2024-01-15T12:00:0#.5Z")", "34", "1234"},
                       {R"("gt":"2024-01-15T12:00:0#.5Z")", "34", "234"},
                       {R"("lt":"2024-01-15T12:00:0#.5Z")", "12", ""},
                       {R"("lte":"2024-01-15T12:00:0#.5Z")", "12", "1"},
                       {R"("equals":"2024-01-15T12:00:0#.5Z")", "", "1"},
                       {R"("equals":"2024-01-15T12:00:0#.4Z")", "2", "1"},
                       {R"("gte":"2024-01-15T12:00:0#.400001Z")", "34", "1234"},
                       {R"("lte":"2024-01-15T13:00:0#.400+01:00")", "12", "1"}};
    struct {
        std::string_view table, column;
        char second; // that the first call's time is in
        bool is_exact;
    } const columns[] = {{"request", "created_at", '0', true},
                         {"feedback", "created_at", '0', true},
                         {"request_response_rmt", "request_created_at", '0', false},
                         {"request_response_rmt", "response_created_at", '1', false}};
    for (auto const& column : columns)
        for (auto const& c : cases) {
            std::string test(c.test);
            test[test.find('#')] = column.second;
            auto const filter =
                R"({")" + std::string(column.table) + R"(":{")" + std::string(column.column) + R"(":{)" + test + "}}}";
            BOOST_TEST_CONTEXT(filter) BOOST_TEST(passing(filter) == (column.is_exact ? c.exact : c.cut));
        }
}

BOOST_AUTO_TEST_SUITE_END()

} // namespace weir::api::test
