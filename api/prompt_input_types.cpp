#include "api/prompt_input_types.hpp"

#include "api/read_json.hpp"

#include <boost/json/array.hpp>

namespace weir::api
{

std::vector<boost::json::value> stored_values(std::string_view array)
{
    boost::json::value parsed;
    if (parse_json(array, parsed, "array") || !parsed.is_array()) return {};
    return {parsed.as_array().begin(), parsed.as_array().end()};
}

} // namespace weir::api
