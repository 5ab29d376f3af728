#pragma once

#include "api/types.hpp"
#include "storage/histogram.hpp"

#include <boost/describe/class.hpp>
#include <boost/describe/enum.hpp>

#include <array>
#include <string>
#include <vector>

/// Histograms as Helicone's API shows them: bounds are numbers printed as text.
namespace weir::api
{

enum class p_size { p50, p75, p95, p99, p99_9 };
BOOST_DESCRIBE_ENUM(p_size, p50, p75, p95, p99, p99_9)
constexpr auto wire_names(p_size const*) { return std::array{renamed{"p99_9", "p99.9"}}; }

struct histogram_row {
    std::string range_start, range_end;
    double value = 0;
};
BOOST_DESCRIBE_STRUCT(histogram_row, (), (range_start, range_end, value))

struct average_row {
    double average = 0;
};
BOOST_DESCRIBE_STRUCT(average_row, (), (average))

/// Which values a histogram shows.
struct histogram_cut {
    p_size size = p_size::p75;
    bool between = false; ///< also without those below the opposite percentile
};

std::vector<histogram_row> histogram_rows(std::vector<double> values, histogram_cut cut);

} // namespace weir::api
