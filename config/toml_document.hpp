#pragma once

#include <boost/json/object.hpp>

#include <optional>
#include <string>

namespace weir::config
{

/// A TOML file as the JSON that says the same: dates and times are texts in TOML's form. None when it cannot be read,
/// and `problem` says why, with the file and the line.
std::optional<boost::json::object> read_toml(std::string const& file, std::string& problem);

} // namespace weir::config
