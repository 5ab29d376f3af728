#pragma once

#include "api/endpoint.hpp"

#include <boost/json/value.hpp>

#include <string>
#include <string_view>
#include <vector>

/// Holds what endpoints answer against the documents that describe it.
namespace weir::api::test
{

/// Helicone's OpenAPI document, as far as weir serves it.
boost::json::value const& published_document();

/// How `value` departs from a schema of `document`, one line each: "where: what". What it should be stands first:
/// "data[].scores{}: number is object".
std::vector<std::string> departures(boost::json::value const& document, boost::json::value const& schema,
                                    boost::json::value const& value, std::string const& where);

/// How a successful answer departs from Helicone's schema of the operation, or from weir's own where Helicone has none;
/// what is explained in the list of known differences is left out.
std::vector<std::string> problems_of_answer(endpoint const& of, std::string_view body);

/// `*` in the pattern stands for any text.
bool matches_pattern(std::string_view text, std::string_view pattern);

/// Whether the list of known differences has it.
bool is_explained(std::string_view difference);

} // namespace weir::api::test
