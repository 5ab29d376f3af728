#include "storage/histogram.hpp"

#include <algorithm>
#include <cmath>
#include <numeric>

namespace weir::storage
{
namespace
{

constexpr std::size_t most_bins = 10;

} // namespace

double percentile(std::vector<double> const& sorted, double share)
{
    auto const rank = share * static_cast<double>(sorted.size() - 1);
    auto const below = static_cast<std::size_t>(rank);
    auto const above = std::min(below + 1, sorted.size() - 1);
    return sorted[below] + (rank - static_cast<double>(below)) * (sorted[above] - sorted[below]);
}

std::vector<histogram_bin> histogram_of(std::vector<double> const& values)
{
    if (values.empty()) return {};
    auto const [least, greatest] = std::ranges::minmax(values);
    if (least == greatest) return {{least, greatest, static_cast<double>(values.size())}};
    auto const width = (greatest - least) / most_bins;
    std::vector<histogram_bin> bins(most_bins);
    for (std::size_t i = 0; i < most_bins; ++i)
        bins[i] = {least + width * static_cast<double>(i), least + width * static_cast<double>(i + 1), 0};
    bins.back().upper = greatest;
    for (auto const value : values)
        ++bins[std::min(static_cast<std::size_t>((value - least) / width), most_bins - 1)].count;
    std::erase_if(bins, [](histogram_bin const& bin) { return bin.count == 0; });
    return bins;
}

std::vector<double> within_percentile(std::vector<double> values, double share, bool between)
{
    if (values.empty()) return values;
    std::ranges::sort(values);
    auto const high = percentile(values, share);
    auto const low = between ? percentile(values, 1 - share) : values.front();
    std::erase_if(values, [low, high](double value) { return value < low || value > high; });
    return values;
}

double mean_of(std::vector<double> const& values)
{
    if (values.empty()) return 0;
    return std::accumulate(values.begin(), values.end(), 0.0) / static_cast<double>(values.size());
}

} // namespace weir::storage
