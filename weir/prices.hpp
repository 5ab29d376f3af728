#pragma once

#include "config/settings.hpp"
#include "pricing/price_table.hpp"

#include <boost/system/result.hpp>

#include <string>

namespace weir
{

/// The embedded price table with the operator's file before it. The error is a line for the operator.
boost::system::result<pricing::price_table, std::string> load_prices(config::settings const& settings);

} // namespace weir
