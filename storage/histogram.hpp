#pragma once

#include <vector>

namespace weir::storage
{

/// One bar: how many values are within [lower, upper), in the last one also at its end.
struct histogram_bin {
    double lower = 0, upper = 0, count = 0;
};

/// Ten bars of equal width from the least value to the greatest, empty ones left out. Values that are all equal make a
/// single bar without width.
std::vector<histogram_bin> histogram_of(std::vector<double> const& values);

/// The values up to the percentile `share` (0 to 1, linear between the ranks), in `between` also those from the
/// percentile 1 - share on.
std::vector<double> within_percentile(std::vector<double> values, double share, bool between);

/// The percentile `share` (0 to 1, linear between the ranks) of sorted values, of which there is at least one.
double percentile(std::vector<double> const& sorted, double share);

/// 0 of none.
double mean_of(std::vector<double> const& values);

} // namespace weir::storage
