#pragma once

#include <boost/json/value.hpp>

#include <cstddef>
#include <memory>
#include <optional>
#include <string>
#include <string_view>

namespace re2
{
class RE2;
}

/// What checks and columns of reports see in a value.
namespace weir::evaluation
{

/// A text of JSON's, for what takes std::string_view.
inline std::string_view view(boost::json::string const& text) { return {text.data(), text.size()}; }

/// A text as it is, anything else as JSON.
std::string as_text(boost::json::value const& value);

/// With ASCII letters in lower case.
std::string folded(std::string_view text);

/// Whether a text has a part, in time that grows with both together: std::string's own search takes their product.
bool has_part(std::string_view text, std::string_view part);

/// Characters of UTF-8 text.
std::size_t characters(std::string_view text);

/// A number, also one that stands in a text.
std::optional<double> number_in(boost::json::value const& value);

/// A value as JSON: a text is parsed. None for a text that is no JSON.
std::optional<boost::json::value> as_json(boost::json::value const& value);

/// None for what is no regular expression of RE2; `problem` says why.
std::shared_ptr<re2::RE2 const> read_pattern(std::string_view pattern, bool ignores_case, std::string& problem);

} // namespace weir::evaluation
