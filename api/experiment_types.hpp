#pragma once

#include "api/types.hpp"
#include "storage/experiment_rows.hpp"

#include <boost/describe/class.hpp>

#include <string>
#include <string_view>
#include <utility>
#include <variant>
#include <vector>

/// What the endpoints of experiments share.
namespace weir::api
{

struct experiment_named {
    std::string experimentId;
};
BOOST_DESCRIBE_STRUCT(experiment_named, (), (experimentId))

struct made_experiment {
    std::string experimentId;
};
BOOST_DESCRIBE_STRUCT(made_experiment, (), (experimentId))

/// Inputs by their keys.
using text_inputs = std::vector<std::pair<std::string, std::string>>;

inline constexpr std::string_view no_experiment = "Experiment not found",
                                  no_prompt_version = "Prompt version not found",
                                  no_inputs = "Prompt input record not found";

/// Bytes of one set of inputs, and of all rows or cells in one answer.
inline constexpr std::size_t most_input_bytes = 1024 * 1024, most_row_bytes = 64 * 1024 * 1024;
inline constexpr std::size_t most_experiment_name = 200; // bytes

} // namespace weir::api
