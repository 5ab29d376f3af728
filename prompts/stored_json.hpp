#pragma once

#include <boost/json/value.hpp>
#include <boost/system/error_code.hpp>

#include <string_view>

namespace weir::prompts
{

/// JSON that weir took in before: of any depth that it takes, which is more than Boost's parser reads unless it is told
/// so. Null when there is an error.
boost::json::value parse_stored(std::string_view text, boost::system::error_code& error);

} // namespace weir::prompts
