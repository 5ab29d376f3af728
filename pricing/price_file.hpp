#pragma once

#include "pricing/price_table.hpp"

#include <boost/system/result.hpp>

#include <string>
#include <string_view>
#include <vector>

namespace weir::pricing
{

/// How a rule compares a model's name with its value; both in lower case.
enum class match_operator : unsigned char { equals, starts_with, includes };

/// A price of the operator's own for whatever models a comparison holds for.
struct price_rule {
    match_operator compare = match_operator::equals;
    std::string value; ///< lower case
    price_row row;     ///< its `model` is `value`

    /// Whether the rule is for this model. `model` is lower case.
    bool matches(std::string_view model) const;
};

/// What a price file says. Providers and models are in lower case.
struct price_file {
    std::string version; ///< the dates in its `meta`; empty if there are none
    std::vector<price_row> rows;
    std::vector<price_rule> rules;
};

/// Reads a price file. Fails with a text that names the entry and the member at fault.
boost::system::result<price_file, std::string> parse_price_file(std::string_view text);

} // namespace weir::pricing
