#include "evaluation/statistics.hpp"

#include <boost/math/distributions/binomial.hpp>
#include <boost/math/distributions/students_t.hpp>

#include <algorithm>
#include <cmath>
#include <numeric>
#include <random>

namespace weir::evaluation
{
namespace
{

/// The 97.5th percentile of the normal distribution.
constexpr double z = 1.959963984540054;

constexpr std::size_t resamples = 2000, most_resampled = 20'000;

double mean_of(std::span<double const> values)
{
    return std::accumulate(values.begin(), values.end(), 0.0) / static_cast<double>(values.size());
}

/// Of the mean; n > 1.
double standard_error_of(std::span<double const> values, double mean)
{
    auto const n = static_cast<double>(values.size());
    double squares = 0;
    for (auto const v : values) squares += (v - mean) * (v - mean);
    return std::sqrt(squares / (n - 1) / n);
}

interval student(std::span<double const> values)
{
    auto const mean = mean_of(values);
    boost::math::students_t const t(static_cast<double>(values.size() - 1));
    auto const reach = boost::math::quantile(t, 0.975) * standard_error_of(values, mean);
    return {mean - reach, mean + reach};
}

/// A number below `n` of 64 random bits, without the bias of a remainder.
std::size_t below(std::uint64_t bits, std::size_t n)
{
    __extension__ using wide = unsigned __int128;
    return static_cast<std::size_t>(static_cast<wide>(bits) * n >> 64U);
}

} // namespace

interval wilson(std::size_t successes, std::size_t n)
{
    auto const count = static_cast<double>(n);
    auto const share = static_cast<double>(successes) / count;
    auto const scale = 1 + z * z / count;
    auto const center = (share + z * z / (2 * count)) / scale;
    auto const reach = z / scale * std::sqrt(share * (1 - share) / count + z * z / (4 * count * count));
    return {std::max(0.0, center - reach), std::min(1.0, center + reach)};
}

std::optional<interval> interval_of_mean(std::span<double const> values)
{
    if (values.size() < 2) return std::nullopt;
    if (values.size() > most_resampled) return student(values);
    std::mt19937_64 random(1); // NOLINT: the same figures for the same scores
    std::vector<double> means(resamples);
    for (auto& mean : means) {
        double sum = 0;
        for (std::size_t i = 0; i < values.size(); ++i) sum += values[below(random(), values.size())];
        mean = sum / static_cast<double>(values.size());
    }
    return interval{quantile(means, 0.025), quantile(means, 0.975)};
}

summary summarize(std::span<double const> values, bool are_booleans)
{
    summary out;
    out.n = values.size();
    if (values.empty()) return out;
    out.mean = mean_of(values);
    if (values.size() > 1) out.standard_error = standard_error_of(values, out.mean);
    if (are_booleans)
        out.confidence = wilson(static_cast<std::size_t>(std::count(values.begin(), values.end(), 1.0)), values.size());
    else
        out.confidence = interval_of_mean(values);
    return out;
}

comparison compare_pairs(std::span<double const> values, std::span<double const> baseline, bool are_booleans)
{
    comparison out;
    out.n = values.size();
    if (values.empty()) return out;
    std::vector<double> differences(values.size());
    std::transform(values.begin(), values.end(), baseline.begin(), differences.begin(), std::minus<>());
    out.difference = mean_of(differences);
    if (are_booleans) {
        auto const better = std::count_if(differences.begin(), differences.end(), [](double d) { return d > 0; });
        auto const worse = std::count_if(differences.begin(), differences.end(), [](double d) { return d < 0; });
        if (better + worse == 0) return out;
        boost::math::binomial const even(static_cast<double>(better + worse), 0.5);
        out.p_value = std::min(1.0, 2 * boost::math::cdf(even, static_cast<double>(std::min(better, worse))));
        return out;
    }
    if (differences.size() < 2) return out;
    auto const error = standard_error_of(differences, out.difference);
    if (error == 0) return out;
    boost::math::students_t const t(static_cast<double>(differences.size() - 1));
    out.p_value = 2 * boost::math::cdf(boost::math::complement(t, std::abs(out.difference) / error));
    return out;
}

double quantile(std::vector<double>& values, double p)
{
    auto const place = p * static_cast<double>(values.size() - 1);
    auto const below_place = static_cast<std::ptrdiff_t>(std::floor(place));
    auto const at = values.begin() + below_place;
    std::nth_element(values.begin(), at, values.end());
    auto const low = *at;
    if (at + 1 == values.end()) return low;
    auto const high = *std::min_element(at + 1, values.end());
    return low + (place - static_cast<double>(below_place)) * (high - low);
}

} // namespace weir::evaluation
