#pragma once

#include "api/failure.hpp"

#include <boost/describe/class.hpp>
#include <boost/json/object.hpp>
#include <boost/json/value.hpp>

#include <cstdint>
#include <optional>
#include <string>
#include <vector>

/// A version that differs from another in what is named here.
namespace weir::api::promptlayer
{

/// Lists (`messages`, `tools`, `functions`, `content`) are replaced by an array, and changed by an object whose keys
/// are indices: an object there is merged into the element, null takes the element out, and the index behind the last
/// adds one. `model_parameters` is an object of those that change, null takes one out.
struct template_changes {
    std::optional<std::int64_t> version; ///< that is changed; without it and the label the newest
    std::optional<std::string> label;
    std::optional<boost::json::value> messages, tools, functions, content, model_parameters, response_format;
    std::optional<std::string> commit_message;
    std::optional<std::vector<std::string>> release_labels;
};
BOOST_DESCRIBE_STRUCT(template_changes, (),
                      (version, label, messages, tools, functions, content, model_parameters, response_format,
                       commit_message, release_labels))

/// Carries the changes out. What is wrong with them is 422, and then the blueprint is of no use.
std::optional<failure> apply(template_changes const& changes, boost::json::object& blueprint,
                             std::optional<boost::json::value>& metadata);

} // namespace weir::api::promptlayer
