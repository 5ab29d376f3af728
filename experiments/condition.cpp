#include "experiments/condition.hpp"

#include "net/text.hpp"

#include <array>
#include <charconv>
#include <cmath>
#include <utility>

namespace weir::experiments
{
namespace
{

using relation = condition::relation;

/// The longer ones first, as the shorter ones begin them.
constexpr std::array<std::pair<std::string_view, relation>, 6> operators{{{"<=", relation::at_most},
                                                                          {">=", relation::at_least},
                                                                          {"==", relation::equal},
                                                                          {"!=", relation::unequal},
                                                                          {"<", relation::less},
                                                                          {">", relation::more}}};

bool is_measure(std::string_view text)
{
    for (auto const known : {"cost", "latency.p50", "latency.p90", "latency.p99", "failed"})
        if (text == known) return true;
    return text.starts_with("score.") && text.size() > 6;
}

} // namespace

std::optional<condition> parse_condition(std::string_view text, std::string& problem)
{
    condition made;
    made.text = text;
    auto left = text;
    if (auto const colon = text.find(':'); colon != text.npos) {
        made.variant = net::trimmed(text.substr(0, colon));
        left = text.substr(colon + 1);
    }
    auto const at = left.find_first_of("<>=!");
    std::string_view rest;
    for (auto const& [sign, is] : operators) {
        if (at == left.npos || !left.substr(at).starts_with(sign)) continue;
        made.is = is;
        rest = net::trimmed(left.substr(at + sign.size()));
        break;
    }
    made.measure = net::trimmed(left.substr(0, at));
    auto const [end, error] = std::from_chars(rest.data(), rest.data() + rest.size(), made.bound);
    if (rest.empty() || error != std::errc() || end != rest.data() + rest.size() || !std::isfinite(made.bound))
        problem = "write it as 'score.accuracy < 0.9'";
    else if (!is_measure(made.measure))
        problem =
            "\"" + made.measure + "\" is none of score.NAME, cost, latency.p50, latency.p90, latency.p99 and failed";
    if (!problem.empty()) return std::nullopt;
    return made;
}

bool holds(condition const& what, double value)
{
    switch (what.is) {
    case relation::less: return value < what.bound;
    case relation::at_most: return value <= what.bound;
    case relation::more: return value > what.bound;
    case relation::at_least: return value >= what.bound;
    case relation::equal: return value == what.bound;
    case relation::unequal: return value != what.bound;
    }
    return false;
}

} // namespace weir::experiments
