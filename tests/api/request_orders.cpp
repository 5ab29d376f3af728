// The keys of `sort`, each with rows of which no other key makes the same order.
#include "support.hpp"

#include <boost/json/value.hpp>
#include <boost/test/unit_test.hpp>

#include <algorithm>
#include <set>
#include <string>
#include <vector>

namespace weir::api::test
{
namespace
{

struct ordered_calls : stored_record {
    static storage::request_record numbered_call(unsigned n)
    {
        auto row = storage::minimal_at(noon_us + n * second_us, n);
        row.request_id = numbered(n);
        row.client_chose_id = true;
        return row;
    }

    /// The numbers of the calls that a query finds, in their order.
    std::vector<unsigned> order(std::string const& sort)
    {
        auto const found =
            data_of(ask(with, "POST", "/v1/request/query", R"({"filter":"all","limit":100,"sort":)" + sort + '}'));
        std::vector<unsigned> numbers;
        for (auto const& one : found.as_array())
            numbers.push_back(storage::uuid::parse(one.at("request_id").as_string()).value().bytes[15]);
        return numbers;
    }
};

} // namespace

BOOST_FIXTURE_TEST_SUITE(request_orders, ordered_calls)

BOOST_AUTO_TEST_CASE(each_key_of_sort_puts_the_rows_in_its_own_order)
{
    struct {
        unsigned n;
        int prompt, completion;
        char const *model, *text;
    } const calls[] = {{1, 30, 3, "a", "d"}, {2, 10, 40, "c", "a"}, {3, 40, 2, "d", "b"}, {4, 20, 1, "b", "c"}};
    for (auto const& call : calls) {
        auto row = numbered_call(call.n);
        row.used.prompt = call.prompt;
        row.used.completion = call.completion;
        row.model = call.model;
        row.has_body = true;
        add({row}, {.request = "{}",
                    .response = R"({"choices":[{"text":")" + std::string(call.text) + R"("}]})",
                    .raw_stream = ""});
    }
    struct {
        std::string_view key;
        std::vector<unsigned> ascending;
    } const cases[] = {
        {"created_at", {1, 2, 3, 4}},   {"prompt_tokens", {2, 4, 1, 3}}, {"completion_tokens", {4, 3, 1, 2}},
        {"total_tokens", {4, 1, 3, 2}}, {"body_model", {1, 4, 2, 3}},    {"response_text", {2, 3, 4, 1}},
    };
    for (auto const& c : cases) BOOST_TEST_CONTEXT(c.key)
        {
            auto const key = R"({")" + std::string(c.key) + R"(":")";
            auto descending = c.ascending;
            std::ranges::reverse(descending);
            BOOST_TEST(order(key + R"(asc"})") == c.ascending, boost::test_tools::per_element());
            BOOST_TEST(order(key + R"(desc"})") == descending, boost::test_tools::per_element());
        }
}

BOOST_AUTO_TEST_CASE(total_tokens_are_what_the_provider_counted_or_else_the_sum)
{
    auto counted = numbered_call(1), summed = numbered_call(2), small = numbered_call(3);
    counted.used = {.prompt = 1, .completion = 1, .total = 100};
    summed.used = {.prompt = 20, .completion = 30};
    small.used = {.prompt = 40, .completion = 5};
    add({counted, summed, small});

    BOOST_TEST(order(R"({"total_tokens":"asc"})") == (std::vector<unsigned>{3, 2, 1}),
               boost::test_tools::per_element());
}

BOOST_AUTO_TEST_CASE(all_calls_are_alike_in_the_orders_of_a_cache_and_come_newest_first)
{
    for (unsigned n = 1; n <= 3; ++n) {
        auto row = numbered_call(n);
        row.has_body = true;
        add({row}, {.request = R"({"prompt":")" + std::to_string(n) + R"("})", .response = "", .raw_stream = ""});
    }
    std::vector<unsigned> const newest_first{3, 2, 1};

    for (std::string const direction : {"asc", "desc"})
        for (std::string const sort :
             {R"({"is_cached":"#"})", R"({"cache_created_at":"#"})",
              R"({"cache_created_at":"#","created_at":"asc"})", // it is the first key of the two
              R"({"is_cached":"#","request_prompt":"asc"})"})
            BOOST_TEST_CONTEXT(sort << " " << direction)
            {
                auto filled = sort;
                filled.replace(filled.find('#'), 1, direction);
                BOOST_TEST(order(filled) == newest_first, boost::test_tools::per_element());
            }
}

BOOST_AUTO_TEST_CASE(a_random_order_has_all_rows_and_is_another_one_each_time)
{
    std::vector<unsigned> all;
    for (unsigned n = 1; n <= 20; ++n) {
        add({numbered_call(n)});
        all.push_back(n);
    }
    std::set<std::vector<unsigned>> orders{all, {all.rbegin(), all.rend()}}; // those of created_at

    for (int i = 0; i < 4; ++i) { // two that are the same come once in 10^17 times
        auto got = order(R"({"random":true})");
        BOOST_TEST(orders.insert(got).second);
        std::ranges::sort(got);
        BOOST_TEST(got == all, boost::test_tools::per_element());
    }
}

BOOST_AUTO_TEST_SUITE_END()

} // namespace weir::api::test
