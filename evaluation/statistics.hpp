#pragma once

#include <cstddef>
#include <optional>
#include <span>
#include <vector>

/// What scores of an experiment say, and how sure that is. All intervals are of 95 %.
namespace weir::evaluation
{

struct interval {
    double low = 0, high = 0;
};

/// Of a share of `n`: Wilson's score interval (E. B. Wilson 1927, JASA 22:209). n > 0.
interval wilson(std::size_t successes, std::size_t n);

/// Of a mean: percentiles of 2,000 resamples (B. Efron 1979, Ann. Statist. 7:1), drawn alike each time; of more than
/// 20,000 values, where that takes long and changes nothing, Student's. None of fewer than two values.
std::optional<interval> interval_of_mean(std::span<double const> values);

/// Of one score over the runs that have it.
struct summary {
    std::size_t n = 0;
    double mean = 0;
    std::optional<double> standard_error; ///< of the mean, sample deviation / sqrt n; none of a single value
    std::optional<interval> confidence;
};

/// `are_booleans`: the values are 0 and 1, and the interval is Wilson's.
summary summarize(std::span<double const> values, bool are_booleans);

/// A score of two hypotheses on the same rows.
struct comparison {
    std::size_t n = 0;             ///< rows that have both
    double difference = 0;         ///< mean of value - baseline
    std::optional<double> p_value; ///< two-sided, that there is no difference; none where nothing can be said
};

/// Numbers: Student's paired t test. Booleans: McNemar's exact test, by the binomial distribution of the rows that
/// differ (Q. McNemar 1947, Psychometrika 12:153). The spans are of one length, a row at each place.
comparison compare_pairs(std::span<double const> values, std::span<double const> baseline, bool are_booleans);

/// The value below which a share `p` of them lies, between two by linear interpolation (type 7 of R. J. Hyndman and
/// Y. Fan 1996, The American Statistician 50:361). Reorders `values`, of which there is one at least.
double quantile(std::vector<double>& values, double p);

} // namespace weir::evaluation
