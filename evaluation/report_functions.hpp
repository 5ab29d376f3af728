#pragma once

#include "evaluation/configuration_reader.hpp"
#include "evaluation/report_column.hpp"

#include <string>
#include <string_view>
#include <vector>

namespace weir::evaluation
{

/// The function of a type that needs no model; none where something is wrong. The columns that it reads are added to
/// `sources`.
column_function read_column_function(std::string_view type, configuration_reader& from,
                                     std::vector<std::string>& sources);

} // namespace weir::evaluation
