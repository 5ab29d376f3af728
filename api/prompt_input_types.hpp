#pragma once

#include "api/types.hpp"

#include <boost/describe/class.hpp>
#include <boost/json/value.hpp>

#include <optional>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

namespace weir::api
{

/// A set of inputs of a prompt as Helicone's API shows it.
struct prompt_input_record {
    std::string id;
    std::vector<std::pair<std::string, std::string>> inputs;
    std::optional<std::string> dataset_row_id;
    nullable<std::string> source_request;
    std::string prompt_version, created_at;
    std::optional<raw_json> response_body, request_body;
    std::vector<boost::json::value> auto_prompt_inputs;
};
BOOST_DESCRIBE_STRUCT(prompt_input_record, (),
                      (id, inputs, dataset_row_id, source_request, prompt_version, created_at, response_body,
                       request_body, auto_prompt_inputs))

/// The elements of a stored array.
std::vector<boost::json::value> stored_values(std::string_view array);

} // namespace weir::api
