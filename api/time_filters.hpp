#pragma once

#include "api/failure.hpp"
#include "storage/time_range.hpp"

#include <boost/describe/class.hpp>

#include <cstdint>
#include <string>

/// The ranges of time that bodies name beside their filters.
namespace weir::api
{

struct time_filter {
    std::string start, end;
};
BOOST_DESCRIBE_STRUCT(time_filter, (), (start, end))

/// Which ends belong to a range; it differs from endpoint to endpoint.
enum class range_ends : std::uint8_t { both, start_only, neither };

/// Times are cut to whole seconds before they are compared. Wrong are times that are none, and a start after the end.
result<storage::time_range> read_range(time_filter const& from, range_ends included);

/// The same of numbers, in units of so many µs. A start after the end makes a range of nothing.
storage::time_range range_of(double start, double end, std::int64_t unit_us, range_ends included);

/// What a difference between time zones in minutes comes to in µs; a failure with that text beyond a day.
result<std::int64_t> read_zone(double minutes, std::string_view problem);

/// `2026-11-23 01:02:03.456`, as sessions show times.
std::string session_time_text(std::int64_t time_us);

} // namespace weir::api
