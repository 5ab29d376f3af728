#pragma once

#include "storage/requests.hpp"

#include <boost/describe/class.hpp>

#include <string>
#include <string_view>
#include <utility>
#include <variant>
#include <vector>

/// Scores as Helicone's API shows them in experiments, and what those of several calls come to.
namespace weir::api
{

struct score_entry {
    std::string valueType; ///< number, boolean, string or date
    std::variant<double, std::string> value;
};
BOOST_DESCRIBE_STRUCT(score_entry, (), (valueType, value))

/// By name.
using score_entries = std::vector<std::pair<std::string, score_entry>>;

/// What was said of one call.
score_entries scores_of(storage::request_row const& call);

/// Means over calls: `cost` in dollars, `latency` in milliseconds, and each score over the calls that have it; -1 where
/// nothing is known. With `dateCreated` and `model`, as they are given, in front.
score_entries mean_scores(std::vector<storage::request_row const*> const& calls, std::string date_created,
                          std::string model);

/// What there is to say of no call at all.
score_entries no_scores();

} // namespace weir::api
