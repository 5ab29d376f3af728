#include "storage/histogram.hpp"

#include <boost/test/unit_test.hpp>

#include <algorithm>
#include <random>

namespace weir::storage
{

BOOST_AUTO_TEST_SUITE(histograms)

BOOST_AUTO_TEST_CASE(of_none_and_of_equal_values)
{
    BOOST_TEST(histogram_of({}).empty());
    auto const one = histogram_of({4, 4, 4});
    BOOST_TEST_REQUIRE(one.size() == 1U);
    BOOST_TEST((one[0].lower == 4 && one[0].upper == 4 && one[0].count == 3));
}

BOOST_AUTO_TEST_CASE(ten_bars_of_equal_width_of_which_empty_ones_are_left_out)
{
    auto const bars = histogram_of({0, 9, 10, 10, 55, 100});
    std::vector<std::vector<double>> shown;
    for (auto const& bar : bars) shown.push_back({bar.lower, bar.upper, bar.count});
    BOOST_TEST((shown == std::vector<std::vector<double>>{{0, 10, 2}, {10, 20, 2}, {50, 60, 1}, {90, 100, 1}}));
}

BOOST_AUTO_TEST_CASE(every_value_is_within_one_bar)
{
    std::mt19937 random{3};
    for (double const width : {1e-9, 1.0, 3e15}) {
        std::uniform_real_distribution<double> any(-width, width);
        std::vector<double> values(1000);
        for (auto& value : values) value = any(random);
        auto const [least, greatest] = std::ranges::minmax(values);

        auto const bars = histogram_of(values);
        BOOST_TEST(bars.size() == 10U);
        BOOST_TEST((bars.front().lower == least && bars.back().upper == greatest));
        double count = 0;
        for (std::size_t i = 0; i < bars.size(); ++i) {
            count += bars[i].count;
            if (i > 0) BOOST_TEST(bars[i].lower == bars[i - 1].upper);
        }
        BOOST_TEST(count == 1000);
    }
}

BOOST_AUTO_TEST_CASE(values_up_to_a_percentile_or_between_two_are_kept)
{
    std::vector<double> const values{5, 1, 4, 2, 3};
    struct {
        double share;
        bool between;
        std::vector<double> expected;
    } const cases[] = {
        {1, false, {1, 2, 3, 4, 5}},
        {0.75, false, {1, 2, 3, 4}},
        {0.75, true, {2, 3, 4}},
        {0.74, false, {1, 2, 3}},
        {0.5, true, {3}},
        {0.999, false, {1, 2, 3, 4}},
        {0.999, true, {2, 3, 4}},
        {0, false, {1}},
    };
    for (auto const& c : cases)
        BOOST_TEST_CONTEXT(c.share) BOOST_TEST((within_percentile(values, c.share, c.between) == c.expected));
    BOOST_TEST(within_percentile({}, 0.5, true).empty());
    BOOST_TEST((within_percentile({7}, 0.5, true) == std::vector<double>{7}));
    BOOST_TEST((within_percentile({7, 7}, 0.99, true) == std::vector<double>{7, 7}));
}

BOOST_AUTO_TEST_CASE(a_mean_of_none_is_0)
{
    BOOST_TEST(mean_of({}) == 0);
    BOOST_TEST(mean_of({1, 2, 6}) == 3);
}

BOOST_AUTO_TEST_SUITE_END()

} // namespace weir::storage
