#pragma once

#include <map>
#include <string>
#include <string_view>
#include <vector>

namespace weir::test
{

/// One series of a metric, as a scrape shows it.
struct sample {
    std::string name; ///< of a histogram's, with its suffix
    std::map<std::string, std::string> labels;
    double value = 0;
};

/// A metric with its help, type and series.
struct metric {
    std::string help, type;
    std::vector<sample> samples;

    /// The value of the series with these labels, of the name with that suffix; throws when there is none.
    double value(std::map<std::string, std::string> const& labels = {}, std::string_view suffix = "") const;
};

/// Reads Prometheus' text format (0.0.4), by name. Throws std::runtime_error, with the line, for whatever the format
/// forbids or a scraper would trip over: a second head, a series of no head or twice, samples that are not together,
/// wrong names, escapes or numbers, a counter that is negative or not called `_total`, a histogram whose buckets fall,
/// are out of order, or do not end with +Inf and its count.
std::map<std::string, metric> read_exposition(std::string_view text);

} // namespace weir::test
