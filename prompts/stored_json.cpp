#include "prompts/stored_json.hpp"

#include <boost/json/parse.hpp>

namespace weir::prompts
{

namespace json = boost::json;

json::value parse_stored(std::string_view text, boost::system::error_code& error)
{
    json::parse_options options;
    options.max_depth = 256; // bodies may have 64, and stand within what weir wraps around them
    return json::parse({text.data(), text.size()}, error, {}, options);
}

} // namespace weir::prompts
