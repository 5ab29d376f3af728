#pragma once

#include <optional>
#include <string>
#include <string_view>

/// What makes an experiment fail: "score.accuracy < 0.9".
namespace weir::experiments
{

struct condition {
    enum class relation { less, at_most, more, at_least, equal, unequal };

    std::string text;    ///< as it was written
    std::string variant; ///< of which; empty: any
    std::string measure; ///< `score.NAME`, `cost`, `latency.p50`, `latency.p90`, `latency.p99` or `failed`
    relation is = relation::less;
    double bound = 0;
};

/// Reads "[VARIANT: ]MEASURE OP NUMBER". None when it is no condition, and `problem` says what is wrong.
std::optional<condition> parse_condition(std::string_view text, std::string& problem);

bool holds(condition const& what, double value);

} // namespace weir::experiments
