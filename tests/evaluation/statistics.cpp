// Against published figures, and R's where it has a function of that name.
#include "evaluation/statistics.hpp"

#include <boost/test/unit_test.hpp>

#include <cmath>
#include <vector>

using namespace weir::evaluation;
using boost::test_tools::tolerance;

BOOST_AUTO_TEST_SUITE(statistics)

namespace
{

// Hours of sleep gained under two drugs (Student 1908, Biometrika 6:20).
std::vector<double> const first{0.7, -1.6, -0.2, -1.2, -0.1, 3.4, 3.7, 0.8, 0.0, 2.0};
std::vector<double> const second{1.9, 0.8, 1.1, 0.1, -0.1, 4.4, 5.5, 1.6, 4.6, 3.4};

} // namespace

BOOST_AUTO_TEST_CASE(wilsons_interval_is_that_of_newcombe_1998)
{
    // R. G. Newcombe 1998, Statistics in Medicine 17:857, table I, method 3.
    struct row {
        std::size_t successes, n;
        double low, high;
    };
    for (auto const& [successes, n, low, high] : {row{81, 263, 0.2553, 0.3662}, row{15, 148, 0.0624, 0.1605},
                                                  row{0, 20, 0, 0.1611}, row{1, 29, 0.0061, 0.1718}}) {
        auto const got = wilson(successes, n);
        BOOST_TEST(std::abs(got.low - low) < 0.00005);
        BOOST_TEST(std::abs(got.high - high) < 0.00005);
    }
    BOOST_TEST(wilson(5, 5).high == 1.0);
}

BOOST_AUTO_TEST_CASE(the_paired_t_test_is_students)
{
    auto const got = compare_pairs(first, second, false);

    BOOST_TEST(got.n == 10U);
    BOOST_TEST(got.difference == -1.58, tolerance(1e-9));
    BOOST_TEST(got.p_value.value() == 0.002833, tolerance(1e-3));
    BOOST_TEST(compare_pairs(second, first, false).p_value.value() == 0.002833, tolerance(1e-3));
}

BOOST_AUTO_TEST_CASE(mcnemars_test_counts_the_rows_that_differ)
{
    // 6 rows for the worse, 16 for the better, 100 alike: R's binom.test(6, 22).
    std::vector<double> values, baseline;
    auto const add = [&](int rows, double value, double base) {
        values.insert(values.end(), static_cast<std::size_t>(rows), value);
        baseline.insert(baseline.end(), static_cast<std::size_t>(rows), base);
    };
    add(6, 0, 1);
    add(16, 1, 0);
    add(100, 1, 1);

    auto const got = compare_pairs(values, baseline, true);

    BOOST_TEST(got.p_value.value() == 0.05248, tolerance(1e-3));
    BOOST_TEST(got.difference == 10.0 / 122, tolerance(1e-12));
}

BOOST_AUTO_TEST_CASE(where_nothing_can_be_said_nothing_is)
{
    std::vector<double> const one{1}, alike{3, 3, 3};

    BOOST_TEST(!compare_pairs(one, one, false).p_value);
    BOOST_TEST(!compare_pairs(one, one, true).p_value);
    BOOST_TEST(!compare_pairs(alike, alike, false).p_value);
    BOOST_TEST(!interval_of_mean(one));
    BOOST_TEST(!summarize(one, false).standard_error);
    BOOST_TEST(summarize({}, false).n == 0U);
    BOOST_TEST(!summarize({}, true).confidence);
}

BOOST_AUTO_TEST_CASE(a_summary_has_mean_error_and_interval)
{
    auto const got = summarize(first, false);

    BOOST_TEST(got.mean == 0.75, tolerance(1e-12));
    BOOST_TEST(got.standard_error.value() == 0.5657345, tolerance(1e-6)); // sd 1.78901 / sqrt 10
    // Student's would be [-0.53, 2.03]; the percentiles of resamples are a little narrower.
    BOOST_TEST(got.confidence.value().low > -0.4);
    BOOST_TEST(got.confidence.value().low < 0);
    BOOST_TEST(got.confidence.value().high > 1.5);
    BOOST_TEST(got.confidence.value().high < 2.0);
    BOOST_TEST(summarize(first, false).confidence.value().low == got.confidence.value().low); // again the same
}

BOOST_AUTO_TEST_CASE(many_values_have_students_interval)
{
    std::vector<double> values;
    for (int i = 0; i < 30'000; ++i) values.push_back(i % 2);

    auto const got = interval_of_mean(values).value();

    BOOST_TEST(got.low == 0.5 - 1.960038 * 0.5 / std::sqrt(29'999.0), tolerance(1e-5));
    BOOST_TEST(got.high == 0.5 + 1.960038 * 0.5 / std::sqrt(29'999.0), tolerance(1e-5));
}

BOOST_AUTO_TEST_CASE(quantiles_are_of_type_7)
{
    std::vector<double> values{4, 1, 3, 2}, ten{10, 9, 8, 7, 6, 5, 4, 3, 2, 1}, one{5};

    BOOST_TEST(quantile(values, 0.25) == 1.75, tolerance(1e-12));
    BOOST_TEST(quantile(values, 0) == 1);
    BOOST_TEST(quantile(values, 1) == 4);
    BOOST_TEST(quantile(ten, 0.95) == 9.55, tolerance(1e-12));
    BOOST_TEST(quantile(one, 0.5) == 5);
}

BOOST_AUTO_TEST_SUITE_END()
