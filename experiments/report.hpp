#pragma once

#include "experiments/condition.hpp"

#include <boost/json/array.hpp>
#include <boost/json/object.hpp>
#include <boost/json/value.hpp>

#include <optional>
#include <string>
#include <string_view>
#include <vector>

/// What an experiment came to, for people and for machines.
namespace weir::experiments
{

namespace json = boost::json;

/// A text without what a terminal would obey: control characters, and those that turn the direction of text; each has
/// become `?`.
std::string printable(std::string_view text);

/// A condition that holds, and for which variant.
struct violation {
    std::string variant;   ///< empty: there is none of the name that the condition has
    std::string condition; ///< as it was written
    std::string measure;
    std::optional<double> value; ///< none: the variant does not have it

    /// "plain: score.right is 0 (score.right < 0.9)".
    std::string text() const;
};

class report
{
public:
    /// `variants`: names by the ids that they have in `comparison`, which is what the admin side answers to
    /// GET /v1/experiment/ID/compare.
    report(std::string name, std::string experiment, std::vector<std::pair<std::string, std::string>> variants,
           json::value const& comparison);

    /// A table of the variants, with lines at the end of each row.
    std::string table() const;
    json::value as_json(std::vector<violation> const& violations) const;
    /// JUnit's XML: a suite for each variant, with a case for its runs and one for each condition.
    std::string junit(std::vector<condition> const& conditions) const;

    /// Which conditions hold, of which variants. One whose measure a variant does not have holds, too: what was to be
    /// checked was not.
    std::vector<violation> violations(std::vector<condition> const& conditions) const;

    /// Runs that failed, and that came to an answer.
    std::int64_t failed() const;
    std::int64_t completed() const;
    /// Answers that have a score of this name, with or without the suffix of booleans.
    std::int64_t scored(std::string const& name) const;

private:
    struct shown {
        std::string name;
        json::object figures; ///< as the admin side has them
    };

    std::int64_t sum(std::string_view figure) const;
    std::optional<double> value(shown const& of, std::string_view measure) const;
    std::vector<std::string> score_names() const;

    std::string const name_, experiment_;
    std::vector<shown> variants_;
};

} // namespace weir::experiments
