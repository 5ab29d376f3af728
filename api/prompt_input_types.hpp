#pragma once

#include "api/types.hpp"
#include "storage/request_record.hpp"

#include <boost/describe/class.hpp>
#include <boost/json/value.hpp>

#include <optional>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

namespace weir::api
{

class request_links;

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

using text_pairs = std::vector<std::pair<std::string, std::string>>;

/// The call that inputs came from. `content`: null where its bodies are not kept.
struct source_call {
    storage::row_id row{};
    storage::uuid request{};
    storage::bodies const* content = nullptr;
};

/// Inputs with links in place of that call's images; nothing is left of one that is not there.
text_pairs linked_inputs(text_pairs inputs, source_call const& from, request_links const& links);

/// The elements of a stored array.
std::vector<boost::json::value> stored_values(std::string_view array);

} // namespace weir::api
