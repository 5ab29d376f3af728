#include "storage/column_question.hpp"
#include "tests/support/sample_database.hpp"

#include <boost/test/unit_test.hpp>

namespace weir::storage
{

BOOST_FIXTURE_TEST_SUITE(column_questions, fresh_database)

BOOST_AUTO_TEST_CASE(the_numbers_that_pass_are_those_that_compare_so)
{
    constexpr auto greatest = std::numeric_limits<std::int64_t>::max();
    constexpr std::int64_t numbers[] = {-greatest,       -2,      -1, 0, 1, 2, 3, 2499, 2500, 2501, 1LL << 53,
                                        (1LL << 53) + 1, greatest};
    constexpr comparison all[] = {comparison::equals, comparison::not_equals, comparison::gt,
                                  comparison::gte,    comparison::lt,         comparison::lte};
    for (auto const how : all)
        for (double const operand :
             {-1e30, -1.5, -1.0, 0.0, 2.0, 2.5, 9007199254740992.0, 9.2233720368547758e18, 1e30}) {
            filter_condition const asked{.table = "", .column = "", .how = how, .operand = operand};
            auto const passing = value_test(db, asked, filter_family::number).numbers();
            auto const passing_ms = value_test(db, asked, filter_family::duration).numbers();
            for (auto const number : numbers) {
                BOOST_TEST_CONTEXT("comparison " << static_cast<int>(how) << " of " << number << " with " << operand)
                {
                    auto const exact = static_cast<long double>(number);
                    BOOST_TEST(passing.has(number) == compares(exact, how, static_cast<long double>(operand)));
                    BOOST_TEST(passing_ms.has(number) == compares(static_cast<double>(number) / 1000, how, operand));
                }
                BOOST_TEST(passing.has_none(number, number) == !passing.has(number));
            }
            bool const is_any = std::ranges::any_of(numbers, [&](auto number) { return passing.has(number); });
            BOOST_TEST((!is_any || !passing.has_none(numbers[0], greatest)));
        }
}

BOOST_AUTO_TEST_SUITE_END()

} // namespace weir::storage
